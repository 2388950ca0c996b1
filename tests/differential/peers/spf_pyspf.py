"""pyspf over the zones of the judge: one case a line in, one result a line out."""
import signal
import sys

import spf
from wire import unescaped

zone = {}


def lookup(name, qtype, strict=True, timeout=20):
    name = name.rstrip(".").lower()
    if (name, "FAIL") in zone:
        raise spf.TempError("DNS SERVFAIL")
    return [((name, qtype), data) for data in zone.get((name, qtype), [])]


def data_of(kind, fields):
    text = fields[0].decode("latin-1")
    if kind == "TXT":
        return fields
    if kind == "MX":
        preference, exchange = text.split(" ", 1)
        return (int(preference), exchange)
    return text


def too_long(*_):
    raise TimeoutError


spf.DNSLookup = lookup
signal.signal(signal.SIGALRM, too_long)
for line in sys.stdin.buffer:
    ip, helo, sender, *rest = line.rstrip(b"\n").split(b"\t")
    zone.clear()
    for name, kind, data in zip(rest[::3], rest[1::3], rest[2::3]):
        kind = kind.decode()
        name = unescaped(name).decode("latin-1").lower()
        zone.setdefault((name, kind), []).append(data_of(kind, [unescaped(part) for part in data.split(b"|")]))
    signal.alarm(10)
    try:
        text = [unescaped(field).decode("utf-8", "surrogateescape") for field in (ip, sender, helo)]
        result = spf.query(i=text[0], s=text[1], h=text[2], receiver="mx.receiver.example").check()
        result, reason = result[0], result[2]
    except TimeoutError:
        result, reason = "hang", ""
    except Exception as error:
        result, reason = "raise:" + type(error).__name__, error
    signal.alarm(0)
    print(result, ascii(str(reason)), sep="\t", flush=True)
