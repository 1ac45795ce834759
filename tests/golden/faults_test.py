# SPDX-License-Identifier: Apache-2.0
"""Small recordings of what venues do wrong, or did, and what `tickgate replay` must make of each.

A check below names its recordings, which lie in tests/data/faults; the check's name says what is
right. Another fault is another recording and another check.
"""
import pathlib

import pytest

from golden_test import Replay

RECORDINGS = pathlib.Path(__file__).resolve().parents[1] / "data" / "faults"
TABLE = []  # a recording, flags of replay, the check


def fault(*names, flags=()):
    """The recordings of these names, without their suffix, are held to the decorated check."""
    def add(check):
        TABLE.extend(pytest.param(name, flags, check, id=f"{name}: {check.__name__}")
                     for name in names)
        return check
    return add


class Outcome(Replay):
    """A replay that went well, with what checks ask for."""

    def __init__(self, binary, name, flags):
        path = next(RECORDINGS.glob(f"{name}.ndjson*"))
        super().__init__(binary, [path, *flags])
        assert self.problem == ""

    def of(self, kind, symbol=None):
        """All ticks of this type, of all symbols or one, in their order."""
        return [tick for tick in self.ticks
                if tick["type"] == kind and symbol in (None, tick["symbol"])]

    def last(self, kind, symbol=None):
        return self.of(kind, symbol)[-1]

    def states(self, symbol=None):
        return [tick["state"] for tick in self.of("status", symbol)]

    def shown_live(self, kind, symbol):
        """What a client sees of this type as live: what comes, and what stands when it turns live."""
        seen, newest, live = [], None, False
        for tick in self.ticks:
            if tick.get("symbol") != symbol:
                continue
            if tick["type"] == "status":
                turned, live = tick["state"] == "live" and not live, tick["state"] == "live"
                if turned and newest is not None:
                    seen.append(newest)
            elif tick["type"] == kind:
                newest = tick
                if live:
                    seen.append(tick)
        return seen


@fault("18-quote-empty-side-is-zero", "r13-kraken-one-sided")
def an_empty_side_of_a_quote_is_null(replay):
    quote = replay.last("quote")
    sides = [(quote["bid"], quote["bid_size"]), (quote["ask"], quote["ask_size"])]
    assert (None, None) in sides and "0" not in quote.values(), quote


@fault("r21-binance-halted-recorded", "r10b-binance-cancel-only-recorder-order")
def what_the_venue_halts_is_never_shown_as_live(replay):
    halted = replay.last("status", "BINANCE:CCO-USDT")
    assert (halted["state"], bool(halted["reason"])) == ("halted", True)
    assert "live" not in replay.states("BINANCE:CCO-USDT")
    assert replay.states("BINANCE:OKK-USDT")[-1] == "live"


@fault("04-two-connections-one-symbol")
def a_connection_of_trades_leaves_the_books_of_another_alone(replay):
    assert replay.last("book")["bids"][0] == ["100.00", "9"]
    assert replay.states() == ["recovering", "live"]
    assert [trade["id"] for trade in replay.of("trade")] == ["1"]


@fault("22-http-of-other-path-silent")
def an_answer_that_nobody_asks_for_is_said(replay):
    assert "\nunwanted: 1\n" in replay.summary
    assert "\nunwanted http https://www.binance.com/api/v1/depth: 1\n" in replay.summary


@fault("01-binance-quote-held-back-stale-live")
def what_was_held_back_is_there_with_live(replay):
    shown = [(quote["bid"], quote["ask"])
             for quote in replay.shown_live("quote", "BINANCE:BTC-USDT")]
    assert shown == [("100.00", "101.00"), ("90.00", "91.00")]
    assert replay.states() == ["recovering", "live", "recovering", "live"]


@fault("05b-kraken-depth10-without-ack-minimal")
def the_depth_without_an_acknowledgement_is_the_least_that_fits(replay):
    assert replay.count("checksums", "failed") == 0
    assert replay.count("checksums", "verified") == 2
    assert len(replay.last("book")["bids"]) == 10


@fault("06-kraken-unreadable-trade-no-gap")
def a_trade_that_cannot_be_read_is_announced(replay):
    assert [trade["seq"] for trade in replay.of("trade")] == [1, 3]
    assert [(gap["from"], gap["to"]) for gap in replay.of("gap")] == [(2, 2)]


