"""One receiver, many threads."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mailproof
import pytest

# One for which the body must be hashed.
SIGNATURE = b"DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh=" + b"A" * 43 + b"=; b=AAAA\r\n"


@pytest.mark.parametrize("kind", ["zone", "lookup", "servers"])
def test_a_receiver_is_shared(
    kind: str, letter: bytes, zone: dict[str, Any], lookup: Callable[..., Any], dns_server: str, key: str
) -> None:
    resolver = {"zone": zone, "lookup": lookup, "servers": [dns_server]}[kind]
    receiver = mailproof.Authenticator(resolver=resolver, settings=mailproof.Settings(iprev=False))
    signer = mailproof.Signer("example.com", "ed", key)

    def judge(number: int) -> str:
        signed = signer.sign(letter + b"%d\r\n" % number)
        return receiver.check(signed, ip="192.0.2.25", helo="out.example.com", mail_from="a@example.com").dmarc.result

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(judge, range(400))) == {"pass"}


def test_other_threads_run_during_a_call(letter: bytes) -> None:
    receiver = mailproof.Authenticator(resolver={})
    big = SIGNATURE + letter + b"x" * (64 << 20)
    ended, ticks = threading.Event(), []

    def tick() -> None:
        while not ended.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    def ticks_during_a_call() -> int:
        check = receiver.begin()
        start = time.monotonic()
        check.feed(big)
        end = time.monotonic()
        return len([one for one in ticks if start < one < end])

    ticker = threading.Thread(target=tick)
    ticker.start()
    # Were the lock held, one could slip in before the call and one behind it. A busy machine may need another try.
    try:
        assert any(ticks_during_a_call() > 5 for _ in range(50))
    finally:
        ended.set()
        ticker.join()


def test_a_check_serves_one_thread_at_a_time(letter: bytes) -> None:
    receiver = mailproof.Authenticator(resolver={})
    check = receiver.begin()
    check.feed(SIGNATURE + letter)
    chunk = b"x" * (8 << 20)
    busy = threading.Event()
    done = threading.Event()

    def feed() -> None:
        while not done.is_set():
            try:
                check.feed(chunk)
            except mailproof.BusyError:
                busy.set()
                done.set()

    threads = [threading.Thread(target=feed) for _ in range(2)]
    for thread in threads:
        thread.start()
    busy.wait(10)
    done.set()
    for thread in threads:
        thread.join()
    assert busy.is_set()
    assert check.finish().dmarc.result == "none"


def test_an_exception_stays_with_its_own_check(letter: bytes, lookup: Callable[..., Any]) -> None:
    def sometimes(name: str, rtype: str) -> Any:
        if threading.current_thread().name.startswith("bad"):
            raise LookupError(name)
        return lookup(name, rtype)

    receiver = mailproof.Authenticator(resolver=sometimes, settings=mailproof.Settings(cache_entries=0))
    outcomes: list[str] = []

    def work() -> None:
        for _ in range(50):
            try:
                outcomes.append(receiver.spf("192.0.2.25", "", "a@example.com").result)
            except LookupError:
                outcomes.append("raised in " + threading.current_thread().name)

    threads = [threading.Thread(target=work, name=name) for name in ("bad", "good", "good")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("pass") == 100
    assert outcomes.count("raised in bad") == 50


FORK = """
import os, sys, mailproof
letter = b"From: a@b.example\\r\\n\\r\\n"
receiver = mailproof.Authenticator(resolver=["127.0.0.1:9"])
receiver.dkim_verify(letter)
mailproof.dkim_verify(letter, resolver=["127.0.0.1:9"])
child = os.fork()
if child == 0:
    assert mailproof.dkim_verify(letter, resolver=["127.0.0.1:9"]) == ()
    sys.exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_child_makes_its_own_resolver() -> None:
    # The parent's resolver has a thread, which the child has not; both end in order.
    done = subprocess.run([sys.executable, "-c", FORK], timeout=60)
    assert done.returncode == 0


def test_a_resolver_may_check_with_another(letter: bytes, zone: dict[str, Any]) -> None:
    inner = mailproof.Authenticator(resolver=zone)

    def lookup(name: str, rtype: str) -> Any:
        assert inner.spf("192.0.2.25", "", "a@example.com").result == "pass"
        raise mailproof.NxDomain

    assert mailproof.check(letter, resolver=lookup).dmarc.result == "none"
