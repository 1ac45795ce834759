# SPDX-License-Identifier: Apache-2.0
"""Somebody who watches a gateway all the time, and what can be said of what it was sent; and somebody
who watches NATS."""

import asyncio
import json
import time

import websockets

import contract
from client import Client
from harness import Failure, equal, expect

VALUES = ("quote", "book", "ticker")


def compact(members):
    """As tickgate writes an object: whoever parses it keeps the order of its members."""
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False)


class Came:
    """One object, and when it came (monotonic)."""

    __slots__ = ("age", "at", "epoch", "one")

    def __init__(self, at, epoch, one):
        self.at, self.epoch, self.one = at, epoch, one

    def __getitem__(self, key):
        return self.one[key]


class Witness:
    """A client of a gateway that reads all the time. `gateways` are where it connects, one after the
    other, each time that its connection ends or that it moves; with what trades it saw last."""

    def __init__(self, *gateways, wishes=None, **options):
        self.gateways, self.options = list(gateways), options
        self.wishes = wishes or [("quote", {}), ("book", {}), ("trade", {}), ("ticker", {})]
        self.symbols = ["*"]
        self.came, self.closes, self.gaps = [], [], []
        self.states = {}      # symbol -> [(at, state, reason)]
        self.trades = {}      # symbol -> [Came], trades and gaps
        self.newest = {}      # symbol -> the last number of a trade, or of a gap, in newest_of
        self.newest_of = None
        self.epochs = []      # each that was new
        self.turn, self.moves = 0, 0
        self.client, self.task, self.fault = None, None, None
        self.subscribed = asyncio.Event()

    async def __aenter__(self):
        self.task = asyncio.ensure_future(self.run())
        await self.wait(self.subscribed.is_set, "subscribed")
        return self

    async def __aexit__(self, kind, error, trace):
        while not self.task.done():  # a wait_for that ends at the same moment swallows a cancel
            self.task.cancel()
            await asyncio.wait([self.task], timeout=0.2)
        if kind is None:
            self.check()

    def check(self):
        if self.fault:
            raise self.fault

    async def run(self):
        try:
            while True:
                await self.connection(self.gateways[self.turn % len(self.gateways)])
        except asyncio.CancelledError:
            raise
        except BaseException as fault:  # it is raised where the test looks
            self.fault = fault

    async def connection(self, gateway):
        try:
            async with Client(gateway, **self.options) as self.client:
                await self.subscribe()
                self.subscribed.set()
                while True:
                    message = await self.client.receive(60)
                    if message is not None:
                        self.take(message)
        except websockets.ConnectionClosed as ended:
            self.closes.append((time.monotonic(), ended.rcvd.code if ended.rcvd else None))
            await asyncio.sleep(0.05)
        except (OSError, websockets.InvalidStatusCode, asyncio.TimeoutError):
            await asyncio.sleep(0.1)  # it is not there yet, or not any more

    async def subscribe(self):
        for number, (channel, more) in enumerate(self.wishes):
            request = {"op": "subscribe", "id": f"w{number}", "channel": channel, "symbols": self.symbols, **more}
            if channel == "trade" and self.newest:
                request["from"] = {"epoch": self.newest_of, "seq": dict(self.newest)}
            await self.client.send(**request)
            answer, passed = await self.client.until(
                lambda one, wanted=request["id"]: one.get("id") == wanted and one["type"] in ("subscribed", "error"),
                f"an answer to {request}")
            expect(answer["type"] == "subscribed", f"{request}: {answer}")
            if answer["epoch"] not in self.epochs[-1:]:
                self.epochs.append(answer["epoch"])
            if channel == "trade" and answer["epoch"] != self.newest_of:
                self.newest, self.newest_of = {}, answer["epoch"]
            for message in passed:
                self.take(message)

    def take(self, message):
        came = Came(time.monotonic(), self.epochs[-1] if self.epochs else None, message)
        self.came.append(came)
        kind, symbol = message["type"], message.get("symbol")
        if kind == "status":
            self.states.setdefault(symbol, []).append((came.at, message["state"], message["reason"]))
        elif kind == "gap":
            self.gaps.append(came)
            self.trades.setdefault(symbol, []).append(came)
            self.newest[symbol] = max(self.newest.get(symbol, 0), message["to"])
        elif kind == "trade":
            self.trades.setdefault(symbol, []).append(came)
            self.newest[symbol] = message["seq"]

    async def move(self):
        """To the next gateway, by closing this connection. Served there when this returns."""
        self.turn += 1
        self.moves += 1
        self.subscribed.clear()
        await self.client.socket.close()
        await self.wait(self.subscribed.is_set, "subscribed again")

    async def wait(self, fits, what, seconds=20):
        deadline = time.monotonic() + seconds
        while not fits():
            self.check()
            expect(time.monotonic() < deadline, f"not within {seconds} s: {what}; {self}")
            await asyncio.sleep(0.01)

    def of(self, kind, symbol=None):
        return [one for one in self.came if one["type"] == kind and symbol in (None, one.one.get("symbol"))]

    def state(self, symbol):
        return self.states[symbol][-1][1] if symbol in self.states else None

    def all_are(self, *states):
        return bool(self.states) and all(every[-1][1] in states for every in self.states.values())

    async def all_live(self, count=1, seconds=20):
        await self.wait(lambda: len(self.states) >= count and self.all_are("live"), f"{count} live", seconds)

    def first(self, symbol, state, since=0.0):
        """-> when it was first told so after a moment, and why; None: never"""
        return next(((at, why) for at, told, why in self.states.get(symbol, ()) if told == state and at >= since),
                    None)

    def all_were(self, state, since):
        return all(self.first(symbol, state, since) for symbol in self.states)

    async def goes_on(self, count=3, seconds=20):
        """Trades come, so many more of each symbol that a venue has."""
        before = {symbol: len(self.trades.get(symbol, ())) for symbol in self.states if not symbol.startswith("BEST:")}
        expect(before, f"nothing is followed: {self}")
        await self.wait(lambda: all(len(self.trades.get(symbol, ())) >= had + count for symbol, had in before.items()),
                        f"{count} trades more than {before}", seconds)

    # What must hold of trades.

    def no_trade_twice_or_lost(self, gaps=0):
        """By their numbers, in each epoch; `gaps` may be announced (None: any)."""
        if gaps is not None:
            expect(len(self.gaps) <= gaps, f"gaps: {[one.one for one in self.gaps]}")
        for symbol, every in self.trades.items():
            due, epoch = None, None
            for came in every:
                if came.epoch != epoch:
                    due, epoch = None, came.epoch
                first = came["from"] if came["type"] == "gap" else came["seq"]
                expect(due is None or first == due, f"{symbol}: {due} was due, and then {came.one}")
                due = (came["to"] if came["type"] == "gap" else came["seq"]) + 1

    def venue_ids(self, symbol):
        return [int(one["id"]) for one in self.trades.get(symbol, ()) if one["type"] == "trade"]

    def every_id_once(self):
        """Of a venue that counts its trades by one: nothing lost and nothing double, whatever the numbers say."""
        for symbol in self.trades:
            ids = self.venue_ids(symbol)
            expect(ids, f"no trade of {symbol}")
            equal(ids, list(range(ids[0], ids[0] + len(ids))), f"ids of {symbol}")

    def longest_silence(self, since, kind="trade"):
        """Seconds between two objects of any symbol, from a moment on."""
        times = [since] + [one.at for one in self.of(kind) if one.at > since]
        return max((after - before for before, after in zip(times, times[1:])), default=float("inf"))

    def values_while_not_live(self, since):
        """What came as a value while its symbol was not live, by symbol."""
        states, found = {}, {}
        for one in self.came:
            if one["type"] == "status":
                states[one["symbol"]] = one["state"]
            elif one["type"] in VALUES and one.at > since and states.get(one["symbol"]) != "live":
                found.setdefault(one["symbol"], []).append(one.one)
        return found

    def __str__(self):
        return (f"{len(self.came)} objects, epochs {self.epochs}, closes {self.closes}, gaps "
                f"{[one.one for one in self.gaps[-3:]]}; " + "; ".join(
                    f"{symbol}: " + ", ".join(f"{state} ({why})" for _, state, why in every[-4:])
                    for symbol, every in list(self.states.items())[:3]))


