# SPDX-License-Identifier: Apache-2.0
"""Bars and their past, as a client that is not ours reads them: a longer message than most."""

import json

import pytest

from client import check_history, check_shape
from clients import COMMANDS, served, started
from harness import equal, expect

REQUEST = json.dumps({"op": "subscribe", "id": 1, "channel": "bar", "symbols": ["SIM:BTC-USD"],
                      "interval": "1s", "history": 1000})


@pytest.mark.parametrize("client", COMMANDS)
async def test_a_client_reads_bars(binary, keys, client):
    gateway, url = served(binary, keys, "plain")
    with gateway:
        async with started(client, url, keys[0], "stay", request=REQUEST) as listener:
            while sum(bar["closed"] for bar in listener.of_type("bar")) < 3:
                kind, rest = await listener.next()
                expect(kind != "close", f"closed: {rest}")
            rows = [start for one in listener.of_type("bar_history") for start in check_history(one)]
            equal(rows, sorted(set(rows)), "rows")
            for bar in listener.of_type("bar"):
                check_shape(bar)
            ends = [bar["start"] for bar in listener.of_type("bar") if bar["closed"]]
            equal(ends, sorted(set(ends)), "each end once, in order")
            expect(rows[-1] in ends or rows[-1] < ends[0], f"a hole: {rows[-1]}, {ends}")
