# SPDX-License-Identifier: Apache-2.0
"""A delayed client beside a live one: every object of its stream is one that the other saw, so many
seconds later at the least; and nothing that it can ask tells it more."""

import asyncio
import contextlib
import json
import time

import websockets

from client import Client
from credentials_test import make_key
from harness import equal, expect
from running import Running
from tokens import bearer, token, write_keys

DELAY = 3
FEEDS = [{"venue": "simulator", "seed": 3, "symbol_count": 3, "rate": 40}]
CHANNELS = ("quote", "trade", "book", "ticker", "status")
VALUES = ("quote", "trade", "book", "ticker")
MICROS = 1_000_000


class Watched:
    """All that one client is sent, each with the moment at which it came."""

    def __init__(self, gateway, key):
        self.client = Client(gateway, extra_headers={"Authorization": f"Bearer {key}"})
        self.came = []  # (our wall clock in microseconds, the object)

    async def subscribe(self, channels=CHANNELS, **more):
        for channel in channels:
            answer, passed = await self.client.ask(op="subscribe", channel=channel, symbols=["*"], **more)
            self.note(passed)
        return answer

    async def follow_bars(self):
        await self.client.send(op="subscribe", id="bars", channel="bar", interval="1s",
                               symbols=["SIM:BTC-USD"], history=5)

    def note(self, objects):
        self.came.extend((time.time_ns() // 1000, one) for one in objects)

    async def watch(self, until):
        while time.monotonic() < until:
            message = await self.client.receive(max(0.01, until - time.monotonic()))
            if message is not None:
                self.note([message])

    def of(self, *kinds):
        return [(at, one) for at, one in self.came if one["type"] in kinds]


def as_live(update):
    """A delayed object as the live stream has it."""
    update = {key: value for key, value in update.items() if key != "delayed_s"}
    if update.get("state") == "delayed":
        update["state"] = "live"
    return update


def check_marks(delayed):
    for _, one in delayed.of(*VALUES, "status", "gap", "bar", "bar_history"):
        equal(one.get("delayed_s"), DELAY, f"the mark of {one}")
        expect(one.get("state") != "live", f"said to be live: {one}")


def check_values(live, delayed):
    """Same text, later; of trades all, in their order."""
    known = {(one["type"], one["symbol"], one["seq"]): one for _, one in live.of(*VALUES)}
    first, newest = {}, {}  # of those that the live client saw
    for kind, symbol, seq in known:
        first[kind, symbol] = min(first.get((kind, symbol), seq), seq)
        newest[kind, symbol] = max(newest.get((kind, symbol), 0), seq)
    same, trades = 0, {}
    for at, one in delayed.of(*VALUES):
        expect(one["received"] <= at - DELAY * MICROS, f"{one['received'] - at} us early: {one}")
        kind, symbol, seq = key = one["type"], one["symbol"], one["seq"]
        expect(seq <= newest[kind, symbol], f"nobody saw it yet: {one}")
        if key in known:  # else it was folded into the next one, for the live client
            equal(as_live(one), known[key], "a delayed object")
            same += 1
        if kind == "trade":
            expect(key in known or seq < first[kind, symbol], f"a trade that was not made: {one}")
            trades.setdefault(symbol, []).append(seq)
    for symbol, sequence in trades.items():
        equal(sequence, list(range(sequence[0], sequence[0] + len(sequence))), f"trades of {symbol}")
    count = len(delayed.of(*VALUES))
    expect(same > 100 and same > count * 3 // 4, f"{same} of {count} are the same")
    expect(sum(map(len, trades.values())) > 10, f"too few trades: {trades}")


def check_statuses(live, delayed):
    """Down until it begins, then as they were."""
    for symbol in {one["symbol"] for _, one in delayed.of("status")}:
        words = ("state", "since", "reason")
        told = [tuple(as_live(one)[word] for word in words)
                for _, one in delayed.of("status") if one["symbol"] == symbol]
        known = {tuple(one[word] for word in words)
                 for _, one in live.of("status") if one["symbol"] == symbol}
        later = [one for one in told if not one[2].startswith(f"delayed by {DELAY} s: begins at ")]
        first = min(since for _, since, _ in known)
        while later and later[0] not in known and later[0][1] <= first:
            later.pop(0)  # before the live client came
        expect(later and set(later) <= known, f"{symbol}: {later}, of {known}")


def check_bars(delayed):
    for at, one in delayed.of("bar"):
        over = one["start"] + (MICROS if one["closed"] else 0)
        expect(over <= at - DELAY * MICROS, f"{over - at} us early: {one}")
    for at, one in delayed.of("bar_history"):
        for row in one["bars"]:
            expect(row[0] + MICROS <= at - DELAY * MICROS, f"{row[0] - at} us early: {row}")
    expect(any(one["closed"] for _, one in delayed.of("bar")), "no bar closed")


def check_snapshots(gateway, key):
    """What is asked for over HTTP is of the same lane."""
    headers = {"Authorization": f"Bearer {key}"}
    for channel in (*CHANNELS, "bar&interval=1s"):
        answer = gateway.public(f"/v1/snapshot?channel={channel}&symbols=SIM:*", headers=headers)
        at = time.time_ns() // 1000
        equal(answer.status, 200, f"a snapshot of {channel}: {answer.body!r:.200}")
        for one in json.loads(answer.body):
            equal(one["delayed_s"], DELAY, f"the mark of {one}")
            moment = one.get("received") or one.get("start") or one["since"]
            expect(moment <= at - DELAY * MICROS, f"{moment - at} us early: {one}")
    answer = gateway.public("/v1/instruments", headers=headers)
    states = {one["state"] for one in json.loads(answer.unpacked())}
    expect("live" not in states, f"states: {states}")


async def test_every_byte_of_a_delayed_stream_is_one_of_the_live_one(binary, tmp_path):
    keys = tmp_path / "keys"
    now = make_key(binary, keys, "now", "--plan", "now")
    later = make_key(binary, keys, "later", "--plan", "later")
    auth = {"api_keys_file": str(keys), "delay_memory": "1MiB", "delay_directory": str(tmp_path)}
    plans = {"now": {"depth": 10}, "later": {"delay": f"{DELAY}s", "depth": 10}}
    with Running(binary, FEEDS, auth=auth, plans=plans) as running:
        gateway = running.gateway
        live, delayed = Watched(gateway, now), Watched(gateway, later)
        async with live.client, delayed.client:
            for one in (live, delayed):
                await one.subscribe()
                await one.follow_bars()
            until = time.monotonic() + DELAY + 15
            # The live one hears of it first whatever the machine does: it stays a moment longer.
            await asyncio.gather(live.watch(until + 1), delayed.watch(until))
            check_snapshots(gateway, later)
        check_marks(delayed)
        check_values(live, delayed)
        check_statuses(live, delayed)
        check_bars(delayed)
        expect(gateway.metric("tickgate_delay_line_bytes") > 0, "what is held")
        equal(gateway.metric("tickgate_delay_line_capacity_bytes"), 1 << 20, "what may be held")
        equal(gateway.metric("tickgate_delay_line_lost_total", kind="trade"), 0, "lost")
        # Another delay needs another lane, and those are made at the start; one that is not longer
        # than a lane there is has that one.
        report = await running.reload(plans={"later": {"delay": "600s"}})
        equal(report["result"], "refused", f"a delay without a lane: {report}")


async def come_back(gateway, key, visits):
    """Leaves in the middle of the trades, and comes back with `from`. -> all of them, and when they came"""
    came, since = [], {}
    for _ in range(visits):
        one = Watched(gateway, key)
        async with one.client:
            answer = await one.subscribe(["trade"], **since)
            while len(one.of("trade")) < 8:
                await one.watch(time.monotonic() + 0.1)
        expect(not one.of("gap"), f"missed: {one.of('gap')}")
        came += one.of("trade")
        seen = {trade["symbol"]: trade["seq"] for _, trade in came}
        since = {"from": {"epoch": answer["epoch"], "seq": seen}}
        await asyncio.sleep(0.5)  # away
    return came


async def test_the_best_price_conflation_and_coming_back_obey_the_delay(binary, tmp_path):
    keys = tmp_path / "keys"
    now = make_key(binary, keys, "now", "--plan", "now")
    later = make_key(binary, keys, "later", "--plan", "later")
    auth = {"api_keys_file": str(keys), "delay_memory": "1MiB", "delay_directory": str(tmp_path)}
    plans = {"now": {"depth": 10}, "later": {"delay": f"{DELAY}s", "depth": 10}}
    feeds = [{**FEEDS[0], "name": name, "label": name, "seed": seed} for name, seed in (("left", 3), ("right", 4))]
    running = Running(binary, feeds, auth=auth, plans=plans)
    running.config["consolidated"] = [{"pairs": ["*-USD"]}]
    running.write()
    with running:
        gateway = running.gateway
        live, paced = Watched(gateway, now), Watched(gateway, later)
        async with live.client, paced.client:
            await live.subscribe()
            await paced.subscribe(interval_ms=400)
            until = time.monotonic() + DELAY + 12
            returning = asyncio.create_task(come_back(gateway, later, 3))
            await asyncio.gather(live.watch(until + 1), paced.watch(until))
            came = await returning
        check_marks(paced)
        check_values(live, paced)
        check_statuses(live, paced)
        best = [one for _, one in paced.of("quote") if one["symbol"] == "BEST:BTC-USD"]
        venues = {one[side] for one in best for side in ("bid_venue", "ask_venue")}
        expect(len(best) > 5 and venues - {None} <= {"left", "right"}, f"the best price: {best}")
        numbers = [one["seq"] for one in best]
        expect(numbers == sorted(set(numbers)) and numbers[-1] - numbers[0] >= len(best), f"none is folded: {numbers}")
        known, trades = {(one["symbol"], one["seq"]): one for _, one in live.of("trade")}, {}
        for at, one in came:
            expect(one["received"] <= at - DELAY * MICROS, f"{one['received'] - at} us early: {one}")
            trades.setdefault(one["symbol"], []).append(one["seq"])
            if (one["symbol"], one["seq"]) in known:
                equal(as_live(one), known[one["symbol"], one["seq"]], "a trade after coming back")
        for symbol, sequence in trades.items():
            equal(sequence, list(range(sequence[0], sequence[0] + len(sequence))), f"each once: {symbol}")


async def test_a_delay_longer_than_what_is_held_back_is_told_so(binary, tmp_path):
    auth = {"jwks_file": str(write_keys(tmp_path / "jwks.json")), "delay_memory": "1MiB"}
    with Running(binary, FEEDS, auth=auth, plans={"later": {"delay": "1s"}}) as running:
        gateway = running.gateway
        headers = bearer(token(delay_s=86_400))
        why = "delay: 86400 s of this credential are longer than this gateway holds anything back"
        async with Client(gateway, extra_headers=headers) as client:
            for channel in ("quote", "trade", "bar"):
                answer, passed = await client.ask(op="subscribe", channel=channel, symbols=["*"],
                                                  **({"interval": "1m"} if channel == "bar" else {}))
                equal((answer["type"], answer["code"], answer["message"], answer["fatal"], passed),
                      ("error", "forbidden", why, False, []), channel)
        for path in ("/v1/snapshot?channel=quote&symbols=*", "/v1/instruments", "/v1/venues",
                     "/v1/book?symbol=SIM:BTC-USD"):
            answer = gateway.public(path, headers=headers)
            equal((answer.status, json.loads(answer.body)["message"]), (403, why), path)
        # A shorter one than a lane's is that lane's.
        async with Client(gateway, extra_headers=bearer(token(delay_s=1))) as client:
            answer, _ = await client.ask(op="subscribe", channel="quote", symbols=["SIM:BTC-USD"])
            equal(answer["accepted"], ["SIM:BTC-USD"], "a delay that there is")


async def count_values(client, delay, seconds):
    """-> how many came, each of them late enough"""
    count, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        one = await client.receive(max(0.01, until - time.monotonic()))
        if one is None or one["type"] not in VALUES:
            continue
        late = time.time_ns() // 1000 - one["received"]
        expect(late >= delay * MICROS and one["delayed_s"] == delay, f"{late} us late: {one}")
        count += 1
    return count


async def test_who_gets_another_delay_learns_nothing_early_by_it(binary, tmp_path):
    auth = {"jwks_file": str(write_keys(tmp_path / "jwks.json")), "delay_memory": "1MiB"}
    plans = {"now": {}, "soon": {"delay": "1s"}, "late": {"delay": "4s"}}
    with Running(binary, FEEDS, auth=auth, plans=plans) as running:
        gateway = running.gateway

        def client(plan):
            return Client(gateway, extra_headers=bearer(token(plan=plan)))
        # From a shorter delay to a longer one it is a stream of its own.
        for plan in ("now", "soon"):
            async with client(plan) as moving:
                await moving.subscribe("quote", "*")
                await moving.send(op="auth", id=9, token=token(plan="late"))
                told = await everything(moving)
                accepted = next(i for i, one in enumerate(told) if one.get("id") == 9)
                equal((told[accepted]["type"], told[accepted + 1:]), ("authenticated", []), "the last that it is told")
                equal(moving.socket.close_code, 1012, "the close code")
        async with client("late") as late, client("soon") as soon:
            await late.subscribe("quote", "*")
            await soon.subscribe("quote", "*")
            await eventually_values(late)
            expect(await count_values(late, 4, 2), "nothing comes")
            # A shorter one without a lane of its own has the next longer one's: the same stream.
            equal((await running.reload(plans={"late": {"delay": "3s"}, "soon": {"delay": "4s"}}))["result"],
                  "applied", "the reload")
            expect(await count_values(late, 4, 3), "its stream ended")
            # And whom the operator gives a longer one is sent nothing of the shorter any more.
            await everything(soon)
            equal(soon.socket.close_code, 1012, "the close code of the other")
        async with client("soon") as soon:
            await soon.subscribe("quote", "*")
            await eventually_values(soon)
            expect(await count_values(soon, 4, 2), "nothing comes")


async def eventually_values(client):
    await client.until(lambda one: one["type"] == "quote", "a price of then", 20)


async def everything(client):
    """-> what it was told until its stream was closed"""
    told = []
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            told.append(await asyncio.wait_for(client.receive(20), 20))
    return told
