#!/usr/bin/env python3
"""Writes a DNS zone with so many mail domains, a list of them, and a configuration of Knot DNS.

    zone.py FOLDER COUNT PORT

What the domains publish is mixed as in the wild, roughly: SPF with one to four includes of a few large providers, no record,
several records, too many lookups, syntax errors; DMARC or none; a null MX; a name that does not exist. The zone is the root, so that
one authority answers for everything, also for what is not there."""

import random
import sys
from pathlib import Path

PROVIDERS = 200
NETWORKS = [f"{first}.{second}.0.0/16" for first in range(20, 60) for second in range(0, 250, 7)]


def provider(number):
    return f"_spf.provider{number}.test"


def domain(number, dice):
    """The records of one domain: owner, type, content."""
    name = f"domain{number}.test"
    kind = dice.random()
    if kind < 0.05:
        return
    yield name, "A", f"192.0.2.{number % 250}"
    if kind < 0.10:
        yield name, "MX", "0 ."
        yield name, "TXT", '"v=spf1 -all"'
        yield f"_dmarc.{name}", "TXT", '"v=DMARC1; p=reject"'
        return
    yield name, "MX", f"10 mx{number % PROVIDERS}.provider{number % PROVIDERS}.test."
    yield name, "MX", f"20 mx.{name}."
    yield f"mx.{name}", "A", f"198.51.100.{number % 250}"
    includes = " ".join(f"include:{provider(dice.randrange(PROVIDERS))}" for _ in range(dice.randint(1, 4)))
    if kind < 0.70:
        yield name, "TXT", f'"v=spf1 mx {includes} ~all"'
    elif kind < 0.72:
        yield name, "TXT", f'"v=spf1 {includes} -all"'
        yield name, "TXT", '"v=spf1 a -all"'
    elif kind < 0.74:
        many = " ".join(f"include:{provider(one)}" for one in range(11))
        yield name, "TXT", f'"v=spf1 {many} -all"'
    elif kind < 0.76:
        yield name, "TXT", '"v=spf1 ipv4:192.0.2.1 -all"'
    yield name, "TXT", f'"site-verification={dice.getrandbits(128):032x}"'
    if dice.random() < 0.45:
        policy = dice.choice(["none", "none", "quarantine", "reject"])
        yield f"_dmarc.{name}", "TXT", f'"v=DMARC1; p={policy}; rua=mailto:dmarc@{name}"'
    if dice.random() < 0.6:
        yield f"s1._domainkey.{name}", "CNAME", "s1.keys.provider0.test."


def main():
    folder, count, port = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(1)
    with (folder / "root.zone").open("w") as zone, (folder / "domains.txt").open("w") as names:
        zone.write("$TTL 3600\n. SOA ns.test. hostmaster.test. 1 3600 600 86400 3600\n. NS ns.test.\nns.test. A 127.0.0.1\n")
        for number in range(PROVIDERS):
            networks = " ".join(f"ip4:{network}" for network in dice.sample(NETWORKS, 6))
            zone.write(f'{provider(number)}. TXT "v=spf1 {networks} -all"\n')
            zone.write(f"mx{number}.provider{number}.test. A 203.0.113.{number}\n")
        zone.write('s1.keys.provider0.test. TXT "v=DKIM1; p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="\n')
        for number in range(count):
            for owner, kind, content in domain(number, dice):
                zone.write(f"{owner}. {kind} {content}\n")
            names.write(f"domain{number}.test\n")
    (folder / "knot.conf").write_text(
        f"server:\n  rundir: {folder}\n  listen: 127.0.0.1@{port}\n  udp-workers: 1\ndatabase:\n  storage: {folder}\n"
        f"log:\n - target: {folder}/log\n   any: error\nzone:\n - domain: .\n   file: {folder}/root.zone\n"
        "   zonefile-sync: -1\n   journal-content: none\n"
    )


main()
