# SPDX-License-Identifier: Apache-2.0
"""Somebody asks for the past of everything at once: it comes, and everybody else has their turn between
any two of its pieces."""

import asyncio
import json

import websockets

import contract
from client import Client
from harness import Gateway, equal, expect

SYMBOLS = 120
MARKET = f"- venue: simulator\n  seed: 3\n  rate: 4000\n  symbol_count: {SYMBOLS}\n"
FOLLOWED = [f"SIM:{base}-USD" for base in ("BTC", "ETH", "SOL", "XRP", "ADA", "LTC", "DOGE", "LINK")]
# Of 32 series that a client is owed at a time (gateway/fanout/bars_owed.h), twice.
MOST_IN_A_ROW = 64


async def hog(gateway, seen):
    """Asks for all, and reads as fast as it can."""
    histories = set()
    async with websockets.connect(gateway.stream_url, compression=None, max_size=2**24) as socket:
        await socket.send(json.dumps({"op": "subscribe", "id": 1, "channel": "bar", "symbols": ["SIM:*"],
                                      "interval": "1m", "history": 1000}))
        while len(histories) < SYMBOLS:
            frame = json.loads(await asyncio.wait_for(socket.recv(), 30))
            contract.check_frame(frame)
            for one in frame:
                if one["type"] == "bar_history":
                    histories.add(one["symbol"])
                    seen.append("history")


async def follow(client, seen, until):
    """Pings as often as it is answered, within what the gateway grants, and notes what comes."""
    await client.send(op="ping", id=0)
    while not until.done():
        message = await client.receive()
        expect(message is not None, "silence")
        seen.append(message["type"])
        if message["type"] == "pong":
            await asyncio.sleep(0.02)
            await client.send(op="ping", id=message["id"] + 1)


def longest_run(seen, kind):
    """The most histories in a row without one of this kind between them."""
    longest = run = 0
    for one in seen:
        run = 0 if one == kind else run + (one == "history")
        longest = max(longest, run)
    return longest


async def test_whoever_asks_for_everything_holds_up_nobody(binary):
    with Gateway.serve(binary, MARKET) as gateway:
        async with Client(gateway) as client:
            answer = await client.subscribe("quote", *FOLLOWED)
            equal(answer["accepted"], FOLLOWED, f"{answer}")
            seen = []
            asking = asyncio.ensure_future(hog(gateway, seen))
            await follow(client, seen, asking)
            await asking
        equal(gateway.metric("tickgate_bar_series_asked_total"), SYMBOLS, "series asked for, each once")
    for kind in ("pong", "quote"):
        longest = longest_run(seen, kind)
        expect(longest <= MOST_IN_A_ROW,
               f"{longest} histories without a {kind}; {seen.count(kind)} of {len(seen)} in all")
