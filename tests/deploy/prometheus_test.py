# SPDX-License-Identifier: Apache-2.0
"""Debian's Prometheus with our rules, over a gateway that runs."""
import json
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
import yaml

from harness import free_port
from prom import ALL_RULES, PROMETHEUS, gateways_of_every_metric, tool

SECONDS = 120


@pytest.fixture(scope="module")
def running(binary, tmp_path_factory):
    with gateways_of_every_metric(binary, tmp_path_factory.mktemp("keys")) as gateways:
        yield gateways


class Prometheus:
    """One of ours, which scrapes and evaluates without a pause; a busy machine answers late."""

    def __init__(self, folder, targets):
        config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
        config["global"] = {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "2s"}
        config["rule_files"] = [str(PROMETHEUS / name) for name in config["rule_files"]]
        config["scrape_configs"][0]["static_configs"] = [{"targets": targets}]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = (folder / "log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [tool("prometheus"), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address={self.url.removeprefix('http://')}"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def ask(self, path, **query):
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=10) as answer:
            return json.load(answer)["data"]

    def names(self):
        return {series["metric"]["__name__"]
                for series in self.ask("query", query='count by (__name__) ({__name__=~"tickgate.*"})')["result"]}

    def wait_for(self, what, condition):
        """-> what the condition says, once it says something"""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.last_words()
            try:
                if found := condition():
                    return found
            except OSError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"not within {SECONDS} s: {what}\n{self.last_words()}")

    def last_words(self):
        self.log.seek(0)
        return self.log.read()[-2000:]

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(SECONDS)
        finally:
            self.process.kill()
            self.log.close()


@pytest.fixture(scope="module")
def prometheus(running, tmp_path_factory):
    targets = [f"127.0.0.1:{gateway.admin_port}" for gateway in running]
    started = Prometheus(tmp_path_factory.mktemp("prometheus"), targets)
    try:
        yield started
    finally:
        started.end()


def test_prometheus_scrapes_it(prometheus):
    def healths():
        targets = prometheus.ask("targets")["activeTargets"]
        return all(target["health"] != "unknown" for target in targets) and targets

    for target in prometheus.wait_for("a scrape", healths):
        assert (target["health"], target["lastError"], target["labels"]["job"]) == ("up", "", "tickgate")


def test_every_rule_gives_what_it_records(prometheus):
    """But those that count faults: there are none."""
    recorded = {rule["record"] for rule in ALL_RULES if "record" in rule}
    without = {"tickgate:feed_anomalies:slots30m", "tickgate:feed_quarantined:slots30m",
               "tickgate:feed_reconnects:slots1h", "tickgate:nats_reconnects:slots1h",
               "tickgate:ingest_streams_made:slots30m", "tickgate:edge_dropped:slots30m",
               "tickgate:edge_trades_lost:slots30m", "tickgate:edge_bad_messages:slots30m"}
    prometheus.wait_for(f"of {sorted(recorded - without)}, all", lambda: recorded - without <= prometheus.names())


def test_every_rule_is_evaluated_without_an_error_and_none_fires(prometheus):
    def rules():
        every = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
        return len(every) == len(ALL_RULES) and all(rule["health"] != "unknown" for rule in every) and every

    for rule in prometheus.wait_for("an evaluation of each rule", rules):
        assert (rule["health"], rule.get("lastError", "")) == ("ok", ""), rule["name"]
        assert rule.get("state") != "firing", rule["name"]
