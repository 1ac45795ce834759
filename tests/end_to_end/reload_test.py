# SPDX-License-Identifier: Apache-2.0
"""A gateway takes in another configuration while clients stream: what is in force then, what is
refused by name, and what tells an operator of it."""

import asyncio
import contextlib
import json
import os
import pathlib
import signal
import ssl
import subprocess
import tempfile

import websockets
import yaml

from certificate import self_signed
from client import Client
from harness import ROOT, Failure, Gateway, equal, eventually, expect, is_sanitized, logged
from load_test import Load
from running import FEEDS, Running

def other_value(row, name):
    """Another value of a key than its default, from its row of the schema."""
    choices = row.get("anyOf", [row])[0]
    if "enum" in choices:
        return next(word for word in choices["enum"] if word != row.get("default"))
    if choices.get("type") == "array":
        return {"origins": ["https://other.example.com"],
                "trusted_proxies": ["192.0.2.0/24"]}.get(name, ["other.example.com"])
    if "listen" in name:
        return "127.0.0.1:1"
    if name == "directory":
        return "/nowhere"
    text = str(row.get("default", ""))
    if "(ms|s|m|h)" in choices.get("pattern", ""):
        return "2s" if text != "2s" else "3s"
    if choices.get("minimum") is not None:
        least = choices["minimum"]
        return least if str(least) != text and least > 0 else least + 1
    raise Failure(f"no other value of {name} is known: {row}")


# Beside what is changed, so that the file is right.
TOGETHER = {"request_burst": {"requests_per_second": 1}, "memory": {"memory": "300MiB"},
            "send_buffer_bytes": {"notsent_lowat_bytes": "2KiB"},
            "requests_per_second": {"requests_per_second": 7},
            "proxy_protocol": {"trusted_proxies": ["10.0.0.0/8"]},
            "forwarded_header": {"trusted_proxies": ["10.0.0.0/8"]}}


def keys_of_the_schema(binary):
    done = subprocess.run([binary, "schema"], capture_output=True, text=True, timeout=20, check=True)
    sections = json.loads(done.stdout)["properties"]
    del sections["auth"]  # which a reload neither brings nor ends; credentials_test.py changes what is in it
    del sections["publish"]  # nor this; config_diff_test.cc has that each of its keys needs a restart
    for section, schema in sections.items():
        for name, row in schema.get("properties", {}).items():
            # These name files, or have keys of their own; each has a test.
            if name not in ("tls", "admin_tls", "admin_token_file"):
                yield section, name, row


async def test_each_key_is_in_force_afterwards_or_refused_by_name(binary):
    keys = list(keys_of_the_schema(binary))
    expect(len(keys) > 30, f"only {len(keys)} keys")
    with Running(binary) as running:
        before = running.page()["config"]
        first = {name: dict(keys) for name, keys in running.config.items() if name != "feeds"}
        for section, name, row in keys:
            value = other_value(row, name)
            change = {name: value}
            if section in ("limits", "server"):
                change.update(TOGETHER.get(name, {}))
            running.config = {**first, "feeds": FEEDS}
            running.config[section] = {**first.get(section, {}), **change}
            report = await running.reload()
            now = running.key(section, name)
            path = f"{section}.{name}"
            if "needs a restart" in row["description"]:
                equal(now, before[section][name], path)
                expect(any(f"{path} " in line and "needs a restart" in line
                           for line in report["problems"]), f"{path} is not refused: {report}")
                lines = running.path.read_text().splitlines()
                place = 1 + next(i for i, line in enumerate(lines) if line.startswith(f"  {name}:"))
                expect(report["problems"][0].startswith(f"{running.path}:{place}: "), f"{report}")
                equal((report["result"], len(report["problems"])), ("refused", 1), path)
            else:
                expect(now != before[section][name], f"{path} is still {now}: {report}")
                equal((report["result"], report["problems"]), ("applied", []), path)
                expect(any(f"{path}" in line for line in report["changes"]), f"{path}: {report}")


