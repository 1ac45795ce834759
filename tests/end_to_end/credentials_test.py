# SPDX-License-Identifier: Apache-2.0
"""Keys of a running gateway: files that change, a URL that fails and comes back, the command that
makes them. Tokens are python3-jwt's, which is nobody's of ours."""

import asyncio
import json
import os
import pathlib
import stat
import subprocess
import threading

import pytest
import websockets

from client import Client
from harness import Gateway, equal, eventually, expect, logged
from issuer import KEYS, Issuer
from running import Running
from token_maker import TokenMaker

SECONDS = 20


def run(binary, *words):
    return subprocess.run([binary, *map(str, words)], capture_output=True, text=True, timeout=SECONDS,
                          check=False)


def make_key(binary, path, name, *more):
    done = run(binary, "key", "create", name, "--file", path, *more)
    equal(done.returncode, 0, done.stderr)
    return done.stdout.strip()


def bearer(credential):
    return {"extra_headers": {"Authorization": f"Bearer {credential}"}}


def held(running, source):
    return running.gateway.metric("tickgate_auth_keys", source=source)


def fetches(running, result):
    return running.gateway.metric("tickgate_auth_key_fetches_total", result=result)


async def test_files_of_keys_are_taken_in_when_they_change_and_a_bad_one_is_not(binary, tmp_path):
    keys, jwks = tmp_path / "keys", tmp_path / "jwks.json"
    make_key(binary, keys, "desk")
    jwks.write_bytes(KEYS.read_bytes())
    jwks.chmod(0o600)
    auth = {"api_keys_file": str(keys), "jwks_file": str(jwks), "issuer": "i", "audience": "a"}
    with Running(binary, auth=auth, plans={"basic": {"depth": 5}}) as running:
        gateway = running.gateway
        equal((held(running, "api_keys_file"), held(running, "jwks_file")), (1, 4), "at the start")
        await logged(gateway, "credentials are asked for")
        # By the command, and by nothing else: the gateway looks at the file itself.
        second = make_key(binary, keys, "other", "--plan", "basic", "--expires", "90d")
        await eventually(lambda: held(running, "api_keys_file") == 2, "the second key", SECONDS)
        equal(run(binary, "key", "revoke", second[4:12], "--file", keys).returncode, 0, "revoke")
        await eventually(lambda: held(running, "api_keys_file") == 1, "revoked", SECONDS)
        # Half of a set changes nothing, and is said until it is mended.
        jwks.write_bytes(KEYS.read_bytes()[:200])
        good = "tickgate_auth_files_last_reload_successful"
        await eventually(lambda: gateway.metric(good) == 0, "a bad file", SECONDS)
        equal(held(running, "jwks_file"), 4, "the old keys")
        await logged(gateway, f"{jwks}: no JSON object")
        one = json.loads(KEYS.read_text())
        jwks.write_text(json.dumps({"keys": one["keys"][:1]}))
        await eventually(lambda: held(running, "jwks_file") == 1, "mended", SECONDS)
        equal(gateway.metric(good), 1, "successful")
        # The configuration: plans come and go, auth itself stays as it is.
        report = await running.reload(auth={"denied": ["mallory"]}, plans={"basic": {"depth": 6}})
        equal((report["result"], report["changes"]),
              ("applied", ["+ auth.denied: mallory", "~ plan basic: depth 5 -> 6"]), "changes")
        equal(running.page()["config"]["plans"]["basic"]["depth"], "6", "the page")
        report = await running.reload(auth={"api_keys_file": "/nowhere"})
        equal(report["result"], "refused", f"a file that there is not: {report}")
        del running.config["auth"]
        report = await running.reload()
        expect(any("auth is gone: needs a restart" in line for line in report["problems"]), f"{report}")
        equal(held(running, "api_keys_file"), 1, "still asked for")
        seen = json.dumps(running.page()) + gateway.log(100_000)
        expect(second not in seen and one["keys"][3]["k"] not in seen, "a secret is shown")


async def test_a_reload_that_brings_auth_says_that_it_needs_a_restart(binary, tmp_path):
    keys = tmp_path / "keys"
    make_key(binary, keys, "desk")
    with Running(binary) as running:
        report = await running.reload(auth={"api_keys_file": str(keys)})
        expect(any("auth is new: needs a restart" in line for line in report["problems"]), f"{report}")
        await logged(running.gateway, "auth is new: needs a restart")
        async with Client(running.gateway) as client:
            expect((await client.subscribe("quote", "*"))["accepted"], "open until then")


