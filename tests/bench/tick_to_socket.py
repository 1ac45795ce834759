#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long a tick takes from its receipt to the return of the send() that carries it: one client
that follows every symbol of a simulated market at its own pace (no interval), by the gateway's own
histogram tickgate_fanout_latency_seconds.

    python3 tests/bench/tick_to_socket.py [--binary build/release/tickgate] [--seconds 10]
"""
import argparse
import pathlib
import re
import select
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "end_to_end"))

from harness import Gateway  # noqa: E402
from raw_socket import RawClient  # noqa: E402

HISTOGRAM = "tickgate_fanout_latency_seconds"
WARM_UP_SECONDS = 2


def buckets(gateway):
    """-> [(upper bound in seconds, samples up to it)], rising; the last bound is infinity."""
    text = gateway.admin("/metrics").body.decode()
    found = re.findall(HISTOGRAM + r'_bucket\{(?:[^}]*,)?le="([^"]+)"[^}]*\} (\S+)', text)
    return [(float(bound), float(count)) for bound, count in found]


def between(before, after):
    """What came in from one scrape to the next."""
    return [(bound, count - old) for (bound, count), (_, old) in zip(after, before)]


def quantile(cumulative, share):
    """As PromQL's histogram_quantile: straight lines within a bucket, in seconds."""
    wanted = share * cumulative[-1][1]
    low_bound, low_count = 0.0, 0.0
    for bound, count in cumulative:
        if count >= wanted and count > low_count:
            if bound == float("inf"):
                return low_bound
            return low_bound + (bound - low_bound) * (wanted - low_count) / (count - low_count)
        low_bound, low_count = bound, count
    return low_bound


def read_for(client, seconds):
    """Takes what the gateway sends, as fast as it comes. -> frames"""
    frames, end = 0, time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([client.wire], [], [], left)[0]:
            if client.read() == 0:
                raise SystemExit(f"the gateway ended the connection: {client.ended}")
            frames += sum(1 for _ in client.frames())
    return frames


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(ROOT / "build" / "release" / "tickgate"))
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--rate", type=int, default=5000, help="ticks a second in all")
    parser.add_argument("--seconds", type=float, default=5, help="of one run")
    parser.add_argument("--runs", type=int, default=3)
    flags = parser.parse_args()
    arguments = ["--symbols", flags.symbols, "--rate", flags.rate, "--names", "generated",
                 "--shards", 1]
    request = {"op": "subscribe", "id": 1, "channel": "quote", "symbols": ["*"], "interval_ms": 0}
    medians, tails = [], []
    with Gateway.demo(flags.binary, *arguments) as gateway:
        client = RawClient(gateway.port, [request])
        read_for(client, WARM_UP_SECONDS)
        for _ in range(flags.runs):
            before, began = buckets(gateway), time.monotonic()
            frames = read_for(client, flags.seconds)
            samples = between(before, buckets(gateway))
            seconds = time.monotonic() - began
            medians.append(quantile(samples, 0.50) * 1e6)
            tails.append(quantile(samples, 0.99) * 1e6)
            print(f"  p50 {medians[-1]:6.0f} us   p99 {tails[-1]:6.0f} us   "
                  f"{samples[-1][1] / seconds:.0f} ticks/s, {frames / seconds:.0f} frames/s")
        client.close()
    print(f"tick to socket, {flags.symbols} symbols, {flags.rate} ticks/s, one client, no interval, "
          f"median of {flags.runs} runs of {flags.seconds:g} s: "
          f"p50 {statistics.median(medians):.0f} us, p99 {statistics.median(tails):.0f} us")


if __name__ == "__main__":
    main()
