# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over the sources of the house, by a compile database of clang's. A test a room, whose
sources are looked at as one: most of the time goes into the headers that they share."""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import tree
from conftest import ROOT

LINT = ROOT / "build" / "lint"
ROOMS = sorted({os.path.dirname(name) for name in tree.code() if name.endswith(".cc")})


@pytest.fixture(scope="session")
def database():
    if not shutil.which("clang-tidy-14"):
        pytest.skip("clang-tidy-14 is not installed")
    path = LINT / "compile_commands.json"
    if not path.is_file():
        pytest.fail("no compile database: cmake --preset lint")
    return [entry["file"] for entry in json.loads(path.read_text(encoding="utf-8"))]


def sources_of(file):
    """What a source of the database is made of, from the root of the tree."""
    named = [file] if "/Unity/" not in file else re.findall(r'^#include "(.+)"$', Path(file).read_text(), re.M)
    return {os.path.relpath(one, ROOT) for one in named}


@pytest.mark.parametrize("room", ROOMS)
def test_tidy(database, room):
    files = [file for file in database if any(os.path.dirname(one) == room for one in sources_of(file))]
    covered = set().union(*(sources_of(file) for file in files))
    missing = {name for name in tree.code() if os.path.dirname(name) == room and name.endswith(".cc")} - covered
    assert not missing, f"not in the database: {missing}"
    done = subprocess.run(["clang-tidy-14", "-p", LINT, "--quiet", *files], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=1800, check=False)
    found = re.findall(r"^\S+:\d+:\d+: (?:warning|error): .*$", done.stdout, re.M)
    assert done.returncode == 0, "\n".join(found[:10]) or done.stdout[-2000:]
