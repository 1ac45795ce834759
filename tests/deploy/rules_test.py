# SPDX-License-Identifier: Apache-2.0
"""The rules for Prometheus: what promtool proves of them, that it is asked of every alert, and the runbook."""
import re

import pytest
import yaml

from conftest import ROOT
from prom import ALERTS, ALL_RULES, PROMETHEUS, metric_names, promtool, recorded_names

PROOFS = yaml.safe_load((PROMETHEUS / "rules_test.yml").read_text(encoding="utf-8"))["tests"]
RUNBOOK = (ROOT / "deploy/README.md").read_text(encoding="utf-8")
# What befalls every gateway, and no alert of any kind may make of it.
EVERYDAY = ("no series of ours being there", "each event happening once", "being started anew", "being closed")
NOTHING_FIRES = 'ALERTS{alertstate="firing"}'


def everyday(what):
    return next(test for test in PROOFS if test["name"].startswith("no alert") and what in test["name"])


def test_promtool_accepts_the_rules():
    promtool("check", "rules", "rules.yml", cwd=PROMETHEUS)


def test_promtool_proves_when_they_fire_and_when_not():
    promtool("test", "rules", "rules_test.yml", cwd=PROMETHEUS)


@pytest.mark.parametrize("alert", ALERTS)
def test_it_is_proven_that_it_fires_and_that_it_stays_silent(alert):
    asked = [case for test in PROOFS for case in test.get("alert_rule_test", []) if case["alertname"] == alert]
    assert any(case.get("exp_alerts") for case in asked), "no test in which it fires"
    assert any(not case.get("exp_alerts") for case in asked), "no test in which it is silent"


@pytest.mark.parametrize("what", EVERYDAY)
def test_nothing_fires_when_what_befalls_every_gateway_does(what):
    asked = everyday(what)["promql_expr_test"]
    assert len(asked) > 1
    assert all(case["expr"] == NOTHING_FIRES and not case.get("exp_samples") for case in asked)


@pytest.mark.parametrize("what", EVERYDAY[1:])
def test_it_is_silent_about_every_metric_and_not_for_want_of_it(what):
    named = set().union(*(metric_names(rule["expr"]) for rule in ALL_RULES))
    assert named - {line["series"].split("{")[0] for line in everyday(what)["input_series"]} == set()


def test_a_restart_sets_every_counter_back():
    counters = [line for line in everyday("being started anew")["input_series"]
                if re.match(r"\w+_(total|count|bucket)\b", line["series"])]
    assert len(counters) > 15
    assert all(re.search(r" _ 0\+", line["values"]) for line in counters)


@pytest.mark.parametrize("alert", ALERTS)
def test_it_says_what_who_is_woken_needs(alert):
    rule = ALERTS[alert]
    assert alert.startswith("Tickgate")
    assert rule["labels"]["severity"] in ("page", "ticket")
    notes = rule["annotations"]
    assert set(notes) == {"summary", "description", "runbook_url"}
    assert "{{" not in notes["summary"], "a group of alerts has one summary"
    assert notes["runbook_url"] == f"https://tickgate.example/deploy/README.md#{alert.lower()}"


def test_the_runbook_has_a_section_of_each_alert_and_of_nothing_else():
    runbook = RUNBOOK.split("\n## Runbook\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (.+)$", runbook, re.M) == list(ALERTS)
    for section in runbook.split("\n### ")[1:]:
        for asked in ("**Means:** ", "**Users see:** ", "**Look at:** ", "**Do:** "):
            assert section.count(asked) == 1, f"{section.splitlines()[0]}: {asked}"


def test_what_is_recorded_is_used_and_what_is_used_is_recorded():
    recorded = {rule["record"] for rule in ALL_RULES if "record" in rule}
    used = set().union(*(recorded_names(rule["expr"]) for rule in ALL_RULES))
    assert used - recorded == set()
