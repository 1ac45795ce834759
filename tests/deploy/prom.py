# SPDX-License-Identifier: Apache-2.0
"""What the tests of rules, dashboard and compose share: promtool, and what the rules say."""
import os
import re
import shutil
import subprocess

import pytest
import yaml

from conftest import ROOT

PROMETHEUS = ROOT / "deploy/prometheus"
DASHBOARD = ROOT / "deploy/grafana/tickgate.json"
RULES = yaml.safe_load((PROMETHEUS / "rules.yml").read_text(encoding="utf-8"))
ALL_RULES = [rule for group in RULES["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in ALL_RULES if "alert" in rule}
# Of a histogram the scrape has these.
PARTS = re.compile(r"_(bucket|count|sum)$")


def tool(name):
    """The program of Debian's package prometheus, where deploy/packages.sh puts it or on the path."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:{ROOT / 'build/tools'}")
    return found or pytest.skip(f"{name} is not there (Debian package prometheus)")


def promtool(*words, cwd=ROOT):
    done = subprocess.run([tool("promtool"), *map(str, words)], cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=120)
    assert done.returncode == 0, "\n".join(line for line in done.stdout.splitlines() if line.strip())


def metric_names(expression):
    """The metrics of gateways that it names; those that rules record have a colon."""
    plain = re.sub(r'"[^"]*"', "", expression)
    return set(re.findall(r"(?<![\w:])(?:tickgate|process)_\w+(?!:)", plain))


def recorded_names(expression):
    return set(re.findall(r"\btickgate:[\w:]+", expression))
