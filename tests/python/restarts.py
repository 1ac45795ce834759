# SPDX-License-Identifier: Apache-2.0
"""A program that follows trades, is killed at random, and goes on where it was: so often in a row.
    python3 restarts.py URL FILE SEED TIMES SYMBOL...
What it is sent is appended to FILE, a line for each trade or gap: all that outlives it."""

import asyncio
import json
import os
import pathlib
import random
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "schemas" / "python"))

import tickgate  # noqa: E402

LONG_AWAY = 20  # each so manieth time, for longer than the gateway's memory reaches


def seen_in(path):
    """How far the lives before this one had come."""
    seen = {"epoch": "", "seq": {}}
    for line in path.read_bytes().splitlines():
        one = json.loads(line)
        seen["epoch"], seen["seq"][one["symbol"]] = one["epoch"], one["to"]
    return seen if seen["seq"] else None


async def live(url, path, symbols):
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    async with tickgate.Client(url, resume=seen_in(path)) as client:
        def note(one):
            gap = isinstance(one, tickgate.Gap)
            line = {"epoch": client.epoch, "symbol": one.symbol, "reason": one.reason if gap else None,
                    "from": one.from_seq if gap else one.seq, "to": one.to_seq if gap else one.seq}
            os.write(file, json.dumps(line).encode() + b"\n")
        subscription = client.trades(*symbols, callback=note)
        await asyncio.Event().wait()
        print(subscription)


def main(url, path, seed, times, *symbols):
    drawn, path = random.Random(int(seed)), pathlib.Path(path)
    path.touch()
    for number in range(int(times)):
        child = os.fork()
        if child == 0:
            asyncio.run(live(url, path, symbols))
        # Sometimes before it is connected, sometimes while what was missed comes, mostly behind it.
        size, deadline = path.stat().st_size, time.monotonic() + 15
        if drawn.random() < 0.8:
            while path.stat().st_size == size and time.monotonic() < deadline:
                time.sleep(0.002)
        time.sleep(drawn.uniform(0, 0.08))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if number % LONG_AWAY == LONG_AWAY - 1:
            time.sleep(0.8)
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
