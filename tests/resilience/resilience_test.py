# SPDX-License-Identifier: Apache-2.0
"""What can befall a client, one case a test; the Python and the JavaScript client live through it side by
side. In each: nothing is shown as live while it is not, it recovers by itself, no trade comes twice or is
lost without a word, and what was wanted is wanted again."""

import asyncio
import contextlib
import pathlib
import signal
import time

import pytest

import venue_words
from harness import Gateway, equal, eventually, expect, together
from node import find_node
from relay import Relay
from running import Running
from subject import PATIENCE_SECONDS, SLACK_SECONDS, Subject, commands
from tokens import OTHER as OTHER_SECRET, token, write, write_keys
from venue import Venue
from watching import TIMES, A, B

SYMBOL, OTHER = "SIM:BTC-USD", "SIM:ETH-USD"
WISHES = ('quote;{"interval_ms":100};SIM:*', f"trade;;{SYMBOL},{OTHER}", f'book;{{"depth":5}};{SYMBOL}',
          f'bar;{{"interval":"1s","history":3}};{SYMBOL}', f"ticker;;{OTHER}")
ALL = [("quote", SYMBOL), ("quote", OTHER), ("trade", SYMBOL), ("trade", OTHER), ("book", SYMBOL), ("bar", SYMBOL)]
SYMBOLS = 24
SILENCE_SECONDS = 12.0  # a client may believe so long that a gateway which says nothing is well
NOTICE_SECONDS = 3.0    # what a busy machine needs to see the end of a connection


def now():
    return time.time_ns() // 1_000_000


def demo(binary):
    return Gateway.demo(binary, "--rate", 3000)


@contextlib.asynccontextmanager
async def clients(url, *wishes, tokens=None):
    """Every client that runs here. They must end well."""
    subjects = [Subject(name) for name in commands()]
    try:
        await together(*(subject.start(url, *wishes, tokens=tokens) for subject in subjects))
        yield subjects
        await together(*(subject.end() for subject in subjects))
    finally:
        await together(*(subject.kill() for subject in subjects))


@contextlib.contextmanager
def mortal(gateway):
    """A gateway that a case may kill."""
    try:
        yield gateway.start().wait_until_ready()
    finally:
        gateway.end()


async def each(subjects, work):
    await together(*(work(subject) for subject in subjects))


async def all_well(subjects, count=SYMBOLS, keys=ALL):
    """Everything is live and moves."""
    await each(subjects, lambda one: one.until(lambda: one.all_live(count), f"{count} live"))
    await each(subjects, lambda one: one.goes_on(*keys))


def held(gateway):
    """What all clients together subscribe to, by channel."""
    return {channel: gateway.metric("tickgate_subscriptions", channel=channel)
            for channel in ("quote", "trade", "book", "ticker", "bar")}


def wanted(count, symbols):
    """What `held` must be."""
    return {channel: count * of_one for channel, of_one in
            {"quote": symbols, "trade": 2, "book": 1, "ticker": 1, "bar": 1}.items()}


def test_both_clients_take_part():
    if "javascript" not in commands():
        pytest.skip(f"the JavaScript client is left out of every case: {find_node()[1]}")


async def test_a_gateway_that_is_killed_and_started_anew(binary):
    with mortal(demo(binary)) as gateway:
        async with clients(gateway.stream_url, *WISHES) as subjects:
            await all_well(subjects)
            before = held(gateway)
            gateway.terminate(signal.SIGKILL)
            gateway.process.wait()
            died = now()
            await each(subjects, lambda one: one.until(one.none_live, "all grey"))
            for one in subjects:  # wishes change meanwhile
                one.tell(f"unsubscribe ticker;;{OTHER}")
                one.tell(f"subscribe ticker;;{SYMBOL}")
            await asyncio.sleep(1)
            back = now()
            gateway.start().wait_until_ready()
            await all_well(subjects)
            for one in subjects:
                one.not_live_between(died + NOTICE_SECONDS * 1000, back)
                one.no_trade_twice_or_lost()
                expect(any(gap["type"] == "gap" and gap["from"] is None for _, gap in one.trades[SYMBOL]),
                       f"{one.name}: no word of what was missed")
            await eventually(lambda: held(gateway) == before, "what was wanted is wanted again")
            await each(subjects, lambda one: one.goes_on(("ticker", SYMBOL)))


