# SPDX-License-Identifier: Apache-2.0
"""deploy/nats: what the server is told, and that each who connects may do what it has to and nothing else."""
import json
import subprocess
import sys
import urllib.request

import pytest

from conftest import ROOT
from harness import free_port
from nats_words import PASSWORDS, Client, Server, confs, program

sys.path.insert(0, str(ROOT / "deploy"))
import scaling  # noqa: E402

LIVE = ["quote.KRAKEN.BTC-USD", "trade.KRAKEN.BTC-USD", "book.KRAKEN.BTC-USD", "ticker.KRAKEN.BTC-USD",
        "bar.KRAKEN.BTC-USD.1m", "status.KRAKEN.BTC-USD", "instrument.KRAKEN.BTC-USD", "heartbeat", "venues"]
ASKED = ["ask.book", "ask.bars", "want.bars"]
STREAMS = {"TICKGATE_V1_LAST": [f"tickgate.v1.{one}" for one in
                                ("quote.>", "book.>", "ticker.>", "bar.>", "status.>", "instrument.>", "heartbeat",
                                 "venues")],
           "TICKGATE_V1_TRADES": ["tickgate.v1.trade.>"]}


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running


@pytest.fixture
def connect(server):
    opened = []

    def client(user=None):
        opened.append(Client(server.address(), user))
        return opened[-1]
    yield client
    for one in opened:
        one.socket.close()


def refusals(client):
    client.settle()
    return client.refused


