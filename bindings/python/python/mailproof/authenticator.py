"""A receiver: its name, its settings, its source of DNS and its cache."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from . import readings
from .check import Check, Running, connect, tell
from .dns import Resolver
from .library import Address, Text, call, encoded, ffi, lib, packed
from .results import DkimResult, Report, SpfResult
from .settings import Settings

__all__ = ["Authenticator"]

Message = bytes | bytearray | memoryview

R = TypeVar("R")

CACHE_COUNTS = (
    "hits",
    "negative_hits",
    "failure_hits",
    "stale",
    "misses",
    "coalesced",
    "evictions",
    "refused",
    "entries",
    "octets",
)


class Authenticator:
    """A receiver: its name, its settings, its source of DNS and its cache. One serves many messages and threads.

    With the built-in resolver the first check starts one thread, which does not survive a fork: fork first.
    """

    def __init__(
        self,
        authserv_id: Text = "localhost",
        *,
        resolver: Resolver = None,
        settings: Settings = Settings(),
        other_authserv_ids: Iterable[Text] = (),
        trusted_sealers: Iterable[Text] = (),
    ) -> None:
        """
        `authserv_id` is the name under which results are written (RFC 8601 §2.5), most often that of the host;
        `other_authserv_ids` are names under which others of the same receiver speak: who forges them is stripped, too.
        `trusted_sealers` are the domains of forwarders whose ARC seals (legacy) may excuse mail that fails DMARC.
        """
        name = encoded(authserv_id, "an authserv-id")
        out = ffi.new("mailproof_context **")
        call(lib.mailproof_context_new(name, len(name), out))
        self._context = ffi.gc(out[0], lib.mailproof_context_free)
        settings.apply(self._context)
        for other in other_authserv_ids:
            name = encoded(other, "an authserv-id")
            call(lib.mailproof_context_add_authserv_id(self._context, name, len(name)))
        for sealer in trusted_sealers:
            domain = encoded(sealer, "a domain")
            call(lib.mailproof_context_add_trusted_sealer(self._context, domain, len(domain)))
        self._lookup = use(self._context, resolver)

    def check(
        self,
        message: Message,
        *,
        ip: Address | None = None,
        helo: Text = "",
        mail_from: Text = "",
        at: float | None = None,
        raw: bool = False,
    ) -> Report:
        """Checks a whole message, and waits for DNS.

        `ip` is the client at the border of the own network; without it SPF and iprev are left out. `helo` and `mail_from`
        are what it said, the latter empty for a bounce. `at` is the time of arrival in Unix seconds; now, if not given.

        A message whose first line ends in a bare LF counts as a text file, in which each bare LF is read as CRLF; `raw`
        takes it as it is.
        """
        return self._message(message, ip, helo, mail_from, at, raw).finish()

    async def check_async(
        self,
        message: Message,
        *,
        ip: Address | None = None,
        helo: Text = "",
        mail_from: Text = "",
        at: float | None = None,
        raw: bool = False,
    ) -> Report:
        """The same, awaited: a resolver that is `async` is asked all open questions at once, others in a thread."""
        return await self._message(message, ip, helo, mail_from, at, raw).finish_async()

    def begin(
        self,
        *,
        ip: Address | None = None,
        helo: Text = "",
        mail_from: Text = "",
        at: float | None = None,
    ) -> Check:
        """Begins to check a message that arrives in pieces."""
        return Check(self._begin(ip, helo, mail_from, at))

    def spf(self, ip: Address, helo: Text = "", mail_from: Text = "") -> SpfResult:
        """Checks SPF alone, of MAIL FROM; for a bounce that is postmaster at HELO (RFC 7208 §2.4)."""
        return self.spf_identities(ip, helo, mail_from)[-1]

    def spf_identities(self, ip: Address, helo: Text = "", mail_from: Text = "") -> tuple[SpfResult, ...]:
        """The same of HELO, where it can be checked, and MAIL FROM, which is the last."""
        address = packed(ip)
        name, sender = encoded(helo, "HELO"), encoded(mail_from, "MAIL FROM")
        out = ffi.new("mailproof_check **")
        call(lib.mailproof_check_new_spf(
            self._context, address, len(address), name, len(name), sender, len(sender), out
        ))
        return self._run(out, readings.spf).finish()

    def dkim_verify(self, message: Message, *, at: float | None = None, raw: bool = False) -> tuple[DkimResult, ...]:
        """Verifies the DKIM signatures of a message, and nothing else; the topmost is the first."""
        out = ffi.new("mailproof_check **")
        call(lib.mailproof_check_new_dkim(self._context, out))
        running = self._run(out, readings.dkim)
        connect(running.handle, None, b"", b"", at)
        tell(running.handle, message, raw)
        return running.finish()

    def cache_counts(self) -> dict[str, int]:
        """What the cache counted since the first check."""
        value = ffi.new("uint64_t *")
        counts = {}
        for name in CACHE_COUNTS:
            number = getattr(lib, f"MAILPROOF_CACHE_COUNT_{name.upper()}")
            call(lib.mailproof_context_cache_count(self._context, number, value))
            counts[name] = value[0]
        return counts

    def flush_cache(self, name: Text | None = None) -> None:
        """Lets the cache forget everything, or every answer about a name and all names below it."""
        if name is None:
            call(lib.mailproof_context_cache_flush(self._context))
            return
        octets = encoded(name, "a name")
        call(lib.mailproof_context_cache_flush_name(self._context, octets, len(octets)))

    def _message(
        self, message: Message, ip: Address | None, helo: Text, mail_from: Text, at: float | None, raw: bool
    ) -> Running[Report]:
        running = self._begin(ip, helo, mail_from, at)
        tell(running.handle, message, raw)
        return running

    def _begin(self, ip: Address | None, helo: Text, mail_from: Text, at: float | None) -> Running[Report]:
        out = ffi.new("mailproof_check **")
        call(lib.mailproof_check_new(self._context, out))
        running = self._run(out, readings.report)
        connect(running.handle, ip, helo, mail_from, at)
        return running

    def _run(self, out: Any, read: Callable[[Any], R]) -> Running[R]:
        return Running(ffi.gc(out[0], lib.mailproof_check_free), self._lookup, read)


def use(context: Any, resolver: Resolver) -> Callable[..., Any] | None:
    """Sets where DNS comes from; gives the function that answers from outside, if there is one."""
    if resolver is None:
        call(lib.mailproof_context_use_system_dns(context))
        return None
    if isinstance(resolver, Mapping):
        zone = json.dumps(dict(resolver)).encode()
        call(lib.mailproof_context_use_zone_json(context, zone, len(zone)))
        return None
    if callable(resolver):
        call(lib.mailproof_context_use_steps(context))
        return resolver
    if isinstance(resolver, (list, tuple)):
        servers = " ".join(resolver).encode()
        call(lib.mailproof_context_use_dns_servers(context, servers, len(servers)))
        return None
    raise TypeError(f"a resolver is None, a zone, a function or a list of servers, not {type(resolver).__name__}")
