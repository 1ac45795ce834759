# SPDX-License-Identifier: Apache-2.0
"""curl, and what it does by itself: HTTP/2 offered in TLS, bodies, connections kept, old versions."""

import json
import subprocess

import pytest

from clients import WIRES, program, served
from harness import equal, expect


class Curl:
    def __init__(self, gateway, url, trusted):
        self.command = [program("curl", "curl"), "--silent", "--show-error", "--max-time", "10",
                        "--cacert", str(trusted)]
        self.base = url.replace("ws", "http", 1).removesuffix("/v1/stream")

    def __call__(self, *words, show="%{http_code} %{num_connects}\n"):
        """-> what it wrote; `words` that begin with /v1 or /readyz are paths of the gateway"""
        words = [self.base + word if word.startswith(("/v1", "/readyz")) else word for word in words]
        done = subprocess.run([*self.command, "--write-out", show, *words], check=False,
                              capture_output=True, text=True, timeout=20)
        equal((done.returncode, done.stderr), (0, ""), f"curl {words}")
        return done.stdout


@pytest.mark.parametrize("wire", WIRES)
def test_curl(binary, keys, wire):
    gateway, url = served(binary, keys, wire)
    with gateway:
        curl = Curl(gateway, url, keys[0])
        plain = curl("/v1/instruments", show="")
        symbol = json.loads(plain)[0]["symbol"]
        packed = curl("--compressed", "--http2", "/v1/instruments", show="")
        equal([one["symbol"] for one in json.loads(packed)],
              [one["symbol"] for one in json.loads(plain)], "compressed and not")
        asked = json.dumps({"channel": "ticker", "symbols": [symbol]})
        kinds = {one["type"] for one in json.loads(curl("--data", asked, "/v1/snapshot", show=""))}
        equal(kinds, {"status", "ticker"}, "snapshot by POST")
        nowhere = ["--output", "/dev/null"]
        twice = curl("/readyz", "/readyz", *nowhere, *nowhere)
        equal(twice, "200 1\n200 0\n", "status and new connections of two requests")
        equal(curl("/readyz", "--http1.0", "--head", *nowhere), "200 1\n", "1.0")
        expect("Allow: " in curl("--request", "OPTIONS", "--include", "/readyz"), "OPTIONS")
