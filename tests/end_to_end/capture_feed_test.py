# SPDX-License-Identifier: Apache-2.0
"""`serve` with feeds that read captures: clients see what an independent rebuild says is in them."""

import decimal

import pytest

import rebuild
from client import Client
from harness import Gateway, HERE, equal, expect

FRAMES = HERE.parent / "golden" / "frames"
VENUES = ("binance", "coinbase", "kraken")
CHANNELS = ("quote", "book", "trade", "ticker")
# Our own counting and clock: not in the capture.
OURS = ("seq", "received")


def feeds(loop):
    return "".join(f"- venue: {venue}\n  capture: {FRAMES / venue}.ndjson\n  stale_after: 1s\n"
                   f"  loop: {'true' if loop else 'false'}\n" for venue in VENUES)


def serving(binary, text):
    """A gateway with these feeds. It need not be ready: a capture may end before all are live."""
    gateway = Gateway.serve(binary, text)
    gateway.ready_path = "/livez"
    return gateway


def content(tick):
    return {key: value for key, value in tick.items() if key not in OURS}


def rebuilt(path):
    """(channel, symbol) -> the ticks of the capture, in order, without sequence and receive time"""
    result = rebuild.Rebuild(25, "resync")
    result.run(rebuild.read_capture(path))
    found = {}
    for tick in result.ticks:
        found.setdefault((tick["type"], tick["symbol"]), []).append(content(tick))
    return found


def all_frames():
    found = {}
    for venue in VENUES:
        found.update(rebuilt(FRAMES / f"{venue}.ndjson"))
    return found


async def subscribe_all(client):
    for channel in CHANNELS:
        await client.send(op="subscribe", id=channel, channel=channel, symbols=["*"])


async def test_a_loop_shows_each_venues_values_and_its_states(binary):
    want = all_frames()
    with serving(binary, feeds(loop=True)) as gateway:
        async with Client(gateway) as client:
            await subscribe_all(client)
            found = await client.collect(9)  # a round takes three seconds
    states, seen = {}, set()
    for message in found:
        key = (message["type"], message.get("symbol"))
        if key[0] == "status":
            states.setdefault(key[1], []).append(message["state"])
        elif key[0] in CHANNELS:
            expect(content(message) in want.get(key, []), f"not in the capture: {message}")
            seen.add(key)
    equal(seen ^ set(want), set(), "channels and symbols seen, or not")
    for symbol in sorted({symbol for _, symbol in want}):
        history = states.get(symbol, [])
        expect("down" in history and "live" in history[history.index("down"):],
               f"{symbol} went down at the end of the capture and lived again: {history}")
    # What was live and is not trusted any more; before its first book each is recovering too.
    broken = {symbol for symbol, history in states.items()
              if ("live", "recovering") in zip(history, history[1:])}
    equal(broken - {"COINBASE:ETH-USD"}, {"KRAKEN:BTC-USD", "BINANCE:BTC-USDT"},
          f"symbols with a gap of their own, of {states}")


async def test_at_the_end_the_last_values_stand_and_nothing_is_live(binary):
    want = all_frames()
    with serving(binary, feeds(loop=False)) as gateway:
        async with Client(gateway) as client:
            await subscribe_all(client)
            last, states = {}, {}
            for message in await client.collect(8):
                key = (message["type"], message.get("symbol"))
                if key[0] == "status":
                    # Of what came too seldom nobody knows for a minute whether it is silent.
                    unknown = message.get("note") == "rhythm not known yet"
                    states[key[1]] = "unknown" if unknown else message["state"]
                elif key[0] in CHANNELS:
                    last[key] = content(message)
        for key, ticks in want.items():
            equal(last.get(key), ticks[-1], f"last value of {key}")
        expect(set(states.values()) <= {"stale", "down", "unknown"} and "stale" in states.values(),
               f"states at the end: {states}")
        async with Client(gateway) as late:  # who comes now sees the same
            await subscribe_all(late)
            again = {(message["type"], message["symbol"]): content(message)
                     for message in await late.collect(1) if message["type"] in ("quote", "book")}
        for key, value in again.items():
            equal(value, last[key], f"{key} for a late client")


