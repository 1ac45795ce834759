# SPDX-License-Identifier: Apache-2.0
"""deploy/compose.yaml, without an engine: what it mounts is there, and nobody else sees the admin port."""
import re
import shlex

import pytest
import yaml

from conftest import ROOT
from prom import DASHBOARD, PROMETHEUS, promtool

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
GATEWAY = SERVICES["gateway"]
# Compose's own keys of a service that we use; a slip of the pen would be ignored by old versions.
KEYS = {"image", "build", "command", "ports", "volumes", "read_only", "cap_drop", "security_opt", "mem_limit",
        "stop_grace_period", "restart", "healthcheck", "environment", "depends_on"}


def as_by_default(text):
    """${NAME:-default} without the environment."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def mounts(name):
    """-> from where in the tree, to where in the container, how"""
    for volume in map(as_by_default, SERVICES[name].get("volumes", [])):
        source, target, *how = volume.split(":")
        if source in COMPOSE["volumes"]:
            continue
        yield (DEPLOY / source).resolve(), target, how


def test_it_has_the_three_and_no_key_that_compose_does_not_know():
    assert set(SERVICES) == {"gateway", "prometheus", "grafana"}
    assert set().union(*SERVICES.values()) <= KEYS


@pytest.mark.parametrize("name", SERVICES)
def test_what_it_mounts_is_there_and_is_only_read(name):
    for source, _, how in mounts(name):
        assert source.exists(), source
        assert how == ["ro"], source


@pytest.mark.parametrize("name", SERVICES)
def test_it_is_reached_from_this_machine_alone(name):
    for port in SERVICES[name]["ports"]:
        assert as_by_default(port).startswith("127.0.0.1:"), port


def test_no_setting_shows_the_admin_port_to_others():
    assert [port for port in GATEWAY["ports"] if "$" in port] == ["${TICKGATE_ADDRESS:-127.0.0.1}:8080:8080"]


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned_and_health_is_asked_without_a_shell(name):
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", as_by_default(SERVICES[name]["image"]))
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_the_gateway_is_built_from_our_dockerfile_and_may_write_nothing():
    build = GATEWAY["build"]
    assert (DEPLOY / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    assert GATEWAY["read_only"] is True and GATEWAY["cap_drop"] == ["ALL"]


def test_the_gateway_drains_before_it_is_killed():
    settings = yaml.safe_load(next(source for source, _, _ in mounts("gateway")).read_text(encoding="utf-8"))
    drain = int(settings["server"]["drain_time"].removesuffix("s"))
    assert int(GATEWAY["stop_grace_period"].removesuffix("s")) >= drain + 10


def test_the_gateway_is_told_to_serve_the_configuration_that_is_mounted():
    to = {target: source for source, target, _ in mounts("gateway")}
    assert shlex.split(as_by_default(GATEWAY["command"])) == ["serve", "--config", "/etc/tickgate/tickgate.yaml"]
    assert to["/etc/tickgate/tickgate.yaml"] == DEPLOY / "base/tickgate.yaml", "which policy_test.py has checked"


def test_promtool_accepts_the_configuration_as_it_is_mounted():
    promtool("check", "config", "prometheus.yml", cwd=PROMETHEUS)
    to = {target: source for source, target, _ in mounts("prometheus")}
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    assert {f"/etc/prometheus/{name}" for name in config["rule_files"]} <= set(to)


def test_prometheus_asks_the_gateways_admin_port():
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = config["scrape_configs"]
    assert job["job_name"] == "tickgate"
    settings = yaml.safe_load((DEPLOY / "base/tickgate.yaml").read_text(encoding="utf-8"))
    port = settings["server"]["admin_listen"].split(":")[1]
    assert job["static_configs"] == [{"targets": [f"gateway:{port}"]}]


def test_grafana_finds_its_source_and_its_dashboard():
    to = {target: source for source, target, _ in mounts("grafana")}
    provisioning = to["/etc/grafana/provisioning"]
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yaml").read_text())["datasources"]
    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    (provider,) = yaml.safe_load((provisioning / "dashboards/dashboards.yaml").read_text())["providers"]
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert to[home] == DASHBOARD
    assert home.startswith(provider["options"]["path"] + "/")
