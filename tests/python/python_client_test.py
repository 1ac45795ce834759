# SPDX-License-Identifier: Apache-2.0
"""The client against a gateway that says what the test wants: it comes back, moves over, and never shows as
live what is not."""

import asyncio
import gc
import http
import time

import pytest

from fake_gateway import FakeGateway, micros, quote, status, take, trade, until
from harness import equal, expect
from tickgate import Client, ClosedError

SYMBOL = "A:B-C"


def quick(gateway, **options):
    """Attempts follow at once, unless the test says otherwise."""
    return Client(gateway.url, **{"random": lambda: 0.0, **options})


async def live(gateway, client, *first):
    """A connection with a live symbol. -> its other end, the subscription"""
    quotes = client.quotes(SYMBOL)
    peer = await gateway.next_peer()
    await peer.accept("quote", SYMBOL, stamps=True)
    await peer.say(status(sent=micros()), quote(sent=micros()), *first)
    equal((await take(quotes)).seq, 1, "the first quote")
    expect(client.is_live(SYMBOL), client.why(SYMBOL))
    return peer, quotes


async def test_a_status_alone_makes_no_price_live():
    async with FakeGateway() as gateway, quick(gateway) as client:
        told = []
        client.on("live", lambda *words: told.append(words))
        quotes = client.quotes(SYMBOL)
        equal(client.why(SYMBOL), "no connection", "before there is one")
        peer = await gateway.next_peer()
        await peer.accept("quote", SYMBOL)
        await peer.say(status())
        await until(lambda: client.status(SYMBOL), "its status")
        equal((client.is_live(SYMBOL), client.why(SYMBOL)), (False, "no price yet"), "with a status alone")
        await peer.say(quote())
        await take(quotes)
        equal((client.is_live(SYMBOL), client.why(SYMBOL)), (True, ""), "with a price")
        await peer.say(status(state="stale", seq=2, reason="no data for 4 s"))
        await until(lambda: not client.is_live(SYMBOL), "stale")
        equal(client.why(SYMBOL), "stale: no data for 4 s", "why")
        equal(told, [(SYMBOL, False), (SYMBOL, True), (SYMBOL, False)], "what listeners were told")


async def test_after_a_cut_nothing_is_live_and_the_wanted_set_comes_back():
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, quotes = await live(gateway, client)
        client.trades("A:D-E", callback=lambda trade: None)
        await peer.accept("trade", "A:D-E")
        peer.cut()
        peer = await gateway.next_peer()
        equal((client.is_live(SYMBOL), client.latest("quote", SYMBOL)), (False, None), "an old price")
        await peer.accept("quote", SYMBOL, stamps=True)
        await peer.accept("trade", "A:D-E")
        await peer.say(status(), quote(bid="1.20", seq=9))
        equal(str((await take(quotes)).bid), "1.20", "the new price")
        expect(client.is_live(SYMBOL), client.why(SYMBOL))


async def test_trades_missed_in_a_cut_are_a_gap():
    async with FakeGateway() as gateway, quick(gateway) as client:
        trades, gaps = client.trades(SYMBOL), []
        client.on("gap", gaps.append)
        peer = await gateway.next_peer()
        await peer.accept("trade", SYMBOL)
        await peer.say(trade(41))
        peer.cut() if (await take(trades)).seq == 41 else None
        peer = await gateway.next_peer()
        await peer.accept("trade", SYMBOL, **{"from": {"epoch": "E1", "seq": {SYMBOL: 41}}})
        await peer.say(trade(45))
        gap, next_one = await take(trades), await take(trades)
        equal((gap.type, gap.from_seq, gap.to_seq, gap.reason, next_one.seq),
              ("gap", 42, 44, "reconnected", 45), "the gap")
        equal(gaps, [gap], "what listeners were told")
        await peer.close(1012)
        peer = await gateway.next_peer()
        await peer.accept("trade", SYMBOL, epoch="E2", **{"from": {"epoch": "E1", "seq": {SYMBOL: 45}}})
        await peer.say({"type": "gap", "channel": "trade", "symbol": SYMBOL, "from": 1, "to": 0,
                        "reason": "feed_restart"}, trade(1, price="9", time=2000))
        gap, next_one = await take(trades), await take(trades)
        equal((gap.from_seq, gap.reason, next_one.seq), (None, "feed_restart", 1), "another epoch")
        equal(client.trades_seen, {"epoch": "E2", "seq": {SYMBOL: 1}}, "what is seen")