async def test_a_key_that_is_revoked_while_another_is_to_be_had(binary):
    running = Running(binary, [{"venue": "simulator", "seed": 42, "symbol_count": SYMBOLS, "rate": 3000}])
    folder = pathlib.Path(running.gateway.folder.name)
    keys, tokens = write_keys(folder / "keys.json"), write(folder / "token", token())
    running.config["auth"] = {"jwks_file": str(keys)}
    running.write()
    with mortal(running.gateway) as gateway:
        async with clients(gateway.stream_url, *WISHES, tokens=tokens) as subjects:
            await all_well(subjects)
            before = held(gateway)
            write(tokens, token(secret=OTHER_SECRET))
            write_keys(keys, OTHER_SECRET)
            gateway.terminate(signal.SIGHUP)
            await each(subjects, lambda one: one.until(
                lambda: any(state == "waiting" for _, state in one.links), "sent away"))
            await all_well(subjects)
            for one in subjects:
                one.no_trade_twice_or_lost()
            await eventually(lambda: held(gateway) == before, "what was wanted is wanted again")


async def test_a_drain_to_a_second_gateway(binary):
    with Venue(venue_words.Kraken, A, B) as venue:
        first, second = (Gateway.serve(binary, venue.feed(**TIMES), server="drain_delay: 1s\n") for _ in range(2))
        with mortal(first), mortal(second):
            async with Relay(first.port) as relay:
                symbols = [venue.symbol(pair) for pair in (A, B)]
                wishes = ["quote;;KRAKEN:*", f"trade;;{','.join(symbols)}", f"book;;{symbols[0]}"]
                keys = [("trade", symbols[0]), ("trade", symbols[1]), ("book", symbols[0])]
                async with clients(relay.url, *wishes) as subjects:
                    await all_well(subjects, len(symbols), keys)
                    began = now()
                    relay.target = second.port
                    first.terminate()
                    await asyncio.to_thread(first.wait_for_exit, 0)
                    await all_well(subjects, len(symbols), keys)
                    await asyncio.sleep(1)
                    for one in subjects:
                        expect(one.events.get("drain"), f"{one.name}: was not told")
                        one.never_grey(began, now() - 500)
                        for symbol in symbols:
                            equal(one.no_trade_twice_or_lost_by_id(symbol), 0, f"{one.name}: gaps of {symbol}")
                    equal(held(second)["trade"], 2 * len(subjects), "trades wanted of the second")


async def test_a_gateway_that_is_frozen(binary):
    with mortal(demo(binary)) as gateway:
        async with clients(gateway.stream_url, *WISHES) as subjects:
            await all_well(subjects)
            gateway.terminate(signal.SIGSTOP)
            froze = now()
            try:
                await each(subjects, lambda one: one.until(one.none_live, "all grey", SILENCE_SECONDS + NOTICE_SECONDS))
            finally:
                gateway.terminate(signal.SIGCONT)
            woke = now()
            expect(woke - froze > 10_000, "they were grey before they could know")
            await all_well(subjects)
            for one in subjects:
                one.no_trade_twice_or_lost()
            await eventually(lambda: held(gateway) == wanted(len(subjects), SYMBOLS), f"wanted: {held(gateway)}", 25)


def gaps_of(one):
    return [gap for _, gap in one.trades[SYMBOL] if gap["type"] == "gap"]


async def test_a_network_that_swallows_in_silence(binary):
    with mortal(demo(binary)) as gateway:
        async with Relay(gateway.port) as relay, clients(relay.url, *WISHES) as subjects:
            await all_well(subjects)
            relay.swallow()
            since = now()
            await each(subjects, lambda one: one.until(one.none_live, "all grey", SILENCE_SECONDS + NOTICE_SECONDS))
            await all_well(subjects)
            expect(now() - since > 14_000, "left before heartbeats were due")
            equal(relay.accepted, 2 * len(subjects), "connections: one more each")
            for one in subjects:
                one.no_trade_twice_or_lost()
                # Of so long a silence more are missed, perhaps, than are held.
                expect(all(gap["reason"] == "too_old" and gap["from"] <= gap["to"] for gap in gaps_of(one)),
                       f"{one.name}: {gaps_of(one)}")


