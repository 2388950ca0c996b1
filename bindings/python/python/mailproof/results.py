"""What was found, as values that do not change."""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Callable, KeysView, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

__all__ = [
    "ArcResult",
    "AtpsResult",
    "DkimResult",
    "DmarcResult",
    "DnsUse",
    "HeaderEdit",
    "IprevResult",
    "Override",
    "Report",
    "SmtpReply",
    "SpfResult",
]

SpfWord = Literal["pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"]
DkimWord = Literal["pass", "fail", "neutral", "policy", "none", "temperror", "permerror"]
DmarcWord = Literal["pass", "fail", "none", "temperror", "permerror"]
ArcWord = Literal["pass", "fail", "none"]
IprevWord = Literal["pass", "fail", "none", "temperror", "permerror"]
Policy = Literal["none", "quarantine", "reject"]

F = TypeVar("F", bound="Finding")


def beside_json(default: Any) -> Any:
    """A field that is no part of the JSON."""
    return field(default=default, metadata={"json": False})


def fields_told(cls: Any) -> KeysView[str]:
    """The fields that JSON tells of, which those of `extra` are beside; in their order."""
    named = (one.name for one in dataclasses.fields(cls) if one.metadata.get("json", True))
    return dict.fromkeys(name for name in named if name != "extra").keys()


told: Callable[[Any], KeysView[str]] = functools.cache(fields_told)


@dataclass(frozen=True)
class Finding:
    """An object of the report, schema `mailproof.report/1`."""

    PARTS: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}

    extra: Mapping[str, Any] = field(default_factory=dict, hash=False, kw_only=True, repr=False)
    """Fields of the JSON that this version does not know."""

    def to_dict(self) -> dict[str, Any]:
        """The object as JSON has it."""
        values = {name: plain(getattr(self, name)) for name in told(type(self))}
        return {**values, **copy.deepcopy(dict(self.extra))}

    @classmethod
    def from_dict(cls: type[F], found: Mapping[str, Any], **beside: Any) -> F:
        """The finding that JSON tells of. Fields that are not known are kept in `extra`."""
        names = told(cls)
        values, extra = dict(found), {}
        if not found.keys() <= names:
            extra = {name: values.pop(name) for name in found if name not in names}
        for name, made in cls.PARTS.items():
            if values.get(name) is not None:
                values[name] = made(values[name])
        return cls(**values, **beside, extra=extra)


def many(part: type[Finding]) -> Callable[[Any], Any]:
    return lambda values: tuple(part.from_dict(value) for value in values)


def plain(value: Any) -> Any:
    if isinstance(value, Finding):
        return value.to_dict()
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value


@dataclass(frozen=True)
class SpfResult(Finding):
    """The SPF verdict on one identity (RFC 7208)."""

    identity: Literal["helo", "mailfrom"]
    domain: str
    result: SpfWord
    reason: str
    matched: str | None = None
    """The directive that matched."""
    explanation: str | None = None
    """What the domain owner says about a fail: text of a third party."""
    lookups: int = 0
    """Terms that asked DNS."""
    void_lookups: int = 0
    """Terms whose query found nothing."""
    received_spf: str = beside_json("")
    """The Received-SPF field (§9.1), name and folded value, without the final CRLF."""


@dataclass(frozen=True)
class DkimResult(Finding):
    """The verdict on one DKIM signature (RFC 6376). What a signature says of itself is true only with `pass`."""

    result: DkimWord
    domain: str | None = None
    """`d=`."""
    selector: str | None = None
    """`s=`."""
    identity: str | None = None
    """`i=`."""
    algorithm: str | None = None
    """`a=`."""
    key_bits: int | None = None
    reason: str | None = None
    """Why it did not pass."""
    unsigned_body_octets: int = 0
    """Octets of the body that anybody may have added (`l=`)."""
    testing: bool = False
    """Whether the key says that its domain only tests DKIM."""


