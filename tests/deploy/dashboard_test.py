# SPDX-License-Identifier: Apache-2.0
"""The dashboard: that its expressions are right, its panels whole, and its links lead somewhere."""
import json
import re

import pytest
import yaml

from prom import ALERTS, ALL_RULES, DASHBOARD, promtool, recorded_names

BOARD = json.loads(DASHBOARD.read_text(encoding="utf-8"))
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
VARIABLES = {"datasource", "job", "namespace", "instance", "feed"}
ROWS = ["Overview", "Feeds", "NATS", "Clients", "Latency", "Process"]


def expressions():
    yield from (target["expr"] for panel in PANELS for target in panel["targets"])
    yield from (note["expr"] for note in BOARD["annotations"]["list"])


def as_prometheus_gets_it(expression):
    return re.sub(r"\$\w+", ".*", expression.replace("$__rate_interval", "1m"))


def test_promtool_accepts_every_expression(tmp_path):
    rules = [{"record": f"panel:{i}", "expr": as_prometheus_gets_it(text)} for i, text in enumerate(expressions())]
    path = tmp_path / "dashboard.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
    promtool("check", "rules", "--lint=none", path)


def test_it_is_one_dashboard_wherever_it_is_imported():
    assert (BOARD["uid"], BOARD["title"]) == ("tickgate", "tickgate")
    assert isinstance(BOARD["schemaVersion"], int)
    assert BOARD.get("id") is None
    source = {"type": "prometheus", "uid": "${datasource}"}
    for part in [*PANELS, *(target for panel in PANELS for target in panel["targets"]), *BOARD["annotations"]["list"],
                 *(one for one in BOARD["templating"]["list"] if one["type"] == "query")]:
        assert part["datasource"] == source


def test_its_rows_and_variables():
    assert [panel["title"] for panel in BOARD["panels"] if panel["type"] == "row"] == ROWS
    assert {variable["name"] for variable in BOARD["templating"]["list"]} == VARIABLES
    used = set(re.findall(r"\$(\w+)", " ".join(expressions()))) - {"__rate_interval"}
    assert used == VARIABLES - {"datasource"}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"].replace(" ", "-"))
def test_a_panel_says_what_it_shows_and_in_what_unit(panel):
    assert len(panel["description"]) > 10
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] is None
    for target in panel["targets"]:
        assert not re.search(r"\[\d", target["expr"]), "a range that does not follow the zoom"
        assert 'job=~"$job"' in target["expr"]


def test_panels_do_not_cover_each_other():
    taken = {}
    for panel in BOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        for cell in [(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]:
            assert cell not in taken, f"{panel['title']} and {taken[cell]}"
            taken[cell] = panel["title"]
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])


def test_every_alert_is_linked_from_the_panel_that_shows_it():
    linked = {link["url"] for panel in PANELS for link in panel.get("links", [])}
    assert linked == {rule["annotations"]["runbook_url"] for rule in ALERTS.values()}


def test_what_it_takes_from_recording_rules_is_recorded():
    recorded = {rule["record"] for rule in ALL_RULES if "record" in rule}
    assert recorded_names(" ".join(expressions())) - recorded == set()
