# SPDX-License-Identifier: Apache-2.0
"""The unit, as systemd's own tools see it, and beside the configuration that it starts."""
import re
import shutil
import subprocess

import pytest
import yaml

from conftest import ROOT

UNIT = ROOT / "deploy/systemd/tickgate.service"
MOST_EXPOSED = 2.0  # of 10
LAST_WORDS = 5  # seconds, kLastWords in server.cc


def setting(name):
    return re.search(rf"^{name}=(.*)$", UNIT.read_text(), re.M)[1]


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s|m)", text).groups()
    return int(number) * {"s": 1, "m": 60}[unit]


@pytest.fixture
def analyze():
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")

    def run(*words):
        done = subprocess.run(["systemd-analyze", "--no-pager", *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout
        return done.stdout
    return run


def test_it_is_hardly_exposed(analyze):
    said = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED * 10:.0f}", str(UNIT))
    assert float(re.search(r"Overall exposure level for \S+: ([\d.]+)", said)[1]) <= MOST_EXPOSED


def test_systemd_understands_every_line(analyze, binary, tmp_path):
    unit = UNIT.read_text().replace("/usr/bin/tickgate", str(binary))
    unit = re.sub(r"^Documentation=.*\n", "", unit, flags=re.M)  # the manual need not be installed
    (tmp_path / UNIT.name).write_text(unit)
    assert "tickgate" not in analyze("verify", "--man=no", str(tmp_path / UNIT.name))


def test_it_waits_longer_than_the_drain_of_the_sample(binary):
    sample = (ROOT / "deploy/tickgate.yaml").read_text()
    keys = dict(re.findall(r"^  #?(drain_\w+): (\w+)$", sample, re.M))
    assert seconds(setting("TimeoutStopSec")) > sum(map(seconds, keys.values())) + LAST_WORDS


def test_the_descriptors_fit_the_connections(binary):
    schema = yaml.safe_load((ROOT / "deploy/tickgate.schema.json").read_text())
    limits = schema["properties"]["limits"]["properties"]
    assert int(setting("LimitNOFILE")) > limits["connections"]["default"] + limits["http_visitors"]["default"]