async def test_a_configmap_that_is_swapped_is_noticed(binary):
    with tempfile.TemporaryDirectory() as name:
        mounted = pathlib.Path(name)
        running = Running(binary, limits={"bad_requests": 50})
        (mounted / "..2026_1").mkdir()
        (mounted / "..2026_1" / "tickgate.yaml").write_text(yaml.safe_dump(running.config))
        (mounted / "..data").symlink_to("..2026_1")
        running.path = mounted / "tickgate.yaml"
        running.path.symlink_to("..data/tickgate.yaml")
        running.gateway.arguments[-1] = str(running.path)
        with running:
            equal(running.key("limits", "bad_requests"), "50", "before")
            running.config["limits"]["bad_requests"] = 51
            (mounted / "..2026_2").mkdir()
            (mounted / "..2026_2" / "tickgate.yaml").write_text(yaml.safe_dump(running.config))
            (mounted / "..data_tmp").symlink_to("..2026_2")

            def swap():
                os.replace(mounted / "..data_tmp", mounted / "..data")
                (mounted / "..2026_1" / "tickgate.yaml").unlink()

            report = await running.hang_up(swap, send=False)
            equal(report["changes"], ["~ limits.bad_requests 50 -> 51"], "changes")
            equal(running.key("limits", "bad_requests"), "51", "after")


async def test_a_file_that_is_wrong_changes_nothing_and_is_told_and_tried_again(binary):
    with Running(binary) as running:
        before = running.page()
        equal((running.successful(), running.count("refused")), (1, 0), "at the start")
        loaded = running.gateway.metric("tickgate_config_last_reload_timestamp_seconds")
        good = running.path.read_text()
        # Half of it, as whoever reads at the wrong moment finds it; then a key that there is not.
        report = await running.reload_text(good[:good.index("venue:") + 8])
        equal((report["result"], report["changes"]), ("refused", []), "half a file")
        report = await running.reload_text("limits:\n  connections: 0\n  colour: red\n" + good)
        checked = subprocess.run([binary, "check", "--config", running.path], capture_output=True,
                                 text=True, timeout=20, check=False)
        equal(checked.returncode, 2, "check")
        equal(report["problems"], checked.stderr.splitlines(), "what check says")
        for line in report["problems"]:
            words = line.split(", got")[0]
            await logged(running.gateway, words)
        equal((running.successful(), running.count("refused")), (0, 2), "refused")
        equal(running.gateway.metric("tickgate_config_last_reload_timestamp_seconds"), loaded, "since")
        after = running.page()
        for same in ("config", "fingerprint", "loaded"):
            equal(after[same], before[same], same)
        # And whole again, without a signal.
        running.config["limits"] = {"connections": 77}
        report = await running.hang_up(running.write, send=False)
        equal((report["result"], running.successful()), ("applied", 1), "afterwards")
        equal(running.page()["last_refused"]["problems"], checked.stderr.splitlines(), "still known")
        expect(running.gateway.metric("tickgate_config_last_reload_timestamp_seconds") > loaded, "since")


async def test_an_unchanged_file_says_so_and_a_refused_key_does_not_stop_the_rest(binary):
    with Running(binary) as running:
        equal((await running.hang_up())["result"], "unchanged", "nothing changed")
        equal(running.count("unchanged"), 1, "counted")
        report = await running.reload(server={"shards": 7, "drain_time": "1s"})
        equal(report["changes"], ["~ server.drain_time 10s -> 1s"], "changes")
        expect(len(report["problems"]) == 1 and "server.shards" in report["problems"][0], f"{report}")
        equal((running.successful(), running.key("server", "drain_time")), (0, "1s"), "in force")
        await logged(running.gateway, "server.shards")
        # Said again until it is mended.
        report = await running.hang_up()
        equal((report["result"], report["changes"], len(report["problems"])), ("refused", [], 1), "again")
        del running.config["server"]["shards"]
        equal((await running.reload())["result"], "unchanged", "mended")
        equal(running.successful(), 1, "successful")


