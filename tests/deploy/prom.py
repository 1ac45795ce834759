# SPDX-License-Identifier: Apache-2.0
"""What the tests of rules, dashboard and compose share: promtool, what the rules say, a gateway that has every metric."""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

import certificate
import nats_words
from conftest import ROOT
from harness import Gateway
from issuer import Issuer
from venue import Venue
from venue_words import Binance

PROMETHEUS = ROOT / "deploy/prometheus"
DASHBOARD = ROOT / "deploy/grafana/tickgate.json"
RULES = yaml.safe_load((PROMETHEUS / "rules.yml").read_text(encoding="utf-8"))
ALL_RULES = [rule for group in RULES["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in ALL_RULES if "alert" in rule}
# Two markets that are made up; the venue of two lines, which stamps what it sends, stands beside the test.
MADE_UP = """
- {venue: simulator, seed: 1, rate: 500}
- {venue: simulator, name: other, label: sim2, seed: 2, rate: 100}
"""
# Of a histogram the scrape has these.
PARTS = re.compile(r"_(bucket|count|sum)$")


def tool(name):
    """The program of Debian's package prometheus, where deploy/packages.sh puts it or on the path."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:{ROOT / 'build/tools'}")
    return found or pytest.skip(f"{name} is not there (Debian package prometheus)")


def promtool(*words, cwd=ROOT):
    done = subprocess.run([tool("promtool"), *map(str, words)], cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=300)
    assert done.returncode == 0, "\n".join(line for line in done.stdout.splitlines() if line.strip())


def metric_names(expression):
    """The metrics of gateways that it names; those that rules record have a colon."""
    plain = re.sub(r'"[^"]*"', "", expression)
    return set(re.findall(r"(?<![\w:])(?:tickgate|process)_\w+(?!:)", plain))


def recorded_names(expression):
    return set(re.findall(r"\btickgate:[\w:]+", expression))


# Those of ingests and edges.
OF_NATS = re.compile(r"tickgate_(nats|ingest|edge)_")


@contextlib.contextmanager
def gateways_of_every_metric(binary, folder):
    """One that has all metrics but those of NATS; and where there is one, an ingest and an edge, which have them."""
    with gateway_of_every_metric(binary, folder) as gateway:
        if not (nats_words.found() and nats_words.knows_nats(binary, folder)):
            yield [gateway]
            return
        with nats_words.tier(binary, folder, MADE_UP) as (_, ingest, edge):
            yield [gateway, ingest, edge]


@contextlib.contextmanager
def gateway_of_every_metric(binary, folder):
    path, key = certificate.self_signed(folder, "localhost")
    with Venue(Binance, "BTC-USDT") as venue, Issuer() as issuer:
        server = f"shards: 1\ntls:\n  certificate: {path}\n  key: {key}\n"
        gateway = Gateway.serve(binary, MADE_UP + venue.feed(**venue.two_lines()), server=server)
        configuration = pathlib.Path(gateway.arguments[-1])
        auth = {"jwks_url": issuer.url, "issuer": "https://issuer.example", "audience": "tickgate"}
        (folder / "ledger").mkdir()
        sections = {"auth": auth, "plans": {"later": {"delay": "2s"}},
                    "ledger": {"directory": str(folder / "ledger")}}
        configuration.write_text(configuration.read_text() + yaml.safe_dump(sections), encoding="utf-8")
        with gateway:
            yield gateway
