# SPDX-License-Identifier: Apache-2.0
"""Who may have what on the stream, with tokens that python3-jwt makes."""

import contextlib
import http.client
import json
import time

import pytest
import websockets

from client import Client
from harness import equal, eventually, expect
from running import Running
from token_maker import TokenMaker

SECONDS = 20
PLANS = {"basic": {"symbols": ["SIM:*"], "channels": ["quote", "book", "trade"], "depth": 5,
                   "min_interval": "200ms", "subscriptions": 4, "connections": 2},
         "other": {"symbols": ["SIM:BTC-USD"]}}
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    return TokenMaker(tmp_path_factory.mktemp("issuer"))


@pytest.fixture(scope="module")
def running(binary, issuer):
    with Running(binary, auth=issuer.auth(time="2s"), plans=PLANS) as running:
        yield running


def bearer(token):
    return {"extra_headers": {"Authorization": f"Bearer {token}"}}


def knock(gateway, path="/v1/stream", **headers):
    """-> status, headers and body of what is answered to an upgrade"""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=SECONDS)
    try:
        connection.request("GET", path, headers={**UPGRADE, **headers})
        answer = connection.getresponse()
        body = b"" if answer.status == 101 else answer.read()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, body.decode()
    finally:
        connection.close()


async def answer(client, **request):
    await client.send(**request)
    found, _ = await client.until(lambda one: one.get("id") == request["id"], f"an answer to {request}", SECONDS)
    return found


async def end_of(client, code):
    """-> the error that came before it"""
    error, _ = await client.until(lambda one: one["type"] == "error", "an error", SECONDS)
    with pytest.raises(websockets.ConnectionClosed) as closed:
        while True:
            await client.socket.recv()
    equal(closed.value.rcvd.code, code, "close code")
    return error


async def test_each_way_in(running, issuer):
    gateway = running.gateway
    for algorithm in issuer.algorithms:
        token = issuer.token("alice", algorithm=algorithm)
        async with Client(gateway, **bearer(token)) as client:
            expect((await client.subscribe("quote", "*"))["accepted"], "by header")
        socket = await websockets.connect(gateway.stream_url, subprotocols=["tickgate.v1.json", f"bearer.{token}"])
        equal(socket.subprotocol, "tickgate.v1.json", "the subprotocol, not the token")
        await socket.close()
        async with Client(gateway) as client:
            equal((await answer(client, op="subscribe", id=1, channel="quote", symbols=["*"]))["code"],
                  "unauthenticated", "before")
            told = await answer(client, op="auth", id=2, token=token)
            equal((told["type"], told["subject"]), ("authenticated", "alice"), "in band")
            expect(abs(told["expires"] / 1e6 - time.time() - 3600) < 60, f"expires: {told}")
            expect((await client.subscribe("quote", "*"))["accepted"], "behind it")


async def test_a_token_that_is_offered_alone_is_echoed_by_nobody(running, issuer):
    token = issuer.token("alice", algorithm="EdDSA")
    status, headers, _ = knock(running.gateway, **{"Sec-WebSocket-Protocol": f"bearer.{token}"})
    equal((status, "sec-websocket-protocol" in headers), (101, False), f"the upgrade: {headers}")
    # Whoever speaks our protocol by default goes on: browsers do not, which want an echo.
    async with Client(running.gateway, extra_headers={"Sec-WebSocket-Protocol": f"bearer.{token}"}) as client:
        expect((await client.subscribe("quote", "*"))["accepted"], "by it alone")