async def refused(gateway, status, **more):
    with contextlib.suppress(ConnectionError):
        try:
            async with websockets.connect(gateway.stream_url, **more):
                return False
        except websockets.InvalidStatusCode as answer:
            equal(answer.status_code, status, "status")
    return True


async def test_limits_are_those_of_the_new_file_and_nobody_is_closed_for_them(binary):
    with Running(binary) as running:
        gateway = running.gateway
        async with Client(gateway) as first, Client(gateway) as second:
            await first.subscribe("quote", "SIM:BTC-USD")
            await running.reload(limits={"connections": 1, "min_interval": "400ms",
                                         "subscriptions_per_connection": 3})
            await eventually(lambda: running.page()["connections"] == 1, "the limit")
            expect(await refused(gateway, 503), "a third was let in")
            equal((await second.ask(op="ping", echo="x"))[0]["type"], "pong", "the second stays")
            answer = await second.subscribe("quote", "SIM:*", interval_ms=100)
            equal((len(answer["accepted"]), answer["interval_ms"]), (3, 400), "new limits for the old")
            expect(await first.collect(0.5), "the first one is sent nothing any more")
            await running.reload(limits={"connections": 3, "bad_requests": 1})
            await running.reload(server={"origins": ["https://ours.example.com"]})
            expect(await refused(gateway, 403, origin="https://theirs.example.com"), "their page came in")
            async with websockets.connect(gateway.stream_url, origin="https://ours.example.com"):
                pass
            await second.send(op="what")
            await second.send(op="what")
            equal((await second.closed())[1], 4400, "after two bad requests")


async def test_the_log_the_admin_port_and_the_certificate_follow_the_file(binary):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        first, second = self_signed(folder, "first"), self_signed(folder, "second")
        tls = {"certificate": str(first[0]), "key": str(first[1])}
        with Running(binary, server={"tls": tls}) as running:
            gateway = running.gateway

            def presented():
                return ssl.get_server_certificate(("127.0.0.1", gateway.port)).strip()

            equal(presented(), first[0].read_text().strip(), "before")
            tls = {"certificate": str(second[0]), "key": str(first[1])}
            report = await running.reload(server={"tls": tls})
            equal((report["result"], len(report["problems"])), ("refused", 1), f"not its key: {report}")
            equal(presented(), first[0].read_text().strip(), "with another's key")
            tls = {"certificate": str(second[0]), "key": str(second[1])}
            report = await running.reload(server={"tls": tls})
            equal(len(report["changes"]), 2, f"both files: {report}")
            equal(presented(), second[0].read_text().strip(), "after")

            host = {"Host": "metrics.example.com"}
            equal(gateway.admin("/livez", headers=host).status, 421, "a name that it does not have")
            await running.reload(server={"admin_hosts": ["metrics.example.com"]},
                                 log={"level": "error", "format": "text"})
            equal(gateway.admin("/livez", headers=host).status, 200, "the name that it has now")
            await running.reload(limits={"bad_requests": 9})
            await running.reload_text("colour: red\n")
            await eventually(lambda: "colour" in gateway.log(), "an error")
            expect(not gateway.log().splitlines()[-1].startswith("{"), f"JSON: {gateway.log()}")
            equal(gateway.log(100_000).count("configuration reloaded"), 1, "said before the level error")

            running.config["server"].pop("tls")
            report = await running.reload()
            expect(any("server.tls on -> off: needs a restart" in line for line in report["problems"]),
                   f"TLS is still on: {report}")
            equal(presented(), second[0].read_text().strip(), "TLS")


