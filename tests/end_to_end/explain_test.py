# SPDX-License-Identifier: Apache-2.0
"""Why is it grey? What /v1/explain and `tickgate explain` say of a symbol in each kind of trouble, and
what /v1/clients says of who is slow; and that asking disturbs nobody and tells no secret."""

import asyncio
import json
import re
import subprocess
import threading
import time

import venue_words
from client import Client
from harness import ROOT, Gateway, equal, eventually, expect, free_port, is_sanitized
from raw_socket import RawClient
from still_feeds_test import stopped_thread
from venue import Venue
from watching import A, B, every_venue, watched

FEED = "- venue: simulator\n  seed: 3\n  rate: 2000\n"
KEY = "s3cr3t-key"


async def ask(gateway, symbol, *flags):
    """`tickgate explain SYMBOL`."""
    words = [gateway.binary, "explain", symbol, "--admin", f"http://127.0.0.1:{gateway.admin_port}"]
    return await asyncio.to_thread(
        subprocess.run, [*map(str, words), *flags], capture_output=True, text=True, timeout=30,
        stdin=subprocess.DEVNULL, check=False)


async def first_line(gateway, symbol):
    done = await ask(gateway, symbol)
    equal((done.returncode, done.stderr), (0, ""), "how it ended")
    return done.stdout.splitlines()[0]


def explained(gateway, symbol):
    answer = gateway.admin(f"/v1/explain?symbol={symbol}")
    equal(answer.status, 200, f"status, with {answer.body[:300]!r}")
    return json.loads(answer.body)


def fields(value, name=""):
    """The names of all fields of an answer, as gateway/api/admin.md has them."""
    if name in ("venue_numbers", "slowest[].subscriptions", "missing"):
        return {name}
    if isinstance(value, list):
        return set().union(*(fields(one, f"{name}[]") for one in value))
    if isinstance(value, dict):
        return set().union(*(fields(one, f"{name}.{key}".lstrip("."))
                             for key, one in value.items()))
    return {name}


def documented(path):
    text = (ROOT / "gateway/api/admin.md").read_text(encoding="utf-8")
    section = text.partition(f"## {path}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"`([a-z_\[\].]+)`", "\n".join(
        line.partition(" — ")[0] for line in section.splitlines() if line.startswith("- `"))))


def channel(told, name):
    return next(one for one in told["channels"] if one["channel"] == name)


@every_venue
async def test_a_live_symbol_is_explained_with_all_its_fields(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue) as (gateway, eyes):
            await eyes.goes_on(A, "trade")
            symbol = venue.symbol(A)
            told = explained(gateway, symbol)
            equal((told["symbol"], told["venue"], told["state"], told["quote_state"]),
                  (symbol, words.name, "live", "live"), "what is told")
            expect(told["answer"].startswith(f"{symbol} is not grey: live for"), told["answer"])
            equal(told["connection"]["host"], f"127.0.0.1:{venue.port}", "host")
            equal([told["connection"][key] for key in ("index", "of", "state", "symbols")],
                  [1, 1, "live", 2], "connection")
            for name in ("book", "trade"):
                one = channel(told, name)
                expect(one["seq"] > 0 and 0 <= one["age_ms"] < 5000, f"{name}: {one}")
            rhythm = channel(told, "book")["rhythm"]
            expect(rhythm["patience_ms"] >= 3000 and rhythm["stale_in_ms"] > 0, f"rhythm: {rhythm}")
            equal(channel(told, "trade")["rhythm"]["stale_in_ms"], None, "trades make nothing stale")
            expect(told["venue_numbers"]["trade_id"] > 0, f"numbers: {told['venue_numbers']}")
            own = {"binance": "u", "coinbase": "sequence_num", "kraken": "checksum"}[words.name]
            expect(told["venue_numbers"].get(own, 0) > 0, f"numbers: {told['venue_numbers']}")
            followers = {one["channel"]: one["count"] for one in told["subscribers"]}
            equal(followers, {"quote": 1, "book": 1, "trade": 1, "ticker": 1}, "subscribers")
            states = [one["state"] for one in told["changes"]]
            equal((states[0], states[-1]), ("live", "down"), "from down to live")
            equal((told["last_refusal"], told["missing"]), (None, []), "what is wrong")


