# SPDX-License-Identifier: Apache-2.0
"""Who may have what over plain HTTP: the same as over the stream, and nothing by way of a cache."""
import json
import pathlib

import pytest

from harness import equal, eventually, expect
from running import Running
from tokens import bearer, token, write_keys

FEEDS = [{"venue": "simulator", "seed": 5, "symbol_count": 6, "rate": 500},
         {"venue": "simulator", "name": "other", "label": "sim2", "seed": 6, "symbol_count": 6, "rate": 500}]
GUARDED = ["/v1/venues", "/v1/instruments", "/v1/snapshot?symbols=*", "/v1/book?symbol=SIM:BTC-USD"]
OPEN = ["/", "/client.js", "/console/app.js", "/readyz", "/v1/openapi.yaml", "/v1/asyncapi.yaml"]


def start(binary):
    running = Running(binary, FEEDS, plans={"basic": {"symbols": ["SIM:*"], "channels": ["quote", "book", "status"],
                                                      "depth": 3}, "late": {"delay": "1s"}})
    keys = write_keys(pathlib.Path(running.gateway.folder.name) / "keys.json")
    running.config["auth"] = {"jwks_file": str(keys)}
    running.write()
    return running.gateway


def symbols(answer):
    equal(answer.status, 200, "/v1/instruments")
    return [one["symbol"] for one in json.loads(answer.unpacked())]


def refusal(answer):
    return answer.status, json.loads(answer.body)["code"]


async def test_prices_and_venues_are_for_those_who_say_who_they_are(gateway):
    for path in GUARDED:
        answer = gateway.public(path)
        equal((refusal(answer), answer.headers["www-authenticate"]), ((401, "unauthenticated"), "Bearer"), path)
        for wrong in ("nonsense", token()[:-2] + "xx", "tgk_" + "0" * 46):
            answer = gateway.public(path, headers=bearer(wrong))
            equal((refusal(answer), answer.headers["www-authenticate"]),
                  ((401, "unauthenticated"), 'Bearer error="invalid_token"'), f"{path} with {wrong}")
        equal(refusal(gateway.public(path, headers=bearer(token(ends_in=-3600)))), (401, "token_expired"), path)
        equal(gateway.public(path, headers=bearer(token())).status, 200, f"{path} with a token")
    for path in OPEN:
        equal(gateway.public(path).status, 200, path)
    equal(gateway.public("/v1/snapshot", "POST", body='{"symbols":["*"]}').status, 401, "POST")


@pytest.mark.parametrize("name", ["token", "access_token"])
async def test_a_token_in_the_url_is_refused_and_not_logged(gateway, name):
    secret = token(subject="in-the-url")
    equal(gateway.public(f"/v1/instruments?{name}={secret}").status, 400, name)
    expect(secret not in gateway.log(100_000), "it is in the log")


async def test_each_sees_what_its_plan_covers(gateway):
    own = bearer(token(plan="basic"))
    listed = symbols(gateway.public("/v1/instruments", headers=own))
    equal({one.split(":")[0] for one in listed}, {"SIM"}, "instruments")
    expect(len(symbols(gateway.public("/v1/instruments", headers=bearer(token())))) > len(listed), "of everything")
    answer = gateway.public("/v1/snapshot?channel=quote&symbols=*", headers=own)
    equal({one["symbol"].split(":")[0] for one in json.loads(answer.body)}, {"SIM"}, "a pattern")
    for path in ("/v1/snapshot?symbols=SIM2:BTC-USD", "/v1/snapshot?symbols=SIM2:NO-SUCH",
                 "/v1/snapshot?channel=trade&symbols=SIM:*", "/v1/book?symbol=SIM2:BTC-USD",
                 "/v1/instruments?symbols=SIM2:BTC-USD"):
        answer = gateway.public(path, headers=own)
        equal(refusal(answer), (403, "forbidden"), path)
        expect("plan basic" in json.loads(answer.body)["message"], f"{answer.body}")
    body = json.dumps({"op": "subscribe", "id": 1, "channel": "quote", "symbols": ["SIM2:BTC-USD"]})
    equal(refusal(gateway.public("/v1/snapshot", "POST", headers=own, body=body)), (403, "forbidden"), "POST")
    book = json.loads(gateway.public("/v1/book?symbol=SIM:BTC-USD&depth=100", headers=own).body)
    equal((len(book["bids"]), len(book["asks"])), (3, 3), "levels of a whole book")
    values = json.loads(gateway.public("/v1/snapshot?channel=book&symbols=SIM:BTC-USD", headers=own).body)
    equal([len(one["bids"]) for one in values if one["type"] == "book"], [3], "levels of a snapshot")