@dataclass(frozen=True)
class ArcResult(Finding):
    """Whether the chain of those who forwarded the message holds (RFC 8617, which is being made historic)."""

    result: ArcWord
    instances: int = 0
    """The highest instance found."""
    oldest_pass: int = 0
    """The lowest instance from which on every message signature holds (§5.2); 0 when all do, or when it is not known."""
    reason: str | None = None


@dataclass(frozen=True)
class AtpsResult(Finding):
    """Whether the author domain authorizes the signature of another (RFC 6541)."""

    result: str
    author_domain: str
    signer: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Override(Finding):
    """Why the receiver does not do what the domain owner asks for (RFC 8617 §7.2.2)."""

    type: str
    comment: str | None = None


@dataclass(frozen=True)
class DmarcResult(Finding):
    """Whether the author's domain stands behind the message (RFC 9989)."""

    PARTS: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"override": Override.from_dict}

    result: DmarcWord
    author_domain: str | None = None
    organizational_domain: str | None = None
    record_domain: str | None = None
    """The domain whose record applies."""
    policy: Policy | None = None
    """What the domain owner asks for when mail of this author domain fails."""
    disposition: Policy = "none"
    """What that means for this message; what is done is the receiver's decision."""
    spf_aligned: bool = False
    dkim_aligned: bool = False
    override: Override | None = None
    """The local policy that changed the disposition."""
    reason: str | None = None


@dataclass(frozen=True)
class IprevResult(Finding):
    """Whether the client's address has a name that points back to it (RFC 8601 §3)."""

    result: IprevWord
    name: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class DnsUse(Finding):
    """How much DNS a check needed."""

    PARTS: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"stale": tuple}

    questions: int = 0
    rounds: int = 0
    """Questions that had to be asked one after the other."""
    stale: tuple[str, ...] = ()
    """Questions that only a cache could answer, beyond the time of what it kept."""


@dataclass(frozen=True)
class HeaderEdit:
    """One edit of the header section. Edits are carried out in their order; none moves what a later one means."""

    kind: Literal["delete", "change", "insert"]
    name: str
    """The name of the field; empty for a line that is no field."""
    index: int
    """Which one of that name, from 1, as milters count."""
    position: int
    """Fields above it; for an insertion, once it is there."""
    value: bytes
    """The new value, everything behind the colon, folds as CRLF and white space, without the final CRLF."""
    milter_value: bytes
    """The same as milters take it: without the leading space, folds as LF and white space."""


@dataclass(frozen=True)
class SmtpReply:
    """What an SMTP server says that does what the domain owner asks for by DMARC (RFC 7372)."""

    code: int
    """550 or 451."""
    status: str
    """The enhanced status code, such as `5.7.26`."""
    text: str


@dataclass(frozen=True)
class Report(Finding):
    """Everything found about one message."""

    PARTS: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "arc": ArcResult.from_dict,
        "atps": AtpsResult.from_dict,
        "dkim": many(DkimResult),
        "dmarc": DmarcResult.from_dict,
        "dns": DnsUse.from_dict,
        "iprev": IprevResult.from_dict,
        "spf": many(SpfResult),
    }

    schema: str
    spf: tuple[SpfResult, ...]
    """HELO and MAIL FROM, as far as they were checked."""
    dkim: tuple[DkimResult, ...]
    """One for each signature, the topmost first."""
    arc: ArcResult
    dmarc: DmarcResult
    iprev: IprevResult
    authentication_results: str
    """The value of the Authentication-Results field in one line."""
    dns: DnsUse
    atps: AtpsResult | None = None
    authentication_results_field: bytes = beside_json(b"")
    """The whole field, folded, with its CRLF: to be written above the message."""
    header_edits: tuple[HeaderEdit, ...] = beside_json(())
    """Forged fields taken away, and the own one inserted."""
    smtp_reply: SmtpReply | None = beside_json(None)
    """The refusal or deferral that DMARC asks for; None where mail is to be taken."""
