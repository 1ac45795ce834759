# SPDX-License-Identifier: Apache-2.0
"""tickgate-load against a gateway: every kind of load in small, and how it says what went wrong."""

import pathlib
import signal
import subprocess
import tempfile

from certificate import self_signed
from harness import Gateway, equal, expect, free_port
from load import Load, finding, load
from running import Running

MARKET = ("--symbols", "100", "--names", "generated", "--rate", "2000", "--seed", "11")
CHOICE = ("--symbols", "10", "--of", "100", "--interval", "10")


def start(binary):
    return Gateway.demo(binary, *MARKET)


async def test_every_kind_of_load_is_served_and_measured(gateway, binary):
    report = await load(binary, gateway.stream_url, *CHOICE, "--connections", 100, "--slow", 5,
                        "--slow-time", "1500ms", "--half-open", 6, "--storm", 200, "--churn", 100,
                        "--warm-up", "300ms", "--duration", "3s", "--check", "--pid",
                        gateway.process.pid)
    equal(report["findings"], [], "findings")
    equal({key: report["connections"][key] for key in ("subscribed", "served", "closed")},
          {"subscribed": 100, "served": 100, "closed": 0}, "connections")
    delivery, latency, slow = report["delivery"], report["latency"], report["slow"]
    # 2,000 ticks a second, each to a tenth of 100 clients and, later, of 200 more.
    expect(delivery["updates"] > 15_000, f"so few updates: {delivery}")
    expect(delivery["updates"] >= delivery["frames"] > 0, f"frames: {delivery}")
    expect(delivery["bytes"] > 100 * delivery["updates"], f"bytes: {delivery}")
    equal((delivery["backwards"], delivery["symbols"]), (0, 100), "seq, and symbols")
    expect(0 < latency["count"] <= delivery["updates"], f"latency: {latency}")
    expect(0 < latency["p50_us"] <= latency["p99_us"] <= latency["max_us"], f"latency: {latency}")
    expect(0 < latency["silence_ms"] < 3_000, f"silence: {latency}")
    equal((slow["caught_up"] + slow["closed"], slow["connections"]), (5, 5), "slow readers")
    expect(slow["drained_updates"] > 0 and slow["oldest_value_ms"] > 500, f"slow: {slow}")
    equal([report["half_open"][key] for key in ("silent", "half_request", "vanished")], [2, 2, 2],
          "half open sockets")
    storm, churn = report["storm"], report["churn"]
    equal((storm["connected"], storm["served"], storm["refused"]), (200, 200, 0), "storm")
    expect(0 < storm["served_ms"] < 10_000, f"storm: {storm}")
    expect(150 <= churn["requests"] <= 400 and churn["unanswered"] == 0, f"churn: {churn}")
    server = report["server"]
    # The kernel divides it by samples, so that of a few of them all may be one's.
    spent = server["user_seconds"] + server["system_seconds"]
    expect(server["us_per_update"] > 0 and spent > 0, f"server: {server}")
    expect(server["resident_max"] >= server["resident_connected"] > 1_000_000, f"server: {server}")


async def test_an_unknown_symbol_is_a_finding(gateway, binary):
    report = await load(binary, gateway.stream_url, "--subscribe", "SIM:NOPE,SIM:S0000-USD",
                        "--connections", 2, "--warm-up", "0s", "--duration", "200ms", code=1)
    equal(finding(report, "symbol rejected: unknown_symbol"), 2, "rejections")


async def test_interrupted_it_still_reports(gateway, binary):
    async with Load(binary, gateway.stream_url, *CHOICE, "--connections", 5, "--warm-up", "0s",
                    "--duration", "1h") as running:
        await running.process.stderr.readline()  # it makes progress
        running.process.send_signal(signal.SIGINT)
        report = await running.end(0)
    expect(report["delivery"]["updates"] > 0, f"no updates: {report['delivery']}")