async def test_what_is_not_accepted(running, issuer):
    gateway = running.gateway
    good = issuer.token("alice")
    for credential in ("x", good[:-4] + "AAAA", "tgk_" + "a" * 46, "a" * 5000):
        status, headers, body = knock(gateway, Authorization=f"Bearer {credential}")
        equal((status, body), (401, "the credential is not accepted\n"), credential)
        expect(headers["www-authenticate"].startswith("Bearer"), f"{headers}")
    status, _, body = knock(gateway, Authorization=f"Bearer {issuer.token('alice', seconds=-600)}")
    equal((status, body), (401, "the credential has expired\n"), "expired")
    status, _, _ = knock(gateway, Authorization=f"Bearer {good}",
                         **{"Sec-WebSocket-Protocol": "tickgate.v1.json, bearer.x"})
    equal(status, 400, "two that differ")
    for path in (f"/v1/stream?token={good}", f"/v1/stream?x={good}", "/v1/stream?key=1"):
        equal(knock(gateway, path)[0], 400, "in the URL")
    async with Client(gateway) as client:
        await client.send(op="auth", id=7, token="bad")
        error = await end_of(client, 4401)
        equal((error["id"], error["code"], error["fatal"]), (7, "unauthenticated", True), "in band")
    async with Client(gateway) as client:
        equal((await end_of(client, 4401))["message"], "no credential came in time", "silence")
    log = gateway.log(200_000)
    expect(good[-20:] not in log, "a token is in the log")
    for result in ("granted", "refused", "expired", "nothing"):
        expect(gateway.metric("tickgate_auth_total", result=result) > 0, result)


async def test_a_plan_is_kept_to_and_named(running, issuer):
    token = issuer.token("bob", plan="basic")
    async with Client(running.gateway, **bearer(token)) as client:
        ack = await client.subscribe("quote", "SIM:BTC-USD", "KRAKEN:BTC-USD", "KRAKEN:NO-SUCH", "KRAKEN:*")
        equal((ack["accepted"], ack["interval_ms"]), (["SIM:BTC-USD"], 200), "quotes")
        equal({one["code"] for one in ack["rejected"]}, {"forbidden"}, "whether it exists or not")
        equal((await client.subscribe("book", "SIM:BTC-USD", depth=10))["depth"], 5, "depth")
        ack = await client.subscribe("trade", "*")
        equal(ack["rejected"], [{"symbol": "*", "code": "too_many_symbols", "limit": 4, "plan": "basic"}], "limit")
        error = await answer(client, op="subscribe", id=9, channel="ticker", symbols=["*"])
        equal((error["code"], error["fatal"]), ("forbidden", False), "channel")
        expect("ticker" in error["message"] and "basic" in error["message"], error["message"])
        async with Client(running.gateway, **bearer(token)) as second:
            await answer(second, op="ping", id=1)
            equal(knock(running.gateway, Authorization=f"Bearer {token}")[0], 429, "a third")
            async with Client(running.gateway) as third:
                await third.send(op="auth", id=7, token=token)
                equal((await end_of(third, 4429))["code"], "too_many_connections", "in band")


async def test_renewal_and_the_end_of_a_token(running, issuer):
    async with Client(running.gateway, **bearer(issuer.token("carol", seconds=20))) as client:
        notice, _ = await client.until(lambda one: one["type"] == "auth_expiring", "a notice", SECONDS)
        expect(0 < notice["in_ms"] <= 20_000, f"{notice}")
        await client.subscribe("quote", "SIM:BTC-USD", "SIM:ETH-USD")
        await client.send(op="auth", id=8, token=issuer.token("carol", plan="other"))
        told, _ = await client.until(lambda one: one["type"] == "unsubscribed", "what is not covered", SECONDS)
        equal((told["id"], told["rejected"]), (None, [{"symbol": "SIM:ETH-USD", "code": "forbidden"}]), "renewed")
        await client.send(op="auth", id=9, token=issuer.token("dave"))
        equal((await end_of(client, 4401))["id"], 9, "another subject")


# Last: it takes the secret away.
async def test_what_is_taken_back_ends_within_the_reload(running, issuer):
    async with Client(running.gateway, **bearer(issuer.token("erin"))) as erin, \
            Client(running.gateway, **bearer(issuer.token("frank", algorithm="RS256"))) as frank, \
            Client(running.gateway, **bearer(issuer.token("grace", algorithm="RS256"))) as grace:
        report = await running.reload(auth={"denied": ["grace"]})
        equal(report["result"], "applied", f"{report}")
        equal((await end_of(grace, 4401))["code"], "unauthenticated", "denied")
        issuer.write("pair")
        equal((await end_of(erin, 4401))["code"], "unauthenticated", "its key is gone")
        equal((await answer(frank, op="ping", id=1))["type"], "pong", "others stay")
    await eventually(lambda: running.gateway.metric("tickgate_connections", shard="0") == 0, "the end", SECONDS)


