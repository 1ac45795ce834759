# SPDX-License-Identifier: Apache-2.0
"""What deploy/README.md says of deploy/proxy: headers, timeouts, buffers, a gateway that leaves, a reload."""

import asyncio
import contextlib
import json
import pathlib
import signal
import socketserver
import threading
import types

import pytest
import websockets

from clients import FEED
from harness import Gateway, equal, eventually, expect, together
from proxies import haproxy, in_front_of, nginx
from raw_socket import RawClient

SHIPPED = {"nginx": nginx, "haproxy": haproxy}
RELOAD = {"nginx": signal.SIGHUP, "haproxy": signal.SIGUSR2}
TIMEOUT = {"nginx": "proxy_read_timeout 60s", "haproxy": "timeout tunnel 60s"}
BUSY = "- venue: simulator\n  seed: 1\n  rate: 20000\n"
WIDE = "- venue: simulator\n  seed: 1\n  rate: 2000\n  symbol_count: 400\n  names: generated\n"
HEARTBEAT = 5
TRADES = {"op": "subscribe", "id": 1, "channel": "trade", "symbols": ["*"]}
BOOKS = {"op": "subscribe", "id": 2, "channel": "book", "symbols": ["*"]}


def a_gateway(binary, feed=FEED, drain_time="1s"):
    return Gateway.serve(binary, feed, server=f"drain_time: {drain_time}\n", limits="http_visitors_per_address: 0\n")


def with_timeout(name, seconds):
    return {TIMEOUT[name]: TIMEOUT[name].replace("60s", f"{seconds}s")}


@contextlib.contextmanager
def recorder():
    """A server that keeps each request as it came. -> it, with a port; and the heads of requests"""
    heads = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while head := b"".join(iter(self.rfile.readline, b"\r\n")):
                heads.append(head.decode())
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield types.SimpleNamespace(port=server.server_address[1]), heads
        server.shutdown()


async def trades_go_on(stream, number=3):
    while number > 0:
        number -= sum(one["type"] == "trade" for one in json.loads(await asyncio.wait_for(stream.recv(), 10)))


def slowest(gateway):
    return json.loads(gateway.admin("/v1/clients").unpacked())["slowest"][0]


