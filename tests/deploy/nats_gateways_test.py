# SPDX-License-Identifier: Apache-2.0
"""An ingest and an edge with the server of deploy/nats between them: what its permissions give is enough for all that
the two do."""
import asyncio
import json
import re

import pytest

import contract
import nats_words
from client import Client
from harness import equal, eventually, expect

SYMBOL = "SIM:BTC-USD"
FEEDS = "- {venue: simulator, seed: 1, rate: 500}\n"


@pytest.fixture(scope="module")
def tier(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tier")
    nats_words.program()
    if not nats_words.knows_nats(binary, folder):
        pytest.skip("this tickgate was built without NATS")
    with nats_words.tier(binary, folder, FEEDS) as running:
        yield running


async def test_an_edge_serves_every_channel(tier):
    _, _, edge = tier
    async with Client(edge) as client:
        for channel in ("quote", "trade", "book", "ticker"):
            await client.subscribe(channel, SYMBOL)
        for interval in ("1m", "1s"):  # the one is always published, the other is asked for
            await client.subscribe("bar", SYMBOL, interval=interval, history=5)
        wanted = {"quote", "trade", "book", "ticker", "1m", "1s"}
        while wanted:
            told, _ = await client.until(lambda told: {told["type"], told.get("interval")} & wanted, f"{wanted}")
            wanted -= {told["type"], told.get("interval")}


async def test_an_edge_asks_for_a_book_and_for_venues(tier):
    _, _, edge = tier

    def book():
        answer = edge.public(f"/v1/book?symbol={SYMBOL}&depth=1000")
        return answer.status == 200 and json.loads(answer.body)["bids"]
    await eventually(book, "a whole book")
    await eventually(lambda: [one["venue"] for one in json.loads(edge.public("/v1/venues").body)] != [], "the venues")


async def test_the_lease_is_held_and_renewed(tier):
    _, ingest, _ = tier
    await eventually(lambda: ingest.metric("tickgate_ingest_leader") == 1, "it leads")
    before = ingest.metric("tickgate_ingest_lease_unconfirmed_total")
    await asyncio.sleep(2)  # longer than a lease lives
    equal(ingest.metric("tickgate_ingest_leader"), 1, "it leads still")
    equal(ingest.metric("tickgate_ingest_lease_unconfirmed_total"), before, "renewals that were not confirmed")


def test_a_reader_gets_what_the_document_says(tier):
    """Live as it comes, and the last value of what changes seldom."""
    server, *_ = tier
    reader = nats_words.Client(server.address(), "reader")
    wanted = {"quote", "trade", "book", "ticker", "bar", "heartbeat", "venues"}
    for kind in ("quote", "trade", "book", "ticker", "bar"):
        reader.subscribe(f"tickgate.v1.{kind}.>")
    for kind in ("heartbeat", "venues"):
        reader.subscribe(f"tickgate.v1.{kind}")
    while wanted:
        payload = json.loads(reader.message()[2])
        contract.check_published(payload)
        wanted.discard(payload["type"])
    asker = nats_words.Client(server.address(), "reader")
    for kind in ("status", "instrument"):
        found = asker.request(f"$JS.API.DIRECT.GET.TICKGATE_V1_LAST.tickgate.v1.{kind}.SIM.BTC-USD")
        payload = json.loads(found[2])
        contract.check_published(payload)
        equal((payload["type"], payload["symbol"]), (kind, SYMBOL), "the last value")
    equal(reader.refused + asker.refused, [], "what a reader may not")


async def test_nobody_was_refused_anything(tier):
    server, *gateways = tier
    expect(not re.search(r"[Vv]iolation", server.said()), server.said()[-1500:])
    for gateway in gateways:
        expect(not re.search(r"ermissions", gateway.log(100_000)), gateway.log())
