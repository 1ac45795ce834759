# SPDX-License-Identifier: Apache-2.0
"""The demo's drama: each of its acts, as a client sees it. Within a minute some venue has them all."""

import collections
import decimal
import json

from client import Client
from harness import Gateway, eventually, expect

ACT_SECONDS = 90  # some venue's turn comes each minute


def is_status(message, pair, state):
    return (message["type"] == "status" and message["state"] == state
            and message["symbol"].endswith(f":{pair}") and not message["symbol"].startswith("BEST:"))


def is_far_crossed(message):
    """By more than made-up venues stray from each other."""
    return (message["type"] == "quote" and message.get("crossed", False)
            and decimal.Decimal(message["bid"]) - decimal.Decimal(message["ask"]) >= 1)


def states_of(gateway):
    return collections.Counter(one["state"] for one in json.loads(gateway.public("/v1/venues").body))


class Watcher:
    """Waits for one thing after the other, and keeps what passed meanwhile."""

    def __init__(self, client):
        self.client, self.seen = client, []

    async def until(self, fits, what, seconds=ACT_SECONDS):
        message, passed = await self.client.until(fits, what, seconds)
        self.seen += [*passed, message]
        return message

    async def until_state(self, symbol, state):
        return await self.until(
            lambda message: message["type"] == "status" and message["symbol"] == symbol
            and message["state"] == state, f"{symbol} is {state}")

    def count(self, kind):
        """By the pair, of the venues alone."""
        return collections.Counter(
            message["symbol"].split(":")[1] for message in self.seen
            if message["type"] == kind and not message["symbol"].startswith("BEST:"))


async def test_each_act_is_seen_and_the_quiet_pair_is_never_taken_for_dead(binary):
    with Gateway.demo(binary, "--drama", "--venues", 3) as gateway:
        async with Client(gateway) as client:
            watcher = Watcher(client)
            await client.subscribe("status", "*")
            await client.subscribe("trade", "*")
            await client.subscribe("quote", "*:BTC-USD", "*:ETH-USD")

            halted = await watcher.until(lambda message: is_status(message, "SOL-USD", "halted"),
                                         "SOL-USD is halted somewhere")
            expect(halted["reason"] == "volatility pause", f"{halted}")
            await watcher.until_state(halted["symbol"], "live")

            silent = await watcher.until(
                lambda message: is_status(message, "ETH-USD", "stale")
                and message["reason"] == "the venue is silent", "a venue is silent")
            venue = silent["symbol"].split(":")[0].lower()
            best = [message for message in watcher.seen if message["type"] == "status"
                    and message["symbol"] == "BEST:ETH-USD"][-1]
            expect(best["state"] == "live" and f"{venue} stale" in best["reason"], f"{best}")
            await eventually(lambda: states_of(gateway) == {"live": 2, "stale": 1}, "/v1/venues says so")
            await watcher.until_state(silent["symbol"], "live")

            gap = await watcher.until(lambda message: message["type"] == "gap", "a trade is lost")
            expect(gap["symbol"].endswith(":ETH-USD") and gap["reason"] == "feed_gap", f"{gap}")
            await watcher.until(lambda message: message["type"] == "trade"
                                and message["symbol"] == gap["symbol"], "the next trade")

            crossed = await watcher.until(is_far_crossed, "BEST:BTC-USD is crossed")
            expect(crossed["bid_venue"] != crossed["ask_venue"], f"{crossed}")
            await watcher.until(lambda message: message["type"] == "quote"
                                and message["symbol"] == "BEST:BTC-USD"
                                and "crossed" not in message, "it is not any more")

        # Only the venue's silence makes it stale, and what had not come since.
        for message in watcher.seen:
            expect(not is_status(message, "XRP-USD", "stale") or "venue" in message["reason"],
                   f"the quiet pair: {message}")
        trades, quotes = watcher.count("trade"), watcher.count("quote")
        expect(trades["XRP-USD"] >= 2, f"trades: {trades}")
        expect(quotes["BTC-USD"] > 1.5 * quotes["ETH-USD"], f"quotes: {quotes}")
