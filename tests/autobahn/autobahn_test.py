# SPDX-License-Identifier: Apache-2.0
"""Autobahn's fuzzing client against ws_echo, plain and over TLS; compression is declined.

It is a program for Python 2, which few machines have, and takes minutes to fetch and to run: asked
for by TICKGATE_AUTOBAHN=1, which `sh tests/run.sh autobahn` sets."""
import collections
import contextlib
import json
import os
import shutil
import subprocess

import pytest

from certificate import self_signed
from conftest import ROOT

KEPT = ROOT / "build" / "autobahn"
RELEASE = "autobahntestsuite==25.10.1"  # it pins all that it needs
START = "import site, sys; site.addsitedir(sys.argv.pop(1)); " \
        "from autobahntestsuite.wstest import run; run()"
CASES = 301  # but those of compression
COMPRESSION = ("12.", "13.")
GOOD = {"OK", "INFORMATIONAL", "NON-STRICT"}
FETCH_SECONDS, RUN_SECONDS = 400, 1200


def runs(python):
    done = subprocess.run([python, "-c", "import sys; print(sys.version_info[0])"], check=False,
                          capture_output=True, text=True)
    return done.stdout.strip() == "2"


@pytest.fixture
def wstest():
    """The words that start it, fetched by pip into build/autobahn if it is not there yet."""
    if not os.environ.get("TICKGATE_AUTOBAHN"):
        pytest.skip("set TICKGATE_AUTOBAHN=1 to run it")
    names = [os.environ.get("TICKGATE_PYTHON2"), "python2", "python2.7", "pypy"]
    python = next((found for found in map(shutil.which, filter(None, names))
                   if found and runs(found)), None)
    if not python:
        pytest.skip("no Python 2; TICKGATE_PYTHON2 names one")
    if not (KEPT / "autobahntestsuite").exists():
        new = KEPT.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        done = subprocess.run([python, "-m", "pip", "install", "-q", "--target", new, RELEASE],
                              check=False, capture_output=True, text=True, timeout=FETCH_SECONDS)
        if done.returncode:
            pytest.skip(f"pip has no {RELEASE} for {python}: {done.stderr.strip()[-300:]}")
        shutil.rmtree(KEPT, ignore_errors=True)
        new.rename(KEPT)
    return [python, "-c", START, KEPT]


@contextlib.contextmanager
def echo_server(build, *options):
    """-> its port"""
    program = next((path for path in (build / "ws_echo", build / "tests" / "ws_echo")
                    if path.exists()), None)
    assert program, f"no ws_echo in {build}: build it"
    with subprocess.Popen([program, "--port", "0", *options], stdout=subprocess.PIPE,
                          text=True) as server:
        try:
            yield int(server.stdout.readline().rsplit(":", 1)[1])
        finally:
            server.terminate()
    assert server.returncode == 0, f"ws_echo ended with {server.returncode}"


def run_cases(wstest, url, folder):
    """-> what was found, by case"""
    spec = folder / "spec.json"
    spec.write_text(json.dumps({
        "outdir": str(folder / "out"), "cases": ["*"], "exclude-cases": [],
        "exclude-agent-cases": {}, "servers": [{"agent": "ws_echo", "url": url}]}),
        encoding="utf-8")
    done = subprocess.run([*wstest, "-m", "fuzzingclient", "-s", spec], cwd=folder, check=False,
                          capture_output=True, text=True, timeout=RUN_SECONDS)
    index = folder / "out" / "index.json"
    assert index.exists(), done.stderr[-2000:]
    return json.loads(index.read_text(encoding="utf-8"))["ws_echo"]


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_every_case_is_ok(wstest, build, tmp_path, scheme):
    certificate, key = self_signed(tmp_path, "localhost")
    options = ["--tls-cert", certificate, "--tls-key", key] if scheme == "wss" else []
    with echo_server(build, *options) as port:
        found = run_cases(wstest, f"{scheme}://localhost:{port}", tmp_path)
    cases = {name: (case["behavior"], case["behaviorClose"]) for name, case in found.items()
             if not name.startswith(COMPRESSION)}
    print(scheme, collections.Counter(cases.values()))
    assert (len(cases), {name: ends for name, ends in cases.items() if not set(ends) <= GOOD}) \
        == (CASES, {})
    declined = [found[name]["behavior"] for name in found if name not in cases]
    assert set(declined) == {"UNIMPLEMENTED"}
