#!/usr/bin/env python3
"""Asks checkdmarc the same about the same domains: SPF with all includes, DMARC, mail exchanges, _domainkey.

    checkdmarc_rate.py PORT FILE

In one process, without its start, and without what mailproof bulk does not do (MTA-STS, BIMI, DNSSEC, name servers, addresses and TLS
of exchanges): it is asked for as little as possible."""

import sys
import time

import dns.resolver

import checkdmarc.dmarc
import checkdmarc.spf

PORT, FILE = int(sys.argv[1]), sys.argv[2]


resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], PORT
# All domains share what was told, as they do in mailproof.
resolver.cache = dns.resolver.LRUCache()
domains = [line.strip() for line in open(FILE)]
words = {}
begun = time.monotonic()
for domain in domains:
    for check in (
        lambda: checkdmarc.spf.check_spf(domain, resolver=resolver),
        lambda: checkdmarc.dmarc.check_dmarc(domain, resolver=resolver),
        lambda: {"valid": bool(resolver.resolve(domain, "MX"))},
        lambda: {"valid": bool(resolver.resolve(f"_domainkey.{domain}", "TXT", raise_on_no_answer=False))},
    ):
        try:
            found = check()
            word = "valid" if found.get("valid", True) else "invalid"
        except Exception as error:  # Its own errors are many.
            word = type(error).__name__
        words[word] = words.get(word, 0) + 1
took = time.monotonic() - begun
print(f"{len(domains)} domains in {took:.1f} s: {len(domains) / took:.1f}/s {words}")
