#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What NATS between ingest and edge costs, and how long a takeover takes, against a nats-server here.

  nats.py --binary build/release/tickgate [--rates 1000,10000,50000,100000] [--edges 1,2,4] [--trials 50]
          [--parts cost,latency,start,takeover]

A market of 500 made-up symbols; of each process one client follows all of them once a second, so what is
measured is the way of a tick and not the fan-out. CPU is that of each process, by /proc, a tick. What an
ingest and an edge cost is compared with a gateway that has the same market without NATS.
"""

import argparse
import asyncio
import contextlib
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
for folder in ("end_to_end", "nats", "resilience"):
    sys.path.insert(0, str(TESTS / folder))

import venue_words  # noqa: E402
from broker import Broker  # noqa: E402
from memory import cpu_seconds  # noqa: E402
from nats_client import Nats  # noqa: E402
from raw_socket import HANDSHAKE, text_frame  # noqa: E402
from tier import Names, Node, edge, fresh_prefix, ingest, processes, the_leader, venue_feed  # noqa: E402
from venue import Venue  # noqa: E402
from watching import TIMES, A, B  # noqa: E402
from witness import Tap, Witness  # noqa: E402

SYMBOLS = 500
ALL = '{"op":"subscribe","id":1,"channel":"quote","symbols":["*"],"interval_ms":1000}'


def market(rate, symbols=SYMBOLS):
    return [{"venue": "simulator", "seed": 5, "symbol_count": symbols, "rate": rate, "names": "generated"}]


@contextlib.contextmanager
def followed(*nodes):
    """One client of each, which follows everything once a second: a program, so that it costs us nothing."""
    code = ("import socket,sys\nwire=socket.create_connection(('127.0.0.1',int(sys.argv[1])))\n"
            f"wire.sendall({HANDSHAKE!r})\nwire.recv(4096)\nwire.sendall({text_frame(ALL)!r})\n"
            "while wire.recv(1<<20): pass\n")
    readers = [subprocess.Popen([sys.executable, "-c", code, str(node.gateway.port)]) for node in nodes]
    try:
        yield
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()


def cpu_of(seconds, *pids):
    """-> CPU seconds of each in a time"""
    before = [cpu_seconds(pid) for pid in pids]
    time.sleep(seconds)
    return [cpu_seconds(pid) - old for pid, old in zip(pids, before)]


def cost(binary, program, rates, counts, seconds):
    print(f"\n== CPU a tick, us ({SYMBOLS} symbols; one client of each process)")
    print("| ticks/s | edges | without NATS | ingest | edge | edge / without | nats-server | ticks at an edge |")
    print("|---|---|---|---|---|---|---|---|")
    for rate in rates:
        with processes(Node(binary, market(rate), "direct")) as (direct,), followed(direct):
            time.sleep(2)
            alone = cpu_of(seconds, direct.gateway.process.pid)[0] / seconds / rate * 1e6
        for count in counts:
            prefix = fresh_prefix()
            with Broker(program) as broker:
                source = ingest(binary, prefix, broker, feeds=market(rate))
                edges = [edge(binary, prefix, broker, name=f"edge-{number}") for number in range(count)]
                with processes(source, *edges), followed(source, *edges):
                    time.sleep(3)
                    had = [node.metric("edge_messages_total", channel="quote") or 0 for node in edges]
                    pids = [node.gateway.process.pid for node in (source, *edges)] + [broker.process.pid]
                    of_source, *of_edges, of_server = (one / seconds / rate * 1e6 for one in cpu_of(seconds, *pids))
                    had = [(node.metric("edge_messages_total", channel="quote") or 0) - old
                           for node, old in zip(edges, had)]
                    lost = [node.metric("edge_dropped_total") for node in edges]
            mean = statistics.mean(of_edges)
            share = min(had) / (rate * seconds)
            note = "" if not any(lost) else f" (dropped {sum(lost):.0f})"
            print(f"| {rate:,} | {count} | {alone:.2f} | {of_source:.2f} | {mean:.2f} | {mean / alone:.2f} | "
                  f"{of_server:.2f} | {share:.0%}{note} |", flush=True)


def load(binary, node, seconds):
    """-> tickgate-load's latencies from the receipt of a tick by the first process to its arrival here"""
    done = subprocess.run(
        [pathlib.Path(binary).with_name("tickgate-load"), "--url", node.gateway.stream_url, "--json",
         "--connections", "1", "--subscribe", "SIM:*", "--interval", "0", "--warm-up", "2s",
         "--duration", f"{seconds}s"],
        capture_output=True, text=True, timeout=120, check=False)
    return json.loads(done.stdout)["latency"]


def latency(binary, program, rates, seconds):
    print("\n== from the receipt of a tick to a client, ms: p50, p99 (one client of all, no interval)")
    print("| ticks/s | gateway without NATS | edge | added |")
    print("|---|---|---|---|")
    for rate in rates:
        with processes(Node(binary, market(rate), "direct")) as (direct,):
            alone = load(binary, direct, seconds)
        prefix = fresh_prefix()
        with Broker(program) as broker, \
                processes(ingest(binary, prefix, broker, feeds=market(rate)), edge(binary, prefix, broker)) as (_, one):
            behind = load(binary, one, seconds)
        words = [[found[key] / 1000 for key in ("p50_us", "p99_us")] for found in (alone, behind)]
        added = [far - near for near, far in zip(*words)]
        print("| " + " | ".join([f"{rate:,}", *(f"{p50:.2f}, {p99:.2f}" for p50, p99 in (*words, added))]) + " |",
              flush=True)