async def test_check_says_what_a_reload_would_change(binary):
    with Running(binary, limits={"connections": 5000}) as running:
        equal(running.check(binary), (0, ["a reload would change nothing"], ""), "the same file")
        running.config["limits"]["connections"] = 8000
        running.write()
        equal(running.check(binary), (0, ["~ limits.connections 5000 -> 8000"], ""), "a limit")
        running.config["server"]["shards"] = 7
        running.write()
        status, lines, _ = running.check(binary)
        equal((status, lines), (3, ["! server.shards 0 -> 7: needs a restart",
                                    "~ limits.connections 5000 -> 8000"]), "with what needs a restart")
        running.write("limits:\n  connections: many\n")
        status, lines, errors = running.check(binary)
        expect(status == 2 and lines == [] and "limits.connections" in errors, f"{status} {errors}")
        running.write()
        nobody = running.check(binary, "--against", "http://127.0.0.1:1")
        expect(nobody[0] == 1 and "127.0.0.1:1" in nobody[2], f"nobody there: {nobody}")


async def test_nothing_secret_is_shown(binary, monkeypatch):
    monkeypatch.setenv("RELOAD_SECRET", "hunter2")
    monkeypatch.setenv("RELOAD_BURST", "501")
    feeds = [{"venue": "kraken", "symbols": ["BTC-USD"], "websocket_url": "ws://127.0.0.1:1/?key=abc123",
              "rest_url": "http://127.0.0.1:1", "proxy": "http://u:${RELOAD_SECRET}@127.0.0.1:1"}]
    running = Running(binary, feeds=feeds)
    running.path.write_text(running.path.read_text() + "limits:\n  request_burst: ${RELOAD_BURST}\n")
    running.gateway.ready_path = "/livez"
    with running:
        feed = running.page()["config"]["feeds"]["kraken"]
        equal((feed["websocket_url"], feed["proxy"]), ("ws://127.0.0.1:1/?***", "http://***@127.0.0.1:1"),
              "URLs")
        equal(running.key("limits", "request_burst"), "${RELOAD_BURST}", "by its variable")
        text = running.path.read_text()
        # While the feed is connecting, in vain.
        report = await running.reload_text(text.replace("${RELOAD_BURST}", "502"))
        equal(report["changes"], ["~ limits.request_burst ${RELOAD_BURST} -> 502"], "changes")
        _, lines, _ = running.check(binary)
        equal(lines, ["a reload would change nothing"], "check")
        running.write(text)
        _, lines, _ = running.check(binary)
        equal(lines[0], "~ limits.request_burst 502 -> ${RELOAD_BURST}", "check")
        seen = json.dumps(running.page()) + running.gateway.log(100_000)
        for secret in ("hunter2", "abc123"):
            expect(secret not in seen, f"{secret} is shown")


def simulator(number, **more):
    label = {"label": f"sim{number}", "name": f"sim{number}"} if number > 1 else {}
    return {"venue": "simulator", "seed": number, "symbol_count": 3, "rate": 100, **label, **more}


def gone(symbol):
    return lambda item: item["type"] == "unsubscribed" and item["id"] is None and \
        [one["symbol"] for one in item["rejected"]] == [symbol]


