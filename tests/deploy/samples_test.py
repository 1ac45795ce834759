# SPDX-License-Identifier: Apache-2.0
"""deploy/tickgate-ingest.yaml and tickgate-edge.yaml: that check takes them, and that together they are a tier."""
import subprocess

import pytest
import yaml

from conftest import ROOT

DEPLOY = ROOT / "deploy"
SAMPLES = {name: (DEPLOY / f"tickgate-{name}.yaml").read_text(encoding="utf-8") for name in ("ingest", "edge")}
VALUES = {name: yaml.safe_load(text) for name, text in SAMPLES.items()}


@pytest.mark.parametrize("name", SAMPLES)
def test_check_finds_nothing_wrong(name, binary, tmp_path):
    (tmp_path / "nats.password").write_text("secret\n", encoding="utf-8")
    path = tmp_path / "tickgate.yaml"
    path.write_text(SAMPLES[name].replace("/etc/tickgate/", f"{tmp_path}/"), encoding="utf-8")
    done = subprocess.run([binary, "check", "--config", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, timeout=30)
    if "built without NATS" in done.stdout:
        pytest.skip("this tickgate was built without NATS")
    assert done.returncode == 0 and done.stdout.endswith(": good\n"), done.stdout


def test_the_one_reads_where_the_other_publishes():
    ingest, (edge,) = VALUES["ingest"]["publish"]["nats"], VALUES["edge"]["feeds"]
    assert edge["venue"] == "nats" and edge["url"] == ingest["url"]
    assert edge.get("subject_prefix") == ingest.get("subject_prefix")


def test_each_comes_as_the_user_that_may_do_what_it_does():
    conf = (DEPLOY / "nats/nats-server.conf").read_text(encoding="utf-8")
    for name, settings in (("ingest", VALUES["ingest"]["publish"]["nats"]), ("edge", VALUES["edge"]["feeds"][0])):
        assert f"{{user: {settings['user']}, password: ${name}_password, permissions: ${name}_may}}" in conf
        assert settings["password_file"].startswith("/etc/tickgate/")
