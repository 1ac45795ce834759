# SPDX-License-Identifier: Apache-2.0
"""Two gateways behind HAProxy, with the configuration that is shipped, while each is replaced as a
rollout does it, and while one dies: what their clients see, those of our libraries among them."""

import asyncio
import contextlib
import signal
import socket

import venue_words
from harness import Gateway, equal, eventually, expect
from load import Load, stood_still
from proxies import haproxy, in_front_of
from raw_socket import HANDSHAKE
from resilience_test import all_well, clients, mortal
from venue import Venue
from watching import TIMES, A, B

CROWD = 100
PRE_STOP = 1.0  # seconds from the end of the endpoint to SIGTERM
DRAIN = "drain_delay: 1s\ndrain_time: 5s\n"
GRACE = PRE_STOP + 1 + 5 + 5  # what the orchestrator grants: those, and the last words
VISITORS = "http_visitors_per_address: 0\n"
# More pods than the file has; asked more often than it says, so that the test takes seconds.
OFTEN = {"inter 1s": "inter 200ms"}


class Pods:
    """Gateways of one venue behind the names that HAProxy knows them by."""

    def __init__(self, binary, venue, names):
        self.gateways = {name: Gateway.serve(binary, venue.feed(**TIMES), server=DRAIN, limits=VISITORS)
                         for name in names}
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stack.close()

    def start(self, *names):
        for name in names:
            self.stack.enter_context(mortal(self.gateways[name]))

    def changes(self):
        """Of the shipped file, which has two."""
        second = f"127.0.0.1:{self.gateways['two'].port}"
        more = (f"\n  server {name} 127.0.0.1:{self.gateways[name].port}"
                for name in self.gateways if name not in ("one", "two"))
        return {**OFTEN, second: second + "".join(more)}

    def held(self, *names):
        return sum(self.gateways[name].metric("tickgate_connections") for name in names)


def tell(proxy, words):
    """A command at HAProxy's own socket, as an ingress controller gives it. -> the answer"""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(str(proxy.folder / "socket"))
        wire.sendall(f"{words}\n".encode())
        return b"".join(iter(lambda: wire.recv(1 << 16), b"")).decode()


async def until_it_is(proxy, state, name):
    """As HAProxy sees it, which takes everybody for up until its checks have failed."""
    def is_so():
        rows = [row.split(",") for row in tell(proxy, "show stat").splitlines()]
        return any(row[1:2] == [name] and row[17].startswith(state) for row in rows)
    await eventually(is_so, f"{name} is {state}", 15)


class Knocker:
    """Somebody new, ten times a second; nobody is to be refused."""

    def __init__(self, port):
        self.port, self.let_in, self.refused = port, 0, []

    async def __aenter__(self):
        self.task = asyncio.ensure_future(self.knock())
        return self

    async def __aexit__(self, *error):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def knock(self):
        while True:
            await asyncio.sleep(0.1)
            answer = b""
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(HANDSHAKE)
                answer = await asyncio.wait_for(reader.readline(), 10)
                writer.close()
            if answer.startswith(b"HTTP/1.1 101"):
                self.let_in += 1
            else:
                self.refused.append(answer)