async def test_keys_by_url_outlive_their_issuer_and_follow_it(binary):
    with Issuer() as issuer:
        auth = {"jwks_url": issuer.url, "issuer": "https://issuer.example", "audience": "tickgate"}
        issuer.status = 503
        with Running(binary, auth=auth) as running:
            gateway = running.gateway
            await eventually(lambda: fetches(running, "failed") >= 1, "a failure", SECONDS)
            equal((held(running, "jwks_url"), fetches(running, "ok")), (0, 0), "without an issuer")
            equal(gateway.metric("tickgate_auth_keys_age_seconds"), None, "no age of what is not there")
            issuer.status = 200
            # The secret of the set is not taken: anyone could fetch it.
            await eventually(lambda: held(running, "jwks_url") == 3, "the keys", SECONDS)
            expect(gateway.metric("tickgate_auth_keys_age_seconds") < SECONDS, "their age")
            await logged(gateway, "a secret must not come by URL")
            # A redirect is no answer, nor is what is no set; another URL asks at once.
            for number, (status, body, headers) in enumerate((
                    (302, b"", {"Location": "http://127.0.0.1:1/"}), (200, b"{}", {}), (200, b"<html>", {}),
                    (200, b" " * 300_000, {}))):
                issuer.status, issuer.body, issuer.headers = status, body, headers
                failed = fetches(running, "failed")
                await running.reload(auth={"jwks_url": f"{issuer.url}&n={number}"})
                await eventually(lambda before=failed: fetches(running, "failed") > before, "refused", SECONDS)
                equal(held(running, "jwks_url"), 0, "another issuer's keys are not kept for this one")
            issuer.status, issuer.body, issuer.headers = 200, KEYS.read_bytes(), {}
            await eventually(lambda: held(running, "jwks_url") == 3, "back again", SECONDS)
            expect("abc123" not in gateway.log(100_000) + json.dumps(running.page()), "the URL's secret")


async def test_a_key_by_url_opens_under_each_of_its_names_and_stays_while_the_url_fails(binary, tmp_path):
    maker = TokenMaker(tmp_path)
    with Issuer() as issuer:
        issuer.body = maker.set_of(a="curve", b="curve", c="edwards").encode()
        auth = {"jwks_url": issuer.url, "issuer": maker.name, "audience": maker.audience}
        with Running(binary, auth=auth) as running:
            await eventually(lambda: held(running, "jwks_url") == 3, "the keys", SECONDS)

            def status(algorithm, kid, **more):
                shown = bearer(maker.token("alice", algorithm=algorithm, kid=kid, **more))
                return running.gateway.public("/v1/venues", headers=shown["extra_headers"]).status
            names = (("ES256", "a"), ("ES256", "b"), ("EdDSA", "c"))
            equal([status(*one) for one in names], [200, 200, 200], "each name")
            # Now it fails. A token of an unknown key has the gateway ask, and changes nothing.
            issuer.status = 503
            failed = fetches(running, "failed")
            equal(status("ES256", "unknown"), 401, "a key that does not come")
            await eventually(lambda: fetches(running, "failed") > failed, "a failure", SECONDS)
            equal([status(*one, depth=3) for one in names], [200, 200, 200], "new tokens by the old keys")
            equal(held(running, "jwks_url"), 3, "held")
            await logged(running.gateway, "token keys not fetched, the old ones stay")


async def test_while_the_issuer_is_slow_nothing_is_held_against_those_who_wait(binary, tmp_path):
    """Its new key is on the way for longer than a request waits; more wait than may be wrong."""
    maker = TokenMaker(tmp_path)
    with Issuer() as issuer:
        issuer.body = maker.set_of(pair="pair").encode()
        auth = {"jwks_url": issuer.url, "issuer": maker.name, "audience": maker.audience}
        limits = {"failed_credentials_per_minute_per_address": 3}
        with Running(binary, auth=auth, limits=limits) as running:
            await eventually(lambda: held(running, "jwks_url") == 1, "the first key", SECONDS)
            shown = bearer(maker.token("alice", algorithm="ES256"))["extra_headers"]

            def status():
                return running.gateway.public("/v1/venues", headers=shown).status
            issuer.body = maker.set_of(pair="pair", curve="curve").encode()
            issuer.may_answer.clear()
            equal(await asyncio.gather(*(asyncio.to_thread(status) for _ in range(5))), [401] * 5, "meanwhile")
            issuer.may_answer.set()
            await eventually(lambda: held(running, "jwks_url") == 2, "the new key", SECONDS)
            equal(status(), 200, "with it")


