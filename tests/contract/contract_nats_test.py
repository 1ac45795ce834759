# SPDX-License-Identifier: Apache-2.0
"""What an ingest publishes to NATS: that nats.asyncapi.yaml is one, that its objects are those of the stream, and that
nats.md says the same."""
import json
import re

import pytest

import contract
from documents import ASYNCAPI, NATS, changed, document, nodes

WORDS = (contract.ROOT / "schemas/nats.md").read_text(encoding="utf-8")
WHOLE = document(NATS)
SCHEMAS, STREAM = (document(name)["components"]["schemas"] for name in (NATS, ASYNCAPI))
# What is of the gateway's sending of it, and no part of the value.
SENT = {"sent", "delayed_s"}
SHARED = ("quote", "book", "ticker", "bar", "status", "trade", "gap")
CONDITIONS = ("allOf", "if", "then", "else")
LAST = ("quote", "book", "ticker", "bar", "status", "instrument", "heartbeat", "venues")


def examples():
    for name, message in WHOLE["components"]["messages"].items():
        for example in message["examples"]:
            yield name, message["payload"]["$ref"].rsplit("/", 1)[1], example["payload"]


def added(kind):
    """The members that nats.md's table gives to an object beside those of all."""
    rows = re.findall(rf"^\| `{kind}` \| (.*?) \|", WORDS, re.M)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def json_lines():
    return [json.loads(line) for block in re.findall(r"^```json\n(.*?)^```", WORDS, re.M | re.S)
            for line in block.splitlines()]


@pytest.mark.parametrize("kind", SHARED)
def test_an_object_is_that_of_the_stream_with_an_epoch_and_a_fence(kind):
    ours, theirs = SCHEMAS[kind], STREAM[kind]
    own = {name: contract.whole(NATS, node) for name, node in ours["properties"].items()}
    of_stream = {name: contract.whole(ASYNCAPI, node) for name, node in theirs["properties"].items()}
    beside = set(own) - set(of_stream)
    assert beside == {"epoch", "fence"} | added(kind) - set(of_stream)
    assert {name: node for name, node in own.items() if name not in beside} == \
        {name: node for name, node in of_stream.items() if name not in SENT}
    assert set(theirs["required"]) | {"epoch", "fence"} <= set(ours["required"])
    assert ours["additionalProperties"] is False
    if kind != "status":  # its note stands beside any state
        assert [ours.get(key) for key in CONDITIONS] == [theirs.get(key) for key in CONDITIONS]


def test_epoch_and_fence_are_last():
    for name, _, payload in examples():
        if "fence" in payload:
            assert list(payload)[-2:] == ["epoch", "fence"], name
    for payload in json_lines():
        assert list(payload)[-2:] == ["epoch", "fence"], payload


@pytest.mark.parametrize("name, schema, payload", examples(), ids=lambda value: value if isinstance(value, str) else "")
def test_an_example_is_valid_and_a_broken_one_is_not(name, schema, payload):
    checker = contract.checker(NATS, schema)
    checker.check(payload, name)
    with pytest.raises(contract.ContractBroken):
        checker.check({**payload, "unknown": 1}, name)
    for key in document(NATS)["components"]["schemas"][schema]["required"]:
        with pytest.raises(contract.ContractBroken):
            checker.check(changed(payload, (key,), lambda parent, one: parent.pop(one)), name)


def test_the_objects_of_the_document_are_valid():
    for payload in json_lines():
        contract.check_published(payload)


def test_it_has_the_form_of_asyncapi():
    assert WHOLE["asyncapi"] == "3.0.0"
    assert {server["protocol"] for server in WHOLE["servers"].values()} == {"nats"}
    assert set(WHOLE["components"]) == {"parameters", "messages", "schemas"}
    for channel in WHOLE["channels"].values():
        assert {"address", "messages"} <= set(channel) <= {"address", "messages", "parameters", "description"}
        named = set(re.findall(r"\{(\w+)\}", channel["address"] or ""))
        assert named == set(channel.get("parameters", ()))
    for operation in WHOLE["operations"].values():
        assert set(operation) - {"reply"} == {"action", "summary", "channel", "messages", "bindings"}
        assert operation["bindings"] == {"nats": {"bindingVersion": "0.1.0"}}
        for part in (operation, operation.get("reply", operation)):
            _, messages = contract.target(NATS, part["channel"]["$ref"] + "/messages")
            for message in part["messages"]:
                assert message["$ref"].rpartition("/")[0] == part["channel"]["$ref"] + "/messages"
                assert message["$ref"].rpartition("/")[2] in messages


def test_every_message_is_sent_or_taken_by_somebody():
    meant = {node["$ref"] for _, node in nodes(WHOLE["operations"]) if isinstance(node, dict) and "$ref" in node}
    there = {f"#/channels/{name}/messages/{key}" for name, channel in WHOLE["channels"].items()
             for key in channel["messages"]}
    assert there - meant == set()


def test_the_subjects_are_those_of_the_document():
    rows = re.findall(r"^\| `(tickgate\.v1\.\S+)` \|.*\| ?([\w ]*) ?\|$", WORDS, re.M)
    written = {subject for subject, _ in rows}
    assert len(written) == len(rows) == 12
    ours = {channel["address"] for channel in WHOLE["channels"].values() if channel["address"]}
    assert {re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), address) for address in ours} == written
    stored = {subject.split(".")[2] for subject, where in rows if where.strip() == "last values"}
    assert stored == set(LAST)


def test_an_interval_of_a_subject_is_one_of_a_bar():
    assert WHOLE["components"]["parameters"]["interval"]["enum"] == STREAM["interval"]["enum"]


def test_the_permissions_of_the_server_are_for_these_subjects():
    conf = (contract.ROOT / "deploy/nats/nats-server.conf").read_text(encoding="utf-8")
    allowed = {name.removesuffix(".>") for name in re.findall(r'"(tickgate\.v1\.[\w.>]+)"', conf)}
    ours = {channel["address"].split(".{")[0] for channel in WHOLE["channels"].values() if channel["address"]}
    assert {name for name in allowed if name.rsplit(".", 1)[1] not in ("ask", "want")} == ours
