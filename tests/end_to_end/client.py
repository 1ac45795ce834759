# SPDX-License-Identifier: Apache-2.0
"""A client of the protocol on Debian's python3-websockets, which holds every message it receives
against schemas/asyncapi.yaml, and against what schemas/protocol.md promises to any client at any
time."""

import asyncio
import contextlib
import decimal
import json
import re
import time

import websockets

import contract
from harness import Failure, expect

DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
ANSWER_SECONDS = 10
KEYS = {
    "quote": {"seq", "bid", "bid_size", "ask", "ask_size", "time", "received"},
    "trade": {"seq", "price", "size", "side", "id", "time", "received"},
    "book": {"seq", "depth", "integrity", "bids", "asks", "time", "received"},
    "ticker": {"seq", "last", "open", "high", "low", "volume", "time", "received"},
    "bar": {"seq", "interval", "start", "open", "high", "low", "close", "volume", "trades", "closed"},
    "status": {"seq", "state", "since", "reason"},
}
BAR_SECONDS = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400}
DECIMALS = {"bar": ("open", "high", "low", "close", "volume"),
            "quote": ("bid", "bid_size", "ask", "ask_size"), "trade": ("price", "size"),
            "ticker": ("last", "high", "low", "volume")}
STATES = {"live", "delayed", "stale", "recovering", "halted", "down", "closed"}


def is_micros(value):
    return type(value) is int and 0 < value < 10**17


def check_shape(update):
    """Exactly the fields of schemas/protocol.md, decimals as strings, times in microseconds."""
    kind = update["type"]
    more = {"note"} if kind == "status" and update.get("state") in ("live", "delayed") else set()
    keys = KEYS[kind] | {"type", "symbol"}
    consolidated = kind == "quote" and update.get("symbol", "").startswith("BEST:")
    if consolidated:
        more, keys = {"crossed"}, keys | {"bid_venue", "ask_venue"}
    if kind == "bar":
        more = {"corrected"} if not update["closed"] else set()
        more |= {"complete"} if update.get("complete") is False else set()
    if kind == "ticker":
        more = {"since"}  # where a field is the gateway's own
    if "delayed_s" in update:
        more |= {"delayed_s"}
        expect(update.get("state") != "live", f"live, though delayed: {update}")
    equal_keys = set(update) - more == keys
    expect(equal_keys, f"fields of {kind}: {update}")
    for name in DECIMALS.get(kind, ()):
        if kind == "quote" and update[name] is None:  # an empty side: both of it
            other = name.removesuffix("_size") if name.endswith("_size") else f"{name}_size"
            expect(update[other] is None, f"half of an empty side: {update}")
            continue
        expect(isinstance(update[name], str) and DECIMAL.fullmatch(update[name]),
               f"{name} is not a decimal in a string: {update}")
    if "time" in update:
        expect(update["time"] is None or is_micros(update["time"]), f"time: {update}")
        expect(is_micros(update["received"]), f"received: {update}")
    expect(type(update["seq"]) is int and update["seq"] > 0, f"seq: {update}")
    if kind == "status":
        expect(update["state"] in STATES and is_micros(update["since"]), f"status: {update}")
    elif kind == "bar":
        check_bar(update["interval"], *(update[name] for name in BAR_ROW))
    elif kind == "trade":
        expect(update["side"] in ("buy", "sell"), f"side: {update}")
    elif kind == "book":
        check_book(update)
    elif kind == "quote" and None not in (update["bid"], update["ask"]):
        bid, ask = decimal.Decimal(update["bid"]), decimal.Decimal(update["ask"])
        expect(bid < ask or consolidated, f"bid is not below ask: {update}")
        expect(("crossed" in update) == (bid > ask), f"crossed: {update}")


BAR_ROW = ("start", "open", "high", "low", "close", "volume", "trades")


