"""dkimpy over the messages of the judge: one message a line in, its results a line out."""
import signal
import sys

import dkim
from wire import unescaped

zone = {}
details = []


class Silent:
    def __getattr__(self, _):
        return lambda *_: None


def lookup(name, timeout=5):
    name = (name if isinstance(name, bytes) else name.encode()).rstrip(b".").lower()
    if (name, b"FAIL") in zone:
        raise dkim.DnsTimeoutError("SERVFAIL")
    records = zone.get((name, b"TXT"))
    return records[0] if records else None


def verified(raw, index):
    try:
        checker = dkim.DKIM(raw, logger=Silent(), minkey=1024)
        return "pass" if checker.verify(idx=index, dnsfunc=lookup) else "fail"
    except TimeoutError:
        return "hang"
    except dkim.DKIMException as error:
        details.append(str(error))
        return "fail"
    except Exception as error:
        details.append(repr(error))
        return "raise"


def count(raw):
    try:
        headers = dkim.DKIM(raw, logger=Silent()).headers
        return sum(name.lower() == b"dkim-signature" for name, _ in headers)
    except Exception as error:
        details.append(repr(error))
        return None


def too_long(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, too_long)
for line in sys.stdin.buffer:
    raw, *rest = line.rstrip(b"\n").split(b"\t")
    zone.clear()
    details.clear()
    for name, kind, data in zip(rest[::3], rest[1::3], rest[2::3]):
        data = b"".join(unescaped(part) for part in data.split(b"|"))
        zone.setdefault((unescaped(name).lower(), kind), []).append(data)
    raw = unescaped(raw)
    signal.alarm(10)
    number = count(raw)
    if number is None:
        print("unreadable", ascii("/".join(details)), sep=":", flush=True)
    else:
        words = ",".join([verified(raw, index) for index in range(number)]) or "none"
        print(words, ascii("/".join(details)), sep=":", flush=True)
    signal.alarm(0)
