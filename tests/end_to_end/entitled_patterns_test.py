# SPDX-License-Identifier: Apache-2.0
"""What a pattern covers and the plan has no room for: each is told, once, with the limit and the plan."""

from client import Client
from harness import equal, expect
from running import FEEDS, Running
from tokens import bearer, token, write_keys

MORE = {"venue": "simulator", "name": "more", "label": "sim2", "seed": 6, "symbol_count": 3, "rate": 100}
PLANS = {"three": {"subscriptions": 3}, "seven": {"subscriptions": 7}}


def unasked(message):
    return message["type"] == "unsubscribed" and message["id"] is None


def no_room(limit, plan, *symbols):
    return [{"symbol": one, "code": "too_many_symbols", "limit": limit, "plan": plan} for one in symbols]


async def test_instruments_that_appear_beyond_the_limit_are_told_once(binary, tmp_path):
    auth = {"jwks_file": str(write_keys(tmp_path / "jwks.json"))}
    with Running(binary, auth=auth, plans=PLANS) as running:
        async with Client(running.gateway, extra_headers=bearer(token(plan="seven"))) as client:
            equal(len((await client.subscribe("quote", "*"))["accepted"]), 6, "all that there are")
            running.config["feeds"] = FEEDS + [MORE]
            equal((await running.hang_up(running.write))["result"], "applied", "the reload")
            told, _ = await client.until(unasked, "what has no room", 20)
            said = told["rejected"]
            while len(said) < 2:
                said += (await client.until(unasked, "the other", 20))[0]["rejected"]
            names = sorted(one["symbol"] for one in said)
            equal(said, no_room(7, "seven", *(one["symbol"] for one in said)), "why")
            expect(len(names) == 2 and all(one.startswith("SIM2:") for one in names), f"which: {names}")
            rest = await client.collect(2)
            expect(not any(unasked(one) for one in rest), "told again")
            new = {one["symbol"] for one in rest if one["type"] == "quote" and one["symbol"].startswith("SIM2:")}
            expect(len(new) == 1 and not new & set(names), f"the one that had room: {new}")


async def test_a_lower_limit_is_told_with_its_plan_and_a_higher_one_brings_them_back(binary, tmp_path):
    auth = {"jwks_file": str(write_keys(tmp_path / "jwks.json"))}
    with Running(binary, auth=auth, plans=PLANS) as running:
        async with Client(running.gateway, extra_headers=bearer(token(plan="seven"))) as client:
            held = (await client.subscribe("quote", "*"))["accepted"]
            await client.send(op="auth", id=9, token=token(plan="three"))
            told, _ = await client.until(unasked, "what ended", 20)
            equal(told["rejected"], no_room(3, "three", *(one["symbol"] for one in told["rejected"])), "why")
            equal(len(told["rejected"]), 3, "as many as are too many")
            # The operator gives the plan more: its pattern covers what it left out.
            equal((await running.reload(plans={"three": {"subscriptions": 6}}))["result"], "applied", "the reload")
            await eventually_quotes(client, {one["symbol"] for one in told["rejected"]})
            equal(set(held), set((await listed(client))), "all of it again")


async def eventually_quotes(client, symbols):
    waiting = set(symbols)
    while waiting:
        one, _ = await client.until(lambda one: one["type"] == "quote" and one["symbol"] in waiting, f"{waiting}", 20)
        waiting.discard(one["symbol"])


async def listed(client):
    answer, _ = await client.ask(op="list")
    return [symbol for group in answer["subscriptions"] for symbol in group["symbols"]]
