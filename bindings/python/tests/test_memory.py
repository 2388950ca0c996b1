"""Nothing is left behind."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mailproof
import pytest

CHECKS = 100_000
BOUND = 4 << 20


def resident() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def grown(work: Callable[[], Any], times: int) -> int:
    for _ in range(times // 20):
        work()
    before = resident()
    for _ in range(times):
        work()
    return resident() - before


def test_checks_leave_no_growth() -> None:
    zone = {"_dmarc.b.example": {"TXT": ["v=DMARC1; p=none"]}}
    receiver = mailproof.Authenticator(resolver=zone)
    assert grown(lambda: receiver.check(b"From: a@b.example\r\n\r\n"), CHECKS) < BOUND


def test_checks_that_fail_leave_no_growth() -> None:
    receiver = mailproof.Authenticator(resolver={})

    def fail() -> None:
        with pytest.raises(mailproof.MessageError):
            receiver.check(b"")
        receiver.begin().feed(b"From: ")

    assert grown(fail, CHECKS // 10) < BOUND


def test_lookups_and_receivers_leave_no_growth(letter: bytes, lookup: Callable[..., Any]) -> None:
    assert grown(lambda: mailproof.check(letter, resolver=lookup), CHECKS // 50) < BOUND


def test_signing_leaves_no_growth(letter: bytes, key: str) -> None:
    signer = mailproof.Signer("example.com", "ed", key)
    assert grown(lambda: signer.sign(letter), CHECKS // 10) < BOUND
