# SPDX-License-Identifier: Apache-2.0
"""Who asks: how the client shows a token, renews it and gives up; and what is delayed."""

import asyncio
import http

import pytest

from fake_gateway import FakeGateway, quote, status, take, until
from harness import equal, expect
from tickgate import Client, ClosedError
from tickgate.__main__ import read_arguments

SYMBOL = "A:B-C"
LONG = "x" * 5000
DENIED = (http.HTTPStatus.UNAUTHORIZED, [], b"")


def quick(gateway, token, **options):
    return Client(gateway.url, token=token, **{"random": lambda: 0.0, **options})


def shown(peer):
    """The header that a connection came with."""
    request = getattr(peer.socket, "request", None)
    headers = request.headers if request is not None else peer.socket.request_headers
    return headers.get("Authorization")


async def entered(peer, token, *answer):
    """Expects the token in band, and answers."""
    request = await peer.asked()
    equal((request["op"], request["token"]), ("auth", token), "the request")
    await peer.say(*answer or [{"type": "authenticated", "id": request["id"], "subject": "me", "expires": None}])
    return request["id"]


async def test_a_token_goes_in_the_head_and_not_into_the_url():
    async with FakeGateway() as gateway, quick(gateway, "secret", headers={"X-More": "1"}) as client:
        client.quotes(SYMBOL, callback=print)
        peer = await gateway.next_peer()
        equal(shown(peer), "Bearer secret", "the header")
        await peer.accept("quote", SYMBOL)
        expect("secret" not in str(getattr(peer.socket, "path", "")), "it is in the URL")


async def test_one_that_is_too_long_goes_in_band_before_all_else():
    async with FakeGateway() as gateway, quick(gateway, LONG) as client:
        states = []
        client.on("link", lambda link: states.append(link.state))
        client.quotes(SYMBOL, callback=print)
        peer = await gateway.next_peer()
        equal(shown(peer), None, "the header")
        await entered(peer, LONG)
        await peer.accept("quote", SYMBOL)
        await until(lambda: states[-1:] == ["live"], "live")


async def test_a_gateway_that_knows_no_tokens_is_spoken_to_all_the_same():
    async with FakeGateway() as gateway, quick(gateway, LONG) as client:
        client.quotes(SYMBOL, callback=print)
        peer = await gateway.next_peer()
        request = await peer.asked()
        await peer.say({"type": "error", "id": request["id"], "code": "unknown_op", "message": "op", "fatal": False})
        await peer.accept("quote", SYMBOL)


@pytest.mark.parametrize("where", ["head", "band"])
async def test_a_token_that_is_refused_ends_the_iterators(where):
    async with FakeGateway([DENIED] if where == "head" else None) as gateway, \
            quick(gateway, "bad" if where == "head" else LONG) as client:
        quotes = client.quotes(SYMBOL)
        if where == "band":
            peer = await gateway.next_peer()
            await peer.asked()
            await peer.close(4401, "not authenticated")
        with pytest.raises(ClosedError) as caught:
            await take(quotes)
        equal((caught.value.code, len(gateway.attempts), client.link.state), (4401, 1, "ended"), "the end")


async def test_a_function_is_asked_for_each_connection_after_4401_too():
    async with FakeGateway([DENIED]) as gateway:
        tokens = iter(["t1", "t2", "t3"])

        async def give():
            return next(tokens)
        async with quick(gateway, give) as client:
            client.quotes(SYMBOL, callback=print)
            peer = await gateway.next_peer()
            equal(shown(peer), "Bearer t2", "after a 401")
            await peer.accept("quote", SYMBOL)
            await peer.close(4401, "the credential has expired")
            equal(shown(await gateway.next_peer()), "Bearer t3", "after 4401")


async def test_a_function_that_fails_is_an_attempt_that_failed():
    async with FakeGateway() as gateway:
        words = ["no key today", ""]

        def give():
            if word := words.pop(0):
                raise OSError(word)
            return "t"
        async with quick(gateway, give) as client:
            reasons = []
            client.on("link", lambda link: reasons.append(link.reason))
            equal(shown(await gateway.next_peer()), "Bearer t", "the next attempt")
            expect("no token: no key today" in reasons, f"{reasons}")


async def test_what_expires_is_renewed_over_the_same_connection():
    async with FakeGateway() as gateway:
        tokens = iter(["t1", "t2"])
        async with quick(gateway, lambda: next(tokens)) as client:
            told = []
            for event in ("auth_expiring", "authenticated"):
                client.on(event, lambda message: told.append(message.type))
            client.quotes(SYMBOL, callback=print)
            peer = await gateway.next_peer()
            await peer.accept("quote", SYMBOL)
            await peer.say({"type": "auth_expiring", "in_ms": 30000})
            await entered(peer, "t2")
            await until(lambda: told == ["auth_expiring", "authenticated"], f"{told}")
            task = asyncio.ensure_future(client.authenticate("t3"))
            await entered(peer, "t3")
            await asyncio.wait_for(task, 20)
            task = asyncio.ensure_future(client.authenticate("t4"))
            request = await peer.asked()
            await peer.say({"type": "error", "id": request["id"], "code": "rate_limited", "message": "later",
                            "fatal": False, "retry_after_ms": 100})
            with pytest.raises(ConnectionError, match="later"):
                await asyncio.wait_for(task, 20)
            await peer.say({"type": "unsubscribed", "id": None, "channel": "quote", "accepted": [],
                            "rejected": [{"symbol": SYMBOL, "code": "forbidden"}]})
            await until(lambda: client.why(SYMBOL) == "forbidden", f"{client.why(SYMBOL)}")
            equal(gateway.count, 1, "connections")


async def test_what_is_delayed_is_never_live_and_says_by_how_much():
    async with FakeGateway() as gateway, quick(gateway, None) as client:
        told = []
        client.on("live", lambda *words: told.append(words))
        quotes = client.quotes(SYMBOL)
        peer = await gateway.next_peer()
        equal(shown(peer), None, "the header of nobody")
        await peer.accept("quote", SYMBOL)
        await peer.say(status(state="delayed", delayed_s=900), quote(delayed_s=900))
        equal((await take(quotes)).delayed_s, 900, "of the quote")
        equal((client.is_live(SYMBOL), client.why(SYMBOL), told),
              (False, "delayed 15 min", [(SYMBOL, False)]), "whether it is live")


def test_tail_reads_its_token_from_a_file_or_the_environment(tmp_path, monkeypatch):
    file = tmp_path / "token"
    file.write_text("from-a-file\n", encoding="ascii")
    monkeypatch.setenv("TICKGATE_TOKEN", "from-outside")
    equal(read_arguments(["tail", "A:B-C"]).token, "from-outside", "of the environment")
    equal(read_arguments(["tail", "--token-file", str(file), "A:B-C"]).token, "from-a-file", "of the file")
    with pytest.raises(SystemExit):
        read_arguments(["tail", "--token-file", str(tmp_path / "none"), "A:B-C"])
