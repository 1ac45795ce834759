# SPDX-License-Identifier: Apache-2.0
"""Feeds and symbols come and go while a gateway runs, as its clients and its venues see it."""

import json
import pathlib
import signal

import pytest

import venue_words
from client import Client
from harness import Gateway, equal, eventually, expect
from venue import Venue

A, B, C = "AAA-USD", "BBB-USD", "CCC-USD"
WORDS = {words.name: words for words in (venue_words.Kraken, venue_words.Coinbase, venue_words.Binance)}


def feed_of(venue, *pairs, **more):
    """The configuration of a feed that carries only these of the venue's pairs."""
    return venue.feed(**more).replace(f"symbols: [{', '.join(venue.markets)}]",
                                      f"symbols: [{', '.join(pairs)}]")


class Running:
    """A gateway whose feeds are changed. As a context manager, it runs inside."""

    def __init__(self, binary, feeds, **more):
        self.gateway = Gateway.serve(binary, feeds, **more)
        self.path = pathlib.Path(self.gateway.arguments[-1])

    def __enter__(self):
        return self.gateway.__enter__() and self

    def __exit__(self, *error):
        return self.gateway.__exit__(*error)

    def change(self, before, after):
        """Puts one text of a feed in the place of another, and says so."""
        def indented(text):
            return "".join(f"  {line}\n" for line in text.splitlines())
        text = self.path.read_text(encoding="utf-8")
        expect(indented(before) in text, f"not in the file: {before}")
        self.path.write_text(text.replace(indented(before), indented(after)), encoding="utf-8")
        self.gateway.terminate(signal.SIGHUP)

    def instruments(self):
        return {one["symbol"] for one in json.loads(self.gateway.public("/v1/instruments").body)}

    def feeds(self):
        return {one["feed"] for one in json.loads(self.gateway.admin("/v1/feeds").body)}

    def status_of(self, path, *words):
        return getattr(self.gateway, path)(*words).status


def named(venue, pair):
    """What the venue was asked of this pair."""
    spelled = venue.words.spelled(pair) if hasattr(venue.words, "spelled") else pair
    return [text for text in venue.requests if spelled.lower() in text.lower()
            or pair.replace("-", "/") in text]


def live(symbol):
    return lambda message: (message["type"], message.get("symbol"), message.get("state")) == (
        "status", symbol, "live")


def farewell(message):
    return message["type"] == "unsubscribed" and message["id"] is None


@pytest.mark.parametrize("name", list(WORDS))
async def test_symbols_come_and_go_and_no_other_is_touched(binary, name):
    with Venue(WORDS[name], A, B, C) as venue:
        before, after = feed_of(venue, A, B), feed_of(venue, B, C)
        with Running(binary, before) as running:
            a, b, c = (venue.symbol(pair) for pair in (A, B, C))
            async with Client(running.gateway) as client, Client(running.gateway) as all_of_it:
                await client.subscribe("quote", a, b)
                await all_of_it.subscribe("trade", "*")
                await client.until(live(b), "live")
                wanted = {(channel, B) for channel in ("book", "trade", "ticker")}
                await eventually(lambda: any(wanted <= peer.wanted for peer in venue.peers),
                                 "all of it is subscribed to")
                asked, connections = len(named(venue, B)), venue.connections
                running.change(before, after)
                ended, passed = await client.until(farewell, "that it ended", 20)
                equal(ended["rejected"], [{"symbol": a, "code": "unknown_symbol"}], "what ended")
                states = [one["state"] for one in passed
                          if one["type"] == "status" and one["symbol"] == a]
                equal(states[-1:], ["closed"], "the last word on it")
                await all_of_it.until(lambda one: one["type"] == "trade" and one["symbol"] == c,
                                      "the one that came, for a pattern", 20)
                rest = await client.collect(2)
                expect(all(one.get("symbol") != a for one in rest), "something followed it")
                expect(all(one["state"] == "live" for one in rest if one["type"] == "status"),
                       f"the other was disturbed: {rest}")
                expect(sum(one["type"] == "quote" for one in rest) > 10, "the other stands still")
                answer = await client.subscribe("quote", a, c)
                equal(answer["accepted"], [c], "what there is")
                equal(venue.connections, connections, "connections to the venue")
                equal(len(named(venue, B)), asked, f"requests for the other: {named(venue, B)}")
                expect(all(("quote", A) not in peer.wanted and ("book", A) not in peer.wanted
                           for peer in venue.peers), "it is still subscribed to")
                running.change(after, feed_of(venue, A, B, C))
                await eventually(lambda: a in running.instruments(), "it is back", 20)
                await client.subscribe("quote", a)
                await client.until(live(a), "live again", 20)
                await client.until(lambda one: one["type"] == "quote" and one["symbol"] == a, "a price")
            equal(running.gateway.metric("tickgate_feed_anomalies_total"), 0, "anomalies")


