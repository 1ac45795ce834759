# SPDX-License-Identifier: Apache-2.0
"""Builds and runs the demo on a bare Debian 13."""
import os
import subprocess

import pytest

from conftest import ROOT


@pytest.mark.skipif(os.environ.get("TICKGATE_DEBIAN13") != "1",
                    reason="downloads a whole system; TICKGATE_DEBIAN13=1 asks for it")
def test_the_demo_on_debian_13():
    done = subprocess.run(["sh", "tests/on_debian.sh", "trixie", "build/debian13"], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-3000:]
