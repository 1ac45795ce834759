# SPDX-License-Identifier: Apache-2.0
"""The parts that know no socket: what is asked for, what waits, what is fresh, when to come back."""

import random

import pytest

from fake_gateway import quote, trade
from tickgate import ClosedError, meaning, parse
from tickgate.closing import CODES, delay, failures_after
from tickgate.sinks import Events, Newest
from tickgate.wanted import Key, Terms, Want, Wanted, check, requests
from tickgate.watch import Watch
from tree import text as text_of

QUOTE = Terms()


def key(name, channel="quote", interval=None):
    return Key(channel, interval, name)


def want(wanted, channel, *names, interval=None, **terms):
    one = Want(channel, interval, Terms(**terms), None)
    wanted.add(one, names)
    return one


# Close codes and delays

def test_every_close_code_of_the_protocol_is_known_with_its_advice():
    rows = [line.split("|")[1:3] for line in text_of("schemas/protocol.md").splitlines()
            if line.startswith("| 1") or line.startswith("| 4")]
    told = {int(code): advice.strip() for code, advice in rows if code.strip().isdigit() and int(code) >= 1000}
    assert len(told) >= 15
    advice = {"yes": "now", "no": "never", "later": "later"}
    assert {code: meaning(code).come_back for code in told} == {code: advice[word] for code, word in told.items()}


def test_a_restart_is_followed_at_once_and_only_the_first_time():
    assert delay(1012, failures_after(1012, 0, lasted=60), 1.0) == 0
    assert failures_after(1012, 0, lasted=0.1) == 0
    assert failures_after(1012, 1, lasted=0.1) == 2
    assert delay(1012, 2, 1.0) > 0


def test_delays_double_and_are_random_from_nothing_to_all_of_it():
    assert [delay(1006, failures, 1.0) for failures in (1, 2, 3, 5, 9, 99)] == [1, 2, 4, 16, 30, 30]
    assert delay(1006, 9, 0.0) == 0
    drawn = random.Random(1)
    spread = [delay(1006, 4, drawn.random()) for _ in range(1000)]
    assert min(spread) < 0.2 and max(spread) > 7.8 and 3.5 < sum(spread) / 1000 < 4.5


def test_what_lasted_is_no_failure_but_a_full_gateway_is():
    assert failures_after(4008, 3, lasted=60) == 0
    assert failures_after(4008, 3, lasted=1) == 4
    assert failures_after(1013, 0, lasted=60) == 1


def test_an_unknown_code_is_a_lost_connection():
    assert 4999 not in CODES and meaning(4999).come_back == "later"
    assert "4400" in str(ClosedError(4400, "too many bad requests"))


# Freshness

def test_what_was_buffered_is_late_until_something_of_now_comes():
    watch = Watch(1000.0)
    watch.on_message(1001.0)
    watch.on_stamp(1001.0, 50_000_000)
    watch.on_read(1001.0)
    assert watch.is_fresh(1001.0)
    watch.on_message(1021.0)
    watch.on_stamp(1021.0, 51_000_000)  # 19 s later than its stamp explains
    watch.on_read(1021.0)
    assert not watch.is_fresh(1021.0) and watch.age == 19 and watch.current == 1001.0
    watch.on_message(1021.1)
    watch.on_stamp(1021.1, 70_000_000)
    watch.on_read(1021.1)
    assert watch.is_fresh(1021.1) and watch.current == 1021.1


def test_silence_is_not_live_and_then_dead():
    watch = Watch(0.0)
    watch.on_message(10.0)
    assert watch.is_fresh(21.9) and not watch.is_fresh(22.1)
    assert not watch.is_dead(24.9) and watch.is_dead(25.1)


def test_who_slept_shows_nothing_as_live_and_waits_two_seconds_for_a_sign():
    watch = Watch(0.0)
    watch.on_message(1.0)
    watch.on_woke(101.0)
    assert not watch.is_fresh(101.0) and not watch.is_dead(102.0) and watch.is_dead(103.1)
    watch.on_message(102.0)
    assert not watch.is_dead(103.1) and not watch.is_fresh(103.1)


def test_a_clock_that_was_set_back_makes_nothing_late_for_long():
    watch = Watch(0.0)
    watch.on_stamp(1.0, 3_600_000_000)
    watch.on_stamp(2.0, 1_000_000)  # an hour back
    assert not watch.is_fresh(2.0)
    watch.on_pong(9.0, asked=2.0)
    assert not watch.is_fresh(9.0), "seven seconds on the way prove nothing"
    watch.on_pong(9.1, asked=9.0)
    watch.on_stamp(9.2, 2_000_000)
    assert watch.is_fresh(9.2)


# What is wanted, and what is asked for

def test_what_several_want_is_joined():
    wanted = Wanted()
    first = want(wanted, "book", "A:B-C", interval_ms=500, depth=5)
    want(wanted, "book", "A:B-C", "A:D-E", interval_ms=1000, depth=10)
    assert wanted.terms()[key("A:B-C", "book")] == Terms(500, 10)
    wanted.remove(first, ["A:B-C"])
    assert wanted.terms()[key("A:B-C", "book")] == Terms(1000, 10)


