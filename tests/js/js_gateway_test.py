# SPDX-License-Identifier: Apache-2.0
"""The JavaScript client against a running gateway: what it prints as `driver.mjs`, and /client.js."""

import asyncio
import contextlib
import gzip
import json
import os
import signal

from certificate import authority_and_client, self_signed
from harness import ROOT, Gateway, equal, expect
from js_test import HERE
from node import node
from running import Running

SECONDS = 20
SYMBOL = "SIM:BTC-USD"


def start(binary):
    return Gateway.demo(binary, "--symbols", 24)


class Driver:
    """`async with Driver(gateway, "quote;;SIM:*") as driver`, then until(...) and say(...)."""

    def __init__(self, gateway, *subscriptions, tls=None):
        """`tls`: the files of ca, cert and key."""
        url = gateway.stream_url if tls is None else gateway.stream_url.replace("ws:", "wss:")
        self.words = [node(), str(HERE / "driver.mjs"), url, *subscriptions]
        self.environment = {**os.environ, "TICKGATE_TLS": json.dumps(tls or {}, default=str)}
        self.events = []

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            *self.words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
            env=self.environment)
        return self

    async def __aexit__(self, kind, error, trace):
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")

    async def until(self, fits, what, seconds=SECONDS):
        async def read():
            while line := await self.process.stdout.readline():
                self.events.append(json.loads(line))
                if fits(self.events[-1]):
                    return self.events[-1]
            expect(False, f"it ended before: {what}")
        try:
            return await asyncio.wait_for(read(), seconds)
        except asyncio.TimeoutError:
            expect(False, f"not within {seconds} s: {what}; last {self.events[-3:]}")

    async def live(self, symbol=SYMBOL, live=True, seconds=SECONDS):
        return await self.until(lambda one: one["event"] == "live" and one["symbol"] == symbol and one["live"] == live,
                                f"{symbol} {'live' if live else 'not live'}", seconds)

    async def close(self):
        self.say("close")
        await self.until(lambda one: one["event"] == "closed", "its last word")
        equal(await self.process.wait(), 0, "exit code")


def message(kind, symbol=SYMBOL):
    return lambda one: one["event"] == "message" and (one["message"]["type"], one["message"]["symbol"]) == (kind, symbol)


def messages(driver, kind, symbol=SYMBOL):
    return [one["message"] for one in driver.events if message(kind, symbol)(one)]


async def test_every_channel_comes_and_prices_are_strings(gateway):
    bars = '{"interval":"1s","history":3}'
    wishes = ["quote;;*", f"trade;;{SYMBOL}", f'book;{{"depth":3}};{SYMBOL}', f"ticker;;{SYMBOL}", f"bar;{bars};{SYMBOL}",
              "quote;;NO:SUCH-ONE"]
    async with Driver(gateway, *wishes) as driver:
        kinds = {"status", "quote", "trade", "book", "ticker", "bar_history", "the end of a bar"}

        def last(one):
            if one["event"] == "message" and one["message"]["symbol"] == SYMBOL:
                kinds.discard("the end of a bar" if one["message"].get("closed") else one["message"]["type"])
            return not kinds
        await driver.until(last, "one of each kind")
        driver.say("ping")
        pong = await driver.until(lambda one: one["event"] == "pong", "a pong")
        expect(pong["ms"] is not None and pong["ms"] >= 0, f"{pong}")
        rejected = [one["message"] for one in driver.events if one["event"] == "rejected"]
        equal([(one["symbol"], one["code"]) for one in rejected], [("NO:SUCH-ONE", "unknown_symbol")], "rejected")
        expect(len(messages(driver, "book")[0]["bids"]) == 3, "three levels a side")
        quotes = messages(driver, "quote")
        expect(all(isinstance(one["bid"], str) and "sent" in one for one in quotes), "strings, and stamps")
        equal([one["seq"] for one in quotes], sorted({one["seq"] for one in quotes}), "the order of quotes")
        trades = [one["seq"] for one in messages(driver, "trade")]
        equal(trades, list(range(trades[0], trades[0] + len(trades))), "trades")
        await driver.close()


