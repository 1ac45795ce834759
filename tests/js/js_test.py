# SPDX-License-Identifier: Apache-2.0
"""The JavaScript client: its own tests under `node --test`, each file of them as a test here; skipped
by name where there is no Node 20 or later."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

import pytest

from node import node

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIENT = ROOT / "schemas" / "js"
NODE_SECONDS = 120


@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_node(name):
    done = subprocess.run([node(), "--test", "--test-reporter=tap", str(HERE / name)], capture_output=True,
                          text=True, timeout=NODE_SECONDS, check=False)
    assert done.returncode == 0, "\n".join(re.findall(r"^ *not ok.*(?:\n(?! *(?:not )?ok).*){0,25}", done.stdout, re.M))
    assert re.search(r"^# pass [1-9]", done.stdout, re.M), "nothing was tested"


def test_a_program_in_typescript_compiles_against_it(tmp_path):
    program = shutil.which("tsc")
    if not program:
        pytest.skip("tsc is not installed (Debian package node-typescript)")
    options = {"noEmit": True, "strict": True, "target": "es2022", "module": "es2022", "moduleResolution": "node",
               "lib": ["es2022", "dom"], "types": []}
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": [str(HERE / "consumer.ts")]}))
    done = subprocess.run([program, "-p", str(tmp_path)], capture_output=True, text=True, timeout=NODE_SECONDS, check=False)
    assert done.returncode == 0, done.stdout


def test_the_package_has_what_its_users_need(tmp_path):
    """By npm where it is; what it would leave out is looked at anyway."""
    package = json.loads((CLIENT / "package.json").read_text())
    assert set(package["files"]) == {path.name for path in CLIENT.glob("*.[jt]s")}, "each source"
    assert (CLIENT / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert "dependencies" not in package and package["engines"]["node"] == ">=20"
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("npm is not installed: the package is not packed")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "npm_config_offline": "true"}
    done = subprocess.run([npm, "pack", str(CLIENT)], cwd=tmp_path, env=environment, capture_output=True, text=True,
                          timeout=NODE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    with tarfile.open(next(tmp_path.glob("*.tgz"))) as packed:
        assert {name.removeprefix("package/") for name in packed.getnames()} == {
            *package["files"], "package.json", "README.md", "LICENSE"}
        packed.extractall(tmp_path / "node_modules")
    (tmp_path / "node_modules" / "package").rename(tmp_path / "node_modules" / "tickgate")
    (tmp_path / "user.mjs").write_text('import {decimal} from "tickgate"; console.log(decimal.mid("1", "2"));')
    done = subprocess.run([node(), "user.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=NODE_SECONDS, check=False)
    assert done.stdout == "1.5\n", done.stderr
