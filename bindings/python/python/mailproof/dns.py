"""DNS as a resolver written in Python tells it."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union

from .errors import ArgumentError
from .library import Text, call, encoded, ffi, lib, packed

__all__ = [
    "Answer",
    "NoAnswer",
    "NoData",
    "NxDomain",
    "Question",
    "Refused",
    "Resolver",
    "ServFail",
    "Timeout",
    "Unreachable",
]

RecordType = Literal["A", "AAAA", "MX", "PTR", "TXT"]

Record = Union[Text, ipaddress.IPv4Address, ipaddress.IPv6Address, Sequence[Text], tuple[int, str]]
"""A record by its type:

* `A`, `AAAA`: an address, as text or of module ipaddress.
* `MX`: preference and exchange, such as `(10, "mx.example.com")`.
* `PTR`: a name.
* `TXT`: text or octets, or a list of the strings that make up the record. One character of text is one octet (latin-1).
"""


@dataclass(frozen=True)
class Question:
    """What is asked: all records of a type at a name."""

    name: str
    """In A-labels, without a final dot."""
    rtype: RecordType
    number: int
    """Its number within the check."""


@dataclass(frozen=True)
class Answer:
    """Records, and how long they may be kept."""

    records: Iterable[Record]
    ttl: int = 0
    """Seconds that the answer may be cached; 0: not at all."""
    authentic: bool = False
    """Whether a validating resolver vouches for it (the AD bit)."""


class NoAnswer(Exception):
    """What a resolver raises in place of records. Raise one of its subclasses."""

    def __init__(self, text: str = "", ttl: int = 0) -> None:
        super().__init__(text)
        self.ttl = ttl


class NxDomain(NoAnswer):
    """The name does not exist."""


class NoData(NoAnswer):
    """The name exists and has no record of the type; an empty list says the same."""


class Timeout(NoAnswer):
    """No server replied in time."""


class ServFail(NoAnswer):
    """The server said SERVFAIL."""


class Refused(NoAnswer):
    """The server said REFUSED."""


class Unreachable(NoAnswer):
    """No server could be reached."""


Answered = Union[Answer, Iterable[Record], bytes]
Lookup = Callable[[str, RecordType], Answered]
AsyncLookup = Callable[[str, RecordType], Awaitable[Answered]]
Resolver = Union[None, Mapping[str, Any], Sequence[str], Lookup, AsyncLookup]
"""Where DNS comes from:

* `None`: the recursive servers of the system, through the resolver built in.
* A list of servers, such as `["192.0.2.53", "tcp://[2001:db8::53]:5353"]`: these, in their order.
* A mapping: a zone, such as `{"example.com": {"TXT": ["v=spf1 -all"]}}`. Nobody is asked.
* A function of a name and a type: returns a list of records, an `Answer`, or the octets of a DNS reply; or raises `NxDomain`,
  `NoData`, `Timeout`, `ServFail`, `Refused` or `Unreachable`. Anything else that it raises ends the check and comes out of it.
* Such a function with `async def`, for the methods that are awaited.
"""

TYPES: dict[int, RecordType] = {
    lib.MAILPROOF_RRTYPE_A: "A",
    lib.MAILPROOF_RRTYPE_AAAA: "AAAA",
    lib.MAILPROOF_RRTYPE_MX: "MX",
    lib.MAILPROOF_RRTYPE_PTR: "PTR",
    lib.MAILPROOF_RRTYPE_TXT: "TXT",
}

FAILURES: dict[type[NoAnswer], int] = {
    Timeout: lib.MAILPROOF_DNS_FAILURE_TIMEOUT,
    ServFail: lib.MAILPROOF_DNS_FAILURE_SERVFAIL,
    Refused: lib.MAILPROOF_DNS_FAILURE_REFUSED,
    Unreachable: lib.MAILPROOF_DNS_FAILURE_UNREACHABLE,
}


def native(rtype: RecordType, answered: Answered | NoAnswer) -> Any:
    """An answer as the library takes it."""
    out = ffi.new("mailproof_answer **")
    call(lib.mailproof_answer_new(out))
    answer = ffi.gc(out[0], lib.mailproof_answer_free)
    if isinstance(answered, bytes):
        call(lib.mailproof_answer_reply(answer, answered, len(answered)))
    elif isinstance(answered, NoAnswer):
        put_absence(answer, answered)
    elif isinstance(answered, Answer):
        put_records(answer, rtype, answered)
    else:
        put_records(answer, rtype, Answer(answered))
    return answer


def put_absence(answer: Any, absence: NoAnswer) -> None:
    call(lib.mailproof_answer_set_ttl(answer, absence.ttl))
    if isinstance(absence, NxDomain):
        call(lib.mailproof_answer_nxdomain(answer))
        return
    if isinstance(absence, NoData):
        call(lib.mailproof_answer_nodata(answer))
        return
    for kind, number in FAILURES.items():
        if isinstance(absence, kind):
            call(lib.mailproof_answer_failed(answer, number))
            return
    raise TypeError("raise a subclass of NoAnswer, which says why there is none") from absence


def put_records(answer: Any, rtype: RecordType, records: Answer) -> None:
    if isinstance(records.records, (str, Mapping)) or not isinstance(records.records, Iterable):
        raise TypeError(f"a resolver answers with a list of records, not {type(records.records).__name__}")
    call(lib.mailproof_answer_set_ttl(answer, records.ttl))
    call(lib.mailproof_answer_set_authentic(answer, records.authentic))
    count = 0
    for record in records.records:
        put_record(answer, rtype, record)
        count += 1
    if count == 0:
        call(lib.mailproof_answer_nodata(answer))


def put_record(answer: Any, rtype: RecordType, record: Any) -> None:
    if rtype in ("A", "AAAA"):
        address = packed(record)
        call(lib.mailproof_answer_address(answer, address, len(address)))
    elif rtype == "TXT":
        data = txt_octets(record)
        call(lib.mailproof_answer_txt(answer, data, len(data)))
    elif rtype == "MX":
        preference, exchange = record
        name = encoded(exchange, "an exchange")
        call(lib.mailproof_answer_mx(answer, preference, name, len(name)))
    else:
        name = encoded(record, "a host name")
        call(lib.mailproof_answer_ptr(answer, name, len(name)))


def txt_octets(record: Any) -> bytes:
    if isinstance(record, bytes):
        return record
    if isinstance(record, str):
        return latin(record)
    if isinstance(record, (list, tuple)):
        return b"".join(txt_octets(string) for string in record)
    raise TypeError(f"a TXT record is text, octets or a list of them, not {type(record).__name__}")


def latin(record: str) -> bytes:
    try:
        return record.encode("latin-1")
    except UnicodeEncodeError as error:
        raise ArgumentError("a character of a TXT record is no octet: use bytes", lib.MAILPROOF_INVALID) from error