async def test_a_client_certificate_is_a_credential(binary, tmp_path):
    certificate, key = self_signed(tmp_path, "one")
    authority, mine, my_key = authority_and_client(tmp_path, "desk-7")
    tls = {"certificate": str(certificate), "key": str(key), "client_ca": str(authority)}
    with Running(binary, server={"tls": tls}, auth={"certificates": ["CN=desk-7 as basic"]},
                 plans={"basic": {"symbols": [SYMBOL]}}) as running:
        shown = {"ca": certificate, "cert": mine, "key": my_key}
        async with Driver(running.gateway, f"quote;;{SYMBOL}", tls=shown) as driver:
            await driver.live()
            await driver.close()


async def test_a_killed_gateway_is_survived(binary):
    with Gateway.demo(binary) as gateway:
        async with Driver(gateway, f"quote;;{SYMBOL}", f"trade;;{SYMBOL}") as driver:
            await driver.live()
            await driver.until(message("trade"), "a trade")
            gateway.process.kill()
            gateway.process.wait()
            await driver.live(live=False)
            await driver.until(lambda one: one["event"] == "link" and one["link"]["state"] == "waiting"
                               and one["link"]["attempts"] > 0, "an attempt that failed")
            gateway.start().wait_until_ready()
            await driver.live(seconds=45)
            gap = await driver.until(lambda one: one["event"] == "gap", "a gap before the next trade")
            equal((gap["message"]["from"], gap["message"]["reason"]), (None, "feed_restart"), "the gap")
            await driver.close()


async def test_a_gateway_that_stands_still_is_not_live_and_one_that_goes_on_is(binary):
    with Gateway.demo(binary) as gateway:
        async with Driver(gateway, f"quote;;{SYMBOL}") as driver:
            await driver.live()
            gateway.process.send_signal(signal.SIGSTOP)
            try:
                await driver.live(live=False, seconds=30)
            finally:
                gateway.process.send_signal(signal.SIGCONT)
            await driver.live(seconds=45)
            await driver.close()


async def test_a_restart_is_come_back_from_at_once(binary):
    with Gateway.demo(binary) as gateway:
        async with Driver(gateway, f"quote;;{SYMBOL}") as driver:
            await driver.live()
            gateway.terminate()
            drain = await driver.until(lambda one: one["event"] == "drain", "a drain")
            expect(drain["message"]["reconnect_after_ms"] > 0, f"{drain}")
            await driver.until(lambda one: one["event"] == "link" and one["link"]["code"] == 1012, "the close")
            gateway.wait_for_exit(0)
            gateway.start().wait_until_ready()
            await driver.live(seconds=45)
            await driver.close()


class Address:
    """One address before several gateways: new connections go to the one named last."""

    def __init__(self, gateway):
        self.gateway = gateway

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.relay, "127.0.0.1", 0)
        self.stream_url = f"ws://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/v1/stream"
        return self

    async def __aexit__(self, kind, error, trace):
        self.server.close()

    async def relay(self, reader, writer):
        async def pump(source, sink):
            with contextlib.suppress(OSError):
                while data := await source.read(1 << 16):
                    sink.write(data)
                    await sink.drain()
            sink.close()
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self.gateway.port)
            await asyncio.gather(pump(reader, back), pump(there, writer))


