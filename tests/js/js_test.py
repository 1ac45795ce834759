# SPDX-License-Identifier: Apache-2.0
"""The JavaScript client: its own tests under `node --test`, each file of them as a test here; skipped
by name where there is no Node 20 or later."""

import pathlib
import re
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
NODE_SECONDS = 120


def node():
    program = shutil.which("node")
    if not program:
        pytest.skip("node is not installed (Debian package nodejs)")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.match(r"v(\d+)", version)[1]) < 20:
        pytest.skip(f"node {version.strip()}, and the client is for 20 or later")
    return program


@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_node(name):
    done = subprocess.run([node(), "--test", "--test-reporter=tap", str(HERE / name)], capture_output=True,
                          text=True, timeout=NODE_SECONDS, check=False)
    assert done.returncode == 0, "\n".join(re.findall(r"^ *not ok.*(?:\n(?! *(?:not )?ok).*){0,25}", done.stdout, re.M))
    assert re.search(r"^# pass [1-9]", done.stdout, re.M), "nothing was tested"
