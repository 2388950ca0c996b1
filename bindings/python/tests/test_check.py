"""Whole messages, and SPF and DKIM alone."""

from __future__ import annotations

import ipaddress
from typing import Any

import mailproof
import pytest


def test_a_message_of_its_author_passes(newsletter: bytes, newsletter_zone: dict[str, Any]) -> None:
    report = mailproof.check(
        newsletter,
        ip="192.0.2.25",
        helo="mail.example.com",
        mail_from="kitchen@example.com",
        authserv_id="mx.example.org",
        resolver=newsletter_zone,
    )
    assert [one.result for one in report.spf] == ["pass", "pass"]
    assert [(one.domain, one.selector, one.result) for one in report.dkim] == [
        ("example.com", "2026e", "pass"),
        ("example.com", "2026a", "pass"),
    ]
    assert (report.dmarc.result, report.dmarc.policy, report.dmarc.disposition) == ("pass", "reject", "none")
    assert (report.iprev.result, report.iprev.name) == ("pass", "mail.example.com")
    assert report.authentication_results.startswith("mx.example.org; spf=pass")
    assert report.authentication_results_field.startswith(b"Authentication-Results: mx.example.org;")
    assert report.authentication_results_field.endswith(b"\r\n")
    assert report.smtp_reply is None
    assert report.dns.questions > 0


def test_a_forged_author_is_refused(letter: bytes, zone: dict[str, Any]) -> None:
    report = mailproof.check(letter, ip="203.0.113.9", helo="x.test", mail_from="kitchen@example.com", resolver=zone)
    assert (report.dmarc.result, report.dmarc.disposition) == ("fail", "reject")
    assert report.spf[-1].result == "fail"
    assert report.smtp_reply is not None
    assert (report.smtp_reply.code, report.smtp_reply.status) == (550, "5.7.26")
    assert "example.com" in report.smtp_reply.text


def test_without_an_address_spf_is_left_out(letter: bytes, zone: dict[str, Any]) -> None:
    report = mailproof.check(letter, helo="x.test", mail_from="kitchen@example.com", resolver=zone)
    assert report.spf == ()
    assert report.iprev.result == "none"


def test_a_forged_field_is_taken_away(letter: bytes, zone: dict[str, Any], envelope: dict[str, Any]) -> None:
    forged = b"Authentication-Results: mx.example.org; dmarc=pass\r\nSubject: a\r\n" + letter
    receiver = mailproof.Authenticator("mx.example.org", resolver=zone)
    delete, insert = receiver.check(forged, **envelope).header_edits
    assert (delete.kind, delete.name, delete.index, delete.position) == ("delete", "Authentication-Results", 1, 0)
    assert (insert.kind, insert.name, insert.position) == ("insert", "Authentication-Results", 0)
    assert insert.value.startswith(b" mx.example.org;")
    assert b"\r" not in insert.milter_value


def test_ids_of_the_same_receiver_are_stripped_too(letter: bytes, zone: dict[str, Any]) -> None:
    forged = b"Authentication-Results: other.example.org; dmarc=pass\r\n" + letter
    alone = mailproof.Authenticator("mx.example.org", resolver=zone)
    both = mailproof.Authenticator("mx.example.org", resolver=zone, other_authserv_ids=["other.example.org"])
    assert [edit.kind for edit in alone.check(forged).header_edits] == ["insert"]
    assert [edit.kind for edit in both.check(forged).header_edits] == ["delete", "insert"]


def test_a_text_file_is_read_as_it_travelled(letter: bytes, zone: dict[str, Any], key: str) -> None:
    signed = mailproof.sign(letter, domain="example.com", selector="ed", key=key)
    text = signed.replace(b"\r\n", b"\n")
    assert mailproof.dkim_verify(text, resolver=zone)[0].result == "pass"
    assert mailproof.check(text, resolver=zone).dkim[0].result == "pass"
    assert mailproof.check(text, resolver=zone, raw=True).dkim[:1] != mailproof.check(text, resolver=zone).dkim[:1]


@pytest.mark.parametrize("kind", [str, ipaddress.ip_address])
def test_spf_alone(kind: Any, zone: dict[str, Any]) -> None:
    passed = mailproof.spf(kind("192.0.2.25"), "out.example.com", "kitchen@example.com", resolver=zone)
    assert (passed.identity, passed.domain, passed.result) == ("mailfrom", "example.com", "pass")
    assert passed.matched == "a:out.example.com"
    assert passed.received_spf.startswith("Received-SPF: pass")
    assert mailproof.spf(kind("2001:db8::25"), "out.example.com", "kitchen@example.com", resolver=zone).result == "pass"
    failed = mailproof.spf(kind("192.0.2.26"), "out.example.com", "kitchen@example.com", resolver=zone)
    assert (failed.result, failed.matched) == ("fail", "-all")


def test_spf_of_a_bounce_is_that_of_the_postmaster(zone: dict[str, Any]) -> None:
    receiver = mailproof.Authenticator(resolver=zone)
    bounce = receiver.spf("192.0.2.25", "example.com")
    assert (bounce.identity, bounce.domain, bounce.result) == ("mailfrom", "example.com", "pass")
    both = receiver.spf_identities("192.0.2.25", "out.example.com", "kitchen@example.com")
    assert [(one.identity, one.result) for one in both] == [("helo", "none"), ("mailfrom", "pass")]
    assert receiver.spf("192.0.2.25").result == "none"


def test_dkim_alone(newsletter: bytes, newsletter_zone: dict[str, Any]) -> None:
    whole = mailproof.check(newsletter, resolver=newsletter_zone).dkim
    alone = mailproof.dkim_verify(newsletter, resolver=newsletter_zone)
    assert alone == whole
    changed = newsletter + b"One more line.\r\n"
    failed = mailproof.dkim_verify(changed, resolver=newsletter_zone)
    assert failed == mailproof.check(changed, resolver=newsletter_zone).dkim
    assert [one.result for one in failed] == ["fail", "fail"]
    assert all(one.reason for one in failed)


def test_an_expired_signature_is_judged_by_the_time_given(letter: bytes, zone: dict[str, Any], key: str) -> None:
    signed = mailproof.sign(letter, domain="example.com", selector="ed", key=key, at=1_000_000_000, expires_after=3600)
    assert mailproof.dkim_verify(signed, resolver=zone, at=1_000_000_001.5)[0].result == "pass"
    assert mailproof.dkim_verify(signed, resolver=zone)[0].result == "fail"
    assert mailproof.check(signed, resolver=zone, at=1_000_000_001).dkim[0].result == "pass"


def test_a_message_may_be_any_octets(letter: bytes, zone: dict[str, Any]) -> None:
    whole = mailproof.check(letter, resolver=zone, at=0)
    assert mailproof.check(bytearray(letter), resolver=zone, at=0) == whole
    assert mailproof.check(memoryview(letter), resolver=zone, at=0) == whole
