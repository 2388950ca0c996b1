#!/usr/bin/env python3
"""Rate and memory of `mailproof bulk` against Knot DNS on the loopback, and of checkdmarc on the same domains.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install checkdmarc
    cargo build --release -p mailproof-cli
    /tmp/venv/bin/python benches/bulk/run.py target/release/mailproof [COUNT]

Without checkdmarc that comparison is left out. knotd must be installed."""

import importlib.util
import os
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
    told = folder / "told"
    with told.open("w") as stderr:
        process = subprocess.Popen(command, stderr=stderr)
        _, status, usage = os.wait4(process.pid, 0)
    print(f"exit {os.waitstatus_to_exitcode(status)}, peak {usage.ru_maxrss / 1024:.0f} MB\n{told.read_text()}", end="")


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
