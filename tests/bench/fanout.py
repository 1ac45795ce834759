#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What fanning out costs: server CPU for a delivered update, memory, storms, growth.

    python3 tests/bench/fanout.py [ratios|tls|auth|idle|slow|storm|drain|stall|growth]... [--pairs 5] [--seconds 4]

Without a name all but growth and auth. Server and client have a core each. `ratios` runs tickgate and the
floor (the least that a server can cost, beside the checkout) by turns, and divides medians: ratios
mean something on a shared machine, microseconds of different days do not.
"""
import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading

import contest
import stall
from contest import guarded, load, tickgate

# name: symbols, ticks a second, clients, symbols of each, interval_ms, the bar
WORKLOADS = {
    "W1": (50, 1_000, 200, 50, 10, 1.10),
    "W2": (500, 5_000, 1_000, 20, 10, 1.05),
    "W2, 50 ms": (500, 5_000, 1_000, 20, 50, 1.10),
    "W2, 0 ms": (500, 5_000, 1_000, 20, 0, 1.00),
    "W5": (100, 50_000, 100, 100, 10, 1.30),
}


def median(runs, *keys):
    values = []
    for run in runs:
        for key in keys:
            run = run[key]
        values.append(run)
    return statistics.median(values)


def run_wsfan(wsfan, port, pid, workload, seconds):
    symbols, _, clients, each, interval, _ = workload
    names = '{rand:%d:%d:"SIM:S%%04d-USD":,}' % (each, symbols)
    request = ('{"op":"subscribe","id":1,"channel":"quote","symbols":[%s],"interval_ms":%d}'
               % (names, interval))
    command = ["taskset", "-c", contest.CLIENT_CORE, wsfan, "--port", port, "--path", "/v1/stream",
               "--n", clients, "--secs", seconds, "--pid", pid, "--sub", request]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def run_one(server, yardsticks, workload, seconds):
    wsfan = yardsticks["wsfan"]
    symbols, rate, _, _, interval, _ = workload
    if server == "tickgate":
        with tickgate(symbols=symbols, rate=rate) as (port, pid):
            return run_wsfan(wsfan, port, pid, workload, seconds)
    port = contest.free_port()
    mode = "conflate" if interval > 0 else "naive"
    command = [yardsticks[server], "--mode", mode, "--symbols", symbols, "--rate", rate,
               "--flush-ms", interval, "--port", port, "--secs", 600]
    with contest.server(command, port) as pid:
        return run_wsfan(wsfan, port, pid, workload, seconds)


def ratios(flags):
    with tempfile.TemporaryDirectory() as folder:
        yardsticks = contest.build_yardsticks(pathlib.Path(folder))
        if yardsticks is None:
            print(f"skipped: no {contest.TOOLS}/floor.cc (TICKGATE_TOOLS)")
            return
        print("| workload | tickgate us | floor us | ratio | bar | p50, p99 ms | floor's "
              "| floor's, stamped when made |")
        print("|---|---|---|---|---|---|---|---|")
        for name, workload in WORKLOADS.items():
            runs = {"tickgate": [], "floor": [], "floor_made": []}
            if workload[4] > 0:
                del runs["floor_made"]  # what waits for an interval waits for that
            for pair in range(flags.pairs):
                for server in sorted(runs, reverse=pair % 2 == 0):
                    runs[server].append(run_one(server, yardsticks, workload, flags.seconds))
            cost = {server: median(all_, "srv_us_per_update") for server, all_ in runs.items()}
            late = {server: ", ".join(f"{median(all_, 'lat_us', p) / 1000:.2f}"
                                      for p in ("p50", "p99")) for server, all_ in runs.items()}
            print(f"| {name} | {cost['tickgate']:.3f} | {cost['floor']:.3f} "
                  f"| {cost['tickgate'] / cost['floor']:.2f} | {workload[-1]:.2f} "
                  f"| {late['tickgate']} | {late['floor']} | {late.get('floor_made', '')} |",
                  flush=True)


def tls(flags):
    print("| over TLS | us an update | plain us | ratio | server CPU % | p50, p99 ms |")
    print("|---|---|---|---|---|---|")
    with contest.certificate() as (cert, key):
        for name, (symbols, rate, clients, each, interval, _) in WORKLOADS.items():
            runs = {"ws": [], "wss": []}
            for _ in range(flags.pairs):
                for scheme, all_ in runs.items():
                    secure = ["--tls-cert", cert, "--tls-key", key] if scheme == "wss" else []
                    with tickgate(symbols=symbols, rate=rate, flags=secure) as (port, pid):
                        all_.append(load(port, pid, "--connections", clients, "--symbols", each,
                                         "--of", symbols, "--interval", interval, "--duration",
                                         f"{flags.seconds}s", *(["--insecure"] if secure else []),
                                         scheme=scheme))
            cost = {scheme: median(all_, "server", "us_per_update") for scheme, all_ in runs.items()}
            print(f"| {name} | {cost['wss']:.3f} | {cost['ws']:.3f} | {cost['wss'] / cost['ws']:.2f} "
                  f"| {median(runs['wss'], 'server', 'cpu_percent'):.0f} "
                  f"| {median(runs['wss'], 'latency', 'p50_us') / 1000:.2f}, "
                  f"{median(runs['wss'], 'latency', 'p99_us') / 1000:.2f} |", flush=True)


def auth(flags):
    """Whether a tick costs more where everybody was asked who he is: no more than the runs that
    asked nobody differ among themselves, shown as the least and the most of them to their median."""
    print("| credentials | asked us | not asked us | ratio | not asked, of its median | p50, p99 ms |")
    print("|---|---|---|---|---|---|")
    for name in ("W1", "W2", "W5"):
        symbols, rate, clients, each, interval, _ = WORKLOADS[name]
        runs = {True: [], False: []}
        for pair in range(flags.pairs):
            for asked in sorted(runs, reverse=pair % 2 == 0):
                with guarded(symbols=symbols, rate=rate, auth=asked) as (port, pid, token):
                    runs[asked].append(load(
                        port, pid, "--connections", clients, "--symbols", each, "--of", symbols,
                        "--interval", interval, "--duration", f"{flags.seconds}s", "--token-file", token))
        served = {run["connections"]["served"] for all_ in runs.values() for run in all_}
        if served != {clients}:
            raise SystemExit(f"{name}: {sorted(served)} of {clients} clients were served")
        cost = {asked: median(all_, "server", "us_per_update") for asked, all_ in runs.items()}
        open_ = [run["server"]["us_per_update"] / cost[False] for run in runs[False]]
        print(f"| {name} | {cost[True]:.3f} | {cost[False]:.3f} | {cost[True] / cost[False]:.2f} "
              f"| {min(open_):.2f} to {max(open_):.2f} "
              f"| {median(runs[True], 'latency', 'p50_us') / 1000:.2f}, "
              f"{median(runs[True], 'latency', 'p99_us') / 1000:.2f} |", flush=True)


def idle(_):
    print("| idle connections | | subscriptions of each | bytes a connection |")
    print("|---|---|---|---|")
    one = ["--subscribe", "SIM:QUIET"]
    with contest.certificate() as (cert, key):
        for clients, what, scheme in ((19_500, one, "ws"),
                                      (19_500, ["--symbols", 20, "--of", 500], "ws"),
                                      (4_000, ["--symbols", 500, "--of", 500], "ws"),
                                      (5_000, one, "wss")):
            secure = ["--tls-cert", cert, "--tls-key", key] if scheme == "wss" else []
            with tickgate(symbols=500, rate=1, flags=secure) as (port, pid):
                found = load(port, pid, "--connections", clients, *what, "--interval", 10,
                             "--duration", "2s", *(["--insecure"] if secure else []), scheme=scheme)
            each = 1 if what == one else what[1]
            print(f"| {found['connections']['subscribed']} | {'TLS' if secure else ''} | {each} "
                  f"| {found['server']['bytes_per_connection']:.0f} |", flush=True)


def slow(_):
    print("| slow of 1,000 | memory grown | p99 ms | silence ms | closed | caught up | within ms |")
    print("|---|---|---|---|---|---|---|")
    for count in (0, 100):
        with tickgate(symbols=500, rate=5_000, flags=["--write-deadline", "30s"]) as (port, pid):
            found = load(port, pid, "--connections", 1_000 - count, "--slow", count, "--slow-time",
                         "20s", "--interval", 50, "--duration", "30s")
        memory, behind = found["server"], found.get("slow", {})
        print(f"| {count} | {(memory['resident_max'] - memory['resident_connected']) / 1024:.0f} KB "
              f"| {found['latency']['p99_us'] / 1000:.1f} | {found['latency']['silence_ms']:.0f} "
              f"| {behind.get('closed', '')} | {behind.get('caught_up', '')} "
              f"| {behind.get('catch_up_ms_max', '')} |", flush=True)


def storm(_):
    with tickgate(symbols=500, rate=5_000) as (port, pid):
        found = load(port, pid, "--connections", 1_000, "--storm", 10_000, "--storm-interval", 5_000,
                     "--interval", 50, "--duration", "12s")
    of = found["storm"]
    print(f"storm: {of['connections']} connects, {of['served']} served in {of['served_ms']:.0f} ms, "
          f"{of['refused']} refused, {of['closed']} closed later; longest silence of the 1,000 others "
          f"{of['silence_ms']:.0f} ms, {of['silence_before_ms']:.0f} ms before it (our own part: "
          f"{of['longest_turn_ms']:.0f} ms at the most)")


def drain(_):
    market = {"symbols": 500, "rate": 5_000}
    with tickgate(**market) as (port, pid), tickgate(**market) as (other, _):
        threading.Timer(5, os.kill, (pid, signal.SIGTERM)).start()
        found = load(port, pid, "--then", f"ws://127.0.0.1:{other}/v1/stream", "--connections", 1_000,
                     "--interval", 50, "--duration", "15s")
    of = found["moves"]
    print(f"drain: {of['told']} told, {of['sent_away']} closed with 1012, the last {of['stay_ms_max']} ms "
          f"after its notice; {of['arrived']} came to the other, second by second "
          f"{', '.join(map(str, of['arrived_per_second']))}, {of['refused']} refused; served by neither "
          f"meanwhile {of['without_ms_max']} ms at the most")


def growth(flags):
    both = f"{contest.CLIENT_CORE},{contest.SERVER_CORE}"
    rows = [("clients", n, dict(symbols=500, rate=5_000), n, 20, 500, 1_000)
            for n in (100, 1_000, 5_000, 19_500)]
    rows += [("symbols", n, dict(symbols=n, rate=5_000), 1_000, each, n, 100)
             for n, each in ((10, 10), (100, 20), (1_000, 20), (10_000, 200), (50_000, 400))]
    rows += [("shards", n, dict(symbols=500, rate=5_000, shards=n, core=both), 1_000, 20, 500, 100)
             for n in (1, 2)]
    print("| grows | to | updates/s | updates a frame | us an update | us a frame | server CPU % |")
    print("|---|---|---|---|---|---|---|")
    for what, size, market, clients, each, of, interval in rows:
        runs = []
        for _ in range(flags.pairs):
            with tickgate(**market) as (port, pid):
                runs.append(load(port, pid, "--connections", clients, "--symbols", each, "--of", of,
                                 "--interval", interval, "--duration",
                                 f"{flags.seconds}s"))
        print(f"| {what} | {size} | {median(runs, 'delivery', 'updates_per_second'):.0f} "
              f"| {median(runs, 'delivery', 'updates_per_frame'):.1f} "
              f"| {median(runs, 'server', 'us_per_update'):.3f} "
              f"| {median(runs, 'server', 'us_per_frame'):.2f} "
              f"| {median(runs, 'server', 'cpu_percent'):.1f} |", flush=True)


PARTS = {"ratios": ratios, "tls": tls, "auth": auth, "idle": idle, "slow": slow, "storm": storm,
         "drain": drain,
         "stall": stall.measure, "growth": growth}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--pairs", type=int, default=5, help="runs of each side")
    parser.add_argument("--seconds", type=int, default=4, help="of each run")
    flags = parser.parse_args()
    for part in flags.parts or [part for part in PARTS if part not in ("growth", "auth")]:
        print(f"\n{part}", flush=True)
        PARTS[part](flags)


if __name__ == "__main__":
    sys.exit(main())