def bars_of(trades):
    """start in seconds -> [open, high, low, close, volume, trades], by the times of the trades"""
    bars = {}
    for one in sorted(trades, key=lambda trade: trade["time"]):
        price, size = decimal.Decimal(one["price"]), decimal.Decimal(one["size"])
        bar = bars.setdefault(one["time"] // 10**6, [price, price, price, price, 0, 0])
        bar[1:] = [max(bar[1], price), min(bar[2], price), price, bar[4] + size, bar[5] + 1]
    return bars


async def test_bars_end_when_they_ended_in_the_capture(binary):
    """Years ago; and each once, whole, with nothing to correct."""
    text = "".join(f"- venue: {venue}\n  capture: {FRAMES / venue}.ndjson\n" for venue in VENUES)
    trades, seen, ends = {}, {}, []
    for (kind, symbol), ticks in all_frames().items():
        if kind == "trade":
            trades[symbol] = ticks
    with serving(binary, text) as gateway:
        async with Client(gateway) as client:
            await client.subscribe("bar", "*", interval="1s", history=1000)
            for message in await client.collect(8):
                if message["type"] == "bar_history":
                    for row in message["bars"]:
                        seen[message["symbol"], row[0] // 10**6] = row[1:]
                elif message["type"] == "bar":
                    expect("corrected" not in message, f"{message}")
                    key = (message["symbol"], message["start"] // 10**6)
                    seen[key] = [message[name] for name in
                                 ("open", "high", "low", "close", "volume", "trades")]
                    if message["closed"]:
                        ends.append(key)
    expect(ends and len(ends) == len(set(ends)), f"each end once: {ends}")
    want = {(symbol, start): bar for symbol, ticks in trades.items()
            for start, bar in bars_of(ticks).items()}
    equal({key: [decimal.Decimal(text) for text in bar] for key, bar in seen.items()}, want, "bars")


async def test_real_traffic_is_served_digit_for_digit(binary, captures):
    path = captures / "binance-btcusdt-20240808.ndjson.gz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    want = rebuilt(path)
    feed = f"- venue: binance\n  capture: {path}\n  speed: 5\n"
    with serving(binary, feed) as gateway:
        async with Client(gateway) as client:
            await subscribe_all(client)
            found = await client.collect(6)
    texts = {key: {str(tick) for tick in ticks} for key, ticks in want.items()}
    counts = dict.fromkeys(CHANNELS, 0)
    for message in found:
        kind = message["type"]
        if kind in CHANNELS:
            counts[kind] += 1
            key = (kind, message["symbol"])
            ordered = {name: message[name] for name in want[key][0]} if key in want else {}
            expect(str(ordered) in texts.get(key, ()), f"not in the capture: {message}")
    expect(min(counts[kind] for kind in ("quote", "book", "trade")) > 50, f"updates: {counts}")


@pytest.mark.parametrize("symbols", ("", "  symbols: [BTC-USD]\n"), ids=("all", "named"))
async def test_a_connection_of_trades_leaves_the_books_of_another_alone(binary, symbols):
    path = HERE.parent / "data" / "faults" / "04-two-connections-one-symbol.ndjson"
    feed = f"- venue: coinbase\n  capture: {path}\n  stale_after: 60s\n{symbols}"
    with serving(binary, feed) as gateway:
        async with Client(gateway) as client:
            await subscribe_all(client)
            found = await client.collect(2)
    books = [message for message in found if message["type"] == "book"]
    expect(books and books[-1]["bids"][0] == ["100.00", "9"], f"books: {books}")
    states = [message["state"] for message in found if message["type"] == "status"]
    equal(states[-1], "live", f"of {states}")


def fault(name, symbols=""):
    path = HERE.parent / "data" / "faults" / f"{name}.ndjson"
    listed = f"  symbols: [{symbols}]\n" if symbols else ""
    return f"- venue: coinbase\n  capture: {path}\n  stale_after: 60s\n{listed}"


@pytest.mark.parametrize("name,configured,symbol,bid", (
    ("r19-coinbase-usdt-usdc", "USDT-USDC", "COINBASE:USDT-USDC", ["1.0004", "5"]),
    ("r15-coinbase-usdc-alias", "", "COINBASE:AAA-USDC", ["10.5", "1"]),
), ids=("a product of its own", "as it was asked for"))
async def test_a_symbol_is_the_one_that_was_meant(binary, name, configured, symbol, bid):
    with serving(binary, fault(name, configured)) as gateway:
        async with Client(gateway) as client:
            await subscribe_all(client)
            book, _ = await client.until(lambda one: one["type"] == "book", "the book")
        equal((book["symbol"], book["bids"][0]), (symbol, bid), "the book")
        expect(gateway.metric("tickgate_feed_venue_age_seconds", feed="coinbase") is None,
               "nobody measures how old a capture is, and the metric says nothing")