@every_venue
async def test_a_stale_symbol_says_what_is_silent(binary, words):
    with Venue(words, A, B) as venue:
        async with watched(binary, venue, learned=11) as (gateway, eyes):
            venue.MUTE |= {(kind, A) for kind in ("book", "quote", "trade", "ticker")}
            venue.IGNORE.add(("book", A))  # what is made anew does not come back for a moment
            await eyes.until(lambda: eyes.state(A) == "stale", "stale", seconds=12)
            wanted = re.compile(f"{venue.symbol(A)} is grey: stale for .* s: "
                                "(silent beyond its rhythm|the venue has another book)")
            lines = []
            while not (lines and wanted.match(lines[-1])):
                expect(len(lines) < 40, f"what it says: {lines}")
                lines.append(await first_line(gateway, venue.symbol(A)))
                await eyes.for_(0.25)
            states = [one["state"] for one in explained(gateway, venue.symbol(A))["changes"]]
            expect("stale" in states[:4] and "live" in states, f"its changes: {states}")
            expect((await first_line(gateway, venue.symbol(B))).startswith(
                f"{venue.symbol(B)} is not grey"), "the other")


async def test_a_broken_book_is_recovering_and_counted(binary):
    with Venue(venue_words.Kraken, A, B) as venue:
        async with watched(binary, venue) as (gateway, eyes):
            symbol = venue.symbol(A)
            await eyes.goes_on(A)
            verified = explained(gateway, symbol)["counts"]["checksums_verified"]
            expect(verified["today"] == verified["all"] > 0, f"verified: {verified}")
            venue.IGNORE.add(("book", A))  # so that it stays broken
            wrong = venue.words.book(venue, None, venue[A])
            wrong = re.sub(r'"checksum": ?\d+', '"checksum": 1', wrong)
            venue.TELL.append(lambda peer: wrong)
            await eyes.until(lambda: eyes.state(A) == "recovering", "recovering")
            line = await first_line(gateway, symbol)
            expect("is grey: recovering for" in line and "checksum failed" in line, line)
            counts = explained(gateway, symbol)["counts"]
            equal(counts["checksums_failed"], {"today": 1, "all": 1}, "checksums failed")
            expect(counts["resyncs"]["all"] >= 1, f"resyncs: {counts}")
            equal(explained(gateway, venue.symbol(B))["counts"]["checksums_failed"]["all"], 0,
                  "of the other")


@every_venue
async def test_a_refusal_is_told_in_the_venues_words(binary, words):
    with Venue(words, A, B) as venue:
        venue.REFUSE.add(("trade", A))
        async with watched(binary, venue) as (gateway, eyes):
            await eyes.until(lambda: eyes.says(A, "live", "trade"), "the note", seconds=10)
            told = explained(gateway, venue.symbol(A))
            listed = {one for one in documented("/v1/explain")
                      if one.startswith("quarantined.newest[]")}  # quarantine_test.py has these
            equal(fields(told), documented("/v1/explain") - listed, "fields of /v1/explain")
            refusal = told["last_refusal"]
            expect(refusal["channel"] in ("trade", "ticker"), f"what was refused: {refusal}")
            expect(len(refusal["message"]) > 5, f"its words: {refusal}")
            done = await ask(gateway, venue.symbol(A))
            expect(f"ago: {refusal['message']}" in done.stdout, done.stdout)
            expect("refused" in done.stdout.splitlines()[0], done.stdout)


async def test_a_venue_that_is_away_is_the_reason(binary):
    port = free_port()
    feed = (f"- venue: kraken\n  symbols: [BTC-USD]\n  reconnect_min: 100ms\n  reconnect_max: 200ms\n"
            f"  websocket_url: ws://127.0.0.1:{port}/v2?token={KEY}\n"
            f"  rest_url: http://127.0.0.1:{port}\n")
    gateway = Gateway.serve(binary, feed)
    gateway.ready_path = "/livez"
    with gateway:
        await eventually(lambda: "refused" in explained(gateway, "KRAKEN:BTC-USD")["reason"], "down")
        line = await first_line(gateway, "KRAKEN:BTC-USD")
        expect("is grey: down for" in line and "refused" in line, line)
        expect(f"to 127.0.0.1:{port}" in line, line)
        for form in ("json", "text"):
            body = gateway.admin(f"/v1/explain?symbol=KRAKEN:BTC-USD&format={form}").body
            expect(KEY.encode() not in body, f"a secret in {body!r}")


