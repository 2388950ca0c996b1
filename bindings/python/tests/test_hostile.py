"""Rubbish in: a verdict or a MailproofError out."""

from __future__ import annotations

import random
from typing import Any

import mailproof
import pytest

SEEDS = range(300)


def rubbish(seed: int, letter: bytes) -> bytes:
    chance = random.Random(seed)
    kind = seed % 3
    if kind == 0:
        return chance.randbytes(chance.randrange(2000))
    octets = bytearray(letter)
    if kind == 1:
        for _ in range(chance.randrange(1, 20)):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        return bytes(octets)
    alphabet = b"\r\n \t:;=@<>\"(),\\\0\xff" + b"DKIM-Signature: From: v=1 b= bh="
    return bytes(chance.choice(alphabet) for _ in range(chance.randrange(3000)))


def test_any_octets_are_judged_or_refused(letter: bytes, zone: dict[str, Any], key: str) -> None:
    receiver = mailproof.Authenticator(resolver=zone)
    signer = mailproof.Signer("example.com", "ed", key)
    signed = signer.sign(letter)
    judged = 0
    for seed in SEEDS:
        octets = rubbish(seed, signed)
        try:
            report = receiver.check(octets, ip="192.0.2.1", helo=octets[:60], mail_from=octets[-60:], raw=bool(seed % 2))
        except mailproof.MessageError:
            continue
        judged += 1
        assert report.to_dict()["schema"] == "mailproof.report/1"
        assert report.authentication_results.isascii()
        assert "\n" not in report.authentication_results
        assert all(edit.value.count(b"\n") == edit.value.count(b"\r\n ") + edit.value.count(b"\r\n\t")
                   for edit in report.header_edits if edit.kind == "insert")
    assert judged > len(SEEDS) // 3


def test_any_octets_are_signed_or_refused(letter: bytes, key: str) -> None:
    signer = mailproof.Signer("example.com", "ed", key)
    for seed in SEEDS:
        octets = rubbish(seed, letter)
        try:
            assert signer.sign(octets).endswith(octets)
        except mailproof.MessageError:
            pass


def test_any_answers_are_taken_or_refused(letter: bytes) -> None:
    for seed in SEEDS:
        chance = random.Random(seed)

        def lookup(name: str, rtype: str) -> Any:
            octets = chance.randbytes(chance.randrange(300))
            return chance.choice([octets, [octets] if rtype == "TXT" else octets, [b"v=spf1 mx a ptr exists:%{i}.x " + octets]
                                  if rtype == "TXT" else []])

        result = mailproof.check(letter, ip="192.0.2.1", helo="h.example", mail_from="a@b.example", resolver=lookup)
        assert result.dmarc.result in ("none", "fail", "temperror", "permerror", "pass")


@pytest.mark.parametrize("value", ["\0", "a\0b", "\udcff", "ü@ü.example", "x" * 100_000, b"\xff\xfe", b"\r\nFrom: x"])
def test_any_envelope_is_judged(value: Any, letter: bytes, zone: dict[str, Any]) -> None:
    report = mailproof.check(letter, ip="192.0.2.1", helo=value, mail_from=value, resolver=zone)
    assert report.spf[-1].result in ("none", "fail", "permerror", "neutral")
    assert report.authentication_results.isprintable()


def test_a_name_in_a_zone_may_be_anything(letter: bytes) -> None:
    for name in ("\0", "\ud800", "a" * 300, " ", "ü.example"):
        try:
            mailproof.check(letter, resolver={name: {"TXT": ["x"]}})
        except mailproof.ArgumentError:
            pass


def test_a_key_may_be_anything() -> None:
    for seed in SEEDS:
        octets = random.Random(seed).randbytes(seed)
        if len(octets) == 32:
            continue
        with pytest.raises(mailproof.KeyFileError):
            mailproof.Signer("example.com", "ed", octets)