def start(binary, program, symbols):
    """An edge that begins, and a client that wants everything."""
    prefix = fresh_prefix()
    with Broker(program) as broker, processes(ingest(binary, prefix, broker, feeds=market(2000, symbols))):
        until_stored(prefix, broker, symbols)
        for _ in range(3):
            node = edge(binary, prefix, broker, limits={"subscriptions_per_connection": 100_000})
            began = time.monotonic()
            with processes(node):
                ready = time.monotonic() - began
                asyncio.run(everything(node, symbols))
                full = time.monotonic() - began
                print(f"{symbols:,} instruments: ready after {ready:.2f} s, a client has all quotes at {full:.2f} s, "
                      f"CPU {cpu_seconds(node.gateway.process.pid):.2f} s, "
                      f"{node.gateway.memory() >> 20} MiB", flush=True)


def until_stored(prefix, broker, symbols, seconds=60):
    """Until the stream holds every quote."""
    async def whole():
        deadline = time.monotonic() + seconds
        async with Nats(broker.url) as nats:
            while time.monotonic() < deadline:
                found = await nats.api(f"STREAM.INFO.{Names(prefix).last}", {"subjects_filter": f"{prefix}.quote.>"})
                if len(found["state"].get("subjects") or {}) >= symbols:
                    return
                await asyncio.sleep(0.2)
        raise SystemExit("the stream does not fill")
    asyncio.run(whole())


async def everything(node, symbols):
    """Until a client has had a quote of each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.gateway.port, limit=2**24)
    writer.write(HANDSHAKE)
    await reader.readuntil(b"\r\n\r\n")
    writer.write(text_frame(ALL.replace('"interval_ms":1000', '"interval_ms":0')))
    seen, deadline = set(), time.monotonic() + 60
    while len(seen) < symbols:
        data = await asyncio.wait_for(reader.read(1 << 20), 30)
        seen.update(re.findall(rb'"type":"quote","symbol":"([^"]+)"', data))
        if time.monotonic() > deadline or not data:
            raise SystemExit(f"{len(seen)} of {symbols} quotes")
    writer.close()


async def one_takeover(binary, broker, venue, how):
    """-> seconds from the end of the leader to the first object of the next, and what a client lacked"""
    names, feeds = Names(fresh_prefix()), [venue_feed(venue, **TIMES)]
    ingests = [ingest(binary, names.prefix, broker, name=f"ingest-{letter}", feeds=feeds) for letter in "ab"]
    served = edge(binary, names.prefix, broker)
    with processes(*ingests, served):
        leader, _ = await the_leader(*ingests)
        async with Nats(broker.url) as nats, Witness(served.gateway) as eyes:
            tap = Tap(nats, names)
            await eyes.all_live(2)
            await eyes.goes_on()
            fence = max(fence for _, fence in tap.fenced())
            began = time.monotonic()
            getattr(leader, how)()
            await eyes.wait(lambda: tap.fenced()[-1][1] > fence, "a takeover")
            at = next(at for at, newer in tap.fenced() if newer > fence)
            await eyes.goes_on(5)
            silence = eyes.longest_silence(began - 0.2)
        ids = {symbol: eyes.venue_ids(symbol) for symbol in eyes.trades}
    lost = sum(last - first + 1 - len(set(every)) for every in ids.values() for first, last in [(every[0], every[-1])])
    double = sum(len(every) - len(set(every)) for every in ids.values())
    return at - began, silence, lost, double, tap.both_published()


def takeover(binary, program, trials):
    print("\n== takeovers")
    for how in ("kill", "freeze"):
        found = []
        with Broker(program) as broker, Venue(venue_words.Kraken, A, B) as venue:
            for _ in range(trials):
                found.append(asyncio.run(one_takeover(binary, broker, venue, how)))
        times, silences, lost, double, both = zip(*found)
        print(f"{how}, {trials} trials, s: taken over after {statistics.median(times):.2f} (median), "
              f"{max(times):.2f} (longest); no trade at a client for {statistics.median(silences):.2f}, "
              f"{max(silences):.2f}; trades lost {sum(lost)}, double {sum(double)}; "
              f"two published for at most {max(both):.3f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--rates", default="1000,10000,50000,100000")
    parser.add_argument("--edges", default="1,2,4")
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5, help="of one measurement")
    parser.add_argument("--instruments", type=int, default=10_000)
    parser.add_argument("--parts", default="cost,latency,start,takeover")
    flags = parser.parse_args()
    program = shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise SystemExit("no nats-server (apt install nats-server)")
    binary = flags.binary.resolve()
    rates = [int(word) for word in flags.rates.split(",")]
    print(subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip())
    for part in flags.parts.split(","):
        if part == "cost":
            cost(binary, program, rates, [int(word) for word in flags.edges.split(",")], flags.seconds)
        elif part == "latency":
            latency(binary, program, rates, flags.seconds)
        elif part == "start":
            print("\n== start of an edge")
            start(binary, program, flags.instruments)
        elif part == "takeover":
            takeover(binary, program, flags.trials)


if __name__ == "__main__":
    main()