@fault("08-coinbase-late-trade")
def a_late_trade_is_delivered(replay):
    assert [trade["id"] for trade in replay.of("trade")] == ["11", "10"]
    assert replay.count("duplicates") == 0


@fault("10-coinbase-one-bad-item-spoils-frame")
def the_readable_items_of_a_frame_are_delivered(replay):
    assert [trade["id"] for trade in replay.of("trade")] == ["1", "2", "4", "5"]
    assert [(gap["from"], gap["to"]) for gap in replay.of("gap")] == [(3, 3)]
    assert replay.count("parse", "errors") == 1


@fault("r06-coinbase-one-bad-item")
def so_are_those_beside_an_item_without_its_price(replay):
    assert [trade["id"] for trade in replay.of("trade")] == ["10", "11", "13"]
    assert [(gap["from"], gap["to"]) for gap in replay.of("gap")] == [(3, 3)]
    assert replay.of("ticker")


@fault("13-binance-wrong-type-side-accepted")
def a_side_of_another_type_is_an_error_and_no_empty_side(replay):
    assert replay.states()[-1] == "recovering"
    assert replay.count("parse", "errors") >= 1
    assert all(book["bids"] and book["asks"] for book in replay.of("book"))


@fault("14-binance-microseconds")
def a_time_in_microseconds_is_read_as_such(replay):
    assert replay.last("trade")["time"] == 1790000000123456


@fault("15-binance-trade-id-string")
def an_id_in_quotes_is_the_id(replay):
    assert replay.last("trade")["id"] == "123456"


@fault("19-binance-crossed-bookticker")
def a_crossed_quote_is_no_quote(replay):
    assert replay.of("quote") == []
    assert replay.count("crossed", "books") >= 1


@fault("20-coinbase-year-one", "r14-kraken-times")
def a_time_that_cannot_be_one_is_null(replay):
    ticks = [tick for tick in replay.ticks if "time" in tick]
    assert ticks and all(tick["time"] is None or tick["time"] > 1230768000000000 for tick in ticks)
    assert None in [tick["time"] for tick in ticks]


@fault("17-coinbase-three-part-products")
def futures_are_served_under_a_name_of_ours(replay):
    assert len({book["symbol"] for book in replay.of("book")}) == 2


@fault("r15-coinbase-usdc-alias")
def a_recording_replays_under_the_name_that_was_configured(replay):
    assert replay.last("book", "COINBASE:AAA-USDC")["bids"] == [["10.5", "1"]]


@fault("r09-binance-beyond-snapshot")
def a_book_is_trusted_within_what_its_snapshot_covered(replay):
    best = [book["asks"][0][0] for book in replay.shown_live("book", "BINANCE:EDG-USDT")]
    assert best and set(best) == {"100.00000000"}
    assert replay.states()[-1] == "recovering"
    assert replay.last("quote")["ask"] == "103.00000000"
    assert replay.count("contradictions") == 1


@fault("r17-binance-digits", "21-binance-guess-quote")
def a_pair_is_named_though_nobody_said_how(replay):
    assert replay.count("unknown", "instruments") == 0
    assert replay.of("trade")


@fault("r11-binance-not-ascii")
def a_symbol_beyond_ascii_is_served(replay):
    symbol = "BINANCE:币安人生-USDT"
    assert [trade["price"] for trade in replay.of("trade", symbol)] == ["99.5"]
    book = replay.last("book", symbol)
    assert (book["bids"], book["asks"]) == ([["99.00000000", "1.00000000"],
                                             ["98.00000000", "1.00000000"]],
                                            [["100.00000000", "1.00000000"]])
    assert replay.states(symbol)[-1] == "live"
    assert len(replay.of("trade", "BINANCE:OKK-USDT")) == 1
    assert (replay.count("parse", "errors"), replay.count("unknown", "instruments")) == (0, 0)


@fault("r11-binance-not-ascii", flags=("--only", "*:币安人生-USDT"))
def it_can_be_asked_for_alone(replay):
    assert {tick["symbol"] for tick in replay.ticks} == {"BINANCE:币安人生-USDT"}


@pytest.mark.parametrize("name,flags,check", TABLE)
def test_fault(binary, name, flags, check):
    check(Outcome(binary, name, flags))
