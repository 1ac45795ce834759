# SPDX-License-Identifier: Apache-2.0
"""A client under test, as a program that tells each event as a line of JSON (tests/js/driver.mjs,
tests/python/driver.py), and what it told, held against what a client must never do."""

import asyncio
import json
import os
import subprocess
import sys
import time

from harness import ROOT, Failure, equal, expect
from node import find_node

PATIENCE_SECONDS = 5.0    # what is older is not live, says the protocol
SLACK_SECONDS = 1.5       # of a busy machine
WAIT_SECONDS = 30
NEVER = 10**15


def commands():
    """How each client that can run here is run."""
    found = {"python": [sys.executable, str(ROOT / "tests" / "python" / "driver.py")]}
    program, _ = find_node()
    if program:
        found["javascript"] = [program, str(ROOT / "tests" / "js" / "driver.mjs")]
    return found


class Subject:
    """One client. Times are the driver's own, milliseconds since the epoch."""

    def __init__(self, name):
        self.name = name
        self.live = {}      # symbol -> whether it was last told to be live
        self.claims = {}    # symbol -> [from, to]: the times in which it was
        self.links = []     # (at, state)
        self.last = {}      # (type, symbol) -> the newest message
        self.counts = {}    # (type, symbol) -> how many
        self.trades = {}    # symbol -> [(epoch, trade or gap)]
        self.events = {}    # event -> [message]
        self.oldest = 0.0   # of what was shown as live, by the clock of this machine
        self.oldest_seen = 0.0
        self.faults = []

    async def start(self, url, *wishes, tokens=None):
        """`tokens`: the file that a token is read from, each time that one is asked for."""
        self.process = await asyncio.create_subprocess_exec(
            *commands()[self.name], url, *wishes, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=2**24,
            env={**os.environ, **({"TICKGATE_TOKEN_FILE": str(tokens)} if tokens else {})})
        self.complaints = asyncio.ensure_future(self.process.stderr.read())
        self.reader = asyncio.ensure_future(self.read())
        return self

    async def read(self):
        async for line in self.process.stdout:
            try:
                told = json.loads(line)
                getattr(self, f"on_{told['event']}", self.on_other)(told)
            except Failure as fault:
                self.faults.append(str(fault))

    def tell(self, line):
        self.process.stdin.write(f"{line}\n".encode())

    def on_link(self, told):
        self.links.append((told["at"], told["link"]["state"]))

    def on_live(self, told):
        symbol = told["symbol"]
        equal(self.live.get(symbol, not told["live"]), not told["live"], f"{symbol} told twice to be so")
        self.live[symbol] = told["live"]
        claims = self.claims.setdefault(symbol, [])
        if told["live"]:
            claims.append([told["at"], NEVER])
        elif claims and claims[-1][1] == NEVER:
            claims[-1][1] = told["at"]

    def on_message(self, told):
        message = told["message"]
        key = (message["type"], message["symbol"])
        self.last[key], self.counts[key] = message, self.counts.get(key, 0) + 1
        if message["type"] == "trade":
            self.trades.setdefault(message["symbol"], []).append((told["epoch"], message))
        age = told["at"] / 1000 - message["sent"] / 1e6
        self.oldest_seen = max(self.oldest_seen, age)
        if told["live"]:
            self.oldest = max(self.oldest, age)
            if not self.live.get(message["symbol"]):  # told in the same turn, or a claim of its own
                self.claims.setdefault(message["symbol"], []).append([told["at"], told["at"]])

    def on_gap(self, told):
        message = told["message"]
        if message["channel"] == "trade":
            self.trades.setdefault(message["symbol"], []).append((None, message))

    def on_other(self, told):
        self.events.setdefault(told["event"], []).append(told.get("message", told))

    async def until(self, fits, what, seconds=WAIT_SECONDS):
        deadline = time.monotonic() + seconds
        while not fits():
            if time.monotonic() > deadline or self.process.returncode is not None:
                raise Failure(f"{self.name}: not within {seconds} s: {what}; {self}")
            await asyncio.sleep(0.02)

    async def goes_on(self, *keys):
        """More of each comes."""
        before = {key: self.counts.get(key, 0) for key in keys}
        await self.until(lambda: all(self.counts.get(key, 0) > count for key, count in before.items()),
                         f"more of all of {keys}")

    def all_live(self, count):
        return sum(self.live.values()) >= count

    def none_live(self):
        return not any(self.live.values())

    async def end(self):
        """Closes it, and asks what holds at any time."""
        if self.process.returncode is None:
            self.tell("close")
            try:
                await asyncio.wait_for(self.process.wait(), WAIT_SECONDS)
            except asyncio.TimeoutError:
                self.process.kill()
        await self.reader
        complaints = (await self.complaints).decode(errors="replace")
        equal((self.process.returncode, "closed" in self.events), (0, True), f"{self.name}: its end: {complaints}")
        expect("Traceback" not in complaints and "Error:" not in complaints, f"{self.name}: {complaints}")
        equal(self.faults[:5], [], f"{self.name}: faults")
        expect(self.oldest < PATIENCE_SECONDS + SLACK_SECONDS,
               f"{self.name}: a price {self.oldest:.1f} s old was shown as live; {self}")

    async def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    def __str__(self):
        start = self.links[0][0] if self.links else 0
        links = ", ".join(f"{state} at {(at - start) / 1000:.1f}" for at, state in self.links[-12:])
        return f"links: {links}; live: {sum(self.live.values())} of {len(self.live)}; events: {list(self.events)}"

    # What is asked afterwards.

    def claimed(self, begin, end):
        """Symbols that were told to be live at any time from `begin` to `end` (ms)."""
        return sorted(symbol for symbol, claims in self.claims.items()
                      if any(since <= end and until >= begin for since, until in claims))

    def not_live_between(self, begin, end):
        expect(not (wrong := self.claimed(begin, end)),
               f"{self.name}: {len(wrong)} shown as live while they were not, such as {wrong[:3]}; {self}")

    def never_grey(self, begin, end):
        """Every symbol that was live at `begin` stayed so."""
        for symbol, claims in self.claims.items():
            expect(any(since <= begin and until >= end for since, until in claims if until != since),
                   f"{self.name}: {symbol} was grey for a while: {claims}; {self}")

    def no_trade_twice_or_lost(self):
        """By `seq`, which counts within an epoch: each comes once, in order; what is missing was told."""
        expect(self.trades, f"{self.name}: no trades at all")
        for symbol, told in self.trades.items():
            due, current, excused = None, None, False
            for epoch, one in told:
                if one["type"] == "gap":
                    if one["from"] is None:
                        excused = True
                    else:
                        expect(due is None or excused or one["from"] == due, f"{self.name}: {one}, due was {due}")
                        due, excused = one["to"] + 1, False
                    continue
                expect(excused or current in (None, epoch), f"{self.name}: another epoch without a word: {one}")
                expect(excused or due in (None, one["seq"]), f"{self.name}: {symbol}: due was {due}, came {one}")
                due, current, excused = one["seq"] + 1, epoch, False

    def no_trade_twice_or_lost_by_id(self, symbol):
        """The same of a venue that numbers its trades, over several gateways."""
        due, excused, gaps = None, False, 0
        for _, one in self.trades.get(symbol, ()):
            if one["type"] == "gap":
                excused, gaps = True, gaps + 1
                continue
            number = int(one["id"])
            expect(due is None or number == due or (excused and number > due),
                   f"{self.name}: {symbol}: due was {due}, came {one}, {gaps} gaps")
            due, excused = number + 1, False
        expect(due is not None, f"{self.name}: no trades of {symbol}")
        return gaps