async def test_a_network_that_is_cut_for_a_while(binary):
    with mortal(demo(binary)) as gateway:
        async with Relay(gateway.port) as relay, clients(relay.url, *WISHES) as subjects:
            await all_well(subjects)
            relay.closed = True
            relay.cut()
            cut = now()
            await each(subjects, lambda one: one.until(one.none_live, "all grey"))
            await asyncio.sleep(2)
            back, relay.closed = now(), False
            await all_well(subjects)
            for one in subjects:
                one.not_live_between(cut + NOTICE_SECONDS * 1000 / 2, back)
                one.no_trade_twice_or_lost()
                equal(gaps_of(one), [], f"{one.name}: the missed ones are still held")
            await eventually(lambda: held(gateway) == wanted(len(subjects), SYMBOLS), f"wanted: {held(gateway)}")


async def test_a_network_that_stalls_and_then_brings_all_of_it(binary):
    with mortal(demo(binary)) as gateway:
        async with Relay(gateway.port) as relay, clients(relay.url, *WISHES) as subjects:
            await all_well(subjects)
            for one in subjects:
                one.oldest_seen = 0.0
            relay.stalled = True
            await asyncio.sleep(8)
            relay.stalled = False
            await all_well(subjects)
            for one in subjects:
                expect(one.oldest_seen > PATIENCE_SECONDS, f"{one.name}: nothing old came: {one.oldest_seen}")
                one.no_trade_twice_or_lost()  # that no old price was shown as live is asked at the end
            equal(relay.accepted, len(subjects), "connections: it was well to wait")


async def test_a_network_that_is_far_too_slow(binary):
    with mortal(demo(binary)) as gateway:
        async with Relay(gateway.port) as relay, clients(relay.url, *WISHES) as subjects:
            await all_well(subjects)
            relay.rate = 12_000  # about a quarter of what they asked for
            await each(subjects, lambda one: one.until(lambda: one.oldest_seen > PATIENCE_SECONDS + SLACK_SECONDS,
                                                       "what comes is old"))
            await each(subjects, lambda one: one.until(one.none_live, "all grey"))
            relay.rate = None
            await all_well(subjects)
            for one in subjects:
                one.no_trade_twice_or_lost()
            await eventually(lambda: held(gateway) == wanted(len(subjects), SYMBOLS), f"wanted: {held(gateway)}", 25)


async def test_thousands_of_symbols_and_a_restart(binary):
    many = 4000
    names = [f"SIM:S{number:04}-USD" for number in range(many)]
    with mortal(Gateway.demo(binary, "--symbols", many, "--names", "generated", "--rate", 6000)) as gateway:
        wishes = [f'quote;{{"interval_ms":1000}};{",".join(names)}']  # this market has no trades
        async with clients(gateway.stream_url, *wishes) as subjects:
            await all_well(subjects, many, [("quote", names[0])])
            before = held(gateway)
            expect(before["quote"] == many * len(subjects), f"{before}")
            gateway.terminate(signal.SIGKILL)
            gateway.process.wait()
            await each(subjects, lambda one: one.until(one.none_live, "all grey"))
            gateway.start().wait_until_ready()
            await all_well(subjects, many, [("quote", names[0]), ("quote", names[-1])])
            await eventually(lambda: held(gateway) == before, "what was wanted is wanted again")


async def test_a_market_that_goes_stale(binary):
    with Venue(venue_words.Kraken, A, B) as venue, mortal(Gateway.serve(binary, venue.feed(**TIMES))) as gateway:
        symbols = [venue.symbol(pair) for pair in (A, B)]
        keys = [("quote", symbols[0]), ("trade", symbols[0]), ("quote", symbols[1])]
        async with clients(gateway.stream_url, "quote;;*", f"trade;;{symbols[0]}") as subjects:
            await all_well(subjects, 2, keys)
            venue.FROZEN.add(1)
            await each(subjects, lambda one: one.until(one.none_live, "all grey", 15))
            grey = now()
            for one in subjects:
                one.tell(f"why {symbols[0]}")
                await one.until(lambda one=one: "why" in one.events, "why")
                why = one.events["why"][0]["why"]
                expect(why.startswith(("stale", "down")) and len(why) > 8, f"{one.name}: why: {why!r}")
            await asyncio.sleep(1)
            thaw = now()
            venue.FROZEN.clear()
            await all_well(subjects, 2, keys)
            for one in subjects:
                one.not_live_between(grey, thaw)
                one.no_trade_twice_or_lost()
                equal([state for _, state in one.links][-1], "live", f"{one.name}: the link had nothing to do with it")
                for pair, symbol in zip((A, B), symbols):
                    bid = one.last["quote", symbol]["bid"]
                    expect(venue[pair].seconds_old(bid) < PATIENCE_SECONDS, f"{one.name}: an old price: {bid}")