async def test_another_process_goes_on_behind_what_an_earlier_one_saw():
    seen = {"epoch": "E1", "seq": {SYMBOL: 41, "A:D-E": 9, "A:X-Y": 3}}
    async with FakeGateway() as gateway, quick(gateway, resume=seen) as client:
        trades = client.trades(SYMBOL, "A:D-E")
        peer = await gateway.next_peer()
        await peer.accept("trade", SYMBOL, "A:D-E",
                          **{"from": {"epoch": "E1", "seq": {SYMBOL: 41, "A:D-E": 9}}})
        await peer.say(trade(42))
        equal((await take(trades)).seq, 42, "the next one")
        more = client.trades("*")
        request = await peer.accept("trade", "*")
        equal("from" in request, False, f"nothing is asked for twice over one connection: {more}")


@pytest.mark.parametrize("code", [1002, 1003, 1007, 4400, 4401, 4403])
async def test_a_code_that_forbids_to_come_back_ends_the_iterators(code):
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, quotes = await live(gateway, client)
        await peer.close(code, "mend it")
        with pytest.raises(ClosedError) as caught:
            await take(quotes)
        equal((caught.value.code, caught.value.reason), (code, "mend it"), "the error")
        equal((client.link.state, client.link.code), ("ended", code), "the link")
        equal(client.why(SYMBOL), "closed by the gateway: mend it", "why")
        equal(gateway.count, 1, "connections")


async def test_refusals_are_met_with_growing_delays_and_retry_after_is_heeded():
    refuse = [(http.HTTPStatus.SERVICE_UNAVAILABLE, {}, b"")] * 3 + \
        [(http.HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "1"}, b"")]
    drawn = []
    async with FakeGateway(refuse) as gateway, Client(gateway.url, random=lambda: drawn.append(1) or 0.01) as client:
        client.quotes(SYMBOL, callback=print)
        await gateway.next_peer()
        waits = [after - before for before, after in zip(gateway.attempts, gateway.attempts[1:])]
        expect(waits[3] >= 1.0, f"it came back before Retry-After: {waits}")
        expect(waits[0] >= 0.01 and waits[1] >= 0.02 and waits[2] >= 0.04, f"delays {waits}")
        equal(len(drawn), 4, "random numbers")


async def test_reconnect_does_not_wait():
    async with FakeGateway([(http.HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "60"}, b"")]) as gateway:
        async with Client(gateway.url) as client:
            await until(lambda: client.link.state == "waiting", "waiting")
            expect("HTTP 503" in client.link.reason, client.link.reason)
            client.reconnect()
            await gateway.next_peer()


async def test_at_a_drain_the_new_one_is_there_before_the_old_one_goes():
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, quotes = await live(gateway, client)
        trades = client.trades(SYMBOL)
        await peer.accept("trade", SYMBOL)
        await peer.say(trade(41, id="a", time=1), {"type": "drain", "reconnect_after_ms": 400})
        equal((await take(trades)).id, "a", "the trade before")
        new = await gateway.next_peer()
        expect(client.link.draining and client.is_live(SYMBOL), client.why(SYMBOL))
        await new.accept("quote", SYMBOL, epoch="E2")
        await new.accept("trade", SYMBOL, epoch="E2")
        await peer.say(quote(bid="1.11", seq=2))
        equal((await take(quotes)).seq, 2, "the old one goes on")
        await new.say(trade(7, id="c", time=3), status(seq=5), quote(bid="1.12", seq=3))
        equal(str((await take(quotes)).bid), "1.12", "the new one's quote")
        await peer.say(quote(bid="1.09", seq=3), trade(42, id="b", time=2), trade(43, id="c", time=3))
        equal([(await take(trades)).id for _ in range(2)], ["b", "c"], "each trade once, in order")
        await asyncio.wait_for(peer.done.wait(), 10)
        equal(peer.socket.close_code, 1000, "the client closed the old one")
        await new.say(trade(8, id="d", time=4), quote(bid="1.13", seq=4))
        equal((await take(trades)).id, "d", "after it")
        equal(str((await take(quotes)).bid), "1.13", "no quote of the old one came after the new one's")
        equal((client.epoch, client.link.state, client.link.draining, gateway.count), ("E2", "live", False, 2),
              "in the end")