async def test_every_channel_counts_and_a_drain_or_a_closed_port_is_a_finding(binary):
    with Gateway.serve(binary, "- venue: simulator\n  rate: 2000\n",
                       server="drain_time: 300ms\n") as gateway:
        for channel in ("trade", "book", "ticker"):
            report = await load(binary, gateway.stream_url, "--symbols", "all", "--connections", 3,
                                "--channel", channel, "--warm-up", "0s", "--duration", "700ms",
                                "--check")
            expect(report["delivery"]["updates"] > 0, f"no {channel}: {report['delivery']}")
            expect(report["latency"]["count"] > 0, f"no times of {channel}: {report['latency']}")
        async with Load(binary, gateway.stream_url, "--symbols", "all", "--connections", 5,
                        "--warm-up", "0s", "--duration", "1h") as running:
            await running.process.stderr.readline()
            gateway.terminate()
            gateway.wait_for_exit(0)
            running.process.send_signal(signal.SIGTERM)
            report = await running.end(1)
        equal(finding(report, "closed by the server: 1012"), 5, "closed by the drain")
        equal(report["connections"]["closed"], 5, "closed")
    report = await load(binary, f"ws://127.0.0.1:{free_port()}/v1/stream", "--connections", 3,
                        "--warm-up", "0s", "--duration", "100ms", code=1)
    equal(finding(report, "refused: connect: Connection refused"), 3, "refused")


async def test_over_tls_it_verifies_unless_told_otherwise(binary):
    with tempfile.TemporaryDirectory() as name:
        certificate, key = self_signed(pathlib.Path(name), "localhost")
        flags = (*CHOICE, "--connections", 20, "--storm", 20, "--slow", 2, "--slow-time", "300ms",
                 "--half-open", 3, "--warm-up", "0s", "--duration", "800ms", "--check")
        with Gateway.demo(binary, *MARKET, "--tls-cert", certificate, "--tls-key", key) as gateway:
            url = gateway.stream_url.replace("ws:", "wss:")
            for trust in (("--ca", certificate), ("--insecure",)):
                report = await load(binary, url, *flags, *trust)
                equal((report["connections"]["served"], report["storm"]["served"]), (20, 20),
                      "served over TLS")
                expect(report["delivery"]["updates"] > 0, f"no updates: {report['delivery']}")
            report = await load(binary, url, *flags, code=1)
            expect(finding(report, "refused: TLS handshake: self-signed certificate") >= 20,
                   "connections to an unknown authority")
            equal(report["connections"]["subscribed"], 0, "subscribed without trust")


async def test_each_connection_shows_the_credential_of_its_file(binary, tmp_path):
    keys, token = tmp_path / "keys", tmp_path / "token"
    made = subprocess.run([binary, "key", "create", "load", "--file", keys], check=True,
                          capture_output=True, text=True)
    flags = (*CHOICE, "--connections", 5, "--storm", 5, "--half-open", 3, "--warm-up", "0s", "--duration",
             "500ms")
    market = [{"venue": "simulator", "symbol_count": 100, "names": "generated", "rate": 2000}]
    with Running(binary, feeds=market, auth={"api_keys_file": str(keys)}) as running:
        url = running.gateway.stream_url
        token.write_text(made.stdout)
        report = await load(binary, url, *flags, "--token-file", token)
        equal((report["connections"]["served"], report["storm"]["served"]), (5, 5), "served")
        token.write_text("tgk_" + "0" * 46)
        report = await load(binary, url, *flags, "--token-file", token, code=1)
        expect(finding(report, "refused: upgrade: HTTP/1.1 401") >= 5, f"refused: {report['findings']}")
        token.write_text("two words\n")
        problem = await load(binary, url, *flags, "--token-file", token, code=2)
        expect("expected one line, a token of visible ASCII" in problem, problem)


async def test_a_mistake_is_one_line_and_exit_code_2(binary):
    for flags, words in ((("--symbols", "9", "--of", "8"), "--symbols: expected at most --of 8"),
                         (("--url", "wss://127.0.0.1/", "--ca", "/nowhere.pem"), "/nowhere.pem"),
                         (("--pid", "4194304"), "there is no process"),
                         (("--connections", "1000000"), "limit of open files")):
        problem = await load(binary, "ws://127.0.0.1:1/v1/stream", *flags, code=2)
        expect(words in problem and problem.count("\n") == 1, f"{flags}: {problem!r}")