def check_bar(interval, start, first, high, low, last, volume, trades):
    """A bar on the grid of its interval, whose prices can be those of one market."""
    row = [start, first, high, low, last, volume, trades]
    expect(is_micros(start) and start % (BAR_SECONDS[interval] * 10**6) == 0, f"start: {row}")
    expect(all(isinstance(text, str) and DECIMAL.fullmatch(text) for text in row[1:6]),
           f"decimals: {row}")
    prices = [decimal.Decimal(text) for text in (low, first, last, high)]
    expect(min(prices) == prices[0] and max(prices) == prices[3], f"low and high: {row}")
    expect(trades is None or (type(trades) is int and trades >= 0), f"trades: {row}")


def check_history(message):
    """-> the starts of its rows"""
    more = set(message) - {"type", "symbol", "interval", "bars"}
    expect(more <= {"incomplete", "open", "delayed_s"} and message.get("open", True) is True,
           f"keys of a history: {more}")
    for row in message["bars"]:
        expect(len(row) == 7, f"a row: {row}")
        check_bar(message["interval"], *row)
    starts = [row[0] for row in message["bars"]]
    expect(starts or not more, f"without a row: {message}")
    expect(starts == sorted(set(starts)), f"rows out of order: {starts}")
    expect(set(message.get("incomplete", starts[:1])) <= set(starts), f"incomplete: {message}")
    return starts


def channel_of(message):
    """Bars of each interval are a subscription of their own."""
    interval = message.get("interval")
    return message["channel"] if interval is None else f"{message['channel']} {interval}"


def matches(pattern, symbol):
    wanted = re.escape(pattern).replace(r"\*", "[^:]+") if pattern != "*" else ".*"
    return re.fullmatch(wanted, symbol)


def check_book(update):
    sides = []
    for name in ("bids", "asks"):
        expect(len(update[name]) <= update["depth"], f"more {name} than depth: {update}")
        for level in update[name]:
            expect(len(level) == 2 and all(isinstance(text, str) and DECIMAL.fullmatch(text)
                                           for text in level), f"a level of {name}: {level}")
            expect(decimal.Decimal(level[1]) > 0, f"an empty level in {name}: {level}")
        sides.append([decimal.Decimal(price) for price, _ in update[name]])
    bids, asks = sides
    expect(bids == sorted(set(bids), reverse=True), f"bids out of order: {update}")
    expect(asks == sorted(set(asks)), f"asks out of order: {update}")
    expect(not bids or not asks or bids[0] < asks[0], f"crossed: {update}")


