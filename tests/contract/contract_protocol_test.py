# SPDX-License-Identifier: Apache-2.0
"""Whether the documents and protocol.md say the same, both ways."""
import re

import pytest

import contract
from documents import (ADMIN, ADMIN_TEXT, ASYNCAPI, OPENAPI, PROTOCOL, document, nodes, section, table)

SCHEMAS = document(ASYNCAPI)["components"]["schemas"]
STREAM = document(ASYNCAPI)["channels"]["stream"]
# Where protocol.md tells of each object and request.
TOLD = {"subscribe": "subscribe", "unsubscribe": "unsubscribe", "list_request": "list", "ping": "ping",
        "list": "list (the answer)"}
SIZES = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4, "ms": 0.001, "s": 1, "h": 3600}


def quoted(text):
    """What stands in backquotes or as a key of JSON."""
    plain = text.replace("```", "")
    return set(re.findall(r"`([^`]+)`", plain)) | set(re.findall(r'"(\w+)":', text))


def number(text):
    """Of "1,024", "64 KiB", "100 ms", "0 (no limit)", "5 s"."""
    digits, unit = re.match(r"([\d,]+)\s*([A-Za-z]*)", text).groups()
    return int(digits.replace(",", "")) * SIZES.get(unit, 1)


def test_types_are_those_of_the_protocol():
    told = set(re.findall(r'"type":"(\w+)"', PROTOCOL))
    assert told == set(contract.objects())


def test_requests_are_those_of_the_protocol():
    told = re.findall(r"^### (\w+)$", section("Requests"), re.M)
    assert told == list(contract.REQUESTS)


@pytest.mark.parametrize("name", [*contract.objects(), *contract.REQUESTS.values()])
def test_every_key_is_told_of_where_its_object_is(name):
    words = quoted(section(TOLD.get(name, name)))
    if name in ("quote", "trade", "book", "ticker", "bar", "bar_history", "status", "gap"):
        words |= quoted(section("How old is it")) | quoted(section("Delayed"))
    if name in contract.REQUESTS.values():
        words |= quoted(section("Requests"))
    assert set(SCHEMAS[name]["properties"]) - words == set()


def test_keys_of_the_subscribe_are_those_of_its_table():
    told = {row[0].strip("`") for row in table("subscribe")}
    assert told == set(SCHEMAS["subscribe"]["properties"]) - {"op", "id"}


@pytest.mark.parametrize("key,words", [
    ("interval_ms", "0 to 60,000"), ("depth", "1 to 25"), ("history", "0 to 1,000")])
def test_ranges_of_the_subscribe_are_those_of_its_table(key, words):
    (text,) = [row[1] for row in table("subscribe") if row[0] == f"`{key}`"]
    schema = contract.whole(ASYNCAPI, SCHEMAS["subscribe"]["properties"][key])
    low, high = (number(part) for part in words.split(" to "))
    assert words in text and (schema["minimum"], schema["maximum"]) == (low, high)


def test_channels_and_intervals_are_those_of_the_protocol():
    rows = {row[0]: quoted(row[1]) for row in table("subscribe")}
    assert set(SCHEMAS["channel"]["enum"]) == rows["`channel`"]
    assert set(SCHEMAS["interval"]["enum"]) == rows["`interval`"]


def test_error_codes_are_those_of_the_protocol():
    told = [row[0].strip("`") for row in table("Error codes")]
    assert sorted(SCHEMAS["error_code"]["enum"]) == sorted(told)
    assert set(SCHEMAS["error_code"]["x-enum-descriptions"]) == set(told)
    reserved = {row[0].strip("`") for row in table("Error codes") if "Reserved" in row[1]}
    assert reserved == {code for code, text in SCHEMAS["error_code"]["x-enum-descriptions"].items()
                        if text.startswith("reserved")}


def test_what_is_rejected_has_codes_that_the_protocol_gives_there():
    told = {row[0].strip("`") for row in table("Error codes") if "`rejected`" in row[1]}
    assert set(SCHEMAS["rejection"]["properties"]["code"]["enum"]) == told


