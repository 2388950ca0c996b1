"""Signing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mailproof
import pytest


def tags(signed: bytes) -> dict[str, str]:
    value = signed.partition(b":")[2].partition(b"\r\n" + b"From:")[0].decode()
    pairs = (tag.partition("=") for tag in "".join(value.split()).split(";"))
    return {name: content for name, _, content in pairs}


def test_what_is_signed_verifies(letter: bytes, zone: dict[str, Any], key: str) -> None:
    signed = mailproof.sign(letter, domain="example.com", selector="ed", key=key)
    assert signed.startswith(b"DKIM-Signature: ")
    assert signed.endswith(letter)
    (verdict,) = mailproof.dkim_verify(signed, resolver=zone)
    assert (verdict.result, verdict.domain, verdict.selector) == ("pass", "example.com", "ed")
    assert (verdict.algorithm, verdict.key_bits, verdict.reason) == ("ed25519-sha256", 256, None)
    assert mailproof.dkim_verify(signed.replace(b"Bread", b"Stone"), resolver=zone)[0].result == "fail"


def test_a_key_is_text_octets_or_a_file(letter: bytes, key: str, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(key)
    signatures = {
        mailproof.sign(letter, domain="example.com", selector="ed", key=one, at=1) for one in (key, key.encode(), path)
    }
    assert len(signatures) == 1
    with pytest.raises(FileNotFoundError):
        mailproof.sign(letter, domain="example.com", selector="ed", key=tmp_path / "none")


def test_two_keys_give_two_signatures(letter: bytes, zone: dict[str, Any], key: str) -> None:
    signer = mailproof.Signer("example.com", "ed", key)
    signer.add_key("ed2", key)
    signatures = signer.signatures(letter)
    assert [one.selector for one in signatures] == ["ed", "ed2"]
    zone["ed2._domainkey.example.com"] = zone["ed._domainkey.example.com"]
    assert [one.result for one in mailproof.dkim_verify(signer.sign(letter), resolver=zone)] == ["pass", "pass"]
    for signature in signatures:
        assert signature.field == b"DKIM-Signature: " + signature.value.encode() + b"\r\n"


def test_choices_are_in_the_signature(letter: bytes, zone: dict[str, Any], key: str) -> None:
    plain = tags(mailproof.sign(letter, domain="example.com", selector="ed", key=key, at=100))
    assert (plain["c"], plain["t"]) == ("relaxed/relaxed", "100")
    assert not {"x", "z", "r", "l"} & plain.keys()
    signed = mailproof.sign(
        letter,
        domain="example.com",
        selector="ed",
        key=key,
        at=100,
        identity="kitchen@example.com",
        expires_after=60,
        copy_header=True,
        request_reports=True,
        header_canonicalization="simple",
        body_canonicalization="simple",
        oversigned=["From", "Subject"],
        signed=["To"],
    )
    chosen = tags(signed)
    assert (chosen["c"], chosen["i"], chosen["x"], chosen["r"]) == ("simple/simple", "kitchen@example.com", "160", "y")
    assert "z" in chosen
    named = chosen["h"].lower().split(":")
    assert (named.count("from"), named.count("subject"), named.count("to")) == (2, 2, 1)
    assert "t" not in tags(mailproof.sign(letter, domain="example.com", selector="ed", key=key, timestamp=False))
    assert mailproof.dkim_verify(signed, resolver=zone, at=100)[0].result == "pass"


def test_a_lone_line_end_is_refused_unless_accepted(letter: bytes, zone: dict[str, Any], key: str) -> None:
    lone = letter + b"one\ntwo\r\n"
    signer = mailproof.Signer("example.com", "ed", key)
    with pytest.raises(mailproof.MessageError):
        signer.sign(lone)
    accepting = mailproof.Signer("example.com", "ed", key, accept_lone_line_ends=True)
    assert mailproof.dkim_verify(accepting.sign(lone), resolver=zone)[0].result == "pass"


def test_a_signer_is_set_up_before_it_signs(letter: bytes, key: str) -> None:
    signer = mailproof.Signer("example.com", "ed", key)
    signer.sign(letter)
    with pytest.raises(mailproof.StateError):
        signer.add_key("ed2", key)


@pytest.mark.parametrize("octets", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_private_key_is_said(octets: str) -> None:
    with pytest.raises(mailproof.KeyFileError) as caught:
        mailproof.Signer("example.com", "ed", octets)
    assert caught.value.text
    assert caught.value.status < 0


@pytest.mark.parametrize(
    "choices",
    [
        {"domain": ""},
        {"domain": "exa mple.com"},
        {"selector": ""},
        {"selector": "a..b"},
        {"identity": "joe@other.example"},
        {"header_canonicalization": "none"},
        {"expires_after": -1},
        {"oversigned": ["a b:c"]},
    ],
)
def test_what_nobody_could_verify_is_refused(choices: dict[str, Any], letter: bytes, key: str) -> None:
    arguments = {"domain": "example.com", "selector": "ed", "key": key, **choices}
    with pytest.raises(ValueError):
        mailproof.sign(letter, **arguments)


def test_two_authors_are_not_signed(letter: bytes, key: str) -> None:
    with pytest.raises(mailproof.MessageError):
        mailproof.sign(b"From: eve@example.com\r\n" + letter, domain="example.com", selector="ed", key=key)
