"""The kinds of resolvers."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Any

import mailproof
import pytest


def test_all_kinds_agree(
    letter: bytes, zone: dict[str, Any], lookup: Callable[..., Any], dns_server: str, key: str
) -> None:
    signed = mailproof.sign(letter, domain="example.com", selector="ed", key=key)
    envelope = {"ip": "192.0.2.25", "helo": "out.example.com", "mail_from": "kitchen@example.com"}
    settings = mailproof.Settings(iprev=False)

    def told(resolver: Any) -> dict[str, Any]:
        receiver = mailproof.Authenticator(resolver=resolver, settings=settings)
        return receiver.check(signed, **envelope).to_dict()  # type: ignore[arg-type]

    by_zone = told(zone)
    assert by_zone["dmarc"]["result"] == "pass"
    assert told(lookup) == by_zone
    assert told([dns_server]) == by_zone


def test_the_system_is_asked_by_default() -> None:
    # An unsigned message, of which nothing is asked.
    assert mailproof.dkim_verify(b"From: a@b.example\r\n\r\n") == ()


def spf_told(records: Any, rtype: str, policy: str, ip: str = "192.0.2.1") -> mailproof.SpfResult:
    """SPF where one name answers with records."""

    def lookup(name: str, asked: str) -> Any:
        if name == "example.com" and asked == "TXT":
            return [policy]
        if asked == rtype:
            if isinstance(records, type) and issubclass(records, Exception):
                raise records
            return records
        return []

    return mailproof.spf(ip, "h.example", "a@example.com", resolver=lookup)


@pytest.mark.parametrize(
    ("records", "rtype", "policy", "ip"),
    [
        (["192.0.2.1"], "A", "v=spf1 a -all", "192.0.2.1"),
        (["2001:db8::1"], "AAAA", "v=spf1 a -all", "2001:db8::1"),
        ([(10, "192.0.2.1.example")], "MX", "v=spf1 mx ip4:192.0.2.1 -all", "192.0.2.1"),
        (["host.example.com"], "PTR", "v=spf1 ptr:none.example ip4:192.0.2.1 -all", "192.0.2.1"),
    ],
)
def test_records_of_each_type(records: Any, rtype: str, policy: str, ip: str) -> None:
    assert spf_told(records, rtype, policy, ip).result == "pass"


@pytest.mark.parametrize(
    "record", ["v=spf1 ip4:192.0.2.1 -all", b"v=spf1 ip4:192.0.2.1 -all", ["v=spf1 ip4:", b"192.0.2.1 -all"]]
)
def test_a_txt_record_is_text_octets_or_their_list(record: Any) -> None:
    assert spf_told([], "A", record).result == "pass"


@pytest.mark.parametrize(
    ("raised", "result"),
    [
        (mailproof.NxDomain, "fail"),
        (mailproof.NoData, "fail"),
        (mailproof.Timeout, "temperror"),
        (mailproof.ServFail, "temperror"),
        (mailproof.Refused, "temperror"),
        (mailproof.Unreachable, "temperror"),
    ],
)
def test_what_is_raised_is_told_apart(raised: type[Exception], result: str) -> None:
    assert spf_told(raised, "A", "v=spf1 a -all").result == result


def test_octets_are_a_dns_reply() -> None:
    def lookup(name: str, rtype: str) -> bytes:
        question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
        question += struct.pack("!HH", {"TXT": 16}[rtype], 1)
        text = b"v=spf1 ip4:192.0.2.1 -all"
        data = bytes([len(text)]) + text
        record = struct.pack("!HHHIH", 0xC00C, 16, 1, 60, len(data)) + data
        return struct.pack("!HHHHHH", 7, 0x8180, 1, 1, 0, 0) + question + record

    assert mailproof.spf("192.0.2.1", "", "a@example.com", resolver=lookup).result == "pass"
    assert mailproof.spf("192.0.2.1", "", "a@example.com", resolver=lambda *_: b"rubbish").result == "temperror"


def test_an_exception_comes_out_as_it_is() -> None:
    def lookup(name: str, rtype: str) -> Any:
        raise LookupError(name)

    with pytest.raises(LookupError, match="example.com") as caught:
        mailproof.spf("192.0.2.1", "", "a@example.com", resolver=lookup)
    assert any(entry.name == "lookup" for entry in caught.traceback)


@pytest.mark.parametrize(
    "answer", [None, 7, "v=spf1 -all", {"TXT": []}, [7], [None], [["a", 1]]]
)
def test_what_is_no_answer_is_a_type_error(answer: Any) -> None:
    with pytest.raises(TypeError):
        mailproof.spf("192.0.2.1", "", "a@example.com", resolver=lambda *_: answer)


def test_a_plain_no_answer_says_too_little() -> None:
    def lookup(name: str, rtype: str) -> Any:
        raise mailproof.NoAnswer

    with pytest.raises(TypeError, match="subclass"):
        mailproof.spf("192.0.2.1", "", "a@example.com", resolver=lookup)


@pytest.mark.parametrize("records", [["no address"], ["2001:db8::1"]])
def test_a_wrong_address_is_an_argument_error(records: Any) -> None:
    with pytest.raises(mailproof.ArgumentError):
        spf_told(records, "A", "v=spf1 a -all")


def test_answers_with_a_ttl_are_asked_for_once(letter: bytes, lookup: Callable[..., Any]) -> None:
    asked: list[tuple[str, str]] = []

    def counted(name: str, rtype: str) -> Any:
        asked.append((name, rtype))
        return lookup(name, rtype)

    receiver = mailproof.Authenticator(resolver=counted)
    first = receiver.spf("192.0.2.25", "", "kitchen@example.com")
    count = len(asked)
    assert count > 0
    assert receiver.spf("192.0.2.25", "", "kitchen@example.com") == first
    assert len(asked) == count
    counts = receiver.cache_counts()
    assert counts["hits"] >= count
    assert counts["entries"] == count
    receiver.flush_cache("out.example.com")
    assert receiver.cache_counts()["entries"] == count - 1
    receiver.flush_cache()
    receiver.spf("192.0.2.25", "", "kitchen@example.com")
    assert len(asked) == 2 * count


def test_an_async_resolver_is_asked_at_once(
    letter: bytes, zone: dict[str, Any], lookup: Callable[..., Any], envelope: dict[str, Any]
) -> None:
    running, most = 0, 0

    async def slow(name: str, rtype: str) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return lookup(name, rtype)

    receiver = mailproof.Authenticator(resolver=slow)
    report = asyncio.run(receiver.check_async(letter, at=0, **envelope))
    assert report == mailproof.check(letter, resolver=zone, at=0, **envelope)
    assert most > 1
    receiver.flush_cache()
    with pytest.raises(TypeError, match="_async"):
        receiver.check(letter)


def test_an_async_resolver_may_be_an_object(letter: bytes, lookup: Callable[..., Any]) -> None:
    class Slow:
        async def __call__(self, name: str, rtype: str) -> Any:
            return lookup(name, rtype)

    async def check() -> mailproof.Report:
        piecewise = mailproof.Authenticator(resolver=Slow()).begin()
        piecewise.feed(letter)
        return await piecewise.finish_async()

    assert asyncio.run(check()).dmarc.result == "fail"


def test_an_exception_of_an_async_resolver_comes_out(letter: bytes) -> None:
    async def broken(name: str, rtype: str) -> Any:
        raise LookupError(name)

    with pytest.raises(LookupError):
        asyncio.run(mailproof.Authenticator(resolver=broken).check_async(letter))


def test_other_resolvers_can_be_awaited_too(letter: bytes, zone: dict[str, Any], lookup: Callable[..., Any]) -> None:
    for resolver in (zone, lookup):
        receiver = mailproof.Authenticator(resolver=resolver)
        assert asyncio.run(receiver.check_async(letter)).dmarc.result == "fail"


def test_questions_beyond_the_budget_fail(letter: bytes, lookup: Callable[..., Any]) -> None:
    receiver = mailproof.Authenticator(resolver=lookup, settings=mailproof.Settings(dns_questions=0))
    assert receiver.check(letter).dmarc.result == "temperror"