async def test_a_second_gateway_that_is_not_ready_yet_greys_nothing():
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, quotes = await live(gateway, client)
        statuses = client.statuses(SYMBOL)
        await peer.accept("status", SYMBOL)
        await peer.say(status(seq=2, sent=micros()), {"type": "drain", "reconnect_after_ms": 5000})
        told = []
        client.on("live", lambda *words: told.append(words))
        new = await gateway.next_peer()
        await new.accept("quote", SYMBOL, epoch="E2")
        await new.accept("status", SYMBOL, epoch="E2")
        await new.say(status(state="down", reason="its venue is away"), quote(bid="0.90", seq=1))
        await peer.say(quote(bid="1.11", seq=2, sent=micros()))
        equal(str((await take(quotes)).bid), "1.11", "the old one's price")
        await asyncio.sleep(1.5)
        expect(client.is_live(SYMBOL) and not peer.done.is_set(), f"still the old one: {client.why(SYMBOL)}")
        await peer.close(1012)
        await until(lambda: not client.is_live(SYMBOL), "now the new one's word counts")
        equal((client.why(SYMBOL), told), ("down: its venue is away", [(SYMBOL, False)]), "why")
        equal(str((await take(quotes)).bid), "0.90", "and its price")
        while (last := await take(statuses)).state != "down":
            pass
        equal(last.reason, "its venue is away", "its state")


async def test_what_is_too_large_for_a_gateway_is_asked_in_smaller_parts():
    async with FakeGateway() as gateway, quick(gateway) as client:
        client.quotes(*(f"A:S{number:05}-USD" for number in range(900)), callback=print)
        sizes = []
        for _ in range(3):
            peer = await gateway.next_peer()
            sizes.append(len((await peer.asked())["symbols"]))
            await peer.close(1009, "message too large: at most 1024 bytes")
        expect(sizes[0] == 900 and sizes[1] < 600 and sizes[2] < 150, f"symbols at a time: {sizes}")
        peer = await gateway.next_peer()
        expect(len((await peer.asked())["symbols"]) < 40, "smaller still")
        await peer.close(1009)
        with pytest.raises(ClosedError):
            await take(client.quotes("A:B-C"))


async def test_a_drain_that_is_not_waited_for_is_a_restart():
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, quotes = await live(gateway, client)
        gateway.refuse = [(http.HTTPStatus.SERVICE_UNAVAILABLE, {}, b"")] * 3
        await peer.say({"type": "drain", "reconnect_after_ms": 100})
        await until(lambda: not gateway.refuse, "the attempts beside it")
        await peer.close(1012, "restart")
        peer = await gateway.next_peer()
        await peer.accept("quote", SYMBOL)
        await peer.say(status(), quote(seq=7))
        equal((await take(quotes)).seq, 7, "the new quote")


async def test_what_was_buffered_is_not_live():
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, quotes = await live(gateway, client)
        await peer.say(quote(seq=2, sent=micros(ago=20)))
        equal((await take(quotes)).seq, 2, "the old one is told")
        equal((client.is_live(SYMBOL), client.link.state), (False, "silent"), "buffered for 20 s")
        expect("old" in client.why(SYMBOL), client.why(SYMBOL))
        await peer.say(quote(seq=3, sent=micros()))
        await take(quotes)
        equal((client.is_live(SYMBOL), client.link.state), (True, "live"), "one of now")