async def test_a_drain_to_another_gateway_leaves_nothing_grey(binary):
    with Gateway.demo(binary) as second:
        first = Gateway.demo(binary)
        with first:
            async with Address(first) as address, Driver(address, "quote;;*", f"book;;{SYMBOL}", f"trade;;{SYMBOL}") as driver:
                await driver.live()
                await driver.until(message("trade"), "a trade")
                address.gateway = second
                first.terminate()
                await driver.until(lambda one: one["event"] == "link" and one["link"]["draining"], "a drain")
                begun = len(driver.events)
                await driver.until(lambda one: one["event"] == "link" and not one["link"]["draining"], "the other gateway")
                await driver.until(message("trade"), "a trade of the other")
                first.wait_for_exit(0)
                driver.say("ping")
                await driver.until(lambda one: one["event"] == "pong" and one["ms"] is not None, "a pong")
                grey = [one for one in driver.events if one["event"] == "live" and not one["live"]]
                equal(grey, [], "what was not live meanwhile")
                links = {one["link"]["state"] for one in driver.events[begun:] if one["event"] == "link"}
                equal(links, {"live"}, "states of the link")
                epochs = {one["epoch"] for one in driver.events if message("quote")(one)}
                expect(len(epochs) == 2, "quotes of both gateways")
                await driver.close()


async def test_thousands_of_symbols(binary):
    with Gateway.demo(binary, "--symbols", 4000, "--rate", 100, "--names", "generated") as gateway:
        answer = json.loads(gateway.public("/v1/instruments?limit=5000").body)
        symbols = [one["symbol"] for one in answer if one["symbol"].startswith("SIM:S")]
        expect(len(symbols) >= 4000, f"{len(symbols)} symbols")
        async with Driver(gateway, "quote;{\"interval_ms\":1000};" + ",".join(symbols)) as driver:
            waiting = set(symbols)

            def last(one):
                if one["event"] == "live" and one["live"]:
                    waiting.discard(one["symbol"])
                return not waiting
            await driver.until(last, "all of them live", seconds=45)
            expect(not any(one["event"] in ("error", "rejected") for one in driver.events), "nothing was refused")
            await driver.close()


async def test_tiny_limits_are_kept_to(binary):
    limits = "message_bytes: 1024\nrequests_per_second: 8\nrequest_burst: 8\n"
    feed = "- venue: simulator\n  seed: 1\n  rate: 200\n  symbol_count: 300\n  names: generated\n"
    with Gateway.serve(binary, feed, limits=limits) as gateway:
        symbols = [one["symbol"] for one in json.loads(gateway.public("/v1/instruments").body)
                   if one["symbol"].startswith("SIM:S")]
        expect(len(symbols) == 300, f"{len(symbols)} symbols")
        wishes = ["quote;;" + ",".join(symbols), "book;;" + ",".join(symbols)]
        async with Driver(gateway, *wishes) as driver:
            waiting = {(kind, symbol) for kind in ("quote", "book", "live") for symbol in symbols}

            def last(one):
                if one["event"] == "live" and one["live"]:
                    waiting.discard(("live", one["symbol"]))
                if one["event"] == "message":
                    waiting.discard((one["message"]["type"], one["message"]["symbol"]))
                return not waiting
            await driver.until(last, "all of them", seconds=45)
            codes = {one["link"]["code"] for one in driver.events if one["event"] == "link"}
            expect(1009 in codes, "a request that was too large, and then smaller ones")
            await driver.close()


async def test_the_gateway_serves_it(gateway):
    source = (ROOT / "schemas/js/tickgate.js").read_bytes()
    plain = gateway.public("/client.js", headers={"Origin": "https://a.test"})
    equal((plain.status, plain.headers["content-type"]), (200, "text/javascript; charset=utf-8"), "/client.js")
    equal(plain.headers["access-control-allow-origin"], "https://a.test", "for pages from elsewhere")
    equal(plain.body, source, "its text")
    packed = gateway.public("/client.js", headers={"Accept-Encoding": "gzip"})
    equal(gzip.decompress(packed.body), source, "its text, packed")
    expect(len({plain.headers["etag"], packed.headers["etag"]}) == 2, "an ETag for each form")
    for answer, more in ((plain, {}), (packed, {"Accept-Encoding": "gzip"})):
        expect(not answer.headers["etag"].startswith("W/"), "a strong ETag")
        again = gateway.public("/client.js", headers={"If-None-Match": answer.headers["etag"], **more})
        equal((again.status, again.body), (304, b""), "what has not changed")