class Tap:
    """All that an ingest publishes below a prefix, as it came to somebody who subscribed to `>`. check() holds it
    against the contract."""

    def __init__(self, nats, names):
        self.names, self.messages = names, nats.subscribe(f"{names.prefix}.>")

    def published(self):
        """Without what edges say."""
        return [one for one in self.messages
                if one.subject.removeprefix(f"{self.names.prefix}.").split(".")[0] not in ("ask", "want")]

    def check(self):
        for one in self.published():
            contract.check_published(json.loads(one.payload))

    def objects(self, channel=None):
        """-> [(when, the object, its text)]"""
        wanted = None if channel is None else f"{self.names.prefix}.{channel}"
        found = []
        for one in self.published():
            if wanted is None or one.subject == wanted or one.subject.startswith(f"{wanted}."):
                found.append((one.at, json.loads(one.payload), one.payload.decode()))
        return found

    def fenced(self):
        """-> [(when, fence)] of what is the leader's alone"""
        return [(one.at, json.loads(one.payload)["fence"]) for one in self.published()]

    def both_published(self):
        """For how long, at the longest, an older fence was heard behind the first of a newer one: since the
        first of these older ones. What a holder that was frozen sends on waking is a batch, too."""
        newest, began, longest = 0, None, 0.0
        for at, fence in self.fenced():
            if fence > newest:
                newest, began = fence, None
            elif fence < newest:
                began = at if began is None else began
                longest = max(longest, at - began)
        return longest

    def older(self):
        """How many came with an older fence behind a newer one."""
        newest, count = 0, 0
        for _, fence in self.fenced():
            newest = max(newest, fence)
            count += fence < newest
        return count


async def quiet(seconds):
    await asyncio.sleep(seconds)


def same_object(text, one):
    """Whether the text that was published begins with the very members of an object of the protocol."""
    expect(text.startswith(compact(one)[:-1] + ","), f"published as {text}, sent as {compact(one)}")


def fail(what):
    raise Failure(what)
