#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What clients cost in memory, at the peak and once they have left, with this allocator and others.

  memory.py --binary build/release/tickgate [--clients 10000] [--slow 0] [--preload LIBRARY]...

Clients of 20 symbols each read everything; then `--slow` more ask for all books and trades and read
nothing. Then all of them leave at once, but one, whose longest silence is printed. Memory is VmRSS;
kernel is what /proc/net/sockstat says of TCP before and at the peak.
"""

import argparse
import os
import pathlib
import re
import selectors
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))

from harness import Gateway  # noqa: E402
from raw_socket import RawClient  # noqa: E402

SYMBOLS = 500
GREEDY = [{"op": "subscribe", "id": 1, "channel": "book", "symbols": ["*"], "depth": 25},
          {"op": "subscribe", "id": 2, "channel": "quote", "symbols": ["*"]},
          {"op": "subscribe", "id": 3, "channel": "trade", "symbols": ["*"]}]


def ask(number):
    names = [f"SIM:S{(number * 20 + i) % SYMBOLS:04}-USD" for i in range(20)]
    return [{"op": "subscribe", "id": 1, "channel": "quote", "symbols": names,
             "interval_ms": 1000}]


def kernel_bytes():
    found = re.search(r"^TCP:.* mem (\d+)", pathlib.Path("/proc/net/sockstat").read_text(), re.M)
    return int(found[1]) * os.sysconf("SC_PAGESIZE")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Readers:
    """They read whatever comes; `eyes` is the one that stays."""

    def __init__(self):
        self.selector, self.last, self.silence, self.peak = selectors.DefaultSelector(), None, 0, 0

    def add(self, client, is_eyes=False):
        self.selector.register(client.wire, selectors.EVENT_READ, is_eyes)

    def run(self, seconds, gateway):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for key, _ in self.selector.select(0.02):
                try:
                    key.fileobj.recv(1 << 16)
                except BlockingIOError:
                    continue
                if key.data:
                    now = time.monotonic()
                    self.silence = max(self.silence, now - (self.last or now))
                    self.last = now
            self.peak = max(self.peak, gateway.memory())


def measure(name, arguments):
    gateway = Gateway.demo(arguments.binary, "--symbols", SYMBOLS, "--names", "generated",
                           "--rate", 5000, "--write-deadline", "300s", "--shards", 1)
    with gateway:
        time.sleep(1)
        base, kernel = gateway.memory(), kernel_bytes()
        readers, clients = Readers(), []
        eyes = RawClient(gateway.port, [{"op": "subscribe", "channel": "quote", "symbols": ["*"]}])
        readers.add(eyes, True)
        for number in range(arguments.clients):
            clients.append(RawClient(gateway.port, ask(number)))
            readers.add(clients[-1])
            if number % 200 == 0:
                readers.run(0.01, gateway)
        began, cpu = time.monotonic(), cpu_seconds(gateway.process.pid)
        readers.run(5, gateway)
        share = (cpu_seconds(gateway.process.pid) - cpu) / (time.monotonic() - began)
        for number in range(arguments.slow):
            clients.append(RawClient(gateway.port, GREEDY, receive_buffer=4096))
            if number % 50 == 0:
                readers.run(0.01, gateway)
        readers.run(8 if arguments.slow else 1, gateway)
        held = kernel_bytes() - kernel
        for client in clients:
            if client.wire in readers.selector.get_map():
                readers.selector.unregister(client.wire)
        readers.silence, readers.last = 0, None
        for client in clients:
            client.close()
        readers.run(10, gateway)
        after = gateway.memory()
        eyes.close()
    mib = 1 << 20
    print(f"| {name} | {base / mib:.0f} | {readers.peak / mib:.0f} | {held / mib:.0f} | "
          f"{after / mib:.0f} | {share * 100:.0f} | {readers.silence * 1e3:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--clients", type=int, default=10000)
    parser.add_argument("--slow", type=int, default=0)
    parser.add_argument("--preload", action="append", default=[])
    arguments = parser.parse_args()
    print("| allocator | MiB before | at the peak | kernel | 10 s after | CPU % | silence ms |")
    print("|---|---|---|---|---|---|---|")
    measure("glibc", arguments)
    tuned = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
    os.environ.update(tuned)
    measure("glibc, MALLOC_ARENA_MAX=2, MALLOC_TRIM_THRESHOLD_=131072", arguments)
    for name in tuned:
        del os.environ[name]
    for library in arguments.preload:
        os.environ["LD_PRELOAD"] = library
        measure(pathlib.Path(library).name, arguments)
        del os.environ["LD_PRELOAD"]


if __name__ == "__main__":
    main()