@pytest.mark.parametrize("name", SHIPPED)
async def test_an_upgrade_comes_to_the_gateway_as_the_client_sent_it(name):
    sent = {"Host": "prices.example.com:8443", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Protocol": "tickgate.v1.json", "Origin": "https://page.example.com"}
    with recorder() as (server, heads):
        async with in_front_of(server, SHIPPED[name]) as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write("\r\n".join(["GET /v1/stream HTTP/1.1", *(f"{key}: {value}" for key, value in sent.items()),
                                      "X-Forwarded-For: 203.0.113.9", "", ""]).encode())
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            writer.close()
        request, *lines = next(head for head in heads if "/v1/stream" in head).strip().split("\r\n")
        equal(request, "GET /v1/stream HTTP/1.1", "request line")
        came = [tuple(line.split(": ", 1)) for line in lines]
        values = {key.lower(): value for key, value in came}
        for key, value in sent.items():
            equal(values[key.lower()].lower(), value.lower(), key)
        hops = ", ".join(value for key, value in came if key.lower() == "x-forwarded-for")
        equal(hops, "203.0.113.9, 127.0.0.1", "X-Forwarded-For")
        equal(values["x-forwarded-proto"], "http", "X-Forwarded-Proto")


@pytest.mark.parametrize("name", SHIPPED)
async def test_a_stream_without_news_outlives_what_is_longer_than_the_heartbeat(binary, name):
    async def lives(gateway, timeout):
        """-> how many heartbeats came before it was cut, two at most"""
        async with in_front_of(gateway, SHIPPED[name], changes=with_timeout(name, timeout)) as proxy, \
                websockets.connect(proxy.stream_url) as stream:
            heartbeats = 0
            with contextlib.suppress(websockets.ConnectionClosed):
                while heartbeats < 2:
                    heartbeats += json.loads(await asyncio.wait_for(stream.recv(), 20))[0]["type"] == "heartbeat"
            return heartbeats

    with a_gateway(binary) as gateway:
        equal(await together(lives(gateway, HEARTBEAT - 2), lives(gateway, HEARTBEAT + 4)), [0, 2], "heartbeats")


@pytest.mark.parametrize("name", SHIPPED)
async def test_a_client_that_reads_nothing_is_slow_for_the_gateway_and_its_proxy_hoards_nothing(binary, name):
    with a_gateway(binary, feed=BUSY) as gateway:
        async with in_front_of(gateway, SHIPPED[name]) as proxy:
            client = RawClient(proxy.port, [TRADES, BOOKS], receive_buffer=4096)
            try:
                await eventually(lambda: slowest(gateway)["degraded"], "the gateway slows it down", seconds=40)
                taken = slowest(gateway)["bytes_sent"]
                expect(taken < 16 << 20, f"{taken} bytes lie between")
            finally:
                client.close()


@pytest.mark.parametrize("name", SHIPPED)
async def test_large_frames_come_whole(binary, name):
    with a_gateway(binary, feed=WIDE) as gateway:
        async with in_front_of(gateway, SHIPPED[name]) as proxy, \
                websockets.connect(proxy.stream_url, max_size=None) as stream:
            await stream.send(json.dumps(BOOKS))
            symbols, largest = set(), 0
            while len(symbols) < 400 or largest < 100_000:
                frame = await asyncio.wait_for(stream.recv(), 20)
                largest = max(largest, len(frame))
                symbols |= {one["symbol"] for one in json.loads(frame) if one["type"] == "book"}


@pytest.mark.parametrize("name", SHIPPED)
async def test_nobody_is_refused_while_one_of_two_leaves(binary, name):
    with a_gateway(binary, drain_time="3s") as leaving, a_gateway(binary) as staying:
        async with in_front_of(leaving, SHIPPED[name], other=staying.port) as proxy, \
                contextlib.AsyncExitStack() as stack:
            streams = [await stack.enter_async_context(websockets.connect(proxy.stream_url)) for _ in range(10)]
            equal([one.metric("tickgate_connections") for one in (leaving, staying)], [5, 5], "streams of each")
            leaving.terminate()
            answers, came = set(), 0
            while leaving.process.poll() is None:
                answers.add(await asyncio.to_thread(proxy.status))
                async with websockets.connect(proxy.stream_url):
                    came += 1
            leaving.wait_for_exit(0)
            answers.add(proxy.status())
            equal(answers, {200}, "answers")
            expect(came > 3, f"only {came} came meanwhile")
            await eventually(lambda: sum(stream.open for stream in streams) == 5, "half of them are cut, no more")
            await eventually(lambda: staying.metric("tickgate_connections") == 5, "the other has its own still")


@pytest.mark.parametrize("name", SHIPPED)
async def test_a_reload_of_the_proxy_cuts_no_stream(binary, name):
    with a_gateway(binary) as gateway:
        async with in_front_of(gateway, SHIPPED[name]) as proxy, websockets.connect(proxy.stream_url) as before:
            await before.send(json.dumps(TRADES))
            await trades_go_on(before)
            workers = children(proxy)
            proxy.process.send_signal(RELOAD[name])
            await eventually(lambda: children(proxy) - workers, "a new worker", seconds=20)
            await proxy.until_it_serves()
            async with websockets.connect(proxy.stream_url) as after:
                await after.send(json.dumps(TRADES))
                await together(trades_go_on(before), trades_go_on(after))


HEADER = "forwarded_header: x-forwarded-for\n"
PROTOCOL = "proxy_protocol: required\n"


@pytest.mark.parametrize(("name", "way"), [("nginx", HEADER), ("haproxy", HEADER), ("haproxy", PROTOCOL)])
async def test_a_gateway_that_takes_its_word_knows_who_comes(binary, name, way):
    server = f"drain_time: 1s\n{way}trusted_proxies: [127.0.0.1]\n"
    with Gateway.serve(binary, FEED, server=server, limits="connections_per_address: 4\n") as gateway:
        sends_it = {f"127.0.0.1:{gateway.port}": f"127.0.0.1:{gateway.port} send-proxy-v2"}
        async with in_front_of(gateway, SHIPPED[name], changes=sends_it if way == PROTOCOL else None) as proxy, \
                contextlib.AsyncExitStack() as stack:
            def stream(source):
                return websockets.connect(proxy.stream_url, local_addr=(source, 0))

            for _ in range(4):
                await stack.enter_async_context(stream("127.0.0.9"))
            expect(slowest(gateway)["address"].startswith("127.0.0.9:"), f"{slowest(gateway)}")
            with pytest.raises(websockets.InvalidStatusCode, match="429"):
                await stream("127.0.0.9")
            async with stream("127.0.0.8"):
                pass


def children(proxy):
    pid = proxy.process.pid
    return set(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
