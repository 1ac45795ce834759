# SPDX-License-Identifier: Apache-2.0
"""A client of all that a fake venue has, and what it saw: above all, how old what it was shown as live
really was."""

import contextlib
import time

import pytest

import venue_words
from client import Client
from harness import Gateway, expect

A, B = "AAA-USD", "BBB-USD"
TIMES = {"idle_timeout": "20s", "reconnect_min": "100ms", "reconnect_max": "1s",
         "subscribe_ack_timeout": "2s"}
PATIENCE = 4.5  # seconds: the floor of a channel's, and what a busy machine needs to say so

every_venue = pytest.mark.parametrize("words", venue_words.ALL, ids=lambda words: words.name)
of_its_own_quotes = pytest.mark.parametrize("words", [venue_words.Binance], ids=["binance"])


class Eyes:
    """A client of everything that a venue has, and what it saw."""

    def __init__(self, client, venue):
        self.client, self.venue = client, venue
        self.statuses = {pair: [] for pair in venue.markets}  # all that came
        self.oldest = dict.fromkeys(venue.markets, 0.0)  # of the prices shown as live, in seconds
        self.counts, self.gaps, self.last = {}, [], {}

    async def see(self, message):
        kind, pair = message["type"], message.get("symbol", ":").split(":")[1]
        self.counts[kind, pair] = self.counts.get((kind, pair), 0) + 1
        self.last[kind, pair] = message
        if kind == "status":
            self.statuses[pair].append(message)
        elif kind == "gap":
            self.gaps.append(message)
        elif kind in ("quote", "book") and self.state(pair) == "live":
            bid = message["bid"] if kind == "quote" else message["bids"][0][0]
            self.oldest[pair] = max(self.oldest[pair], self.venue[pair].seconds_old(bid))

    def state(self, pair):
        return self.statuses[pair][-1]["state"] if self.statuses[pair] else None

    def always(self, pair, state):
        """Whether it was never anything else since forget()."""
        return all(one["state"] == state for one in self.statuses[pair])

    def says(self, pair, state, words=""):
        """Whether the newest status is so, `words` in its reason or note."""
        newest = self.statuses[pair][-1] if self.statuses[pair] else {}
        return newest.get("state") == state and words in newest["reason"] + newest.get("note", "")

    def was(self, pair, state, words=""):
        return any(one["state"] == state and words in one["reason"] for one in self.statuses[pair])

    async def until(self, fits, what, seconds=20):
        deadline = time.monotonic() + seconds
        while not fits():
            expect(time.monotonic() < deadline, f"not within {seconds} s: {what}; {self}")
            message = await self.client.receive(0.05)
            if message is not None:
                await self.see(message)

    async def for_(self, seconds):
        deadline = time.monotonic() + seconds
        await self.until(lambda: time.monotonic() > deadline, "time", seconds + 5)

    async def goes_on(self, pair, kind="book"):
        before = self.counts.get((kind, pair), 0)
        await self.until(lambda: self.counts.get((kind, pair), 0) > before + 3,
                         f"more of {kind} {pair}")

    def forget(self):
        for pair in self.statuses:
            self.statuses[pair] = self.statuses[pair][-1:]
            self.oldest[pair] = 0.0

    def __str__(self):
        return "; ".join(f"{pair}: " + ", ".join(
            f"{one['state']} ({one['reason'] or one.get('note', '')})" for one in every[-8:])
            for pair, every in self.statuses.items())


@contextlib.asynccontextmanager
async def watched(binary, venue, *channels, learned=0.0, **feed):
    """A gateway on this venue, and somebody who follows it; everything is live inside."""
    with Gateway.serve(binary, venue.feed(**{**TIMES, **feed})) as gateway:
        async with Client(gateway) as client:
            eyes = Eyes(client, venue)
            for channel in channels or ("quote", "book", "trade", "ticker"):
                await client.subscribe(channel, "*")
            await eyes.until(lambda: all(eyes.state(pair) == "live" for pair in venue.markets),
                             "all live")
            await eyes.for_(learned)
            eyes.forget()
            yield gateway, eyes