def test_a_pattern_counts_for_what_it_covers():
    wanted = Wanted()
    want(wanted, "quote", "A:*", interval_ms=100)
    one = want(wanted, "quote", "A:B-C", interval_ms=1000)
    assert wanted.terms()[key("A:B-C")].interval_ms == 100
    assert len(wanted.of("quote", None, "A:B-C")) == 2 and len(wanted.of("quote", None, "A:X-Y")) == 1
    assert not wanted.of("trade", None, "A:B-C") and wanted.any("A:X-Y") and not wanted.any("B:X-Y")
    wanted.remove(one, ["A:B-C"])
    assert len(wanted.of("quote", None, "A:B-C")) == 1


def test_only_the_difference_is_asked_for():
    had = {key("A:B-C"): QUOTE, key("A:D-E"): QUOTE}
    assert requests(had, dict(had), False) == []
    assert requests(had, {key("A:B-C"): QUOTE, key("A:F-G"): QUOTE}, True) == [
        {"op": "unsubscribe", "channel": "quote", "symbols": ["A:D-E"]},
        {"op": "subscribe", "channel": "quote", "symbols": ["A:F-G"], "stamps": True}]
    assert requests(had, {**had, key("A:B-C"): Terms(100)}, False) == [
        {"op": "subscribe", "channel": "quote", "symbols": ["A:B-C"], "interval_ms": 100}]


def test_bars_of_each_interval_are_asked_for_apart_and_the_missed_ones_as_history():
    wanted = {key("A:B-C", "bar", "1m"): Terms(history=3, asked=1), key("A:B-C", "bar", "1s"): QUOTE}
    asked = requests({}, wanted, False)
    assert [(one["interval"], one.get("history")) for one in asked] == [("1m", 3), ("1s", None)]
    asked = requests({}, wanted, False, missed=60.0)
    assert [(one["interval"], one["history"]) for one in asked] == [("1m", 3), ("1s", 62)]


def test_around_patterns_all_is_asked_for_again_the_widest_first():
    had = {key("*"): Terms(1000), key("A:*"): Terms(500), key("A:B-C"): Terms(100)}
    asked = requests(had, {each: had[each] for each in (key("*"), key("A:B-C"))}, False)
    assert [(one["op"], one["symbols"], one.get("interval_ms")) for one in asked] == [
        ("unsubscribe", ["A:*"], None), ("subscribe", ["*"], 1000), ("subscribe", ["A:B-C"], 100)]


def test_no_request_is_too_long():
    wanted = {key(f"VENUE:{'X' * 30}{n}-USD"): QUOTE for n in range(5000)}
    asked = requests({}, wanted, True)
    assert sum(len(one["symbols"]) for one in asked) == 5000
    assert max(len(str(one)) for one in asked) < 50_000


@pytest.mark.parametrize("wrong", [
    ("qoute", None, 0, None, 0), ("bar", None, 0, None, 0), ("bar", "2m", 0, None, 0), ("quote", "1m", 0, None, 0),
    ("quote", None, -1, None, 0), ("book", None, 0, 26, 0), ("quote", None, 0, 5, 0), ("trade", None, 0, None, 9),
    ("quote", None, True, None, 0)])
def test_a_wrong_word_is_an_error_at_once(wrong):
    with pytest.raises(ValueError):
        check(*wrong)


# What waits for whoever iterates

def test_of_values_the_newest_waits_and_a_busy_symbol_keeps_its_turn():
    sink = Newest()
    for seq in range(1, 1000):
        sink.put(parse(quote("A:BUSY", seq=seq)))
        if seq == 1:
            sink.put(parse(quote("A:QUIET")))
    assert [(m.symbol, m.seq) for m in iter(sink.take, None)] == [("A:BUSY", 999), ("A:QUIET", 1)]


def test_trades_beyond_the_bound_become_a_gap_before_the_next():
    sink = Events("trade", most=10)
    for seq in range(1, 26):
        sink.put(parse(trade(seq)))
    first, *rest = iter(sink.take, None)
    assert (first.type, first.from_seq, first.to_seq, first.reason) == ("gap", 1, 15, "slow_consumer")
    assert [one.seq for one in rest] == list(range(16, 26))


def test_a_dropped_gap_is_still_told():
    sink = Events("trade", most=2)
    sink.put(parse({"type": "gap", "channel": "trade", "symbol": "A:B-C", "from": 1, "to": 5, "reason": "feed_gap"}))
    for seq in (6, 7, 8):
        sink.put(parse(trade(seq)))
    assert [(one.type, getattr(one, "to_seq", None)) for one in iter(sink.take, None)] == [
        ("gap", 6), ("trade", None), ("trade", None)]


def bar(start, closed, seq=1, **more):
    return parse({"type": "bar", "symbol": "A:B-C", "seq": seq, "interval": "1m", "start": start, "open": "1",
                  "high": "1", "low": "1", "close": "1", "volume": "1", "trades": None, "closed": closed, **more})


def test_every_closed_bar_waits_and_of_the_open_one_the_newest():
    sink = Events("bar")
    for one in (bar(60, False, 1), bar(60, False, 2), bar(60, True, 3), bar(120, False, 4), bar(120, False, 5),
                bar(0, False, 6, corrected=True)):
        sink.put(one)
    assert [one.seq for one in iter(sink.take, None)] == [3, 6, 5]
