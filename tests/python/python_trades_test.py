# SPDX-License-Identifier: Apache-2.0
"""Trades over several connections: each once, in order, and no hole without a word."""

import random

import pytest

from tickgate.messages import Gap, Trade
from tickgate.trades import Memory, TradeLine

SYMBOL = "A:B-C"


def trade(seq, number=None):
    """`number` is what the venue calls it; the gateway's seq counts anew in each epoch."""
    number = seq if number is None else number
    return Trade(SYMBOL, seq, 1, 1, "buy", str(number), 1000 + number, 5)


def gap(first, last, reason="feed_gap"):
    return Gap("trade", SYMBOL, first, last, reason)


def told(messages):
    return [f"{one.from_seq}-{one.to_seq} {one.reason}" if isinstance(one, Gap) else int(one.id)
            for one in messages]


def following(line, source, epoch, *messages):
    line.follow(source, epoch)
    return told([each for message in messages for each in line.take(source, message)])


def test_a_new_subscriber_has_no_past():
    assert following(TradeLine(Memory()), 1, "E", trade(7), trade(8)) == [7, 8]


def test_after_a_reconnect_the_missing_ones_are_named_or_nothing_is_missing():
    line = TradeLine(Memory())
    assert following(line, 1, "E", trade(1), trade(2)) == [1, 2]
    line.end(1)
    assert following(line, 2, "E", trade(3)) == [3]
    line.end(2)
    assert following(line, 3, "E", trade(6), trade(7)) == ["4-5 reconnected", 6, 7]


def test_the_gateway_s_own_gap_is_not_told_twice():
    line = TradeLine(Memory())
    assert following(line, 1, "E", trade(1), gap(2, 4), trade(5)) == [1, "2-4 feed_gap", 5]
    line.end(1)
    assert following(line, 2, "E", gap(4, 9), trade(10)) == ["6-9 feed_gap", 10]


def test_another_epoch_is_a_gap_of_unknown_size():
    line = TradeLine(Memory())
    following(line, 1, "E", trade(41))
    line.end(1)
    assert following(line, 2, "F", trade(1, 90), trade(2, 91)) == ["None-None feed_restart", 90, 91]


def test_what_another_gateway_holds_of_before_is_not_news():
    line = TradeLine(Memory())
    following(line, 1, "E", *(trade(seq) for seq in range(5, 11)))
    line.end(1)
    held = [gap(1, 3, "feed_restart"), *(trade(seq, seq - 2) for seq in range(4, 15))]  # from 2 on
    assert following(line, 2, "F", *held) == [11, 12]
    line.end(2)
    assert following(line, 3, "G", gap(1, 0, "feed_restart"), trade(1, 3), trade(2, 4)) == []
    assert following(line, 3, "G", trade(3, 20), trade(4, 21)) == ["None-None feed_restart", 20, 21]


def test_a_client_goes_on_where_an_earlier_process_was():
    line = TradeLine(Memory())
    line.resume("E", 41)
    assert following(line, 1, "E", gap(42, 43, "too_old"), trade(44)) == ["42-43 too_old", 44]
    line.resume("E", 44)
    line.end(1)
    assert following(line, 2, "F", gap(1, 0, "feed_restart"), trade(1, 50)) == ["None-None feed_restart", 50]


def test_who_had_seen_no_trade_yet_is_told_that_some_may_be_missing():
    line = TradeLine(Memory())
    line.follow(1, "E")
    line.end(1)
    assert following(line, 2, "E", trade(5)) == ["None-None reconnected", 5]


def test_two_gateways_are_joined_by_the_trades_themselves():
    line = TradeLine(Memory())
    assert following(line, 1, "E", trade(41, 1), trade(42, 2)) == [1, 2]
    assert following(line, 2, "F", trade(1, 3), trade(2, 4)) == [], "the old one may still bring what was before"
    assert told(line.take(1, trade(43, 3))) == [3, 4], "here they meet"
    assert told(line.take(1, trade(44, 4))) == [], "the old one is not listened to any more"
    assert told(line.take(2, trade(3, 5))) == [5]
    assert line.end(1) == []


def test_a_new_connection_that_is_behind_repeats_nothing():
    line = TradeLine(Memory())
    following(line, 1, "E", trade(41, 1), trade(42, 2), trade(43, 3))
    assert following(line, 2, "F", trade(7, 2), trade(8, 3), trade(9, 4)) == [4]


def test_where_they_never_meet_it_is_said():
    line = TradeLine(Memory())
    following(line, 1, "E", trade(41, 1))
    following(line, 2, "F", trade(1, 5), trade(2, 6))
    assert told(line.end(1)) == ["None-None feed_restart", 5, 6]
    assert following(line, 2, "F", trade(3, 7)) == [7]


def test_a_trade_that_the_new_one_brings_after_the_old_one_left_may_prove_the_join():
    line = TradeLine(Memory())
    following(line, 1, "E", trade(41, 1), trade(42, 2))
    line.follow(2, "F")
    assert line.end(1) == []
    assert following(line, 2, "F", trade(1, 2), trade(2, 3)) == [3]


def test_a_second_connection_that_dies_leaves_the_first_alone():
    line = TradeLine(Memory())
    following(line, 1, "E", trade(41, 1))
    following(line, 2, "F", trade(1, 9))
    assert line.end(2) == []
    assert following(line, 1, "E", trade(42, 2)) == [2]
    line.end(1)
    assert following(line, 3, "F", trade(4, 3)) == ["None-None feed_restart", 3]


@pytest.mark.parametrize("seed", range(200))
def test_whatever_happens_each_comes_once_in_order_and_holes_are_told(seed):
    """A market whose trades are numbered; gateways that follow it with a lag, and a client that moves."""
    drawn, line, market = random.Random(seed), TradeLine(Memory()), 0
    sources, seen, number, sure = {}, [], 0, False

    def connect():
        nonlocal number
        number += 1
        epoch = drawn.choice("EF")
        sources[number] = [epoch, market]  # it brings what comes from now on, sooner or later
        line.follow(number, epoch)

    connect()
    for _ in range(300):
        market += drawn.random() < 0.5
        if drawn.random() < 0.03 and len(sources) == 1:
            connect()
        if drawn.random() < 0.03 and len(sources) == 2 or drawn.random() < 0.01:
            seen += line.end(oldest := min(sources))
            del sources[oldest]
            if not sources:
                market += drawn.randrange(3)
                connect()
        for source, (epoch, brought) in list(sources.items()):
            while brought < market and drawn.random() < 0.6:
                brought += 1
                # Both epochs count the same market, each in its own way.
                seq = brought if epoch == "E" else brought + 1000
                seen += line.take(source, trade(seq, brought))
            sources[source][1] = brought
    last = None
    for one in seen:
        if isinstance(one, Gap):
            sure = False
            continue
        at = int(one.id)
        assert last is None or at > last, f"{at} after {last}"
        assert last is None or at == last + 1 or not sure, f"{last + 1} to {at - 1} are missing without a word"
        last, sure = at, True
    assert last is not None


def test_what_is_remembered_has_a_bound():
    memory = Memory(most=3)
    for seq in range(10):
        memory.add(trade(seq))
    assert [seq for seq in range(10) if trade(seq) in memory] == [7, 8, 9]
    assert gap(7, 8) not in memory
