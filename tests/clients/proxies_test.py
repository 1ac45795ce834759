# SPDX-License-Identifier: Apache-2.0
"""A gateway behind each proxy of the table: the stream, the checks, the end and the coming back."""

import socket
import time

import pytest

from clients import FEED, started
from harness import Gateway, equal, eventually, expect
from listener import SUBPROTOCOL
from proxies import CHECK_READINESS, PROXIES, haproxy_as_it_comes, in_front_of

CLIENT = "python websockets"


def a_gateway(binary, more=""):
    return Gateway.serve(binary, FEED, server=f"drain_time: 1s\n{more}")


@pytest.mark.parametrize("name", PROXIES)
async def test_the_stream_and_its_end_pass_through(binary, name):
    with a_gateway(binary) as gateway:
        async with in_front_of(gateway, PROXIES[name]) as proxy, \
                started(CLIENT, proxy.stream_url, "", "stay") as through, \
                started(CLIENT, gateway.stream_url, "", "stay") as straight:
            await through.until_trades(10)
            await straight.until_trades(10)
            equal(through.subprotocol, SUBPROTOCOL, "subprotocol")
            gateway.terminate()
            end = await through.closed()
            equal(end, (1012, "restart: come back now"), f"end through {name}")
            equal(await straight.closed(), end, "end without it")
            equal(len(through.of_type("drain")), 1, "drain messages")
            expect(through.check_against(straight) >= 10, "the same trades")
            gateway.wait_for_exit(0, seconds=5)


@pytest.mark.parametrize("name", PROXIES)
async def test_a_gateway_that_dies_is_seen_and_then_found_again(binary, name):
    with a_gateway(binary) as gateway:
        async with in_front_of(gateway, PROXIES[name]) as proxy:
            async with started(CLIENT, proxy.stream_url, "", "stay") as first:
                await first.until_trades(3)
                gateway.process.kill()
                gateway.process.wait()
                began = time.monotonic()
                code, reason = await first.closed()
                took = time.monotonic() - began
                expect(took < 3, f"the client learnt after {took:.1f} s of {code} {reason}")
                equal(code, 1006, "nobody closed")
            await eventually(lambda: proxy.status() in (502, 503), "the proxy says so")
            gateway.start().wait_until_ready()
            began = time.monotonic()
            await proxy.until_it_serves()
            took = time.monotonic() - began
            expect(took < 12, f"serves again {took:.1f} s after the gateway")
            async with started(CLIENT, proxy.stream_url, "", "stay") as second:
                await second.until_trades(3)


@pytest.mark.parametrize("name", CHECK_READINESS)
async def test_its_check_sees_that_the_gateway_leaves(binary, name):
    gateway = a_gateway(binary, "drain_delay: 10s\n")
    try:
        gateway.start().wait_until_ready()
        async with in_front_of(gateway, PROXIES[name]) as proxy, \
                started(CLIENT, proxy.stream_url, "", "stay") as client:
            await client.until_trades(3)
            gateway.terminate()
            await eventually(lambda: proxy.status() == 503, "nobody new is sent there", seconds=5)
            equal(gateway.public("/v1/instruments").status, 200, "the gateway itself still answers")
            await client.until_trades(len(client.trades()) + 3)
            gateway.terminate()  # once more: at once
            gateway.process.wait(5)
            gateway.start().wait_until_ready()
            await proxy.until_it_serves()
    finally:
        gateway.end()


async def test_haproxy_believes_the_check_it_comes_with(binary):
    with a_gateway(binary) as gateway:
        async with in_front_of(gateway, haproxy_as_it_comes) as proxy:
            def verdict():
                with socket.socket(socket.AF_UNIX) as wire:
                    wire.connect(str(proxy.folder / "socket"))
                    wire.sendall(b"show stat\n")
                    head, *rows = wire.makefile().read().lstrip("# ").strip().splitlines()
                names = head.split(",")
                row = next(row for row in rows if row.startswith("gateways,one,")).split(",")
                return tuple(row[names.index(key)] for key in ("status", "check_status"))
            await eventually(lambda: verdict()[1] not in ("", "INI"), "checked")
            equal(verdict(), ("UP", "L7OK"), "status and check")
