#!/usr/bin/env python3
"""Rate and memory of `mailproof bulk` against Knot DNS on the loopback, and of checkdmarc on the same domains.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install checkdmarc
    cargo build --release -p mailproof-cli
    /tmp/venv/bin/python benches/bulk/run.py target/release/mailproof [COUNT]

Without checkdmarc that comparison is left out. knotd must be installed."""

import importlib.util
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
COMPARED = 500


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory(prefix="mailproof-bulk-") as folder:
        folder, port = Path(folder), free_port()
        subprocess.run([sys.executable, HERE / "zone.py", folder, str(count), str(port)], check=True)
        names = (folder / "domains.txt").read_text().splitlines(keepends=True)
        few = folder / "few.txt"
        few.write_text("".join(names[:COMPARED]))
        server = subprocess.Popen(["knotd", "-c", folder / "knot.conf"], stdout=subprocess.DEVNULL)
        try:
            await_server(program, port)
            for jobs in ("1", "200"):
                print(f"mailproof, {COMPARED} domains, --jobs {jobs}: ", end="", flush=True)
                bulk(program, port, few, folder, "--jobs", jobs)
            if importlib.util.find_spec("checkdmarc"):
                print("checkdmarc: ", end="", flush=True)
                script = [sys.executable, HERE / "checkdmarc_rate.py", str(port), few]
                subprocess.run(script, check=True, stderr=subprocess.DEVNULL)
            print(f"mailproof, {count} domains: ", end="", flush=True)
            bulk(program, port, folder / "domains.txt", folder)
        finally:
            server.terminate()
            server.wait()


def bulk(program, port, names, folder, *more):
    results = folder / "results.jsonl"
    results.unlink(missing_ok=True)
    command = [program, "bulk", names, "--server", f"127.0.0.1:{port}", "-o", results, *more]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    # Of all children that have ended, the largest: each run here is larger than those before it.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"exit {ended.returncode}, peak {peak:.0f} MB\n{ended.stderr}", end="")


def await_server(program, port):
    for _ in range(300):
        asked = [program, "dns", "ns.test", "A", "--server", f"127.0.0.1:{port}", "--query-timeout", "0.5", "-q"]
        if subprocess.run(asked, stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.2)
    sys.exit("knotd does not answer")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


main()