class Promises:
    """What one connection was granted so far, and whether every message agrees with it."""

    def __init__(self):
        self.asked = {}      # id -> the request
        self.granted = {}    # (channel, symbol) -> the depth asked for
        self.known = set()   # (channel, symbol) that an acknowledgement or a pattern granted once
        self.patterns = {}   # (channel, pattern) -> the same; they cover what appears later
        self.sequences = {}  # (channel, symbol) -> the last sequence number seen
        self.owed = set()    # (channel, symbol) whose history of bars has not come
        self.fresh = set()   # (channel, symbol) whose current value may come a second time
        self.states = {}     # symbol -> the last state seen
        self.gaps = {}       # symbol -> the trades announced as lost, (from, to)

    def take(self, message):
        kind = message["type"]
        if kind in ("subscribed", "unsubscribed", "list", "pong") and message["id"] in self.asked:
            contract.check_served(self.asked[message["id"]])
        if kind == "unsubscribed" and message["id"] is None and None not in self.asked:
            self.take_farewell(message)
        elif kind in ("subscribed", "unsubscribed"):
            self.take_acknowledgement(message, self.asked[message["id"]])
        elif kind == "gap":
            resumed = any("from" in request for request in self.asked.values())
            known = {"slow_consumer", "feed_gap"} | ({"too_old", "feed_restart"} if resumed else set())
            nothing = message["reason"] == "feed_restart" and (message["from"], message["to"]) == (1, 0)
            expect(message["channel"] == "trade" and (message["to"] >= message["from"] or nothing)
                   and message["reason"] in known, f"gap: {message}")
            self.gaps[message["symbol"]] = (message["from"], message["to"])
        elif kind == "bar_history":
            check_history(message)
            key = (f"bar {message['interval']}", message["symbol"])
            expect(key in self.granted, f"not subscribed: {message}")
            self.owed.discard(key)
        elif kind in KEYS:
            check_shape(message)
            self.take_update(message)

    def take_acknowledgement(self, message, request):
        channel = channel_of(message)
        patterns = [symbol for symbol in request["symbols"] if "*" in symbol]
        depth = message.get("depth", request.get("depth", 25))  # said where less is granted
        for symbol in message["accepted"]:
            if message["type"] == "subscribed":
                self.grant((channel, symbol), depth)
                if request.get("history", 0) > 0:
                    self.owed.add((channel, symbol))
            else:
                for held in list(self.granted):
                    if held[1] == symbol and channel in (held[0], held[0].split(" ")[0]):
                        del self.granted[held]
                        self.owed.discard(held)
        for pattern in patterns:
            if message["type"] == "subscribed":
                self.patterns[(channel, pattern)] = depth
            for held in list(self.patterns) if message["type"] == "unsubscribed" else ():
                if channel in (held[0], held[0].split(" ")[0]) and pattern in ("*", held[1]):
                    del self.patterns[held]

    def take_farewell(self, message):
        """Instruments that are served no more, or not to this client: of none of them anything follows,
        unless it returns. Without room those that patterns cover may never have come."""
        expect(message["accepted"] == [] and message["rejected"], f"unasked: {message}")
        for one in message["rejected"]:
            key = (channel_of(message), one["symbol"])
            known = one["code"] in ("unknown_symbol", "forbidden", "too_many_symbols")
            no_room = one["code"] == "too_many_symbols" and self.is_covered(key)
            expect(known and (key in self.granted or key in self.patterns or no_room), f"unasked: {message}")
            if one["code"] == "unknown_symbol":
                expect(self.states.get(one["symbol"]) not in ("live", "delayed"), f"the last word was live: {message}")
            if key in self.patterns and one["code"] == "forbidden":
                del self.patterns[key]
            self.granted.pop(key, None)
            self.known.discard(key)
            self.owed.discard(key)

    def grant(self, key, depth):
        self.granted[key] = depth
        self.known.add(key)
        self.fresh.add(key)

    def is_covered(self, key):
        return any(channel == key[0] and matches(pattern, key[1]) for channel, pattern in self.patterns)

    def grant_by_pattern(self, symbol):
        """An instrument that was not there when its pattern was acknowledged."""
        for (channel, pattern), depth in self.patterns.items():
            if (channel, symbol) not in self.known and matches(pattern, symbol):
                self.grant((channel, symbol), depth)

    def take_update(self, update):
        kind, symbol = update["type"], update["symbol"]
        key = (f"bar {update['interval']}" if kind == "bar" else kind, symbol)
        self.grant_by_pattern(symbol)
        if kind == "status":  # comes with every channel
            expect(any(name == symbol for _, name in self.granted), f"not subscribed: {update}")
            expect(update["seq"] >= self.sequences.get(key, 0), f"an older status: {update}")
            self.sequences[key], self.states[symbol] = update["seq"], update["state"]
            return
        expect(key in self.granted, f"not subscribed: {update}")
        if kind == "book":
            expect(update["depth"] == self.granted[key], f"another depth: {update}")
        expect(key not in self.owed, f"before its history came {update}")
        last, first = self.sequences.get(key), key in self.fresh
        expect(last is None or update["seq"] > last or (first and update["seq"] == last),
               f"after seq {last} came {update}")
        if kind == "trade" and last is not None and not first and update["seq"] != last + 1:
            expect(self.gaps.get(symbol) == (last + 1, update["seq"] - 1),
                   f"trades lost after seq {last} without a gap announced: {update}, "
                   f"last gap {self.gaps.get(symbol)}")
        if kind in ("quote", "book") and not first:
            expect(self.states.get(symbol) != "recovering", f"while recovering came {update}")
        self.sequences[key] = update["seq"]
        self.fresh.discard(key)