async def test_followers_of_bars_are_told_by_the_length_of_bars(binary):
    with Gateway.serve(binary, FEED) as gateway:
        async with Client(gateway) as one, Client(gateway) as two:
            await one.subscribe("bar", "SIM:BTC-USD", interval="1m")
            await two.subscribe("bar", "SIM:BTC-USD", interval="1m")
            await two.subscribe("bar", "SIM:BTC-USD", interval="1s", interval_ms=500)
            await two.subscribe("quote", "SIM:BTC-USD", interval_ms=500)
            followers = {(told["channel"], told["interval"], told["interval_ms"]): told["count"]
                         for told in explained(gateway, "SIM:BTC-USD")["subscribers"]}
            pace = next(ms for name, bar, ms in followers if bar == "1m")
            equal(followers, {("bar", "1m", pace): 2, ("bar", "1s", 500): 1,
                              ("quote", None, 500): 1}, "subscribers")
            text = (await ask(gateway, "SIM:BTC-USD")).stdout
            expect("1 of 1s bar each 500 ms" in text and " 2 of " in text, text)
        await eventually(lambda: explained(gateway, "SIM:BTC-USD")["subscribers"] == [], "none")


async def test_an_unknown_symbol_is_answered_with_what_may_be_meant(binary):
    with Gateway.serve(binary, FEED) as gateway:
        answer = gateway.admin("/v1/explain?symbol=btc/usd")
        told = json.loads(answer.body)
        equal((answer.status, told["code"], told["did_you_mean"]),
              (404, "unknown_symbol", ["SIM:BTC-USD"]), "the answer")
        done = await ask(gateway, "sim:btc-usd")
        equal((done.returncode, done.stdout), (2, ""), "exit code and stdout")
        expect("did you mean SIM:BTC-USD?" in done.stderr, done.stderr)
        done = await ask(gateway, "SIM:BTC-USD", "--json")
        equal((done.returncode, json.loads(done.stdout)["state"]), (0, "live"), "as JSON")
        for path in ("/v1/explain", "/v1/explain?symbol=", "/v1/explain?symbol=SIM:BTC-USD&format=xml",
                     "/v1/clients?limit=0", "/v1/clients?limit=1001", "/v1/clients?limit=x"):
            equal(gateway.admin(path).status, 400, f"status of {path}")


async def test_where_nobody_answers_it_says_so(binary):
    done = await asyncio.to_thread(
        subprocess.run, [binary, "explain", "SIM:BTC-USD", "--admin",
                         f"http://127.0.0.1:{free_port()}"],
        capture_output=True, text=True, timeout=30, check=False)
    equal((done.returncode, done.stdout), (1, ""), "exit code")
    expect("refused" in done.stderr and "--admin" in done.stderr, done.stderr)
    with Gateway.serve(binary, FEED) as gateway:
        done = await asyncio.to_thread(
            subprocess.run, [binary, "explain", "SIM:BTC-USD", "--admin",
                             f"http://127.0.0.1:{gateway.port}"],
            capture_output=True, text=True, timeout=30, check=False)
        equal(done.returncode, 1, f"of the public port: {done.stderr}")
        expect("admin port" in done.stderr, done.stderr)


async def test_a_feeds_thread_that_stands_still_is_no_reason_to_wait(binary):
    with Gateway.demo(binary) as gateway:
        with stopped_thread(gateway.process, "feeds"):
            await eventually(lambda: explained(gateway, "SIM:BTC-USD")["state"] == "stale", "stale")
            told = explained(gateway, "SIM:BTC-USD")
            equal(told["missing"], ["the feeds' thread"], "who did not answer")
            expect("is grey: stale" in told["answer"] and "did not answer" in told["answer"],
                   told["answer"])
            begun = time.monotonic()
            for _ in range(6):  # who owes an answer is not asked for more and more
                explained(gateway, "SIM:BTC-USD")
            expect(time.monotonic() - begun < 10, "it waits for it again and again")
        await eventually(lambda: explained(gateway, "SIM:BTC-USD")["missing"] == [], "it moves")


