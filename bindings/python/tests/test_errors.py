"""Misuse is an exception with a cause."""

from __future__ import annotations

import pickle
from typing import Any

import mailproof
import pytest
from mailproof import errors
from mailproof.library import call, lib


@pytest.fixture
def receiver() -> mailproof.Authenticator:
    return mailproof.Authenticator(resolver={})


def test_every_exception_is_a_mailproof_error() -> None:
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), mailproof.MailproofError)
        assert getattr(mailproof, name) is getattr(errors, name)


def test_every_status_has_its_exception() -> None:
    failed = {getattr(lib, name) for name in dir(lib) if isinstance(getattr(lib, name), int)}
    assert failed >= set(errors.OF_STATUS)
    assert errors.OF_STATUS[lib.MAILPROOF_MALFORMED] is mailproof.MessageError
    assert errors.OF_STATUS[lib.MAILPROOF_KEY] is mailproof.KeyFileError
    assert errors.OF_STATUS[lib.MAILPROOF_STATE] is mailproof.StateError
    assert errors.OF_STATUS[lib.MAILPROOF_BUSY] is mailproof.BusyError
    assert errors.OF_STATUS[lib.MAILPROOF_SYSTEM] is mailproof.DnsConfigurationError
    assert errors.OF_STATUS[lib.MAILPROOF_UNSUPPORTED] is mailproof.UnsupportedError
    assert errors.OF_STATUS[lib.MAILPROOF_PANIC] is mailproof.DefectError
    with pytest.raises(mailproof.MailproofError) as caught:
        call(-77)
    assert type(caught.value) is mailproof.MailproofError


def test_an_exception_holds_what_the_library_says(receiver: mailproof.Authenticator) -> None:
    with pytest.raises(mailproof.MessageError) as caught:
        receiver.check(b"")
    assert caught.value.status == lib.MAILPROOF_MALFORMED
    assert caught.value.text == str(caught.value) != ""
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), again.text, again.status) == (mailproof.MessageError, caught.value.text, caught.value.status)


@pytest.mark.parametrize("message", ["From: a@b.example\r\n\r\n", None, 7, ["a"]])
def test_a_message_is_octets(receiver: mailproof.Authenticator, message: Any) -> None:
    for function in (receiver.check, receiver.dkim_verify, receiver.begin().feed, receiver.begin().body):
        with pytest.raises(TypeError):
            function(message)


@pytest.mark.parametrize("ip", ["", "192.0.2", "192.0.2.1 ", "::g", "example.com"])
def test_an_address_is_one(receiver: mailproof.Authenticator, ip: str) -> None:
    with pytest.raises(mailproof.ArgumentError):
        receiver.spf(ip, "h.example")
    with pytest.raises(mailproof.ArgumentError):
        receiver.check(b"From: a@b.example\r\n\r\n", ip=ip)


def test_what_no_octets_can_say_is_refused(receiver: mailproof.Authenticator) -> None:
    with pytest.raises(mailproof.ArgumentError):
        receiver.spf("192.0.2.1", "\ud800")
    with pytest.raises(mailproof.ArgumentError):
        mailproof.spf("192.0.2.1", "h.example", resolver=lambda *_: ["\u2026"])


def test_a_time_before_time_began_is_refused(receiver: mailproof.Authenticator) -> None:
    with pytest.raises(mailproof.ArgumentError):
        receiver.check(b"From: a@b.example\r\n\r\n", at=-1)


@pytest.mark.parametrize("name", ["", "a\r\nb", b"\xff"])
def test_an_authserv_id_is_text(name: Any) -> None:
    with pytest.raises(mailproof.ArgumentError):
        mailproof.Authenticator(name, resolver={})


@pytest.mark.parametrize("zone", [{"a..b": {}}, {"example.com": 7}, {"example.com": {"TXT": [7]}}])
def test_a_zone_is_one(zone: Any) -> None:
    with pytest.raises(mailproof.ArgumentError):
        mailproof.Authenticator(resolver=zone)


@pytest.mark.parametrize("servers", [[], ["example.com"], ["192.0.2.53:0x"]])
def test_servers_are_addresses(servers: list[str]) -> None:
    with pytest.raises(mailproof.ArgumentError):
        mailproof.Authenticator(resolver=servers)


@pytest.mark.parametrize("resolver", ["192.0.2.53", 7, {"192.0.2.53"}])
def test_a_resolver_is_one_of_its_kinds(resolver: Any) -> None:
    with pytest.raises(TypeError):
        mailproof.Authenticator(resolver=resolver)


def test_the_order_of_calls_is_kept(receiver: mailproof.Authenticator, letter: bytes) -> None:
    check = receiver.begin()
    with pytest.raises(mailproof.StateError):
        check.body(b"too early")
    check.feed(letter)
    with pytest.raises(mailproof.StateError):
        check.header("To", " a@b.example")
    assert check.finish().dmarc.result == "none"
    with pytest.raises(mailproof.StateError):
        check.feed(b"too late")


def test_a_field_is_one(receiver: mailproof.Authenticator) -> None:
    with pytest.raises(mailproof.MessageError):
        receiver.begin().header("Subject", " a\r\nFrom: b")


def test_signing_keeps_its_order_too(letter: bytes, key: str) -> None:
    signing = mailproof.Signer("example.com", "ed", key).begin()
    with pytest.raises(mailproof.StateError):
        signing.body(b"too early")
    signing.feed(letter)
    signing.finish()
    with pytest.raises(mailproof.StateError):
        signing.feed(b"too late")
    with pytest.raises(mailproof.ArgumentError):
        mailproof.Signer("example.com", "ed", key).begin(at=-1)


def test_a_trusted_sealer_is_a_domain() -> None:
    mailproof.Authenticator("mx.example.org", trusted_sealers=["lists.example.net"])
    with pytest.raises(mailproof.ArgumentError):
        mailproof.Authenticator("mx.example.org", trusted_sealers=["lists..example.net"])
