# SPDX-License-Identifier: Apache-2.0
"""The process: its signals at odd moments, and two that want the same port."""

import asyncio
import signal

from client import Client
from harness import Gateway, equal, eventually, expect

FEED = "- venue: simulator\n  seed: 9\n  rate: 500\n"


async def test_a_hang_up_without_tls_changes_nothing(binary):
    with Gateway.serve(binary, FEED) as gateway:
        async with Client(gateway) as client:
            await client.subscribe("quote", "*")
            for _ in range(3):
                gateway.terminate(signal.SIGHUP)
            seen = await client.collect(1)
            expect(any(item["type"] == "quote" for item in seen), "the stream goes on")


async def test_a_hang_up_while_draining_does_not_end_it_early(binary):
    with Gateway.serve(binary, FEED, server="drain_time: 2s\ndrain_delay: 1s\n") as gateway:
        async with Client(gateway) as client:
            gateway.terminate()
            await eventually(lambda: gateway.admin("/readyz").status == 503, "draining", seconds=2)
            gateway.terminate(signal.SIGHUP)
            _, code, _ = await client.closed(seconds=15)
            equal(code, 1012, "close code")
        gateway.wait_for_exit(0, seconds=10)


async def test_the_second_signal_ends_it_with_0_and_cuts_its_clients(binary):
    gateway = Gateway.serve(binary, FEED, server="drain_time: 60s\n").start()
    try:
        gateway.wait_until_ready()
        async with Client(gateway) as client:
            gateway.terminate(signal.SIGINT)
            await client.until(lambda item: item["type"] == "drain", "told to leave")
            gateway.terminate(signal.SIGINT)
            await asyncio.to_thread(gateway.wait_for_exit, 0, 5)
    finally:
        gateway.end()


async def test_a_second_gateway_on_the_same_ports_is_refused_in_one_line(binary):
    with Gateway.serve(binary, FEED) as gateway:
        for port, admin_port in ((gateway.port, 0), (0, gateway.admin_port)):
            second = Gateway(binary, ["demo", "--port", port, "--admin-port", admin_port], 0, 0)
            try:
                second.start().wait_for_exit(2, seconds=10)
                # A system that allows few files is told of that as well, in the log.
                lines = [line for line in second.log().splitlines() if not line.startswith("{")]
                equal(len(lines), 1, f"lines of {lines}")
                expect("Address already in use" in lines[0], lines[0])
            finally:
                second.end()
        equal(gateway.public("/").status, 200, "the first goes on")
