# SPDX-License-Identifier: Apache-2.0
"""Who may speak to NATS: a user and a password, an NKey, a JWT, TLS; several URLs; and that no secret is told."""

import asyncio
import json
import subprocess

import yaml

from broker import Broker
from harness import equal, eventually, expect, free_port, logged
from nats_keys import ACCOUNT, USER, Key, Operator
from tier import edge, fresh_prefix, ingest, nats_feed, processes
from witness import Witness

SECRET = "s3cret-of-the-test"
USERS = f"""
authorization {{ users: [
  {{ user: "tickgate", password: "{SECRET}" }}
] }}
"""


def silent(nodes, *secrets):
    for node in nodes:
        told = node.gateway.log(100_000) + json.dumps(node.page()) + node.gateway.admin("/metrics").body.decode()
        expect(not any(secret in told for secret in secrets), "a secret is told")


async def served(binary, keys, *urls, secrets=(SECRET,)):
    """An ingest and an edge that come by these keys: values arrive."""
    prefix = fresh_prefix()
    source, last = ingest(binary, prefix, *urls, publish=keys), edge(binary, prefix, *urls, feed=keys)
    with processes(source, last):
        async with Witness(last.gateway) as eyes:
            await eyes.all_live(6)
            await eyes.goes_on()
        silent((source, last), *secrets)


async def test_a_user_and_a_password_in_a_file(binary, nats_server, tmp_path):
    password = tmp_path / "password"
    password.write_text(f"{SECRET}\n")
    password.chmod(0o600)
    with Broker(nats_server, more=USERS) as broker:
        await served(binary, {"user": "tickgate", "password_file": str(password)}, broker)


async def test_a_wrong_password_is_said_and_a_right_one_is_taken_up(binary, nats_server, tmp_path):
    """A file of credentials is read at each connection: mended, without a restart."""
    password, prefix = tmp_path / "password", fresh_prefix()
    password.write_text("not-the-password")
    password.chmod(0o600)
    keys = {"user": "tickgate", "password_file": str(password)}
    with Broker(nats_server, more=USERS) as broker:
        source, last = ingest(binary, prefix, broker, publish=keys), edge(binary, prefix, broker, feed=keys)
        try:
            source.start().gateway.wait_until_ready()
            await eventually(lambda: "uthoriz" in source.gateway.log(50_000), "why there is no connection")
            expect("not-the-password" not in source.gateway.log(100_000), "a secret is told")
            equal(source.metric("nats_connected"), 0, "connected")
            await asyncio.sleep(3)  # refused more than once
            password.write_text(SECRET)
            await eventually(lambda: source.metric("nats_connected") == 1, "connected with the new one", 15)
            last.start().gateway.wait_until_ready()
            async with Witness(last.gateway) as eyes:
                await eyes.all_live(6)
        finally:
            for node in (source, last):
                node.gateway.end()


async def test_an_nkey(binary, nats_server, tmp_path):
    key, path = Key(USER), tmp_path / "user.nk"
    path.write_text(key.seed)
    path.chmod(0o600)
    with Broker(nats_server, more=f"authorization {{ users: [ {{ nkey: {key.public} }} ] }}\n") as broker:
        await served(binary, {"nkey_file": str(path)}, broker, secrets=[key.seed])


async def test_a_file_of_credentials(binary, nats_server, tmp_path):
    operator, path = Operator(), tmp_path / "tickgate.creds"
    secrets = operator.user(path)
    with Broker(nats_server, more=operator.config) as broker:
        await served(binary, {"credentials_file": str(path)}, broker, secrets=secrets)


async def test_credentials_of_nobodys_are_refused_and_good_ones_taken_up(binary, nats_server, tmp_path):
    """By an account that the operator does not know; then mended, without a restart."""
    operator, path = Operator(), tmp_path / "tickgate.creds"
    secrets = operator.user(path, by=Key(ACCOUNT))
    with Broker(nats_server, more=operator.config) as broker:
        source = ingest(binary, fresh_prefix(), broker, publish={"credentials_file": str(path)})
        with processes(source):
            await logged(source.gateway, "uthoriz")
            equal(source.metric("nats_connected"), 0, "connected")
            secrets += operator.user(path)
            await eventually(lambda: source.metric("nats_connected") == 1, "connected with the new ones", 15)
            await eventually(lambda: source.leads, "it leads", 15)
            silent([source], *secrets)


async def test_credentials_that_run_out_are_read_anew(binary, nats_server, tmp_path):
    """The server cuts off whose JWT ends. By then the file has another, so all goes on: a stop, no more."""
    operator, path = Operator(), tmp_path / "tickgate.creds"
    secrets = operator.user(path)
    short = tmp_path / "short.creds"
    secrets += operator.user(short, expires_in=8)
    prefix = fresh_prefix()
    with Broker(nats_server, more=operator.config) as broker:
        source = ingest(binary, prefix, broker, publish={"credentials_file": str(path)})
        last = edge(binary, prefix, broker, feed={"credentials_file": str(short)})
        with processes(source, last):
            async with Witness(last.gateway) as eyes:
                await eyes.all_live(6)
                secrets += operator.user(short)
                before = last.metric("nats_reconnects_total")
                await eventually(lambda: last.metric("nats_reconnects_total") > before, "cut off, and back", 20)
                await eyes.all_live(6)
                await eyes.goes_on()
                eyes.no_trade_twice_or_lost()
                equal(eyes.closes, [], "ends of a client's connection")
            silent((source, last), *secrets)


async def test_tls_whose_name_is_checked(binary, nats_server, keys):
    certificate, key = keys
    more = f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}\n'
    with Broker(nats_server, more=more) as broker:
        await served(binary, {"ca_file": str(certificate)}, f"tls://localhost:{broker.port}")
        prefix = fresh_prefix()
        source = ingest(binary, prefix, f"tls://127.0.0.2:{broker.port}", publish={"ca_file": str(certificate)})
        with processes(source):
            await asyncio.sleep(2)
            equal(source.metric("nats_connected"), 0, "connected to a name that the certificate does not have")


async def test_several_urls_of_which_one_is_dead(binary, broker):
    prefix, dead = fresh_prefix(), f"nats://127.0.0.1:{free_port()}"
    source, last = ingest(binary, prefix, dead, broker), edge(binary, prefix, broker, dead)
    with processes(source, last):
        async with Witness(last.gateway) as eyes:
            await eyes.all_live(6)


def test_a_password_in_a_url_is_refused(binary, tmp_path):
    path = tmp_path / "tickgate.yaml"
    path.write_text(yaml.safe_dump({"feeds": [nats_feed("tickgate.v1", f"nats://me:{SECRET}@127.0.0.1:4222")]}))
    done = subprocess.run([binary, "check", "--config", path], capture_output=True, text=True, timeout=60, check=False)
    equal(done.returncode, 2, done.stdout + done.stderr)
    expect(SECRET not in done.stdout + done.stderr, "a secret is told")
