# SPDX-License-Identifier: Apache-2.0
"""What of the console needs no page: scales, bars, sums. Each file of `node:test` cases is a test here;
skipped by name where there is no Node 18 or later."""

import pathlib
import re
import subprocess

import pytest

from node import node

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 60


@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_node(name):
    done = subprocess.run([node(18), "--test", str(HERE / name)], capture_output=True, text=True,
                          timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    passed = re.search(r"pass (\d+)", done.stdout)
    assert passed and int(passed[1]) > 0, f"nothing was tested: {done.stdout[-500:]}"