async def test_a_feed_comes_and_goes_and_the_others_go_on(binary):
    with Running(binary, feeds=[simulator(1), simulator(2)]) as running:
        async with Client(running.gateway) as client, Client(running.gateway) as other:
            await client.subscribe("quote", "SIM2:BTC-USD")
            await other.subscribe("quote", "*:BTC-USD")
            running.config["feeds"] = [simulator(1), simulator(3)]
            report = await running.reload()
            equal(report["changes"], ["- feed sim2 (clients are unsubscribed)", "+ feed sim3"], "changes")
            told, _ = await client.until(gone("SIM2:BTC-USD"), "unsubscribed")
            equal(told["rejected"][0]["code"], "unknown_symbol", "code")
            answer = await client.subscribe("quote", "SIM2:BTC-USD")
            equal([one["code"] for one in answer["rejected"]], ["unknown_symbol"], "asked for again")
            for symbol in ("SIM3:BTC-USD", "SIM:BTC-USD"):
                await other.until(lambda item, symbol=symbol: item["type"] == "quote"
                                  and item["symbol"] == symbol, f"a quote of {symbol}")
            equal(set(running.page()["config"]["feeds"]), {"simulator", "sim3"}, "feeds")
            await eventually(lambda: running.gateway.metric("tickgate_feed_state", feed="sim3", state="live"),
                             "sim3 in /metrics")
            equal(running.gateway.metric("tickgate_feed_state", feed="sim2", state="live"), None, "sim2")
            # One whose keys change is made anew, and its clients stay.
            running.config["feeds"] = [simulator(1), simulator(3, rate=200)]
            report = await running.reload()
            equal(report["changes"], ["~ feed sim3: rate 100 -> 200 (it connects anew)"], "changes")
            await other.until(lambda item: item["type"] == "quote" and item["symbol"] == "SIM3:BTC-USD",
                              "a quote of the feed made anew")


async def test_without_a_file_there_is_nothing_to_read_again(binary):
    with Gateway.demo(binary) as gateway:
        gateway.terminate(signal.SIGHUP)
        await eventually(lambda: "no configuration file" in gateway.log(), "said")
        page = json.loads(gateway.admin("/v1/config").body)
        equal((page["file"], page["fingerprint"], page["last_reload"]), (None, None, None), "the page")
        done = subprocess.run([binary, "check", "--config", ROOT / "deploy" / "tickgate.yaml", "--against",
                               f"http://127.0.0.1:{gateway.admin_port}"], capture_output=True, text=True,
                              timeout=20, check=False)
        expect(done.returncode == 1 and "without a file" in done.stderr, f"{done}")


async def test_hundreds_of_reloads_cost_nothing_and_500_clients_see_none(binary):
    feeds = [{"venue": "simulator", "seed": 5, "symbol_count": 20, "rate": 200}]
    with Running(binary, feeds=feeds) as running:
        gateway = running.gateway
        async with Load(binary, gateway.stream_url, "--connections", 500, "--subscribe", "SIM:*", "--channel",
                        "trade", "--interval", 100, "--check", "--duration", "8s") as clients:
            await eventually(lambda: gateway.metric("tickgate_connections") == 500, "500", seconds=20)
            for number in range(20):
                await running.reload(limits={"bad_requests": 60 + number % 2})
            descriptors, memory = gateway.descriptors(), gateway.memory()
            for number in range(300):
                running.config["limits"]["bad_requests"] = 70 + number % 2
                running.write()
                gateway.terminate(signal.SIGHUP)  # some of them come at once
                await asyncio.sleep(0.005)
            await running.hang_up()
            equal(running.key("limits", "bad_requests"), "71", "the last one")
            await eventually(lambda: gateway.descriptors() <= descriptors + 2, "no descriptors left behind")
            if not is_sanitized(binary):
                expect(gateway.memory() < memory + (16 << 20), "memory is left behind")
            report = await clients.end(0)
            equal((report["findings"], report["connections"]["closed"]), ([], 0), "findings, and closed")
        equal(gateway.metric("tickgate_messages_dropped_total"), 0, "gaps")


async def test_while_it_drains_nothing_is_read_again(binary):
    with Running(binary, server={"drain_delay": "1s"}) as running:
        gateway = running.gateway
        async with Client(gateway) as client:
            await client.subscribe("quote", "SIM:BTC-USD")
            running.config["limits"] = {"bad_requests": 9}
            running.write()
            gateway.terminate()
            await eventually(lambda: gateway.admin("/readyz").status == 503, "draining")
            gateway.terminate(signal.SIGHUP)
            gateway.terminate(signal.SIGHUP)
            await eventually(lambda: "nothing is read again" in gateway.log(), "said")
            equal(running.page()["last_reload"], None, "no reload")
        gateway.wait_for_exit(0)