@pytest.mark.parametrize("name", ["nats-server.conf", "cluster.conf", "leaf.conf"])
def test_the_server_takes_the_configuration(name, tmp_path):
    done = subprocess.run([program(), "-t", "-c", confs(tmp_path) / name], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout


def test_who_takes_nothing_is_cut_off_soon_and_memory_is_bounded(server):
    with urllib.request.urlopen("http://{}:{}/varz".format(*server.address("monitoring")), timeout=10) as answer:
        told = json.load(answer)
    assert told["write_deadline"] == 500_000_000
    assert told["max_pending"] == 32 << 20
    assert told["max_payload"] >= 5000 * 2 * 80  # a whole book, a level some 80 bytes at most
    assert told["jetstream"]["config"]["max_memory"] == 1 << 30
    assert told["ping_interval"] * told["ping_max"] <= 30_000_000_000


def test_nobody_comes_without_a_password(connect):
    with pytest.raises(ConnectionError, match="Authorization Violation"):
        connect().message()  # no PING: it might meet a closed connection, and the answer would be lost


@pytest.mark.parametrize("subject", LIVE)
def test_only_the_ingest_publishes_a_price(connect, subject):
    for user in PASSWORDS:
        client = connect(user)
        client.publish(f"tickgate.v1.{subject}", "{}")
        assert bool(refusals(client)) == (user != "ingest"), user


@pytest.mark.parametrize("subject", LIVE)
def test_edges_and_readers_hear_what_is_live(connect, subject):
    for user in ("edge", "reader"):
        hearer, ingest = connect(user), connect("ingest")
        hearer.subscribe(f"tickgate.v1.{subject}")
        assert refusals(hearer) == []
        ingest.publish(f"tickgate.v1.{subject}", f"to the {user}")
        ingest.settle()
        assert hearer.message()[2] == f"to the {user}"


@pytest.mark.parametrize("subject", ASKED)
def test_an_edge_asks_and_the_ingest_alone_hears_and_answers(connect, subject):
    ingest, edge = connect("ingest"), connect("edge")
    ingest.subscribe(f"tickgate.v1.{subject}")
    assert refusals(ingest) == []
    edge.subscribe("_INBOX.answer")
    edge.publish(f"tickgate.v1.{subject}", "{}", "_INBOX.answer")
    assert refusals(edge) == []
    _, reply, _, _ = ingest.message()
    ingest.publish(reply, "yes")
    assert refusals(ingest) == []
    assert edge.message()[2] == "yes"
    for user in ("edge", "reader"):
        curious = connect(user)
        curious.subscribe(f"tickgate.v1.{subject}")
        assert refusals(curious), user
    reader = connect("reader")
    reader.publish(f"tickgate.v1.{subject}", "{}")
    assert refusals(reader)


def test_an_ingest_answers_only_who_asked(connect):
    ingest = connect("ingest")
    ingest.publish("_INBOX.somebody", "{}")
    assert refusals(ingest)


@pytest.fixture
def streams(connect):
    """Made as an ingest makes them."""
    ingest = connect("ingest")
    for name, subjects in STREAMS.items():
        last = {"max_msgs_per_subject": 1} if name.endswith("LAST") else {"max_bytes": 256 << 20}
        about = {"name": name, "subjects": subjects, "storage": "memory", "allow_direct": True, "retention": "limits",
                 "discard": "old", **last}
        assert "error" not in ingest.api(f"STREAM.CREATE.{name}", **about)
        assert "error" not in ingest.api(f"STREAM.UPDATE.{name}", **about)
    lease = {"name": "KV_TICKGATE_V1", "subjects": ["$KV.TICKGATE_V1.>"], "max_msgs_per_subject": 1,
             "max_age": 1_500_000_000, "storage": "file", "allow_direct": True, "discard": "new",
             "allow_rollup_hdrs": True, "duplicate_window": 1_500_000_000}
    assert "error" not in ingest.api("STREAM.CREATE.KV_TICKGATE_V1", **lease)
    return ingest


@pytest.mark.parametrize("user", ["edge", "reader"])
def test_the_last_value_is_got_directly(streams, connect, user):
    streams.request("tickgate.v1.quote.KRAKEN.BTC-USD", '{"type":"quote"}')
    client = connect(user)
    _, _, payload, head = client.request("$JS.API.DIRECT.GET.TICKGATE_V1_LAST.tickgate.v1.quote.KRAKEN.BTC-USD")
    assert payload == '{"type":"quote"}'
    assert "Nats-Sequence" in head


@pytest.mark.parametrize("user", ["edge", "ingest"])
@pytest.mark.parametrize("stream", STREAMS)
def test_a_consumer_is_made_read_and_removed(streams, connect, stream, user):
    client = connect(user)
    client.subscribe("_INBOX.values")
    made = client.api(f"CONSUMER.CREATE.{stream}", stream_name=stream, config={
        "deliver_subject": "_INBOX.values", "deliver_policy": "all", "ack_policy": "none",
        "flow_control": True, "idle_heartbeat": 1_000_000_000})
    assert "error" not in made, made
    assert "error" not in client.api(f"STREAM.INFO.{stream}")
    assert client.api(f"CONSUMER.DELETE.{stream}.{made['name']}")["success"]
    assert client.refused == []


def test_the_lease_is_the_ingests(streams, connect):
    assert "error" not in json.loads(streams.request("$KV.TICKGATE_V1.lease", "{}")[2])
    assert "error" not in streams.api("STREAM.MSG.GET.KV_TICKGATE_V1", last_by_subj="$KV.TICKGATE_V1.lease")
    kept = streams.api("STREAM.INFO.KV_TICKGATE_V1")["state"]["last_seq"]
    assert streams.api("STREAM.MSG.DELETE.KV_TICKGATE_V1", seq=kept)["success"]  # given back
    assert streams.refused == []
    for user in ("edge", "reader"):
        client = connect(user)
        client.publish("$KV.TICKGATE_V1.lease", "{}")
        assert refusals(client), user


@pytest.mark.parametrize("user", PASSWORDS)
@pytest.mark.parametrize("verb", ["DELETE", "PURGE"])
def test_nobody_takes_a_stream_away(streams, connect, user, verb):
    client = connect(user)
    client.publish(f"$JS.API.STREAM.{verb}.TICKGATE_V1_LAST")
    assert refusals(client)


@pytest.fixture
def region():
    """A server that stores, and one of a region beside it; -> a connection of an ingest there, of an edge here."""
    hub_port = free_port()
    with Server(more=f"\nleafnodes {{ listen: 127.0.0.1:{hub_port} }}\n") as hub, \
            Server("leaf.conf", hub=f"127.0.0.1:{hub_port}") as leaf:
        leaf.wait_for(lambda: "Leafnode connection created" in leaf.said())
        ingest, edge = Client(hub.address(), "ingest"), Client(leaf.address(), "edge")
        made = ingest.api("STREAM.CREATE.TICKGATE_V1_LAST", name="TICKGATE_V1_LAST", storage="memory",
                          subjects=STREAMS["TICKGATE_V1_LAST"], allow_direct=True, max_msgs_per_subject=1)
        assert "error" not in made
        yield hub, ingest, edge
        for one in (ingest, edge):
            one.socket.close()


def interested(hub, subject):
    """Until the hub has heard that somebody beyond it wants the subject."""
    def asked():
        with urllib.request.urlopen("http://{}:{}/leafz?subs=1".format(*hub.address("monitoring")), timeout=10) as answer:
            return any(subject in leaf.get("subscriptions_list", ()) for leaf in json.load(answer)["leafs"])
    hub.wait_for(asked)


def test_an_edge_of_another_region_hears_reads_and_asks(region):
    hub, ingest, edge = region
    edge.subscribe("tickgate.v1.quote.>")
    edge.settle()
    interested(hub, "tickgate.v1.quote.>")
    ingest.request("tickgate.v1.quote.KRAKEN.BTC-USD", '{"type":"quote"}')
    assert edge.message()[2] == '{"type":"quote"}'
    got = edge.request("$JS.API.DIRECT.GET.TICKGATE_V1_LAST.tickgate.v1.quote.KRAKEN.BTC-USD")
    assert got[2] == '{"type":"quote"}'
    made = edge.api("CONSUMER.CREATE.TICKGATE_V1_LAST", stream_name="TICKGATE_V1_LAST", config={
        "deliver_subject": "_INBOX.values", "deliver_policy": "last_per_subject", "filter_subject": "tickgate.v1.quote.>",
        "ack_policy": "none"})
    assert "error" not in made, made
    assert edge.api(f"CONSUMER.DELETE.TICKGATE_V1_LAST.{made['name']}")["success"]


def test_nobody_of_another_region_publishes_a_price(region):
    _, ingest, edge = region
    edge.publish("tickgate.v1.quote.KRAKEN.BTC-USD", "made up")
    # What is asked behind it comes behind it.
    assert "error" not in edge.api("STREAM.INFO.TICKGATE_V1_LAST")
    assert ingest.api("STREAM.INFO.TICKGATE_V1_LAST")["state"]["messages"] == 0


def test_there_are_these_streams_and_no_other(streams, connect):
    client = connect("ingest")
    client.publish("$JS.API.STREAM.CREATE.MINE", "{}")
    assert refusals(client)


def test_what_a_server_remembers_of_a_symbol_is_about_what_the_model_says():
    """Run with -s it says how much; deploy/scaling.py has it."""
    payload, symbols = "x" * scaling.PAYLOAD_BYTES, 20_000
    with Server() as server:
        ingest = Client(server.address(), "ingest")
        made = ingest.api("STREAM.CREATE.TICKGATE_V1_LAST", name="TICKGATE_V1_LAST", storage="memory",
                          subjects=STREAMS["TICKGATE_V1_LAST"], allow_direct=True, max_msgs_per_subject=1)
        assert "error" not in made
        before = server.resident()
        for i in [*range(symbols)] * 3:  # told again, it takes no more but what the collector has not done yet
            ingest.publish(f"tickgate.v1.quote.KRAKEN.S{i:05}-USD", payload)
            if i % 500 == 0:
                ingest.settle()
        ingest.settle()
        assert ingest.api("STREAM.INFO.TICKGATE_V1_LAST")["state"]["messages"] == symbols
        beside = (server.resident() - before) / symbols - len(payload)
    print(f"{beside:.0f} bytes beside the payload")
    assert beside < 2 * scaling.Costs.stored_bytes