async def test_a_new_key_of_the_issuer_opens_at_once_and_a_revoked_one_ends_its_stream(binary, tmp_path):
    """The set by URL has one key more than it had when the gateway asked; then the file has one less."""
    maker, keys = TokenMaker(tmp_path), tmp_path / "keys"
    key = make_key(binary, keys, "desk", "--symbols", "SIM:BTC-USD")
    with Issuer() as issuer:
        auth = {"jwks_url": issuer.url, "api_keys_file": str(keys), "issuer": maker.name,
                "audience": maker.audience}
        with Running(binary, auth=auth) as running:
            await eventually(lambda: held(running, "jwks_url") == 3, "the first keys", SECONDS)
            issuer.body = maker.path.read_bytes()
            asked = issuer.asked
            # The gateway knows no "pair" yet: it asks, and lets this one wait for it.
            async with Client(running.gateway, **bearer(maker.token("alice", algorithm="RS256"))) as client:
                expect((await client.subscribe("quote", "SIM:BTC-USD"))["accepted"], "by the new key")
            equal(issuer.asked, asked + 1, "times that the issuer was asked")
            async with Client(running.gateway, **bearer(key)) as client:
                answer = await client.subscribe("quote", "SIM:BTC-USD", "SIM:ETH-USD")
                equal(answer["accepted"], ["SIM:BTC-USD"], "by the API key")
                equal(run(binary, "key", "revoke", key[4:12], "--file", keys).returncode, 0, "revoke")
                with pytest.raises(websockets.ConnectionClosed) as closed:
                    while True:
                        await asyncio.wait_for(client.socket.recv(), SECONDS)
                equal(closed.value.rcvd.code, 4401, "close code")
            expect(key not in running.gateway.log(200_000), "the key is in the log")


async def test_a_key_is_revoked_though_another_line_is_bad(binary, tmp_path):
    """An editor left a blank, which is nothing, and later half a line, which is wrong."""
    keys = tmp_path / "keys"
    first, second = make_key(binary, keys, "desk"), make_key(binary, keys, "other")
    with Running(binary, auth={"api_keys_file": str(keys)}) as running:
        gateway, good = running.gateway, "tickgate_auth_files_last_reload_successful"
        keys.write_text(keys.read_text().replace("\n", "\r\n") + " \n\t\r\n", encoding="utf-8")
        third = make_key(binary, keys, "third")
        await eventually(lambda: held(running, "api_keys_file") == 3, "blanks are nothing", SECONDS)
        equal(gateway.metric(good), 1, "successful")
        keys.write_text(keys.read_text() + '{"id":\n', encoding="utf-8")
        await eventually(lambda: gateway.metric(good) == 0, "a bad line", SECONDS)
        equal(held(running, "api_keys_file"), 3, "which ends nobody")
        async with Client(gateway, **bearer(first)) as client, Client(gateway, **bearer(second)) as other:
            done = run(binary, "key", "revoke", first[4:12], "--file", keys)
            equal((done.returncode, "line 5: expected a JSON object" in done.stderr), (1, True), done.stderr)
            with pytest.raises(websockets.ConnectionClosed) as closed:
                while True:
                    await asyncio.wait_for(client.socket.recv(), SECONDS)
            equal(closed.value.rcvd.code, 4401, "close code")
            status = gateway.public("/v1/venues", headers=bearer(first)["extra_headers"]).status
            equal(status, 401, "the revoked key")
            expect((await other.subscribe("quote", "*"))["accepted"], "the other's stream goes on")
        equal((held(running, "api_keys_file"), gateway.metric(good)), (2, 0), "what is held")
        await logged(gateway, "gone from the file are taken away")
        equal(gateway.public("/v1/venues", headers=bearer(third)["extra_headers"]).status, 200, "the third")


async def test_a_file_that_is_written_all_the_time_keeps_no_other_from_being_read(binary, tmp_path):
    keys, jwks, done = tmp_path / "keys", tmp_path / "jwks.json", threading.Event()
    key = make_key(binary, keys, "desk")
    jwks.write_bytes(KEYS.read_bytes())

    def touch():
        while not done.wait(0.05):
            os.utime(jwks)
    writer = threading.Thread(target=touch)
    with Running(binary, auth={"api_keys_file": str(keys), "jwks_file": str(jwks)}) as running:
        async with Client(running.gateway, **bearer(key)) as client:
            writer.start()
            try:
                equal(run(binary, "key", "revoke", key[4:12], "--file", keys).returncode, 0, "revoke")
                with pytest.raises(websockets.ConnectionClosed) as closed:
                    while True:
                        await asyncio.wait_for(client.socket.recv(), SECONDS)
            finally:
                done.set()
                writer.join()
            equal(closed.value.rcvd.code, 4401, "close code")


