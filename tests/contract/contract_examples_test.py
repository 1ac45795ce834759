# SPDX-License-Identifier: Apache-2.0
"""Whether the examples are valid, what is broken in them is seen, and both who judge agree."""
import json

import pytest

import contract
from documents import (ASYNCAPI, PROTOCOL, changed, checked_examples, json_examples, nodes,
                       read_examples)

# What a value may be replaced by.
STRANGERS = [None, True, False, 0, -1, 1, 1.5, 10**20, "", "x", "1.50", "-1", "live", [], {}, ["1"], [[]]]
CASES = [pytest.param(checker, value, id=name) for name, checker, value in checked_examples()]


@pytest.mark.parametrize("checker,value", CASES)
def test_an_example_is_valid(checker, value):
    assert checker.problem(value) is None
    assert checker.judge.is_valid(value)


def variants(value):
    """The value with one place changed: a key more or less, another kind of value."""
    for path, node in nodes(value):
        if isinstance(node, dict):
            yield changed({"v": value}, ("v", *path, "undocumented"),
                          lambda parent, key: parent.update({key: 1}))["v"]
        if path:
            yield changed(value, path, lambda parent, key: parent.pop(key))
            for stranger in STRANGERS:
                yield changed(value, path,
                              lambda parent, key, s=stranger: parent.__setitem__(key, s))


@pytest.mark.parametrize("checker,value", CASES)
def test_our_judgement_of_what_is_changed_is_that_of_jsonschema(checker, value):
    judged = [(checker.problem(variant) is None, checker.judge.is_valid(variant), variant)
              for variant in variants(value)]
    assert [variant for ours, theirs, variant in judged if ours != theirs] == []
    assert not all(ours for ours, _, _ in judged)


@pytest.mark.parametrize("checker,value", CASES)
def test_a_key_that_is_not_described_is_refused(checker, value):
    for path, node in nodes(value):
        if isinstance(node, dict):
            odd = changed({"v": value}, ("v", *path, "undocumented"),
                          lambda parent, key: parent.update({key: 1}))["v"]
            with pytest.raises(contract.ContractBroken, match="undocumented"):
                checker.check(odd, "odd")


@pytest.mark.parametrize("checker,value", CASES)
def test_a_value_of_another_kind_is_refused(checker, value):
    for path, _ in nodes(value):
        if path and not str(path[-1]).isdigit():
            odd = changed(value, path, lambda parent, key: parent.__setitem__(key, {"odd": 1}))
            assert checker.problem(odd) is not None, path


BROKEN = {
    "quote": [{"bid": None}, {"bid": "1e5"}, {"bid": "01"}, {"bid": "0.0"}, {"bid": 67123.4},
              {"time": 0}, {"symbol": "KRAKEN"}, {"symbol": "KRAKEN:BTC-"}, {"symbol": "KRAKEN:*"}, {"seq": 0},
              {"bid_venue": "kraken"}, {"crossed": True}, {"received": None}],
    "quote.crossed": [{"crossed": False}, {"time": 1732100000123456}, {"bid_venue": None},
                      {"symbol": "KRAKEN:BTC-USD"}],
    "trade": [{"side": "unknown"}, {"size": "0"}, {"price": "-1"}, {"id": None}],
    "gap": [{"channel": "quote"}, {"reason": "bad_luck"}, {"from": 0}],
    "book": [{"bids": [["1", "0.000"]]}, {"bids": [["1"]]}, {"asks": [["1", "2", "3"]]}, {"depth": 26},
             {"integrity": "perhaps"}, {"asks": [["1", "2"]] * 26}],
    "ticker": [{"volume": "-1"}, {"last": None}, {"since": None}],
    "bar": [{"interval": "2m"}, {"corrected": False}, {"complete": True}, {"trades": -1}],
    "bar.closed": [{"corrected": True}],
    "bar_history": [{"bars": []}, {"open": False}, {"incomplete": []}, {"bars": [[1, "1"]]},
                    {"bars": [[1732099920000000, "1", "1", "1", "1", 5, 12]]}],
    "status": [{"state": "fine"}, {"since": 0}, {"note": ""}],
    "status.stale": [{"note": "beside live alone"}],
    "subscribed": [{"interval": "1m"}, {"epoch": ""}, {"interval_ms": 60001}, {"accepted": ["*"]},
                   {"id": 1.5}],
    "unsubscribed": [{"rejected": [{"symbol": "a", "code": "bad_request"}]}, {"interval": "1m"}],
    "list": [{"patterns": [{"channel": "bar", "pattern": "*"}]},
             {"subscriptions": [{"channel": "book", "interval_ms": 0, "symbols": ["A:B-C"]}]},
             {"subscriptions": [{"channel": "quote", "interval_ms": 0, "symbols": []}]}],
    "error": [{"code": "no_idea"}, {"retry_after_ms": 5}, {"fatal": None}],
    "error.rate_limited": [{"retry_after_ms": 0}, {"fatal": True}],
    "authenticated": [{"subject": ""}, {"expires": 0}, {"expires": "never"}],
    "auth_expiring": [{"in_ms": -1}, {"in_ms": 120001}],
    "subscribed.granted": [{"depth": 0}, {"channel": "quote"},
                           {"rejected": [{"symbol": "a", "code": "too_many_symbols", "limit": 0}]}],
    "heartbeat": [{"time": None}],
    "degraded": [{"interval_ms": 0}, {"reason": "other"}],
    "drain": [{"reconnect_after_ms": -1}],
}


@pytest.mark.parametrize("name,change", [(name, change) for name, changes in BROKEN.items()
                                         for change in changes])
def test_a_broken_variant_is_refused(name, change):
    (value,) = read_examples()[name]
    with pytest.raises(contract.ContractBroken):
        contract.check_frame([{**value, **change}])


@pytest.mark.parametrize("frame", [[], {}, None, [1], [{}], [{"type": "news"}], [{"type": ["quote"]}]])
def test_a_frame_is_an_array_of_known_objects(frame):
    with pytest.raises(contract.ContractBroken):
        contract.check_frame(frame)


def test_every_object_and_every_request_has_an_example():
    shown = {item["type"] for frame in read_examples().values() for item in frame}
    assert shown == set(contract.objects())
    assert {one["op"] for one in read_examples("requests").values()} == set(contract.REQUESTS)
    keys = {(kind, key) for kind, checker in contract.objects().items()
            for key in checker.schema["properties"] if key not in ("sent", "delayed_s")}
    shown = {(item["type"], key) for frame in read_examples().values() for item in frame for key in item}
    assert keys - shown == set()


def test_the_examples_in_the_document_are_those_of_the_files():
    messages = contract.document(ASYNCAPI)["components"]["messages"]
    for name, message in messages.items():
        files = read_examples("." if name == "frame" else "requests")
        shown = {one["name"]: one["payload"] for one in message["examples"]}
        assert shown == {key: files[key] for key in shown}
        assert set(shown) >= (set(contract.objects()) if name == "frame" else {name})


def test_the_examples_of_the_protocol_are_valid():
    kinds = set()
    for line in json_examples():
        value = json.loads(line)
        if isinstance(value, dict):
            contract.check_served(value)
            kinds.add(value["op"])
        elif "type" in value[0]:
            contract.check_frame(value)
            kinds.add(value[0]["type"])
        else:
            contract.checker(contract.OPENAPI, "instruments").check(value, "instruments")
    assert kinds == set(contract.objects()) | set(contract.REQUESTS)
    assert PROTOCOL.count("```json") >= len(kinds - {"list"})
    assert contract.document(ASYNCAPI)["channels"]["stream"]["address"] in PROTOCOL
