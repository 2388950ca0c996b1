"""The settings of a receiver."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from .library import call, lib

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """Settings of an `Authenticator`. What is None keeps its default."""

    cache_entries: int | None = None
    """Answers the cache keeps at most; 262144. 0 keeps none."""
    cache_octets: int | None = None
    """Octets of memory the cache takes at most; 67108864."""
    cache_ttl_max: int | None = None
    """Seconds an answer is kept at most, whatever its TTL; 86400."""
    cache_stale: int | None = None
    """Seconds an answer beyond its TTL may stand in when servers fail (RFC 8767); 0: never."""
    dns_timeout: int | None = None
    """Milliseconds one server is waited for, by the built-in resolver; 3000."""
    dns_attempts: int | None = None
    """How often a silent server is asked in all, by the built-in resolver; 2."""
    dns_time: int | None = None
    """Milliseconds that all questions of one check may take, with the built-in resolver; 20000."""
    dns_questions: int | None = None
    """Questions of one check at most; 100. Those beyond count as failed."""
    dns_trust_ad: bool | None = None
    """Whether the AD bit of replies is believed; False."""
    dns_mixed_case: bool | None = None
    """Whether the built-in resolver asks in random case; False."""
    spf_terms: int | None = None
    """Terms of an SPF policy that may ask DNS (RFC 7208 §4.6.4); 10."""
    spf_void_lookups: int | None = None
    """Terms of an SPF policy whose query may find nothing; 2."""
    dkim_min_rsa_bits: int | None = None
    """Bits of an RSA key at least; 1024."""
    dkim_max_rsa_bits: int | None = None
    """Bits of an RSA key at most; 4096."""
    dkim_max_signatures: int | None = None
    """Signatures evaluated at most; 10."""
    dkim_clock_skew: int | None = None
    """Seconds that the clocks of signers may differ; 300."""
    dkim_reject_partial_body: bool | None = None
    """Whether a signature that leaves a part of the body unsigned (`l=`) is refused; False."""
    dkim_reject_future: bool | None = None
    """Whether a signature made in the future is refused; False."""
    dmarc_discovery: int | None = None
    """How organizational domains are found: 0, by the tree walk of RFC 9989; 1, by the public suffix list (RFC 7489); 0."""
    dmarc_walks: int | None = None
    """Identifiers whose organizational domain is walked for at most; 10."""
    iprev: bool | None = None
    """Whether the name of the client's address is looked for and confirmed (RFC 8601 §3); True."""
    strip_all: bool | None = None
    """Whether the edits take away every Authentication-Results field, not only forged ones; False."""
    strip_received_spf: bool | None = None
    """Whether the edits take away Received-SPF fields as well; False."""

    def apply(self, context: Any) -> None:
        """Sets up a context of the library."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                number = getattr(lib, f"MAILPROOF_NUMBER_{field.name.upper()}")
                call(lib.mailproof_context_set_number(context, number, unsigned(field.name, value)))


def unsigned(name: str, value: int) -> int:
    """A number that fits into 64 bits without a sign."""
    if not isinstance(value, int):
        raise TypeError(f"{name} is a whole number, not {type(value).__name__}")
    if not 0 <= value < 1 << 64:
        raise ValueError(f"{name} is out of range")
    return int(value)
