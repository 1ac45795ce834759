# SPDX-License-Identifier: Apache-2.0
"""The package as it is published, and what it asks a gateway, against the contract."""

import json
import re
import subprocess
import sys
import tomllib

import pytest

import tickgate
from conftest import ROOT
from tickgate.wanted import Key, Terms, requests

FOLDER = ROOT / "schemas" / "python"
PROJECT = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_its_version_is_that_of_the_gateway():
    version = re.search(r"project\(tickgate VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
    assert PROJECT["version"] == version


def test_what_is_exported_is_there_and_has_words_for_its_users():
    assert all(hasattr(tickgate, name) for name in tickgate.__all__)
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(word in text for word in ("trades", "is_live", "why(", "tickgate.sync", "tail", "Gap", "ClosedError"))
    assert PROJECT["dependencies"] == ["websockets>=10.4"], "Debian 12's is new enough"


def test_it_imports_nothing_but_websockets_and_python():
    code = "import sys; import tickgate, tickgate.sync, tickgate.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(FOLDER)}, capture_output=True,
                          text=True, check=True)
    tops = {name.split(".")[0] for name in done.stdout.split()}
    foreign = {name for name in tops if name not in sys.stdlib_module_names and not name.startswith("_")}
    assert foreign - {"websockets", "tickgate", "sitecustomize", "apport_python_hook", "distutils-precedence"} == set()


def test_it_can_be_installed(tmp_path):
    pytest.importorskip("setuptools", minversion="61", reason="setuptools is not installed (python3-setuptools)")
    pytest.importorskip("wheel", reason="wheel is not installed (python3-wheel)")
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in FOLDER.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            (copy / path.relative_to(FOLDER)).parent.mkdir(exist_ok=True, parents=True)
            (copy / path.relative_to(FOLDER)).write_bytes(path.read_bytes())
    done = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation",
                           "--no-index", "--target", str(tmp_path / "there"), str(copy)],
                          capture_output=True, text=True, timeout=120, check=False)
    if "No module named pip" in done.stderr:
        pytest.skip("pip is not installed (python3-pip)")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "there" / "tickgate" / "py.typed").is_file()


def test_what_it_asks_has_the_form_of_the_contract():
    known = {}
    for path in sorted((ROOT / "schemas" / "examples" / "requests").glob("*.json")):
        example = json.loads(path.read_text(encoding="utf-8"))
        for one in example if isinstance(example, list) else [example]:
            known.setdefault(one["op"], set()).update(one)
    wanted = {Key("quote", None, "A:B-C"): Terms(100), Key("book", None, "A:*"): Terms(0, 5),
              Key("bar", "1m", "A:B-C"): Terms(history=7, asked=1)}
    asked = requests({}, wanted, True) + requests(wanted, {}, True)
    assert {one["op"] for one in asked} == {"subscribe", "unsubscribe"}
    assert all(set(one) <= known[one["op"]] | {"stamps", "interval"} for one in asked)
