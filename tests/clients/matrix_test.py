# SPDX-License-Identifier: Apache-2.0
"""Each client of the table, over plain TCP and TLS: it gets what was sent, and a clean end."""

import time

import pytest

from clients import CLIENTS, TELLS_NO_CODE, WIRES, browser_of, served, started
from harness import equal, expect, together
from listener import SUBPROTOCOL

TRADES = 10


def check_opening(listener):
    equal(listener.subprotocol, SUBPROTOCOL, "subprotocol")
    first = listener.messages[0]
    equal((first["type"], first["id"]), ("subscribed", 1), "the first message")


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("client", CLIENTS)
async def test_a_client(binary, keys, client, wire):
    gateway, url = served(binary, keys, wire)
    with gateway:
        async with browser_of(client) as browser:
            async with started(client, url, keys[0], "leave", browser) as leaver:
                code, reason = await leaver.closed()
                check_opening(leaver)
                expect(code == 1000 or client in TELLS_NO_CODE, f"own close: {code} {reason}")
            async with started("python websockets", url, keys[0], "stay") as other, \
                    started(client, url, keys[0], "stay", browser) as listener:
                await together(other.until_trades(TRADES), listener.until_trades(TRADES))
                check_opening(listener)
                await see_off(gateway, client, listener, other)
                expect(listener.check_against(other) >= TRADES, "both saw the same trades")


async def see_off(gateway, client, listener, other):
    gateway.terminate()
    began = time.monotonic()
    await together(sent_away(client, listener), sent_away("python websockets", other))
    gateway.wait_for_exit(0, seconds=5)
    took = time.monotonic() - began
    expect(took < 4, f"the gateway ended {took:.1f} s after SIGTERM")


async def sent_away(client, listener):
    code, reason = await listener.closed()
    equal(len(listener.of_type("drain")), 1, f"drain messages of {client}")
    if client in TELLS_NO_CODE:
        equal(reason, "EOF", f"end of {client}")
    else:
        equal((code, reason), (1012, "restart: come back now"), f"end of {client}")
