# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over the sources of the house, by a compile database of clang's. Slow: a test a file,
so that pytest-xdist spreads them (`-n 2`)."""
import re
import shutil
import subprocess

import pytest

import tree
from conftest import ROOT

LINT = ROOT / "build" / "lint"


@pytest.fixture(scope="session")
def database():
    if not shutil.which("clang-tidy-14"):
        pytest.skip("clang-tidy-14 is not installed")
    if not (LINT / "compile_commands.json").is_file():
        pytest.fail("no compile database: cmake --preset lint")
    return LINT


@pytest.mark.parametrize("name", [name for name in tree.code() if name.endswith(".cc")])
def test_tidy(database, name):
    done = subprocess.run(["clang-tidy-14", "-p", database, "--quiet", name], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=600, check=False)
    found = re.findall(r"^\S+:\d+:\d+: (?:warning|error): .*$", done.stdout, re.M)
    assert done.returncode == 0, "\n".join(found[:10]) or done.stdout[-2000:]
