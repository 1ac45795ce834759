# SPDX-License-Identifier: Apache-2.0
"""Holds the bars of `tickgate replay --bars` against those made here of the captures' own lines.

The trades come from rebuild.py, which shares no code with the adapters; prices and volumes are
Python's decimals, which add without rounding and keep the larger scale.
"""
import decimal

import pytest

import rebuild
from golden_test import CAPTURES, FRAMES, Replay

LENGTHS = {"1s": 1, "1m": 60, "5m": 300, "1h": 3600, "1d": 86400}
GRACE = 1_000_000
WITH_TRADES = [pair for pair in CAPTURES if "four-symbols" not in pair[0]]
decimal.getcontext().prec = 60


class Trades(rebuild.Rebuild):
    """Only the trades, in order of arrival, and between which of them some were lost."""

    def __init__(self, gaps):
        super().__init__(25, gaps)
        self.trades = {}   # symbol -> [(time, price, size, whether trades were lost before it)]
        self.losing = set()
        self.now = 0

    def run(self, records):
        def watched():
            for record in records:
                self.now = record["time"] // 1000
                yield record
        super().run(watched())
        return self.trades

    def lose_trades(self, symbol, count):
        super().lose_trades(symbol, count)
        if count > 0 and symbol in self.trades:
            self.losing.add(symbol)

    def publish(self, channel, symbol, fields, time, record):
        super().publish(channel, symbol, fields, time, record)
        if channel != "trade":
            return
        when = record["time"] // 1000 if time is None else time
        self.trades.setdefault(symbol, []).append(
            (when, fields["price"], fields["size"], symbol in self.losing))
        self.losing.discard(symbol)


def bars_of(trades, length):
    """start -> the bar as the protocol writes it, of all that came."""
    bars = {}
    for when, price, size, _ in trades:
        bars.setdefault(when // length * length, []).append((when, price, size))
    made = {}
    first = trades[0][0] // length * length
    for start, members in bars.items():
        ordered = sorted(members, key=lambda member: member[0])  # stable: ties as they came
        prices = [decimal.Decimal(price) for _, price, _ in members]
        lost = start <= first
        for before, after in zip(trades, trades[1:]):
            low, high = sorted((before[0], after[0]))
            lost = lost or (after[3] and start <= high and start + length > low)
        volume = sum((decimal.Decimal(size) for _, _, size in members[1:]),
                     decimal.Decimal(members[0][2]))
        made[start] = {"open": ordered[0][1], "high": format(max(prices), "f"),
                       "low": format(min(prices), "f"), "close": ordered[-1][1],
                       "volume": format(volume, "f"), "trades": len(members), **({"complete": False} if lost else {})}
    return made


def check(binary, path, gaps, interval):
    got = Replay(binary, ["--bars", interval, "--gaps", gaps, path])
    assert not got.problem, got.problem
    length = LENGTHS[interval] * 1_000_000
    source = Trades(gaps)
    want = {(symbol, start): bar for symbol, trades in source.run(rebuild.read_capture(path)).items()
            for start, bar in bars_of(trades, length).items()}
    ended = (source.now - GRACE) // length * length
    last, closed, sequences = {}, set(), {}
    for bar in got.ticks:
        assert bar["type"] == "bar" and bar["interval"] == interval
        key = (bar["symbol"], bar["start"])
        # Those that are open in the end have the number of their last change.
        if bar["closed"] or bar.get("corrected"):
            assert bar["seq"] > sequences.get(bar["symbol"], 0), bar
            sequences[bar["symbol"]] = bar["seq"]
        if bar["closed"]:
            assert key not in closed, f"closed twice: {bar}"
            closed.add(key)
        assert bar.get("corrected", False) == (key in closed and not bar["closed"]), bar
        last[key] = {name: bar[name] for name in
                     ("open", "high", "low", "close", "volume", "trades", "complete")
                     if name in bar}
    assert last == want
    assert closed == {key for key in want if key[1] + length <= ended}
    assert want, "no trade at all: nothing was compared"


@pytest.mark.parametrize("interval", LENGTHS)
@pytest.mark.parametrize("name,gaps", WITH_TRADES)
def test_recorded_trades(binary, captures, name, gaps, interval):
    path = captures / f"{name}.ndjson.gz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    check(binary, path, gaps, interval)


@pytest.mark.parametrize("interval", ("1s", "1m"))
@pytest.mark.parametrize("venue", ("binance", "coinbase", "kraken"))
def test_frames_of_the_tree(binary, venue, interval):
    check(binary, FRAMES / f"{venue}.ndjson", "resync", interval)


def test_an_interval_that_is_none_is_a_mistake(binary):
    got = Replay(binary, ["--bars", "2m", FRAMES / "kraken.ndjson"])
    assert got.code == 2 and "1s, 1m, 5m, 15m, 1h, 4h or 1d" in got.summary
