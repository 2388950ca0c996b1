"""Messages in pieces."""

from __future__ import annotations

from typing import Any

import mailproof
import pytest


@pytest.fixture
def receiver(newsletter_zone: dict[str, Any]) -> mailproof.Authenticator:
    return mailproof.Authenticator(resolver=newsletter_zone)


def fields_of(section: bytes) -> list[tuple[bytes, bytes]]:
    unfolded: list[bytes] = []
    for line in section.split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            unfolded[-1] += b"\r\n" + line
        else:
            unfolded.append(line)
    return [(name, value) for name, _, value in (field.partition(b":") for field in unfolded)]


@pytest.fixture
def wire(newsletter: bytes) -> bytes:
    return newsletter.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_any_cut_gives_what_the_whole_gives(receiver: mailproof.Authenticator, wire: bytes, size: int) -> None:
    whole = receiver.check(wire, ip="192.0.2.25", helo="mail.example.com", mail_from="kitchen@example.com", at=1e9)
    check = receiver.begin(ip="192.0.2.25", helo="mail.example.com", mail_from="kitchen@example.com", at=1e9)
    for start in range(0, len(wire), size):
        check.feed(wire[start : start + size])
    assert check.finish() == whole


def test_fields_and_body_give_what_the_whole_gives(receiver: mailproof.Authenticator, wire: bytes) -> None:
    section, _, body = wire.partition(b"\r\n\r\n")
    check = receiver.begin(at=1e9)
    for name, value in fields_of(section):
        check.header(name, value)
    check.eoh()
    assert check.body(memoryview(body)[:10])
    assert check.body(bytearray(body)[10:])
    assert check.finish() == receiver.check(wire, at=1e9)


def test_an_unsigned_body_need_not_be_told(receiver: mailproof.Authenticator, letter: bytes) -> None:
    assert receiver.begin().feed(letter) is False


def test_results_can_be_had_again(receiver: mailproof.Authenticator, letter: bytes) -> None:
    check = receiver.begin()
    check.feed(letter)
    assert check.finish() == check.finish()


def test_signing_in_pieces(letter: bytes, key: str) -> None:
    signer = mailproof.Signer("example.com", "ed", key)
    whole = signer.signatures(letter, at=1)
    for size in (1, 9):
        signing = signer.begin(at=1)
        for start in range(0, len(letter), size):
            signing.feed(letter[start : start + size])
        assert signing.finish() == whole
    section, _, body = letter.partition(b"\r\n\r\n")
    signing = signer.begin(at=1)
    for name, value in fields_of(section):
        signing.header(name.decode(), value.decode())
    signing.eoh()
    signing.body(body)
    assert signing.finish() == whole
