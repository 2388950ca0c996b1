"""Results as values and as JSON."""

from __future__ import annotations

import dataclasses
import json
import pickle
from typing import Any

import mailproof
import pytest


@pytest.fixture
def report(letter: bytes, zone: dict[str, Any], envelope: dict[str, Any], key: str) -> mailproof.Report:
    signed = mailproof.sign(letter, domain="example.com", selector="ed", key=key)
    return mailproof.check(signed, resolver=zone, **envelope)


def test_to_dict_is_the_json_of_the_contract(report: mailproof.Report) -> None:
    told = report.to_dict()
    assert told["schema"] == "mailproof.report/1"
    assert {"schema", "spf", "dkim", "arc", "dmarc", "iprev", "authentication_results", "dns"} <= told.keys()
    assert told["spf"][0].keys() == {
        "identity", "domain", "result", "reason", "matched", "explanation", "lookups", "void_lookups",
    }
    assert {"result", "domain", "selector", "identity", "algorithm", "key_bits", "reason", "unsigned_body_octets",
            "testing"} <= told["dkim"][0].keys()
    assert {"result", "author_domain", "organizational_domain", "record_domain", "policy", "disposition",
            "spf_aligned", "dkim_aligned", "reason"} <= told["dmarc"].keys()
    assert json.loads(json.dumps(told)) == told


def test_to_dict_and_from_dict_are_inverse(report: mailproof.Report) -> None:
    told = report.to_dict()
    again = mailproof.Report.from_dict(told)
    assert again.to_dict() == told
    assert again.dmarc == report.dmarc


def test_to_dict_is_what_the_library_says(report: mailproof.Report, monkeypatch: pytest.MonkeyPatch) -> None:
    from mailproof import readings

    seen: list[Any] = []

    def loads(text: bytes) -> Any:
        seen.append(json.loads(text))
        return json.loads(text)

    monkeypatch.setattr(readings, "json", type("json", (), {"loads": staticmethod(loads)}))
    fresh = mailproof.check(b"From: a@b.example\r\n\r\n", resolver={})
    assert fresh.to_dict() == seen[0]


def test_unknown_fields_are_kept(report: mailproof.Report) -> None:
    told = report.to_dict()
    told["bimi"] = {"result": "skipped"}
    told["dmarc"]["sampled"] = True
    told["dmarc"]["override"] = {"type": "local_policy", "comment": "arc=pass", "by": "joe"}
    told["dkim"][0]["age"] = [1, 2]
    again = mailproof.Report.from_dict(told)
    assert again.extra["bimi"] == {"result": "skipped"}
    assert again.dmarc.extra == {"sampled": True}
    assert again.dmarc.override == mailproof.Override("local_policy", "arc=pass", extra={"by": "joe"})
    assert again.to_dict() == told


def test_results_do_not_change(report: mailproof.Report) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.dmarc.result = "fail"  # type: ignore[misc]
    told = report.to_dict()
    told["dmarc"]["result"] = "fail"
    told["dkim"].clear()
    assert report.dmarc.result == "pass"
    assert len(report.dkim) == 1


def test_results_are_hashed_compared_and_pickled(report: mailproof.Report) -> None:
    again = pickle.loads(pickle.dumps(report))
    assert again == report
    assert len({report, again}) == 1
    assert report != dataclasses.replace(report, schema="other")