def test_close_codes_their_reasons_and_whether_to_come_back_are_those_of_the_protocol():
    told = {code: (back, reason.strip("`"), "Reserved" in when)
            for code, back, reason, when in table("Close codes")}
    assert told == {code: (one["come_back"], one["reason"], one["description"].startswith("reserved"))
                    for code, one in STREAM["x-close-codes"]["codes"].items()}


def test_limits_are_those_of_the_protocol():
    told = {}
    for name, default, span, beyond in table("Limits"):
        low, high = span.replace("(no limit) ", "").split(" to ") if "container" not in span \
            else (span, span.rpartition(" to ")[2])
        told[name.strip("`")] = (number(default), number(low), number(high))
        has = STREAM["x-limits"]["limits"][name.strip("`")]["beyond"]
        assert all(word in beyond for word in re.findall(r"\d{3,4}|\w+_\w+", has)), name
    assert told == {name: (one["default"], one["minimum"], one["maximum"])
                    for name, one in STREAM["x-limits"]["limits"].items()}


def test_states_and_reasons_are_those_of_the_protocol():
    assert SCHEMAS["state"]["enum"] == [row[0].strip("`") for row in table("status")]
    assert SCHEMAS["gap"]["properties"]["reason"]["enum"] == \
        re.findall(r"^- `(\w+)`:", section("gap"), re.M)
    assert set(SCHEMAS["integrity"]["enum"]) <= quoted(section("book"))
    assert document(ADMIN)["components"]["schemas"]["state"]["enum"] == \
        [state for state in SCHEMAS["state"]["enum"] if state != "delayed"]


def test_paths_are_those_of_the_protocol():
    told = {path for heads in re.findall(r"^- \*\*(.*?)\*\*:", section("Plain HTTP"), re.M)
            for path in re.findall(r"`(?:POST )?(/[^?`]*)", heads)}
    assert told | {STREAM["address"]} == set(document(OPENAPI)["paths"])


def test_parameters_are_those_of_the_protocol():
    told = {row[0].strip("`") for row in table("/v1/instruments")}
    query = {path: {one["name"] for one in item["get"].get("parameters", ()) if one.get("in") == "query"}
             for path, item in document(OPENAPI)["paths"].items()}
    assert query.pop("/v1/instruments") == told
    assert query.pop("/v1/book") == {"symbol", "depth"}
    assert query.pop("/v1/snapshot") == {"channel", "symbols", "interval"}
    assert not any(query.values())


def test_statuses_are_those_of_the_protocol():
    told = {row[0] for row in table("Errors, and pages from elsewhere")}
    assert told == {status for item in document(OPENAPI)["paths"].values()
                    for operation in item.values() for status in operation["responses"]}


def test_codes_over_http_are_those_of_the_protocol():
    said = {word for row in table("Errors, and pages from elsewhere") for word in quoted(row[1])}
    has = {code for _, node in nodes(document(OPENAPI)["components"]["schemas"])
           if isinstance(node, dict) and "enum" in node for code in node["enum"]}
    codes = set(SCHEMAS["error_code"]["enum"])
    # unknown_op: of a POST whose op is another.
    assert said & codes == (has | {"not_ready"}) & codes - {"unknown_op"}


def leaves(schema, path):
    """The fields as admin.md writes them: a.b, a[].b; objects and what they may hold, not themselves."""
    inner = schema.get("items") if "items" in schema else schema
    path = path + "[]" if "items" in schema else path
    fields = inner.get("properties", {})
    if not fields or path.endswith("subscriptions"):
        yield path.removesuffix("[]") if not fields and "items" in schema else path
    else:
        for key, child in fields.items():
            yield from leaves(child, f"{path}.{key}" if path else key)


@pytest.mark.parametrize("path,name", [("/v1/explain", "explanation"), ("/v1/clients", "clients"),
                                       ("/v1/config", "configuration")])
def test_fields_of_the_admin_port_are_those_that_it_tells_of(path, name):
    text = re.search(rf"^## {path}\n(.*?)(?=^## |\Z)", ADMIN_TEXT, re.M | re.S)[1]
    told = {word for line in re.findall(r"^- (.*?) — ", text, re.M) for word in re.findall(r"`([^`]+)`", line)}
    assert told == set(leaves(contract.checker(ADMIN, name).schema, ""))
