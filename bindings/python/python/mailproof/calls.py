"""One call for one question. Who has many messages keeps an `Authenticator`, or a `Signer`."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

from .authenticator import Authenticator, Message
from .dns import Resolver
from .library import Address, Text
from .results import DkimResult, Report, SpfResult
from .signer import Choices, Key, Signer

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["check", "dkim_verify", "sign", "spf"]


def check(
    message: Message,
    *,
    ip: Address | None = None,
    helo: Text = "",
    mail_from: Text = "",
    authserv_id: Text = "localhost",
    resolver: Resolver = None,
    at: float | None = None,
    raw: bool = False,
) -> Report:
    """Checks SPF, DKIM and DMARC of a whole message; see `Authenticator.check`."""
    receiver = authenticator(authserv_id, resolver)
    return receiver.check(message, ip=ip, helo=helo, mail_from=mail_from, at=at, raw=raw)


def spf(ip: Address, helo: Text = "", mail_from: Text = "", *, resolver: Resolver = None) -> SpfResult:
    """Checks SPF alone, of MAIL FROM; see `Authenticator.spf`."""
    return authenticator("localhost", resolver).spf(ip, helo, mail_from)


def dkim_verify(
    message: Message, *, resolver: Resolver = None, at: float | None = None, raw: bool = False
) -> tuple[DkimResult, ...]:
    """Verifies the DKIM signatures of a message; see `Authenticator.dkim_verify`."""
    return authenticator("localhost", resolver).dkim_verify(message, at=at, raw=raw)


def sign(
    message: Message, *, domain: Text, selector: Text, key: Key, at: float | None = None, **choices: Unpack[Choices]
) -> bytes:
    """The message with a DKIM signature on top; `choices` are those of `Signer`."""
    return Signer(domain, selector, key, **choices).sign(message, at=at)


def authenticator(authserv_id: Text, resolver: Resolver) -> Authenticator:
    """One for each call; those that ask servers are kept, with what they learned."""
    if resolver is None:
        return kept(os.getpid(), authserv_id, None)
    if isinstance(resolver, (list, tuple)):
        return kept(os.getpid(), authserv_id, tuple(resolver))
    return Authenticator(authserv_id, resolver=resolver)


@functools.lru_cache(maxsize=16)
def kept(process: int, authserv_id: Text, servers: tuple[str, ...] | None) -> Authenticator:
    # The thread of a resolver does not survive a fork, so a child makes its own.
    return Authenticator(authserv_id, resolver=servers)
