"""The types hold for those who check them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

import pytest

RIGHT = """
import mailproof
from ipaddress import ip_address

report: mailproof.Report = mailproof.check(b"", ip=ip_address("192.0.2.1"), resolver={"a.example": {}})
if report.dmarc.result == "pass" and report.dmarc.policy == "reject":
    name: str | None = report.dmarc.author_domain
def lookup(name: str, rtype: str) -> list[str]:
    raise mailproof.NxDomain
async def slow(name: str, rtype: str) -> mailproof.Answer:
    return mailproof.Answer([(10, "mx.example.com")], ttl=60)
first = mailproof.spf("192.0.2.1", "h", "a@example.com", resolver=lookup)
receiver = mailproof.Authenticator("mx", resolver=slow, settings=mailproof.Settings(iprev=False))
signed: bytes = mailproof.sign(b"", domain="a", selector="b", key="c", expires_after=60)
servers = mailproof.dkim_verify(b"", resolver=["192.0.2.53"])
"""

WRONG = """
import mailproof
mailproof.check("text")
mailproof.spf(7)
mailproof.Settings(spf_term=1)
mailproof.check(b"").dmarc.result == "passed"
mailproof.check(b"").dmarc.result = "pass"
mailproof.sign(b"", domain="a", selector="b", key="c", expires=60)
"""


def test_the_package_says_that_it_is_typed() -> None:
    assert resources.files("mailproof").joinpath("py.typed").is_file()


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_mypy_agrees(tmp_path: Path) -> None:
    def mypy(*arguments: str) -> str:
        config = Path(__file__).resolve().parents[1] / "pyproject.toml"
        command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(config), "--cache-dir", str(tmp_path / "cache")]
        return subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=tmp_path).stdout

    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(RIGHT)
    wrong.write_text(WRONG)
    assert mypy("-p", "mailproof").startswith("Success")
    assert mypy(str(right)).startswith("Success")
    complaints = mypy(str(wrong)).splitlines()
    lines = {int(line.split(":")[1]) for line in complaints if ": error:" in line}
    assert lines == {3, 4, 5, 6, 7, 8}, complaints


def test_the_metadata_is_complete() -> None:
    told = metadata.metadata("mailproof")
    assert told["Version"] == "0.1.0"
    assert told["License-Expression"] == "MIT OR Apache-2.0"
    assert set(told.get_all("License-File") or []) >= {"LICENSE-MIT", "LICENSE-APACHE"}
    assert told["Summary"]
    files = [str(file) for file in metadata.files("mailproof") or []]
    wheel = next(file for file in files if file.endswith("WHEEL"))
    tag = (metadata.distribution("mailproof").read_text("WHEEL") or "").split("Tag: ")[1]
    assert tag.startswith("py3-none-"), wheel
