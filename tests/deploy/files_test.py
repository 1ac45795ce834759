# SPDX-License-Identifier: Apache-2.0
"""Every script parses as sh, and every YAML file is tidy."""
import subprocess

import pytest

from conftest import ROOT

SCRIPTS = sorted([*ROOT.glob("deploy/*.sh"), *ROOT.glob("tests/**/*.sh")])
# What stands in a chart's templates is YAML only once it is rendered.
MANIFESTS = sorted(path for path in [*ROOT.glob("deploy/**/*.y*ml"), *ROOT.glob(".github/**/*.y*ml")]
                   if "templates" not in path.parts)


def name(path):
    return str(path.relative_to(ROOT))


def passes(*command):
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_script_parses(script):
    passes("sh", "-n", script)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=name)
def test_yaml_is_tidy(manifest):
    passes("yamllint", "-s", "-c", "tests/deploy/yamllint.yaml", manifest)