async def test_a_gateway_that_says_nothing_is_left():
    async with FakeGateway() as gateway, quick(gateway, silent_after=0.6, dead_after=1.2) as client:
        peer, _ = await live(gateway, client)
        await until(lambda: client.link.state == "silent", "silent")
        expect(not client.is_live(SYMBOL) and "nothing came" in client.why(SYMBOL), client.why(SYMBOL))
        await gateway.next_peer()
        equal(client.link.code, 1006, "how the first one ended")


async def test_who_slept_asks_whether_the_connection_lives():
    skipped = [0.0]
    async with FakeGateway() as gateway:
        async with quick(gateway, clock=lambda: time.monotonic() + skipped[0]) as client:
            peer, quotes = await live(gateway, client)
            skipped[0] = 100.0  # the lid was shut
            await until(lambda: client.link.state == "silent", "nothing is live after a sleep", seconds=2)
            await peer.say(quote(seq=2, sent=micros(ago=50)))
            await take(quotes)
            expect(not client.is_live(SYMBOL), "what was sent during the sleep")
            await peer.say({"type": "heartbeat", "time": micros()})  # the clock has jumped against this one
            pinged = asyncio.ensure_future(peer.asked())  # answers pings
            await until(lambda: client.is_live(SYMBOL), "a quick answer shows that nothing waits on the way")
            pinged.cancel()
            equal(gateway.count, 1, "connections")
            skipped[0] = 200.0
            await gateway.next_peer(10)  # nobody answers this time


async def test_what_several_want_is_asked_for_once_and_told_to_each():
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, first = await live(gateway, client)
        second = client.quotes(SYMBOL, "A:D-E", interval_ms=500)
        equal((await take(second)).seq, 1, "what is known comes at once")
        await peer.accept("quote", "A:D-E", interval_ms=500)
        first.close()
        await peer.accept("quote", SYMBOL, interval_ms=500)
        second.set("A:D-E", "A:X-Y")
        equal((await peer.asked())["symbols"], [SYMBOL], "what is not wanted any more")
        await peer.accept("quote", "A:X-Y")
        equal((second.symbols, client.why(SYMBOL)), (["A:D-E", "A:X-Y"], "not subscribed"), "what is wanted")


async def test_a_subscription_that_nobody_holds_is_ended():
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, quotes = await live(gateway, client)
        del quotes
        gc.collect()
        equal((await peer.asked())["op"], "unsubscribe", "the request")
        expect(not client.wanted.wants, "nothing is wanted")


async def test_a_client_that_does_not_read_has_the_newest_quotes_and_a_gap_of_trades():
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, quotes = await live(gateway, client)
        trades = client.trades(SYMBOL)
        await peer.accept("trade", SYMBOL)
        for first in range(1, 25_000, 1000):
            await peer.say(*(trade(seq) for seq in range(first, first + 1000)))
        for seq in range(2, 500):
            await peer.say(quote(seq=seq))
        await until(lambda: client.latest("quote", SYMBOL).seq == 499, "all of it came")
        equal(len(quotes._want.sink.waiting), 1, "quotes that wait")
        gap, after = await take(trades), await take(trades)
        equal((gap.from_seq, gap.to_seq, gap.reason, after.seq), (1, 15_000, "slow_consumer", 15_001), "the gap")


async def test_faults_of_listeners_and_of_the_gateway_disturb_nothing(caplog):
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, quotes = await live(gateway, client)
        client.on("quote", lambda message: 1 / 0)
        await peer.say(quote(bid=1.5, seq=2), {"type": "weather"}, quote(seq=3), {"type": "status"})
        equal((await take(quotes)).seq, 3, "the good one")
        expect(client.is_live(SYMBOL) and gateway.count == 1, "it goes on")
        await peer.socket.send("no JSON")
        peer = await gateway.next_peer()
        expect("another protocol" in client.link.reason, client.link.reason)
    expect("a callback failed" in caplog.text and "cannot be read" in caplog.text, caplog.text)


