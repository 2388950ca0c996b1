"""Settings, and what the header has that Python must have too."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import mailproof
import pytest
from mailproof.authenticator import CACHE_COUNTS
from mailproof.library import lib
from mailproof.signer import Choices


def names(prefix: str) -> set[str]:
    return {name.removeprefix(prefix).lower() for name in dir(lib) if name.startswith(prefix)}


def test_every_number_of_the_header_is_a_setting() -> None:
    assert {field.name for field in dataclasses.fields(mailproof.Settings)} == names("MAILPROOF_NUMBER_")


def test_every_count_of_the_cache_is_told() -> None:
    assert set(CACHE_COUNTS) == names("MAILPROOF_CACHE_COUNT_")
    assert set(mailproof.Authenticator(resolver={}).cache_counts().values()) == {0}


def test_every_choice_of_a_signer_is_an_argument() -> None:
    arguments = set(inspect.signature(mailproof.Signer).parameters)
    switches = names("MAILPROOF_SIGNING_NUMBER_") - {"simple_header", "simple_body"}
    assert switches | names("MAILPROOF_SIGNING_TEXT_") <= arguments
    assert arguments - {"domain", "selector", "key"} == set(Choices.__annotations__)


def test_a_setting_changes_what_is_found(letter: bytes, zone: dict[str, Any], envelope: dict[str, Any]) -> None:
    settings = mailproof.Settings(spf_terms=0, iprev=False)
    report = mailproof.Authenticator(resolver=zone, settings=settings).check(letter, **envelope)
    assert report.spf[-1].result == "permerror"
    assert report.iprev.result == "none"


def test_all_settings_can_be_set_to_their_defaults() -> None:
    settings = mailproof.Settings(
        cache_entries=262144, cache_octets=67108864, cache_ttl_max=86400, cache_stale=0, dns_timeout=3000,
        dns_attempts=2, dns_time=20000, dns_questions=100, dns_trust_ad=False, dns_mixed_case=False, spf_terms=10,
        spf_void_lookups=2, dkim_min_rsa_bits=1024, dkim_max_rsa_bits=8192, dkim_max_signatures=10,
        dkim_clock_skew=300, dkim_reject_partial_body=False, dkim_reject_future=False, dmarc_discovery=0,
        dmarc_walks=10, iprev=True, strip_all=False, strip_received_spf=False,
    )
    mailproof.Authenticator(resolver={}, settings=settings)


@pytest.mark.parametrize(
    "wrong", [{"spf_terms": 101}, {"iprev": 2}, {"dkim_min_rsa_bits": 512}, {"spf_terms": -1}, {"cache_octets": 1 << 64}]
)
def test_a_setting_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        mailproof.Authenticator(resolver={}, settings=mailproof.Settings(**wrong))


def test_a_setting_is_a_whole_number() -> None:
    with pytest.raises(TypeError):
        mailproof.Authenticator(resolver={}, settings=mailproof.Settings(spf_terms="10"))  # type: ignore[arg-type]


def test_versions_and_features() -> None:
    assert mailproof.__version__ == "0.1.0"
    assert mailproof.has_feature("dkim-sign")
    assert not mailproof.has_feature("telepathy")


def test_everything_public_is_documented() -> None:
    for name in mailproof.__all__:
        thing = getattr(mailproof, name)
        if not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        assert thing.__doc__, name
        for method, value in vars(thing).items():
            if inspect.isfunction(value) and not method.startswith("_"):
                assert inspect.getdoc(getattr(thing, method)), f"{name}.{method}"