async def test_the_slowest_client_comes_first(binary):
    limits = "write_deadline: 60s\nsend_buffer_bytes: 16384\n"
    greedy = [{"op": "subscribe", "id": 1, "channel": "book", "symbols": ["*"], "depth": 25},
              {"op": "subscribe", "id": 2, "channel": "quote", "symbols": ["*"]}]
    with Gateway.serve(binary, FEED, limits=limits) as gateway:
        async with Client(gateway) as reader:
            await reader.subscribe("quote", "SIM:BTC-USD", interval_ms=100)
            slow = RawClient(gateway.port, greedy, receive_buffer=4096)
            try:
                def listed():
                    return json.loads(gateway.admin("/v1/clients").body)

                def slowest():
                    told = listed()["slowest"]
                    return told[0] if told else {"unsent_bytes": 0, "folded": 0, "degraded": False}
                await eventually(lambda: slowest()["held_bytes"] > 0 and slowest()["degraded"],
                                 "the slow one first, and degraded", seconds=20)
                told = listed()
                equal(fields(told), documented("/v1/clients"), "fields of /v1/clients")
                equal((told["clients"], len(told["slowest"]), told["missing"]), (2, 2, []), "both")
                first, second = told["slowest"]
                equal(first["address"], f"127.0.0.1:{slow.wire.getsockname()[1]}", "address")
                equal(set(first["subscriptions"]), {"book", "quote"}, "subscriptions")
                equal(second["subscriptions"], {"quote": 1}, "of the other")
                equal((second["interval_ms"], second["degraded"], second["unsent_bytes"]),
                      (100, False, 0), "the other")
                expect(first["folded"] > 0 and first["bytes_sent"] > 0, f"{first}")
                expect(second["objects_sent"] > 0, f"{second}")
                equal(len(json.loads(gateway.admin("/v1/clients?limit=1").body)["slowest"]), 1,
                      "limit")
            finally:
                slow.close()


async def test_pings_measure_the_way_and_nothing_that_a_client_sent_is_told(binary):
    limits = "idle_time: 5s\n"
    with Gateway.serve(binary, FEED, limits=limits) as gateway:
        client = Client(gateway, extra_headers={"Authorization": f"Bearer {KEY}"})
        client.url += f"?page={KEY}"
        async with client:
            await client.subscribe("quote", "SIM:BTC-USD")

            def told():
                return gateway.admin("/v1/clients").body
            await client.until(lambda _: json.loads(told())["slowest"][0]["round_trip_us"],
                               "a round trip", seconds=15)
            took = json.loads(told())["slowest"][0]["round_trip_us"]
            expect(0 < took < 5_000_000, f"round trip {took} us")
            for body in (told(), gateway.admin("/v1/explain?symbol=SIM:BTC-USD").body):
                expect(KEY.encode() not in body, f"a secret in {body!r}")


async def test_asking_in_a_loop_disturbs_no_client(binary):
    with Gateway.serve(binary, FEED) as gateway:
        async with Client(gateway) as client:
            await client.subscribe("quote", "SIM:*", interval_ms=0)
            over, answers = threading.Event(), []

            def loop(path):
                while not over.is_set():
                    answers.append(gateway.admin(path).status)
            askers = [threading.Thread(target=loop, args=(path,), daemon=True) for path in
                      4 * ["/v1/explain?symbol=SIM:BTC-USD", "/v1/clients"]]
            for asker in askers:
                asker.start()
            silence, last, until = 0.0, time.monotonic(), time.monotonic() + 5
            while time.monotonic() < until:
                await client.receive(2.0)
                silence, last = max(silence, time.monotonic() - last), time.monotonic()
            over.set()
            for asker in askers:
                await asyncio.to_thread(asker.join, 10)
            expect(answers.count(200) > 20 and set(answers) <= {200, 503}, f"{set(answers)}")
            expect(silence < 1.0 or is_sanitized(binary), f"silent for {silence:.2f} s")
