# SPDX-License-Identifier: Apache-2.0
"""A client that is killed at random and comes back misses no trade that the gateway still holds, and gets none
twice."""

import asyncio
import json
import pathlib
import sys

import pytest

from harness import Gateway, eventually, expect
from tickgate import Client

HERE = pathlib.Path(__file__).resolve().parent
FEED = "- venue: simulator\n  seed: 11\n  symbol_count: 4\n  rate: 2000\n"
KEPT, TIMES = 64, 100


def start(binary):
    return Gateway.serve(binary, FEED, limits=f"trades_kept: {KEPT}\n")


async def restarted(url, path, symbols):
    program = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "restarts.py"), url, str(path), "7", str(TIMES), *symbols,
        stdout=asyncio.subprocess.PIPE)
    words, _ = await program.communicate()
    expect(words.strip() == b"done" and program.returncode == 0, f"{words} {program.returncode}")


def held_against(lines, record, symbol):
    """-> how many of its trades came, how many were too old"""
    own = [one for one in lines if one["symbol"] == symbol]
    following, came, old = own[0]["from"], 0, 0
    for one in own:
        expect(one["from"] == following, f"{symbol}: {following} was due, and then {one}")
        expect(one["reason"] in (None, "too_old"), f"{one}")
        count = one["to"] - one["from"] + 1
        came, old = (came + 1, old) if one["reason"] is None else (came, old + count)
        following = one["to"] + 1
    expect(record >= {one["from"] for one in own if one["reason"] is None}, f"{symbol}: what nobody else saw")
    return came, old


@pytest.mark.takes(120)
async def test_who_is_killed_a_hundred_times_misses_nothing_that_was_held(gateway, tmp_path):
    url, path = f"ws://127.0.0.1:{gateway.port}", tmp_path / "seen"
    records, gaps = {}, []
    async with Client(url) as other:
        other.on("gap", gaps.append)
        subscription = other.trades("*", callback=lambda one: records.setdefault(one.symbol, set()).add(
            getattr(one, "seq", None)))
        await eventually(lambda: len(records) == 4, "trades of each", 20)
        symbols = sorted(records)
        await restarted(url, path, symbols)
        lines = [json.loads(line) for line in path.read_bytes().splitlines()]
        newest = {one["symbol"]: one["to"] for one in lines}
        await eventually(lambda: all(max(records[name]) >= newest[name] for name in symbols), "the other", 20)
    expect(subscription and not gaps and len({one["epoch"] for one in lines}) == 1, f"{gaps}")
    sums = [held_against(lines, records[symbol], symbol) for symbol in symbols]
    expect(all(came > TIMES for came, _ in sums), f"(came, too old) of each: {sums}")
    expect(any(old > 0 for _, old in sums), f"nothing was too old: {sums}")
    expect(gateway.metric("tickgate_trades_resumed_total") > TIMES, "resumed")
    expect(gateway.metric("tickgate_trade_bytes_kept") > 4 * KEPT * 100, "kept")
