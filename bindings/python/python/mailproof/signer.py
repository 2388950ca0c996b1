"""DKIM signing (RFC 6376, RFC 8463)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict, Union

from .library import Text, call, encoded, ffi, lib, message_octets, text
from .settings import unsigned

__all__ = ["Signature", "Signer", "Signing"]

Key = Union[str, bytes, "os.PathLike[str]"]
"""A private key, RSA or Ed25519: PEM (PKCS#8, PKCS#1) as text or octets, DER, the 32 octets of an Ed25519 seed; or the path of a
file that holds one of these, as a `pathlib.Path`."""

Canonicalization = Literal["relaxed", "simple"]


class Choices(TypedDict, total=False):
    """The choices of a `Signer`."""

    identity: Text | None
    expires_after: int | None
    timestamp: bool
    copy_header: bool
    request_reports: bool
    accept_lone_line_ends: bool
    header_canonicalization: Canonicalization
    body_canonicalization: Canonicalization
    oversigned: Iterable[str] | None
    signed: Iterable[str] | None


@dataclass(frozen=True)
class Signature:
    """A DKIM-Signature field, to be put on top of the message."""

    selector: str
    field: bytes
    """The whole field, folded, with the CRLF that ends it."""
    value: str
    """What stands behind the name, the colon and one space, without the final CRLF."""


class Signer:
    """A domain that signs, with its keys and the way it signs. One serves many messages and threads."""

    def __init__(
        self,
        domain: Text,
        selector: Text,
        key: Key,
        *,
        identity: Text | None = None,
        expires_after: int | None = None,
        timestamp: bool = True,
        copy_header: bool = False,
        request_reports: bool = False,
        accept_lone_line_ends: bool = False,
        header_canonicalization: Canonicalization = "relaxed",
        body_canonicalization: Canonicalization = "relaxed",
        oversigned: Iterable[str] | None = None,
        signed: Iterable[str] | None = None,
    ) -> None:
        """
        `identity` is `i=`: an address or `@domain` within the domain; `expires_after` seconds is `x=`; `timestamp` tells `t=`;
        `copy_header` copies the signed fields (`z=`); `request_reports` is `r=y` (RFC 6651). `accept_lone_line_ends` signs a
        lone CR or LF as it stands, where such a message is else refused. Of the fields named in `oversigned` every one is
        signed and none may be added; of those in `signed` every one that is there is signed; None stands for those that
        RFC 6376 §5.4.1 recommends, and those that are shown oversigned.
        """
        out = ffi.new("mailproof_signer **")
        name, label, octets = encoded(domain, "a domain"), encoded(selector, "a selector"), key_octets(key)
        call(lib.mailproof_signer_new(name, len(name), label, len(label), octets, len(octets), out))
        self._signer = ffi.gc(out[0], lib.mailproof_signer_free)
        self._set_number("EXPIRES_AFTER", expires_after or 0)
        self._set_number("TIMESTAMP", timestamp)
        self._set_number("COPY_HEADER", copy_header)
        self._set_number("REQUEST_REPORTS", request_reports)
        self._set_number("ACCEPT_LONE_LINE_ENDS", accept_lone_line_ends)
        self._set_number("SIMPLE_HEADER", is_simple(header_canonicalization))
        self._set_number("SIMPLE_BODY", is_simple(body_canonicalization))
        if identity is not None:
            self._set_text("IDENTITY", encoded(identity, "an identity"))
        if oversigned is not None:
            self._set_text("OVERSIGNED", names(oversigned))
        if signed is not None:
            self._set_text("SIGNED", names(signed))

    def add_key(self, selector: Text, key: Key) -> None:
        """Adds a key: each message then gets a signature of every key, from one pass over its body."""
        label, octets = encoded(selector, "a selector"), key_octets(key)
        call(lib.mailproof_signer_add_key(self._signer, label, len(label), octets, len(octets)))

    def sign(self, message: bytes | bytearray | memoryview, *, at: float | None = None) -> bytes:
        """The message with its signatures on top.

        It is signed as it travels: its lines end in CRLF (`email` writes so with `policy=email.policy.SMTP`).
        """
        octets = message_octets(message)
        return b"".join(signature.field for signature in self.signatures(octets, at=at)) + octets

    def signatures(self, message: bytes | bytearray | memoryview, *, at: float | None = None) -> tuple[Signature, ...]:
        """The signatures alone, in the order in which they stand in the message."""
        signing = self.begin(at=at)
        signing.feed(message)
        return signing.finish()

    def begin(self, *, at: float | None = None) -> Signing:
        """Begins to sign a message that comes in pieces, at a time in Unix seconds; now, if not given."""
        out = ffi.new("mailproof_signing **")
        call(lib.mailproof_signing_new(self._signer, int(time.time() if at is None else at), out))
        return Signing(ffi.gc(out[0], lib.mailproof_signing_free))

    def _set_number(self, choice: str, value: int) -> None:
        number = getattr(lib, f"MAILPROOF_SIGNING_NUMBER_{choice}")
        call(lib.mailproof_signer_set_number(self._signer, number, unsigned(choice.lower(), value)))

    def _set_text(self, choice: str, value: bytes) -> None:
        number = getattr(lib, f"MAILPROOF_SIGNING_TEXT_{choice}")
        call(lib.mailproof_signer_set_text(self._signer, number, value, len(value)))


class Signing:
    """One message being signed: `header` for each field, `eoh`, `body`, or `feed` in their place; then `finish`.

    It serves one thread at a time. `Signer.begin` makes one.
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def header(self, name: Text, value: Text) -> None:
        """Tells one field as it will leave, as `Check.header` does; the topmost comes first."""
        field, content = encoded(name, "the name of a field"), encoded(value, "the value of a field")
        call(lib.mailproof_signing_header(self._handle, field, len(field), content, len(content)))

    def eoh(self) -> None:
        """Says that the header section has ended."""
        call(lib.mailproof_signing_eoh(self._handle))

    def body(self, chunk: bytes | bytearray | memoryview) -> None:
        """Tells the next octets of the body, cut anywhere."""
        octets = message_octets(chunk)
        call(lib.mailproof_signing_body(self._handle, octets, len(octets)))

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        """Tells the next octets of the message, header section and body, cut anywhere."""
        octets = message_octets(chunk)
        call(lib.mailproof_signing_feed(self._handle, octets, len(octets)))

    def finish(self) -> tuple[Signature, ...]:
        """Says that the message has ended, and signs it."""
        call(lib.mailproof_signing_finish(self._handle))
        lent = ffi.new("mailproof_str[3]")
        made: list[Signature] = []
        while call(lib.mailproof_signing_signature(self._handle, len(made), lent, lent + 1, lent + 2)) == lib.MAILPROOF_OK:
            selector, field, value = (text(lent[index]) or "" for index in range(3))
            made.append(Signature(selector, field.encode(), value))
        return tuple(made)


def key_octets(key: Key) -> bytes:
    if isinstance(key, (str, bytes)):
        return encoded(key, "a key")
    return Path(key).read_bytes()


def is_simple(canonicalization: str) -> bool:
    if canonicalization not in ("relaxed", "simple"):
        raise ValueError("a canonicalization is relaxed or simple")
    return canonicalization == "simple"


def names(fields: Iterable[str]) -> bytes:
    if isinstance(fields, str):
        raise TypeError("fields are a list of names, not one text")
    return ", ".join(fields).encode()