async def test_venues_are_those_of_which_something_may_be_covered(gateway):
    def named(**claims):
        answer = gateway.public("/v1/venues", headers=bearer(token(**claims)))
        equal(answer.status, 200, "/v1/venues")
        return {one["name"] for one in json.loads(answer.body)}
    equal(named(plan="basic"), {"simulator"}, "of SIM:*")
    equal(named(symbols=["SIM2:ETH-USD", "KRAKEN:*"]), {"other"}, "of one symbol there")
    equal(named(symbols=["*:BTC-USD"]), {"simulator", "other"}, "of a pair everywhere")
    equal(named(symbols=["KRAKEN:*"]), set(), "of nothing that there is")
    equal(named(), {"simulator", "other"}, "of everything")


async def test_a_depth_that_is_said_is_one_of_whole_books_too(gateway):
    def levels(**claims):
        book = json.loads(gateway.public("/v1/book?symbol=SIM:BTC-USD&depth=1000", headers=bearer(token(**claims))).body)
        return book["depth"], max(len(book["bids"]), len(book["asks"]))
    all_of_it = levels()[1]
    equal(levels(depth=20), (20, min(20, all_of_it)), "within the stream's")
    equal(levels(depth=25)[0], 25, "the stream's")
    equal(levels(depth=30), (30, min(30, all_of_it)), "beyond it")
    equal(levels()[0], 1000, "where none is said")


async def test_no_cache_gives_one_what_was_anothers(gateway):
    own = bearer(token(plan="basic"))
    page = gateway.public("/v1/instruments", headers=own)
    equal(page.headers["cache-control"], "private, no-cache", "who may store it")
    expect("Authorization" in page.headers["vary"], page.headers["vary"])
    held = {"If-None-Match": page.headers["etag"]}
    equal(gateway.public("/v1/instruments", headers={**own, **held}).status, 304, "its own")
    other = gateway.public("/v1/instruments", headers={**bearer(token(symbols=["SIM2:*"])), **held})
    equal({one.split(":")[0] for one in symbols(other)}, {"SIM2"}, "another's")
    equal(gateway.public("/v1/instruments", headers=held).status, 401, "nobody's")


async def test_a_page_from_elsewhere_may_show_its_token(gateway):
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET",
             "Access-Control-Request-Headers": "authorization"}
    answer = gateway.public("/v1/snapshot", "OPTIONS", headers=asked)
    expect("Authorization" in answer.headers["access-control-allow-headers"], f"{answer.headers}")
    refused = gateway.public("/v1/venues", headers={"Origin": "https://a.example"})
    equal((refused.status, refused.headers["access-control-allow-origin"]), (401, "https://a.example"), "401")


async def test_what_cannot_be_had_delayed_is_not_had_early(gateway):
    for late in (bearer(token(plan="late")), bearer(token(delay_s=600))):  # of the latter there is no lane
        for path in ("/v1/venues", "/v1/book?symbol=SIM:BTC-USD"):
            equal(refusal(gateway.public(path, headers=late)), (403, "forbidden"), path)
    equal(refusal(gateway.public("/v1/instruments", headers=late)), (403, "forbidden"), "instruments of no lane")
    late = bearer(token(plan="late"))

    def values():
        return json.loads(gateway.public("/v1/snapshot?channel=quote&symbols=*", headers=late).body)
    await eventually(lambda: {"status", "quote"} <= {one["type"] for one in values()}, "values of then", 20)
    for one in values():
        equal(one["delayed_s"], 1, f"{one}")
        expect(one["type"] != "status" or one["state"] != "live", f"live: {one}")
    listed = json.loads(gateway.public("/v1/instruments", headers=late).unpacked())
    expect(listed and not any(one["state"] == "live" for one in listed), f"{listed[:3]}")
