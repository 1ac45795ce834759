# SPDX-License-Identifier: Apache-2.0
"""What the tests of NATS stand on: the server, the client and the network of ours, by themselves."""

import asyncio

import pytest

from broker import Broker, Cluster, until_it_works
from harness import equal, expect
from nats_client import Nats, NatsError, token
from wire import Wire


async def test_core_headers_requests_and_streams(broker):
    async with Nats(broker.url) as nats, Nats(broker.url) as other:
        heard = nats.subscribe("a.*")
        nats.subscribe("echo", lambda one: nats.publish(one.reply, one.payload.upper()))
        await nats.flush()
        other.publish("a.b", "text")
        other.publish("a.c", b"\r\nbytes\x00\r\n", headers={"Key": "value: of it"})
        equal((await other.request("echo", "loud")).payload, b"LOUD", "a request")
        equal([(one.subject, one.payload, one.headers) for one in heard],
              [("a.b", b"text", {}), ("a.c", b"\r\nbytes\x00\r\n", {"Key": "value: of it"})], "what came")
        equal((await other.request("nobody.is.there")).status, 503, "no responders")
        equal(await nats.stream("HARNESS"), None, "no stream yet")
        await nats.make_stream("HARNESS", ["h.>"], max_msgs_per_subject=1, allow_direct=True)
        for number in range(5):
            await nats.request(f"h.{number % 2}", str(number))
        got = await nats.stored("HARNESS", "h.0")
        equal((got.payload, got.seq, got.headers["Nats-Subject"]), (b"4", 5, "h.0"), "a direct get")
        equal(await nats.stored("HARNESS", "h.7"), None, "of nothing")
        equal(await nats.all_stored("HARNESS"), [(4, "h.1", b"3"), (5, "h.0", b"4")], "all of it")
        await nats.purge("HARNESS")
        equal((await nats.stream("HARNESS"))["state"]["messages"], 0, "purged")
        await nats.delete_stream("HARNESS")
        with pytest.raises(NatsError, match="not found"):
            await nats.purge("HARNESS")


def test_tokens():
    equal([token(text) for text in ("KRAKEN", "BTC-USD", "", "a.b", "币")],
          ["KRAKEN", "BTC-USD", "=", "a=2Eb", "=E5=B8=81"], "tokens")


async def test_a_server_that_is_killed_is_back_on_its_port_without_what_was_in_memory(nats_server):
    with Broker(nats_server) as broker:
        async with Nats(broker.url) as nats:
            await nats.make_stream("MEMORY", ["m"])
            await nats.make_stream("FILE", ["f"], storage="file")
            broker.kill()
            await asyncio.wait_for(nats.ended.wait(), 5)
        port = broker.port
        broker.start()
        equal(broker.port, port, "the port")
        async with Nats(broker.url) as nats:
            equal(await until_it_works(nats.streams, "streams"), ["FILE"], "what is left")


async def test_a_frozen_server_answers_when_it_is_thawed(nats_server):
    with Broker(nats_server) as broker:
        async with Nats(broker.url) as nats:
            broker.freeze()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(nats.flush(), 0.5)
            broker.thaw()
            await nats.flush()


async def test_a_cluster_that_loses_one_goes_on(nats_server):
    with Cluster(nats_server) as cluster:
        async with Nats(cluster[0].url) as nats:
            await until_it_works(lambda: nats.make_stream("SAFE", ["safe"], num_replicas=3), "a stream of three")
            leader = (await nats.stream("SAFE"))["cluster"]["leader"]
        cluster.named(leader).kill()
        left = next(one for one in cluster.brokers if one.name != leader)
        async with Nats(left.url) as nats:
            async def put():
                answer = await nats.request("safe", "x", 1)
                expect(answer.status != 503 and "error" not in answer.json(), f"{answer}")
            await until_it_works(put, "a new leader")


async def test_the_network_can_be_cut_half_open_stalled_and_slow(broker):
    with Wire(broker.port) as wire:
        async with Nats(wire.url) as nats:
            wire.stall()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(nats.flush(), 0.3)
            wire.mend()
            wire.slow(20_000)
            began = asyncio.get_running_loop().time()
            nats.publish("a", bytes(20_000))
            await nats.flush()
            expect(asyncio.get_running_loop().time() - began > 0.5, "as fast as ever")
            wire.mend()
            wire.half_open()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(nats.flush(), 0.3)
            expect(not nats.ended.is_set(), "it was told")
            with pytest.raises((OSError, asyncio.IncompleteReadError, ValueError)):
                await Nats(wire.url).__aenter__()
            wire.mend()
            async with Nats(wire.url) as second:
                wire.cut()
                await asyncio.wait_for(second.ended.wait(), 2)