async def test_a_removed_symbol_is_nowhere(binary):
    with Venue(venue_words.Kraken, A, B) as venue:
        with Running(binary, venue.feed()) as running:
            gateway, symbol = running.gateway, venue.symbol(A)
            await eventually(lambda: gateway.public(f"/v1/book?symbol={symbol}").status == 200, "a book")
            running.change(venue.feed(), feed_of(venue, B))
            await eventually(lambda: symbol not in running.instruments(), "it is gone", 20)
            equal(running.status_of("public", f"/v1/book?symbol={symbol}"), 404, "/v1/book")
            equal(running.status_of("public", f"/v1/snapshot?symbols={symbol}"), 404, "/v1/snapshot")
            equal(running.status_of("admin", f"/v1/explain?symbol={symbol}"), 404, "/v1/explain")
            equal(gateway.metric("tickgate_feed_instruments"), 1, "instruments counted")


async def test_feeds_come_and_go(binary):
    with Venue(venue_words.Kraken, A) as kraken, Venue(venue_words.Coinbase, A) as coinbase:
        with Running(binary, kraken.feed()) as running:
            gateway = running.gateway
            async with Client(gateway) as client:
                await client.subscribe("quote", "*")
                running.change(kraken.feed(), kraken.feed() + coinbase.feed())
                await client.until(live(coinbase.symbol(A)), "the new one", 20)
                equal(running.feeds(), {"kraken", "coinbase"}, "/v1/feeds")
                equal(gateway.metric("tickgate_feed_connected", feed="coinbase"), 1, "it is up")
                connections = kraken.connections
                running.change(kraken.feed() + coinbase.feed(), kraken.feed())
                ended, _ = await client.until(farewell, "that it ended", 20)
                equal([one["symbol"] for one in ended["rejected"]], [coinbase.symbol(A)], "what ended")
                await eventually(lambda: not coinbase.peers, "its connection is closed")
                equal(running.feeds(), {"kraken"}, "/v1/feeds")
                equal(gateway.metric("tickgate_feed_connected", feed="coinbase"), None, "its metrics")
                equal(kraken.connections, connections, "connections of the other")
                await eventually(lambda: [one["name"] for one in json.loads(
                    gateway.public("/v1/venues").body)] == ["kraken"], "/v1/venues")


async def test_a_feed_of_which_another_key_changes_keeps_its_clients(binary):
    with Venue(venue_words.Kraken, A) as venue:
        before, after = venue.feed(), venue.feed(stale_after="5s")
        with Running(binary, before) as running:
            async with Client(running.gateway) as client:
                await client.subscribe("quote", venue.symbol(A))
                await client.until(live(venue.symbol(A)), "live")
                running.change(before, after)
                await client.until(lambda one: one["type"] == "status" and one["state"] == "down",
                                   "it is made anew", 20)
                await client.until(live(venue.symbol(A)), "live again", 20)
                rest = await client.collect(1)
                expect(any(one["type"] == "quote" for one in rest), f"no price: {rest}")
                expect(not any(farewell(one) for one in rest), "it never left")
