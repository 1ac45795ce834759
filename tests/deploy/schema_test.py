# SPDX-License-Identifier: Apache-2.0
"""What an editor says of our configurations, by deploy/tickgate.schema.json."""
import copy
import json
from pathlib import Path

import pytest
import yaml

jsonschema = pytest.importorskip("jsonschema")

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SCHEMA = json.loads((DEPLOY / "tickgate.schema.json").read_text())
SAMPLE = yaml.safe_load((DEPLOY / "tickgate.yaml").read_text())


def is_valid(configuration):
    return jsonschema.Draft7Validator(SCHEMA).is_valid(configuration)


def with_feed(**keys):
    return {"feeds": [keys]}


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


OURS = [*DEPLOY.rglob("tickgate.yaml"), *DEPLOY.glob("tickgate-*.yaml"),
        *(DEPLOY / "components/nats" / name for name in ("edge.yaml", "ingest-tickgate.yaml"))]


@pytest.mark.parametrize("name", sorted(str(path.relative_to(DEPLOY)) for path in OURS))
def test_ours_are_valid(name):
    jsonschema.validate(yaml.safe_load((DEPLOY / name).read_text()), SCHEMA, jsonschema.Draft7Validator)


@pytest.mark.parametrize("feed", [
    {"venue": "simulator", "seed": 7, "names": "generated"},
    {"venue": "kraken", "symbols": ["BTC-USD"], "book_depth": 100, "planned_reconnect": 0},
    {"venue": "${VENUE}", "symbols": ["BTC-USD"]},
    {"venue": "binance", "capture": "a.ndjson.gz", "speed": 0.5, "loop": True},
])
def test_a_feed_that_check_accepts_is_valid(feed):
    assert is_valid(with_feed(**feed))


@pytest.mark.parametrize("feed", [
    {"venue": "bitfinex", "symbols": ["BTC-USD"]},
    {"symbols": ["BTC-USD"]},
    {"venue": "kraken"},
    {"venue": "kraken", "symbols": []},
    {"venue": "kraken", "symbols": ["BTC-USD"], "book_depth": 20},
    {"venue": "binance", "symbols": ["BTC-USD"], "book_depth": 50},
    {"venue": "coinbase", "symbols": ["BTC-USD"], "book_depth": 25},
    {"venue": "coinbase", "symbols": ["BTC-USD"], "seed": 1},
    {"venue": "coinbase", "symbols": ["BTC-USD"], "speed": 2},
    {"venue": "coinbase", "capture": "a", "rest_url": "https://a.example"},
    {"venue": "simulator", "symbols": ["BTC-USD"]},
    {"venue": "simulator", "stale_after": 10},
])
def test_a_mistake_in_a_feed_is_seen(feed):
    assert not is_valid(with_feed(**feed))


@pytest.mark.parametrize("section, key, value", [
    ("server", "shards", 65), ("server", "shards", "4"), ("server", "colour", "red"),
    ("server", "tls", {"certificate": "a.crt"}), ("limits", "message_bytes", "64KB"),
    ("limits", "message_bytes", 1023), ("limits", "idle_time", "60"), ("log", "level", "loud"),
])
def test_a_mistake_in_a_section_is_seen(section, key, value):
    changed = copy.deepcopy(SAMPLE)
    changed[section] = {key: value}
    assert not is_valid(changed)
