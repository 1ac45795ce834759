# SPDX-License-Identifier: Apache-2.0
"""The whole of RFC 6455 on the public port, by the prober that may lie beside the checkout."""
import re
import subprocess

import pytest

from certificate import self_signed
from conftest import ROOT, beside
from harness import Gateway
from running import Running
from token_maker import TokenMaker

PROBE_SECONDS = 900
# What the prober may leave out, and why, in our words.
NOT_OURS = (
    (("token", "hs-secret", "public-key"), "credentials: covered below"),
    (("permessage-deflate",), "tickgate declines it"),
    (("per-ip-limit",), "a limit for each address: tickgate has one for all"),
    (("tls", "bad-origin", "ping-timeout"), "covered over TLS"),
    (("plain TCP",), "covered over plain TCP"),
)
LIMITS = "idle_time: 12s\nwrite_deadline: 5s\n"
FEED = "- venue: simulator\n  symbol_count: 24\n  rate: 2000\n"


@pytest.fixture(scope="module")
def prober():
    path = beside("TICKGATE_TOOLS", "shared/tools") / "wsprobe.py"
    if not path.is_file():
        pytest.skip(f"{path} is not there; TICKGATE_TOOLS names its folder")
    return path


def run(prober, gateway, *options):
    """-> what it says of each case, none of which failed"""
    done = subprocess.run(
        ["/usr/bin/python3", prober, "--port", str(gateway.port), "--pid", str(gateway.process.pid),
         "--path", "/v1/stream", "--subprotocol", "tickgate.v1.json",
         "--subscribe", '{"op":"subscribe","id":1,"channel":"quote","symbols":["*"]}',
         "--expect", '"type":"subscribed"', "--max-message", "262144", "--deflate", "off",
         "--handshake-timeout", "5", "--slow-reader", "10", *map(str, options)],
        cwd=ROOT, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    print(done.stdout, done.stderr)
    assert re.findall(r"^FAIL .*$", done.stdout, re.M) == []
    assert done.returncode == 0
    return done.stdout


def probe(prober, gateway, *options):
    """Every case passes, or is left out for a reason that is known here."""
    said = run(prober, gateway, *options)
    left_out = re.findall(r"^SKIP +(\S+) .*\[(.*)\]$", said, re.M)
    known = [word for words, _ in NOT_OURS for word in words]
    assert [case for case in left_out if not any(word in case[1] for word in known)] == []
    assert len(re.findall(r"^PASS ", said, re.M)) > 50


def test_over_plain_tcp(prober, binary):
    with Gateway.demo(binary, "--write-deadline", "5s") as gateway:
        probe(prober, gateway)


def test_over_tls_with_origins_and_an_idle_time(prober, binary, tmp_path):
    certificate, key = self_signed(tmp_path, "localhost")
    server = (f"tls:\n  certificate: {certificate}\n  key: {key}\n"
              'origins: ["https://good.example"]\n')
    foreign = ("https://evil.example", "null", "https://good.example.evil.example")
    with Gateway.serve(binary, FEED, server=server, limits=LIMITS) as gateway:
        probe(prober, gateway, "--tls", "--cafile", certificate, "--sni", "localhost",
              "--origin", "https://good.example",
              *(word for origin in foreign for word in ("--bad-origin", origin)),
              "--ping-timeout", "12")


def test_forged_tokens(prober, binary, tmp_path):
    """By each of the ways that a token may come in, one of a secret and one of a public key."""
    issuer = TokenMaker(tmp_path)
    public = tmp_path / "public.pem"
    public.write_text(issuer.public_pem(), encoding="utf-8")
    ways = (("--header", "Authorization: Bearer {token}"),
            ("--subprotocol", "tickgate.v1.json, bearer.{token}"),
            ("--auth-message", '{"op":"auth","id":7,"token":"{token}"}'))
    with Running(binary, auth=issuer.auth()) as running:
        for way in ways:
            said = run(prober, running.gateway, *way, "--only", "J*", "--token", issuer.token("alice"),
                       "--hs-secret", issuer.secret)
            assert len(re.findall(r"^PASS ", said, re.M)) >= 20, said
            said = run(prober, running.gateway, *way, "--only", "J*", "--token",
                       issuer.token("alice", algorithm="RS256"), "--public-key", public)
            assert len(re.findall(r"^PASS ", said, re.M)) >= 12, said
        # The prober's own good token is one: else all would be refused for nothing.
        assert run(prober, running.gateway, *ways[0], "--only", "A01", "--token",
                   issuer.token("alice")).count("PASS ") > 0
