"""A small world: a message, its DNS, and the client it came from."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mailproof
import pytest

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "mail"

# The key of RFC 8032 section 7.1, test 1.
KEY = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
"""
PUBLISHED = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

LETTER = b"From: Kitchen <kitchen@example.com>\r\nTo: joe@example.net\r\nSubject: Bread\r\n\r\nbread  and butter.\r\n"


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def letter() -> bytes:
    return LETTER


@pytest.fixture
def zone() -> dict[str, Any]:
    return {
        "example.com": {"TXT": ["v=spf1 a:out.example.com mx -all"], "MX": [[10, "out.example.com"]]},
        "out.example.com": {"A": ["192.0.2.25"], "AAAA": ["2001:db8::25"]},
        "25.2.0.192.in-addr.arpa": {"PTR": ["out.example.com"]},
        "ed._domainkey.example.com": {"TXT": [PUBLISHED]},
        "_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject"]},
    }


@pytest.fixture
def envelope() -> dict[str, Any]:
    return {"ip": "192.0.2.25", "helo": "out.example.com", "mail_from": "kitchen@example.com"}


@pytest.fixture
def newsletter() -> bytes:
    return (EXAMPLES / "newsletter.eml").read_bytes()


@pytest.fixture
def newsletter_zone() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / "newsletter.zone.json").read_text())
    return found


@pytest.fixture
def lookup(zone: dict[str, Any]) -> Callable[[str, str], Any]:
    """The zone, as a function tells it."""

    def find(name: str, rtype: str) -> Any:
        if name not in zone:
            raise mailproof.NxDomain(ttl=300)
        records = [tuple(one) if rtype == "MX" else one for one in zone[name].get(rtype, [])]
        return mailproof.Answer(records, ttl=300)

    return find


def dns_reply(query: bytes, zone: dict[str, Any]) -> bytes:
    """A reply with the TXT and A records of a zone."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += query[at] + 1
    (rtype,) = struct.unpack("!H", query[at + 1 : at + 3])
    types = zone.get(".".join(labels).lower())
    data = []
    if types and rtype == 16:
        data = [bytes([len(text)]) + text.encode() for text in types.get("TXT", [])]
    if types and rtype == 1:
        data = [socket.inet_aton(address) for address in types.get("A", [])]
    flags = 0x8180 if types is not None else 0x8183
    records = b"".join(struct.pack("!HHHIH", 0xC00C, rtype, 1, 300, len(one)) + one for one in data)
    return query[:2] + struct.pack("!HHHHH", flags, 1, len(data), 0, 0) + query[12 : at + 5] + records


@pytest.fixture
def dns_server(zone: dict[str, Any]) -> Iterator[str]:
    """The address of a DNS server that knows the zone."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.1)
        done = threading.Event()

        def serve() -> None:
            while not done.is_set():
                try:
                    query, client = server.recvfrom(4096)
                except TimeoutError:
                    continue
                server.sendto(dns_reply(query, zone), client)

        thread = threading.Thread(target=serve)
        thread.start()
        yield "127.0.0.1:%d" % server.getsockname()[1]
        done.set()
        thread.join()
