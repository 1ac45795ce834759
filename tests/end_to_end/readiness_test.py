# SPDX-License-Identifier: Apache-2.0
"""/readyz knows the market: it waits for venues that come late, says which lacks what, and never goes
back when one leaves; /livez asks for none."""

import contextlib
import pathlib
import re
import signal
import time

import venue_words
from client import Client
from harness import Gateway, equal, eventually, expect, free_port, logged
from running import Running
from tokens import bearer, token, write_keys
from venue import Venue
from watching import TIMES, A, B

NEVER = "ready_patience: 599s\n"


@contextlib.contextmanager
def beginning(binary, *venues, server=""):
    """A gateway that may not be ready yet."""
    feeds = "".join(venue.feed(**TIMES) for venue in venues)
    gateway = Gateway.serve(binary, feeds, server=server).start()
    try:
        def answers():
            with contextlib.suppress(OSError):
                return gateway.admin("/livez").status == 200
        yield gateway, answers
        if gateway.process.poll() is None:
            gateway.terminate()
        gateway.wait_for_exit(0)
    finally:
        gateway.end()


def late(words):
    """A venue that can be entered when its time has come; until then its port is closed."""
    return Venue(words, A, port=free_port())


def ready(gateway):
    """-> the status, and why, as lines; both ports and the metric agree"""
    before = gateway.admin("/readyz")
    in_public, gauge = gateway.public("/readyz"), gateway.metric("tickgate_ready")
    after = gateway.admin("/readyz")
    if before.status == after.status:
        equal((in_public.status, gauge), (after.status, float(after.status == 200)), "port and metric")
    return after.status, after.body.decode().splitlines()


async def test_it_waits_for_a_venue_that_comes_late_and_stays_when_one_leaves(binary):
    missing = late(venue_words.Binance)
    with Venue(venue_words.Kraken, A, B) as there, \
            beginning(binary, there, missing, server=NEVER) as (gateway, answers):
        await eventually(answers, "it answers", 15)
        await eventually(lambda: "1 of 2 feeds live, 2 needed" in ready(gateway)[1][0], "kraken is live")
        status, why = ready(gateway)
        equal((status, len(why)), (503, 2), f"one line, and one for who is missed: {why}")
        expect(re.fullmatch(r"starting: 1 of 2 feeds live, 2 needed; 5\d\d s of patience left", why[0]), why[0])
        expect(why[1].startswith("feed binance is ") and "1 of 1 instruments without a value" in why[1],
               why[1])
        equal(gateway.admin("/livez").status, 200, "/livez without a venue")
        async with Client(gateway) as client:  # who comes all the same is served
            await client.subscribe("quote", "KRAKEN:*")
            await client.until(lambda item: item["type"] == "quote", "a quote")
            with missing:
                await eventually(lambda: ready(gateway) == (200, ["ok"]), "ready", 20)
            await client.subscribe("quote", "BINANCE:*")
            await client.until(lambda item: item["type"] == "status" and item["state"] != "live"
                               and item["symbol"].startswith("BINANCE"), "gone again")
        equal(ready(gateway), (200, ["ok"]), "a venue that leaves takes no gateway with it")


async def test_an_instrument_without_a_value_is_waited_for(binary):
    with Venue(venue_words.Kraken, A, B) as venue:
        venue.IGNORE.add(("book", B))
        with beginning(binary, venue, server=NEVER) as (gateway, answers):
            await eventually(answers, "it answers", 15)
            await eventually(lambda: "1 of 2 instruments without" in ready(gateway)[1][-1], "one is there")
            equal(ready(gateway)[0], 503, "while a book is missing")
            venue.IGNORE.clear()
            await eventually(lambda: ready(gateway)[0] == 200, "ready with both", 30)


async def test_a_quorum_is_enough(binary):
    with Venue(venue_words.Kraken, A) as there, \
            beginning(binary, there, late(venue_words.Binance), late(venue_words.Coinbase),
                      server=f"{NEVER}ready_quorum: 1\n") as (gateway, answers):
        await eventually(answers, "it answers", 15)
        await eventually(lambda: ready(gateway)[0] == 200, "ready with one of three", 20)


async def test_a_reload_may_lower_the_quorum(binary):
    with Venue(venue_words.Kraken, A) as there, \
            beginning(binary, there, late(venue_words.Binance), server=NEVER) as (gateway, answers):
        await eventually(answers, "it answers", 15)
        await eventually(lambda: "1 of 2 feeds live, 2 needed" in ready(gateway)[1][0], "kraken is live")
        path = pathlib.Path(gateway.arguments[-1])
        path.write_text(path.read_text().replace(NEVER, f"{NEVER}  ready_quorum: 1\n"))
        gateway.terminate(signal.SIGHUP)
        await eventually(lambda: ready(gateway) == (200, ["ok"]), "ready with one of two", 20)


async def test_patience_ends_and_draining_is_not_ready(binary):
    began = time.monotonic()
    server = "ready_patience: 3s\ndrain_delay: 2s\n"
    with beginning(binary, late(venue_words.Kraken), server=server) as (gateway, answers):
        await eventually(answers, "it answers", 15)
        await eventually(lambda: ready(gateway)[0] == 200, "patience ends", 20)
        expect(time.monotonic() - began >= 3, "not sooner")
        gateway.terminate()
        await eventually(lambda: ready(gateway) == (503, ["draining"]), "not ready", 2)


async def test_a_quorum_of_more_feeds_than_there_are_is_refused(binary):
    gateway = Gateway.serve(binary, "- venue: simulator\n", server="ready_quorum: 2\n")
    try:
        gateway.start().wait_for_exit(2, seconds=10)
        await logged(gateway, "server.ready_quorum: expected at most the number of feeds, 1, got 2")
    finally:
        gateway.end()


async def test_where_credentials_are_asked_for_it_tells_nobody_why(binary, tmp_path):
    feeds = [{"venue": "simulator", "seed": 5, "symbol_count": 3, "rate": 100},
             {"venue": "kraken", "symbols": ["BTC-USD"], "websocket_url": "ws://127.0.0.1:1/",
              "reconnect_min": "100ms", "reconnect_max": "100ms"}]
    auth = {"jwks_file": str(write_keys(tmp_path / "keys.json")), "delay_memory": "1MiB"}
    running = Running(binary, feeds, auth=auth, plans={"late": {"delay": "600s"}},
                      server={"ready_patience": "599s"})
    gateway = running.gateway.start()
    try:
        def why():
            with contextlib.suppress(OSError):
                return gateway.admin("/readyz").body.decode()
        await eventually(lambda: "feed kraken is down" in (why() or ""), f"the reason: {why()}", 20)
        for headers in ({}, bearer(token()), bearer(token(plan="late"))):
            answer = gateway.public("/readyz", headers=headers)
            equal((answer.status, answer.body), (503, b"not ready\n"), "to the public")
        gateway.terminate()
        gateway.wait_for_exit(0)
    finally:
        gateway.end()
