# SPDX-License-Identifier: Apache-2.0
"""A gateway behind each proxy of the table: the stream, the checks, the end and the coming back."""

import asyncio
import contextlib
import socket
import time

import pytest
import websockets

from clients import FEED, started
from harness import Gateway, equal, eventually, expect, together
from listener import SUBPROTOCOL
from proxies import CHECK_READINESS, PROXIES, haproxy_as_it_comes, in_front_of

CLIENT = "python websockets"
CROWD = 100


def a_gateway(binary, more="", limits=""):
    return Gateway.serve(binary, FEED, server=f"drain_time: 1s\n{more}", limits=limits)


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


@pytest.mark.parametrize("name", PROXIES)
async def test_a_crowd_comes_through_at_once(binary, name):
    with a_gateway(binary, limits="http_visitors_per_address: 0\n") as gateway:
        async with in_front_of(gateway, PROXIES[name]) as proxy:
            answers = await together(*(asked(proxy.port) for _ in range(CROWD)))
            equal(set(answers), {b"200"}, "answers")
            async with contextlib.AsyncExitStack() as stack:
                await together(*(stack.enter_async_context(websockets.connect(proxy.stream_url))
                                 for _ in range(CROWD)))
                equal(gateway.metric("tickgate_connections"), CROWD, "streams")


async def asked(port):
    """-> the status of one request on a connection of its own"""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /v1/instruments HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer.split(b" ", 2)[1] if answer else b"nothing"


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
