"""The C library in this package, and how values cross to it."""

from __future__ import annotations

import ipaddress
from typing import Any, Union

from . import errors
from ._native import ffi as _ffi
from ._native import lib as _lib

ffi: Any = _ffi
lib: Any = _lib

Text = Union[str, bytes]
Address = Union[str, ipaddress.IPv4Address, ipaddress.IPv6Address]

__version__: str = ffi.string(lib.mailproof_version()).decode()

if lib.mailproof_abi() != lib.MAILPROOF_ABI:
    raise ImportError("the C library in this package is of another binary interface")


def call(status: int) -> int:
    """Passes a status on, or raises what it stands for."""
    if status >= 0:
        return status
    why = ffi.new("mailproof_str *")
    lib.mailproof_last_error(why)
    reason = text(why) or ffi.string(lib.mailproof_status_text(status)).decode()
    raise errors.OF_STATUS.get(status, errors.MailproofError)(reason, status)


def text(lent: Any) -> str | None:
    """A copy of a text that the library lends."""
    copy = octets(lent)
    return None if copy is None else copy.decode("utf-8", "replace")


def octets(lent: Any) -> bytes | None:
    """A copy of octets that the library lends."""
    if lent.data == ffi.NULL:
        return None
    return bytes(ffi.buffer(lent.data, lent.len))


def encoded(value: Text, what: str) -> bytes:
    """Text as octets; octets as they are."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{what} is str or bytes, not {type(value).__name__}")
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise errors.ArgumentError(f"{what} is no text: {error.reason}", lib.MAILPROOF_INVALID) from error


def message_octets(value: bytes | bytearray | memoryview) -> bytes:
    """The octets of a message; what another thread could change meanwhile is copied."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"a message is bytes, not {type(value).__name__}: it is judged as it travels")


def packed(ip: Address) -> bytes:
    """An address in network order."""
    try:
        return ipaddress.ip_address(ip).packed
    except ValueError as error:
        raise errors.ArgumentError(str(error), lib.MAILPROOF_INVALID) from error


def has_feature(name: str) -> bool:
    """Whether this build can do something: spf, dkim-verify, dkim-sign, dmarc, arc, iprev, resolver, encrypted-dns …"""
    octets = encoded(name, "a feature")
    return bool(lib.mailproof_has_feature(octets, len(octets)))