async def test_streams_that_have_shown_nothing_are_few_over_all_shards(binary, tmp_path):
    most, issuer = 3, TokenMaker(tmp_path)
    with Running(binary, server={"shards": 2}, limits={"unauthenticated_connections": most},
                 auth=issuer.auth(time="60s"), plans=PLANS) as running:
        gateway = running.gateway
        async with contextlib.AsyncExitStack() as stack:
            strangers = [await stack.enter_async_context(Client(gateway)) for _ in range(most)]
            for _ in range(8):  # whichever shard he comes to
                status, headers, body = knock(gateway)
                equal((status, headers["retry-after"]), (503, "1"), body)
            token = issuer.token("alice")
            await stack.enter_async_context(Client(gateway, **bearer(token)))
            told = await answer(strangers[0], op="auth", id=1, token=token)
            equal(told["type"], "authenticated", "one is somebody now")
            await stack.enter_async_context(Client(gateway))
            equal(knock(gateway)[0], 503, "and his place is taken")
            equal(gateway.metric("tickgate_handshake_failures_total", reason="unauthenticated_connections"), 9,
                  "refused")
            # None at all: whoever shows it with the upgrade comes in.
            await running.reload(limits={"unauthenticated_connections": 0})
            equal(knock(gateway)[0], 503, "in band no more")
            equal(knock(gateway, Authorization=f"Bearer {issuer.token('bob')}")[0], 101, "by header")


async def test_whose_a_stream_is_stands_in_the_log_and_in_the_list_of_clients(binary, tmp_path):
    issuer = TokenMaker(tmp_path)
    with Running(binary, auth=issuer.auth(time="60s"), plans=PLANS) as running:
        gateway = running.gateway

        def clients():
            return {(one["subject"], one["credential_kind"])
                    for one in json.loads(gateway.admin("/v1/clients").unpacked())["slowest"]}

        def ended():
            lines = [json.loads(line) for line in gateway.log_path.read_text().splitlines()
                     if line.startswith("{")]
            return [(line["subject"], line["credential_kind"]) for line in lines
                    if line.get("message", line.get("msg")) == "connection ended" and "subject" in line]

        token = issuer.token("whose")
        async with Client(gateway, **bearer(token)), Client(gateway):
            equal(clients(), {("whose", "jwt"), (None, None)}, "the list")
        await eventually(lambda: ended() == [("whose", "jwt")], "the line of its end", SECONDS)
        expect(token not in gateway.log_path.read_text(), "the token itself")


async def test_an_address_that_guesses_is_not_looked_at_and_its_streams_go_on(binary, issuer):
    """Over plain HTTP, at the upgrade and in band; who is in already renews by a good token."""
    limits = {"failed_credentials_per_minute_per_address": 3}
    with Running(binary, auth=issuer.auth(), limits=limits) as running:
        gateway = running.gateway
        good = issuer.token("alice", algorithm="RS256")
        authorization = bearer(good)["extra_headers"]
        async with Client(gateway, **bearer(good)) as client, Client(gateway) as stranger:
            bad = bearer("guess")["extra_headers"]
            guesses = [gateway.public("/v1/venues", headers=bad).status for _ in range(5)]
            equal(guesses, [401, 401, 401, 429, 429], "guesses")
            for path, headers in (("/v1/venues", authorization), ("/v1/stream", {**UPGRADE, **authorization})):
                refused = gateway.public(path, headers=headers)
                equal((refused.status, refused.headers["retry-after"]), (429, "60"), f"{path} with a good one")
            told = await answer(client, op="auth", id=1, token=good)
            equal((told["type"], told["subject"]), ("authenticated", "alice"), "the stream that is in")
            await stranger.send(op="auth", id=1, token=good)
            equal((await end_of(stranger, 4429))["code"], "unauthenticated", "one that is not")
            # A bad renewal ends its stream, so it is the only one.
            await client.send(op="auth", id=2, token="guess")
            equal((await end_of(client, 4401))["code"], "unauthenticated", "a bad renewal")
        equal(gateway.metric("tickgate_auth_total", result="limited"), 5, "not looked at")