def test_a_key_whose_own_line_is_bad_is_revoked(binary, tmp_path):
    keys = tmp_path / "keys"
    key = make_key(binary, keys, "desk")
    keys.write_text(keys.read_text().replace('"name"', '"nmae"'), encoding="utf-8")
    done = run(binary, "key", "revoke", key[4:12], "--file", keys)
    equal((done.returncode, keys.read_text()), (0, ""), done.stderr)


def test_a_bad_file_ends_the_start_and_check_says_what_files_hold(binary, tmp_path):
    bad, keys = tmp_path / "bad", tmp_path / "keys"
    bad.write_text('{"keys":[]}', encoding="utf-8")
    make_key(binary, keys, "desk", "--plan", "gold")
    keys.chmod(0o644)
    feeds = "- {venue: simulator}\n"
    gateway = Gateway.serve(binary, feeds)
    path = pathlib.Path(gateway.arguments[-1])
    text = path.read_text()
    path.write_text(f"{text}auth: {{jwks_file: {bad}}}\n")
    done = run(binary, "serve", "--config", path)
    equal((done.returncode, f"{bad}: it has no keys" in done.stderr), (2, True), done.stderr)
    done = run(binary, "check", "--config", path)
    equal((done.returncode, f"{bad}: it has no keys" in done.stderr), (2, True), done.stderr)
    path.write_text(f"{text}auth: {{jwks_file: {KEYS}, api_keys_file: {keys}}}\n")
    done = run(binary, "check", "--config", path)
    equal(done.returncode, 0, done.stderr)
    expect(f"API keys: 1, 0 of them expired ({keys})" in done.stdout, done.stdout)
    expect(f"token keys: 1 RS256, 1 ES256, 1 EdDSA, 1 HS256 ({KEYS})" in done.stdout, done.stdout)
    for warning in (f"{keys}: anybody on this machine may read it", 'is of plan "gold", which there is not',
                    "auth.audience: absent"):
        expect(warning in done.stderr, f"{warning}: {done.stderr}")
    gateway.end()


@pytest.mark.parametrize("mode, of_secrets, of_others", [
    (0o600, None, None), (0o644, "anybody on this machine may read it", None), (0o640, "its group may read it", None),
    (0o620, "its group may write into it", "its group may write into it")])
def test_check_warns_of_who_may_read_secrets_and_who_may_write_keys(binary, tmp_path, mode, of_secrets, of_others):
    maker, keys, public = TokenMaker(tmp_path), tmp_path / "keys", tmp_path / "public.json"
    make_key(binary, keys, "desk")
    public.write_text(maker.set_of(a="curve", b="pair"), encoding="utf-8")
    for jwks, expected in ((maker.path, of_secrets), (public, of_others)):
        keys.chmod(mode)
        jwks.chmod(mode)
        path = tmp_path / "tickgate.yaml"
        auth = f"{{jwks_file: {jwks}, api_keys_file: {keys}, issuer: i, audience: a}}"
        path.write_text(f"feeds: [{{venue: simulator}}]\nauth: {auth}\n", encoding="utf-8")
        done = run(binary, "check", "--config", path)
        equal(done.returncode, 0, done.stderr)
        said = {line.split("warning: ")[1] for line in done.stderr.splitlines() if "expected mode" in line}
        equal(said, {f"{file}: {what}, expected mode 0600" for file, what in ((jwks, expected), (keys, of_secrets))
                     if what}, f"{mode:o} of {jwks.name}")


async def test_without_auth_it_is_said_once_that_all_is_open(binary):
    with Gateway.demo(binary) as gateway:
        await eventually(lambda: "without auth" in gateway.log(9000), "said")
        equal(gateway.log(100_000).count("without auth"), 1, "once")
        equal(gateway.metric("tickgate_auth_keys"), None, "no metric of what is not there")