async def test_a_rollout_that_nobody_notices(binary):
    with Venue(venue_words.Kraken, A, B) as venue, Pods(binary, venue, ("one", "two", "three", "four")) as pods:
        pods.start("one", "two")
        first, second = pods.gateways["one"], pods.gateways["two"]
        symbols = [venue.symbol(pair) for pair in (A, B)]
        wishes = ["quote;;KRAKEN:*", f"trade;;{','.join(symbols)}", f"book;;{symbols[0]}"]
        keys = [("trade", symbols[0]), ("trade", symbols[1]), ("book", symbols[0])]
        async with contextlib.AsyncExitStack() as stack:
            proxy = await stack.enter_async_context(
                in_front_of(first, haproxy, other=second.port, changes=pods.changes()))
            for name in ("three", "four"):
                await until_it_is(proxy, "DOWN", name)
            crowd = await stack.enter_async_context(
                Load(binary, proxy.stream_url, "--then", proxy.stream_url, "--connections", CROWD,
                     "--channel", "trade", "--subscribe", "KRAKEN:*", "--interval", 0, "--warm-up", "0s",
                     "--duration", "1h"))
            subjects = await stack.enter_async_context(clients(proxy.stream_url, *wishes))
            await all_well(subjects, len(symbols), keys)
            await eventually(lambda: pods.held("one", "two") >= CROWD + len(subjects), "all of them", 20)
            expect(pods.held("one") > 0 and pods.held("two") > 0, "both have clients")

            async with Knocker(proxy.port) as knocker:
                pods.start("three")
                await until_it_is(proxy, "UP", "three")
                tell(proxy, "set server gateways/one state drain")  # the endpoint is gone
                await asyncio.sleep(PRE_STOP)
                first.terminate()
                await asyncio.to_thread(first.wait_for_exit, 0, GRACE)

                pods.start("four")
                await until_it_is(proxy, "UP", "four")
                second.terminate()  # and here nobody tells HAProxy, which asks /readyz
                await asyncio.to_thread(second.wait_for_exit, 0, GRACE)

            await all_well(subjects, len(symbols), keys)
            await eventually(lambda: pods.held("three", "four") >= CROWD + len(subjects), "all on new ones", 20)
            await asyncio.sleep(1.2)
            report = await crowd.interrupt(None)
            for one in subjects:
                expect(one.events.get("drain"), f"{one.name}: was not told")
                for symbol in symbols:
                    equal(one.no_trade_twice_or_lost_by_id(symbol), 0, f"{one.name}: gaps of {symbol}")
        moves = report["moves"]
        print(moves, f"{knocker.let_in} knocked")
        equal(knocker.refused, [], "refusals")
        expect(knocker.let_in > 30, f"so few knocked: {knocker.let_in}")
        expect(moves["told"] >= CROWD, f"told: {moves}")
        equal((moves["sent_away"], moves["cut_off"], moves["closed_otherwise"], moves["refused"]),
              (moves["told"], 0, 0, 0), "how connections ended: each with 1012 after a notice")
        equal((moves["served"], moves["gaps"]), (moves["told"], 0), "served again, and gaps")
        expect(moves["clients_lost"] <= moves["late"], f"lost though served all the while: {moves}")
        if not stood_still(report):
            equal((moves["late"], moves["trades_lost"], report["findings"]), (0, 0, []), "what a client missed")


async def test_kill_9_of_one_of_two_behind_it(binary):
    with Venue(venue_words.Kraken, A, B) as venue, Pods(binary, venue, ("one", "two")) as pods:
        pods.start("one", "two")
        killed, survivor = pods.gateways["one"], pods.gateways["two"]
        async with in_front_of(killed, haproxy, other=survivor.port, changes=OFTEN) as proxy, \
                Load(binary, proxy.stream_url, "--then", proxy.stream_url, "--connections", 2 * CROWD,
                     "--subscribe", "KRAKEN:*", "--warm-up", "0s", "--duration", "1h") as crowd:
            await eventually(lambda: pods.held("one", "two") == 2 * CROWD, "all of them", 20)
            lost = pods.held("one")
            expect(0 < lost < 2 * CROWD, f"one of them has all: {lost}")
            await asyncio.sleep(1)
            killed.terminate(signal.SIGKILL)
            await eventually(lambda: pods.held("two") == 2 * CROWD, "all are served", 20)
            await asyncio.sleep(1)
            report = await crowd.interrupt()
        moves = report["moves"]
        print(moves)
        equal((moves["cut_off"] + moves["closed_otherwise"], moves["served"]), (lost, lost), "moves")
        expect(moves["without_ms_max"] < 5000, f"served again after {moves['without_ms_max']} ms")
        equal((report["findings"], report["delivery"]["degraded"]), ([], 0), "findings")
        equal(survivor.metric("tickgate_clients_degraded_total"), 0.0, "those of the other, slowed down")
