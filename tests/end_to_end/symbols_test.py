# SPDX-License-Identifier: Apache-2.0
"""Symbols beyond ASCII, from the configuration over the venue's words to the client's."""

import json
from urllib.parse import quote

import pytest

import venue_words
from client import Client
from harness import Gateway, equal, expect
from venue import Venue
from watching import TIMES

PLAIN, CHINESE, MIXED = "OKK-USDT", "币安人生-USDT", "É🚀-人民币"


class Escaping(venue_words.Binance):
    """As a venue writes that knows ASCII only: "\\u5e01" (json.dumps does)."""


class Binance(venue_words.Binance):
    """As Binance itself does, which escapes nothing."""

    def wrapped(self, *market):
        return json.dumps(json.loads(super().wrapped(*market)), ensure_ascii=False)

    def fetched(self, venue, url):
        return json.dumps(json.loads(super().fetched(venue, url)), ensure_ascii=False)


@pytest.mark.parametrize("words", [Binance, Escaping, venue_words.Coinbase, venue_words.Kraken],
                         ids=lambda words: words.__name__.lower())
async def test_a_symbol_beyond_ascii_is_served(binary, words):
    with Venue(words, PLAIN, CHINESE, MIXED) as venue:
        with Gateway.serve(binary, venue.feed(**TIMES)) as gateway:
            plain, chinese, mixed = (venue.symbol(pair) for pair in (PLAIN, CHINESE, MIXED))
            async with Client(gateway) as client:
                await client.subscribe("trade", plain, chinese)
                ack = await client.subscribe("book", chinese, f"*:{MIXED}", "SIM:币\u200b-USD")
                equal(ack["accepted"], [chinese, mixed], "accepted")
                equal(ack["rejected"], [{"symbol": "SIM:币\u200b-USD", "code": "unknown_symbol"}],
                      "rejected")
                for symbol, kind in ((chinese, "book"), (mixed, "book"), (chinese, "trade")):
                    await client.until(
                        lambda one: one["type"] == kind and one["symbol"] == symbol,  # noqa: B023
                        f"{kind} of {symbol}")
            check_http(gateway, chinese, mixed)
        for path in venue.paths:
            expect(path.isascii(), f"asked for {path}")


def check_http(gateway, chinese, mixed):
    answer = gateway.public(f"/v1/snapshot?channel=book&symbols={quote(chinese)},{quote(mixed)}")
    shown = json.loads(answer.body.decode())
    equal([(one["type"], one["symbol"]) for one in shown],
          [(kind, symbol) for symbol in (chinese, mixed) for kind in ("status", "book")], "snapshot")
    answer = gateway.public(f"/v1/book?symbol={quote(chinese, safe='')}&depth=3")
    equal(json.loads(answer.body.decode())["symbol"], chinese, "book")
    listed = {one["symbol"]: one for one in json.loads(gateway.public("/v1/instruments").body)}
    equal((listed[mixed]["base"], listed[mixed]["quote"]), ("É🚀", "人民币"), "listed")
    equal(gateway.public("/v1/snapshot?symbols=%E5%B8").status, 400, "not UTF-8")
    unknown = gateway.public(f"/v1/snapshot?symbols=SIM:{quote('币' * 40)}")
    equal((unknown.status, json.loads(unknown.body.decode())["code"]), (404, "unknown_symbol"),
          "too long to be a symbol")