async def test_unknown_symbols_are_said_and_asked_for_again(caplog, monkeypatch):
    monkeypatch.setattr("tickgate.connection.RETRY_UNKNOWN", 0.2)
    async with FakeGateway() as gateway, quick(gateway) as client:
        quotes, told = client.quotes("a:b-c"), []
        client.on("rejected", told.append)
        peer = await gateway.next_peer()
        request = await peer.asked()
        await peer.say({"type": "subscribed", "id": request["id"], "channel": "quote", "accepted": [], "rejected": [
            {"symbol": "a:b-c", "code": "unknown_symbol", "did_you_mean": ["A:B-C"]}], "interval_ms": 0, "epoch": "E"})
        await until(lambda: told, "the rejection")
        equal((told[0].did_you_mean, client.why("a:b-c")), (("A:B-C",), "not known here"), "what is said")
        await peer.accept("quote", "a:b-c")
        await peer.say(status("a:b-c"), quote("a:b-c"))
        await take(quotes)
        expect(client.is_live("a:b-c"), client.why("a:b-c"))
    expect("did you mean A:B-C?" in caplog.text, caplog.text)


async def test_what_is_served_no_more_is_not_live_and_asked_for_again(monkeypatch):
    monkeypatch.setattr("tickgate.connection.RETRY_UNKNOWN", 0.2)
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, quotes = await live(gateway, client)
        told = []
        client.on("rejected", told.append)
        await peer.say({**status(SYMBOL), "seq": 9, "state": "closed", "reason": "not served any more"},
                       {"type": "unsubscribed", "id": None, "channel": "quote", "accepted": [],
                        "rejected": [{"symbol": SYMBOL, "code": "unknown_symbol"}]})
        await until(lambda: told, "the rejection")
        equal((client.latest("quote", SYMBOL), client.status(SYMBOL)), (None, None), "what is known of it")
        expect(not client.is_live(SYMBOL), "it is live")
        equal(client.why(SYMBOL), "not known here", "why")
        await peer.accept("quote", SYMBOL)
        await peer.say(status(SYMBOL), quote(SYMBOL))
        await until(lambda: client.is_live(SYMBOL), "it is back")


async def test_what_has_no_room_on_one_channel_goes_on_by_another():
    async with FakeGateway() as gateway, quick(gateway) as client:
        peer, quotes = await live(gateway, client)
        told = []
        client.on("rejected", told.append)
        ended = {"type": "unsubscribed", "id": None, "accepted": [],
                 "rejected": [{"symbol": SYMBOL, "code": "too_many_symbols", "limit": 1, "plan": "basic"}]}
        await peer.say({**ended, "channel": "trade"})
        await until(lambda: told, "the rejection")
        expect(client.is_live(SYMBOL), client.why(SYMBOL))
        await peer.say({**ended, "channel": "quote"})
        await until(lambda: len(told) > 1, "the other")
        equal((client.is_live(SYMBOL), client.why(SYMBOL)), (False, "too many symbols"), "with no channel left")


async def test_a_request_that_came_too_fast_is_asked_again():
    async with FakeGateway() as gateway, quick(gateway) as client:
        client.quotes(SYMBOL, callback=print)
        peer = await gateway.next_peer()
        request = await peer.asked()
        await peer.say({"type": "error", "id": request["id"], "code": "rate_limited", "message": "too many",
                        "retry_after_ms": 51, "fatal": False})
        await peer.accept("quote", SYMBOL)


async def test_closing_ends_iterators_and_pings():
    async with FakeGateway() as gateway:
        client = quick(gateway)
        async with client:
            peer, quotes = await live(gateway, client)
            waiting, ping = asyncio.ensure_future(take(quotes)), asyncio.ensure_future(client.ping())
            await asyncio.sleep(0)
        with pytest.raises(StopAsyncIteration):
            await waiting
        with pytest.raises(ConnectionError):
            await ping
        equal((client.link.state, client.why(SYMBOL)), ("closed", "closed"), "the link")
        with pytest.raises(RuntimeError):
            client.quotes(SYMBOL)


@pytest.mark.parametrize("url", ["", "127.0.0.1:8080", "ftp://x", "ws://", "ws:///v1"])
def test_an_address_that_is_none_is_an_error_at_once(url):
    with pytest.raises(ValueError):
        Client(url)
