# SPDX-License-Identifier: Apache-2.0
"""Every message of the protocol becomes its dataclass, exactly; what is none becomes a clear error."""

import dataclasses
import datetime
import json
import re
from decimal import Decimal

import pytest

import tickgate
from conftest import ROOT
from tickgate import MessageError, parse, read_frame, to_datetime
from tickgate.parse import READERS

EXAMPLES = ROOT / "schemas" / "examples"


def documented():
    """The arrays that schemas/protocol.md shows."""
    text = (ROOT / "schemas" / "protocol.md").read_text(encoding="utf-8")
    for block in re.findall(r"```json\n(.*?)```", text, re.S):
        for line in block.splitlines():
            if line.startswith("[{\"type\""):
                yield line


def shown():
    """The files of schemas/examples that are messages of the stream."""
    for path in sorted(EXAMPLES.glob("*.json")):
        yield path.read_text(encoding="utf-8")


def decimals(value):
    """All decimals of an object of the wire, and of a message, as the texts they were."""
    if isinstance(value, Decimal):
        return [format(value, "f")]
    if isinstance(value, dict):
        value = [each for name, each in value.items() if name not in NO_DECIMALS]
    elif dataclasses.is_dataclass(value):
        value = [getattr(value, field.name) for field in dataclasses.fields(value)
                 if field.name not in NO_DECIMALS]
    if isinstance(value, str):
        return [value] if re.fullmatch(r"-?\d+(\.\d+)?", value) else []
    return [each for one in value for each in decimals(one)] if isinstance(value, (list, tuple)) else []


NO_DECIMALS = ("id", "symbol", "reason", "note", "message", "echo", "epoch")


@pytest.mark.parametrize("text", [*documented(), *shown()], ids=lambda text: text[:60])
def test_every_example_is_read_without_losing_a_digit(text):
    for one in read_frame(text):
        message = parse(one)
        assert message is not None and message.type == one["type"]
        assert sorted(decimals(message)) == sorted(decimals(one))
        hash(message) if one["type"] != "list" else None
        for field in dataclasses.fields(message):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(message, field.name, None)


def test_every_type_has_an_example_in_the_protocol():
    assert {one["type"] for text in documented() for one in json.loads(text)} == set(READERS)


def test_a_type_and_a_key_that_are_not_known_are_passed_over():
    assert parse({"type": "weather"}) is None
    assert parse({"type": "restored", "mood": "better"}) == tickgate.Restored()


def test_times_are_exact():
    at = to_datetime(1732100000123457)
    assert at == datetime.datetime(2024, 11, 20, 10, 53, 20, 123457, datetime.timezone.utc)
    assert to_datetime(None) is None


def test_the_past_says_which_rows_are_open_and_which_incomplete():
    text = next(text for text in documented() if "bar_history" in text)
    history = parse(json.loads(text)[0])
    assert [(row.closed, row.complete) for row in history.bars] == [(True, False), (False, True)]
    assert history.bars[0].volume == Decimal("1.05000000")


@pytest.mark.parametrize("text", ["", "{}", "[1]", "[{}]", '[{"type":1}]', "[" * 100_000, b"[]", '["\ud800"]'])
def test_what_is_no_frame_is_refused(text):
    with pytest.raises(MessageError):
        read_frame(text)


@pytest.mark.parametrize("change", [
    {"bid": 1.5}, {"bid": "x"}, {"bid": "NaN"}, {"bid": "Infinity"}, {"seq": "1"}, {"seq": True}, {"seq": None},
    {"symbol": 5}, {"time": "now"}, {"received": 1.5}, {"bid": ["1"]}, {"crossed": "yes"}])
def test_a_value_of_another_kind_is_refused(change):
    good = {"type": "quote", "symbol": "A:B-C", "seq": 1, "bid": "1", "bid_size": "1", "ask": None,
            "ask_size": None, "time": None, "received": 5}
    assert parse(good).ask is None
    with pytest.raises(MessageError):
        parse({**good, **change})


@pytest.mark.parametrize("kind", sorted(READERS))
def test_an_object_without_its_keys_is_refused(kind):
    if kind != "restored":
        with pytest.raises(MessageError):
            parse({"type": kind})


@pytest.mark.parametrize("rows", [[["1"]], [[1, 2, 3, 4, 5, 6, 7]], "x", 5, [None]])
def test_rows_of_another_form_are_refused(rows):
    with pytest.raises(MessageError):
        parse({"type": "bar_history", "symbol": "A:B-C", "interval": "1m", "bars": rows})