def test_a_key_is_made_listed_and_revoked(binary, tmp_path):
    keys = tmp_path / "keys"
    first = make_key(binary, keys, "desk", "--subject", "acme", "--symbols", "KRAKEN:*,*:BTC-USD", "--symbols",
                     "SIM:BTC-USD", "--channels", "quote,book", "--depth", "5", "--expires", "2199-01-01")
    expect(len(first) == 50 and first.startswith("tgk_"), first)
    equal(stat.S_IMODE(os.stat(keys).st_mode), 0o600, "mode")
    line = json.loads(keys.read_text())
    equal((line["symbols"], line["channels"], line["depth"], line["subject"], line["expires"]),
          (["KRAKEN:*", "*:BTC-USD", "SIM:BTC-USD"], ["quote", "book"], 5, "acme", 7_226_582_400), "the line")
    expect(first[12:44] not in keys.read_text(), "the key is in the file")
    second = make_key(binary, keys, "desk 2", "--subject", "acme")
    listed = run(binary, "key", "list", "--file", keys).stdout
    expect(all(key[4:12] in listed and key[12:] not in listed for key in (first, second)), listed)
    expect("2199-01-01" in listed and "never" in listed, listed)
    done = run(binary, "key", "create", "third", "--subject", "acme", "--file", keys)
    equal((done.returncode, "at most two keys" in done.stderr, done.stdout), (2, True, ""), done.stderr)
    equal(run(binary, "key", "revoke", first[4:12], "--file", keys).returncode, 0, "revoke")
    equal([json.loads(one)["id"] for one in keys.read_text().splitlines()], [second[4:12]], "what is left")
    done = run(binary, "key", "revoke", first[4:12], "--file", keys)
    equal((done.returncode, "no key" in done.stderr), (2, True), done.stderr)
    equal(list(tmp_path.iterdir()), [keys], "nothing else is left behind")


@pytest.mark.parametrize("words, wrong", [
    (["create"], "expected create NAME"), (["revoke", "x"], "the id of a key"), (["list", "x"], "list and no more"),
    (["list", "--depth", "5"], "--depth is of create only"), (["make"], "expected create, list or revoke"),
    (["create", "a", "--expires", "soon"], "--expires: expected"), (["create", "a", "--depth", "5001"], "--depth"),
    (["create", "a", "--symbols", "KRAKEN"], "--symbols"), (["create", "a", "--expires", "2001-01-01"], "passed")])
def test_a_mistake_makes_no_key(binary, tmp_path, words, wrong):
    done = run(binary, "key", *words, "--file", tmp_path / "keys")
    equal((done.returncode, done.stdout), (2, ""), done.stderr)
    expect(wrong in done.stderr, done.stderr)
    equal(list(tmp_path.iterdir()), [], "what is left behind")


@pytest.mark.parametrize("closed", [False, True])
def test_a_key_that_nobody_can_be_shown_is_not_made(binary, tmp_path, closed):
    keys = tmp_path / "keys"

    def put(*words):
        """Its output goes to a full disk, or nowhere."""
        with open("/dev/full", "w", encoding="utf-8") as full:
            return subprocess.run([binary, "key", *words, "--file", keys], stdout=full, stderr=subprocess.PIPE,
                                  preexec_fn=(lambda: os.close(1)) if closed else None, timeout=SECONDS,
                                  text=True, check=False)
    done = put("create", "desk")
    equal((done.returncode, "cannot be shown, so none is made" in done.stderr), (1, True), done.stderr)
    equal(list(tmp_path.iterdir()), [], "no file is left behind")
    make_key(binary, keys, "desk")
    before = keys.read_text()
    equal((put("create", "other").returncode, keys.read_text()), (1, before), "the file")
    equal(put("list").returncode, 1, "a list that is lost")


def test_of_a_file_that_there_is_not_nothing_is_revoked_and_none_is_made(binary, tmp_path):
    done = run(binary, "key", "revoke", "AbCd0123", "--file", tmp_path / "keys")
    equal((done.returncode, "cannot be opened" in done.stderr), (2, True), done.stderr)
    equal(list(tmp_path.iterdir()), [], "what is left behind")


def test_many_at_once_lose_no_key(binary, tmp_path):
    keys = tmp_path / "keys"
    running = [subprocess.Popen([binary, "key", "create", f"n{number}", "--file", keys], stdout=subprocess.PIPE)
               for number in range(8)]
    made = {one.communicate(timeout=SECONDS)[0].decode()[4:12] for one in running}
    equal({json.loads(line)["id"] for line in keys.read_text().splitlines()}, made, "keys")
