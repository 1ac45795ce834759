# SPDX-License-Identifier: Apache-2.0
"""Every metric that rules, dashboard and manifests name is in a scrape, and none in a scrape is forgotten by them."""
import json
import re
import time

import pytest
import yaml

from conftest import ROOT
from prom import ALL_RULES, DASHBOARD, OF_NATS, PARTS, PROMETHEUS, gateways_of_every_metric, metric_names

DEBUGGING = yaml.safe_load((PROMETHEUS / "debugging.yaml").read_text(encoding="utf-8"))
SECONDS = 60


def in_expressions(expressions):
    return {PARTS.sub("", name) for text in expressions for name in metric_names(text)}


def board_expressions():
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))
    yield from (note["expr"] for note in board["annotations"]["list"])
    yield from (one["query"]["query"] for one in board["templating"]["list"] if one["type"] == "query")


IN_BOARD = in_expressions(board_expressions())
IN_RULES = in_expressions(rule["expr"] for rule in ALL_RULES)
OF_NATS_ALONE = {name for name in IN_BOARD | IN_RULES | set(DEBUGGING) if OF_NATS.match(name)}


@pytest.fixture(scope="module")
def families(binary, tmp_path_factory):
    """What a scrape has, by name, once all has been measured: what is not known yet has no sample."""
    deadline = time.monotonic() + SECONDS
    with gateways_of_every_metric(binary, tmp_path_factory.mktemp("keys")) as gateways:
        while True:
            texts = [gateway.admin("/metrics").body.decode() for gateway in gateways]
            names = set(re.findall(r"^# TYPE (\S+) ", "".join(texts), re.M))
            if IN_BOARD | IN_RULES <= names | (OF_NATS_ALONE if len(gateways) == 1 else set()):
                return names
            if time.monotonic() > deadline:
                return names
            time.sleep(0.2)


def without_nats(names, families):
    """Without those of NATS, where there is none."""
    return names if any(map(OF_NATS.match, families)) else names - OF_NATS_ALONE


def test_every_metric_of_the_dashboard_is_there(families):
    assert without_nats(IN_BOARD, families) - families == set()


def test_every_metric_of_the_rules_is_there(families):
    assert without_nats(IN_RULES, families) - families == set()


def test_every_metric_of_the_manifests_is_there(families):
    """An adapter's name for the rate of a counter counts as the counter."""
    texts = (path.read_text(encoding="utf-8") for path in ROOT.glob("deploy/**/*.y*ml") if path.parent != PROMETHEUS)
    named = in_expressions(re.sub(r'#.*|"', "", text) for text in texts)
    assert {re.sub(r"_per_second$", "_total", name) for name in named} - families == set()


def test_every_metric_of_ours_is_shown_watched_or_for_debugging(families):
    assert families - IN_BOARD - IN_RULES == without_nats(set(DEBUGGING), families)
    assert all(len(why) > 10 for why in DEBUGGING.values())