class Client:
    """One connection. `async with Client(gateway) as client:`"""

    def __init__(self, gateway, **options):
        self.url, self.options = gateway.stream_url, options
        self.promises = Promises()
        self.socket = None
        self.waiting = []  # messages received and not yet asked for
        self.next_id = 0

    async def __aenter__(self):
        self.socket = await websockets.connect(
            self.url, subprotocols=["tickgate.v1.json"], compression=None, max_size=2**24,
            open_timeout=ANSWER_SECONDS, ping_interval=None, close_timeout=5,
            **self.options)
        headers = {key.lower(): value for key, value in self.socket.response_headers.raw_items()}
        contract.check_answer(contract.OPENAPI, "GET", "/v1/stream", 101, headers, b"")
        expect(self.socket.subprotocol == "tickgate.v1.json",
               f"subprotocol {self.socket.subprotocol!r}")
        return self

    async def __aexit__(self, kind, error, trace):
        await self.leave()

    async def leave(self):
        """Closes the connection; the server's Close stands behind what was on its way."""
        closing = asyncio.ensure_future(self.socket.close())
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await self.socket.recv()
        with contextlib.suppress(websockets.ConnectionClosed):
            await closing

    async def send(self, **request):
        self.promises.asked[request.get("id")] = request
        await self.socket.send(json.dumps(request))

    async def receive(self, seconds=ANSWER_SECONDS):
        """The next object; None when nothing came in time."""
        if not self.waiting:
            try:
                text = await asyncio.wait_for(self.socket.recv(), seconds)
            except asyncio.TimeoutError:
                return None
            expect(isinstance(text, str), f"a binary message: {text!r:.200}")
            array = json.loads(text)
            contract.check_frame(array)
            self.waiting.extend(array)
        message = self.waiting.pop(0)
        self.promises.take(message)
        return message

    async def until(self, fits, what, seconds=ANSWER_SECONDS):
        """Receives until `fits(message)`. -> that message, and those that came before it."""
        passed, deadline = [], time.monotonic() + seconds
        while True:
            message = await self.receive(max(0.01, deadline - time.monotonic()))
            if message is not None and fits(message):
                return message, passed
            if message is None or time.monotonic() > deadline:
                kinds = {item["type"] for item in passed}
                raise Failure(f"not within {seconds} s: {what}; {len(passed)} others: {kinds}")
            passed.append(message)

    async def collect(self, seconds):
        """Everything that comes within so many seconds."""
        found, deadline = [], time.monotonic() + seconds
        while time.monotonic() < deadline:
            message = await self.receive(max(0.01, deadline - time.monotonic()))
            if message is not None:
                found.append(message)
        return found

    async def ask(self, **request):
        """Sends a request. -> the object that answers its id, and those that came before it."""
        self.next_id += 1
        request.setdefault("id", self.next_id)
        await self.send(**request)
        return await self.until(lambda message: message.get("id") == request["id"]
                                and message["type"] != "trade", f"an answer to {request}")

    async def subscribe(self, channel, *symbols, **more):
        """-> the acknowledgement"""
        answer, _ = await self.ask(op="subscribe", channel=channel, symbols=list(symbols), **more)
        expect(answer["type"] == "subscribed", f"subscribe {channel} {symbols}: {answer}")
        expect(answer["channel"] == channel, f"another channel: {answer}")
        return answer

    async def unsubscribe(self, channel, *symbols, **more):
        answer, _ = await self.ask(op="unsubscribe", channel=channel, symbols=list(symbols), **more)
        expect(answer["type"] == "unsubscribed", f"unsubscribe {channel} {symbols}: {answer}")
        return answer

    async def closed(self, seconds=ANSWER_SECONDS):
        """Receives until the connection ends. -> what came before, the close code and reason"""
        found = []
        try:
            while True:
                message = await self.receive(seconds)
                if message is None:
                    raise Failure(f"not closed within {seconds} s of silence")
                found.append(message)
        except websockets.ConnectionClosed as ended:
            if ended.rcvd:
                contract.check_close(ended.rcvd.code, ended.rcvd.reason)
            return found, self.socket.close_code, self.socket.close_reason
