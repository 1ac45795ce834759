# SPDX-License-Identifier: Apache-2.0
"""/metrics: its forms, what each stage of a tick's way takes, and a venue's clock, which is no latency."""

import gzip
import json
import re

import pytest

from client import Client
from harness import Gateway, equal, expect
from venue import Venue
from venue_words import Binance
from watching import A, watched

OPEN_METRICS = "application/openmetrics-text;version=1.0.0"
TEXT = "text/plain;version=0.0.4"
# As Prometheus 2.42 asks.
PROMETHEUS = f"{OPEN_METRICS},application/openmetrics-text;version=0.0.1;q=0.75,{TEXT};q=0.5,*/*;q=0.1"


def start(binary):
    return Gateway.demo(binary, "--seed", 7, "--symbols", 24, "--rate", 2000)


async def served(gateway):
    """Something went to a client: what is counted of that is there."""
    async with Client(gateway) as client:
        await client.subscribe("quote", "*", interval_ms=0)
        await client.collect(1)


async def test_the_form_is_the_one_that_is_liked_more(gateway):
    for accept, kind in ((None, "text/plain"), ("*/*", "text/plain"), (TEXT, "text/plain"),
                         (PROMETHEUS, "application/openmetrics-text"),
                         (f"{OPEN_METRICS};q=0.2,{TEXT};q=0.5", "text/plain")):
        answer = gateway.admin("/metrics", headers={"Accept": accept} if accept else {})
        version = "0.0.4" if kind == "text/plain" else "1.0.0"
        equal(answer.headers["content-type"], f"{kind}; version={version}; charset=utf-8",
              f"content type for {accept}")
        equal(answer.body.endswith(b"\n# EOF\n"), kind != "text/plain", f"an end for {accept}")


async def test_gzip_is_for_who_takes_it_and_says_the_same(gateway):
    for accept in (TEXT, OPEN_METRICS):
        plain = gateway.admin("/metrics", headers={"Accept": accept})
        expect("content-encoding" not in plain.headers, "packed for one who did not ask")
        packed = gateway.admin("/metrics", headers={"Accept": accept, "Accept-Encoding": "gzip"})
        equal(packed.headers["content-encoding"], "gzip", "encoding")
        expect(len(packed.body) * 5 < len(plain.body), f"{len(packed.body)} of {len(plain.body)}")
        names = [re.findall(rb"^# TYPE (\S+ \S+)$", text, re.M)
                 for text in (plain.body, gzip.decompress(packed.body))]
        equal(*names, "families")


async def test_open_metrics_pass_a_strict_parser(gateway):
    parser = pytest.importorskip(
        "prometheus_client.openmetrics.parser",
        reason="prometheus_client is not installed (Debian package python3-prometheus-client)")
    await served(gateway)
    text = gateway.admin("/metrics", headers={"Accept": PROMETHEUS}).body.decode()
    families = list(parser.text_string_to_metric_families(text))
    for family in families:
        expect(family.name.startswith(("tickgate_", "process_")), family.name)
        expect(family.documentation, f"no help: {family.name}")
        unit = re.search(r"_(seconds|bytes)$", family.name)
        equal(family.unit, unit[1] if unit else "", f"unit of {family.name}")
    plain = gateway.admin("/metrics").body.decode()
    named = set(re.findall(r"^# TYPE (\S+)", plain, re.M))
    equal({name.removesuffix("_total") for name in named}, {family.name for family in families},
          "the same families in both forms")


async def test_the_gauges_that_alerts_need_are_there(gateway):
    for name in ("tickgate_connections_limit", "process_open_fds", "process_max_fds",
                 "tickgate_feed_expected_active", "tickgate_feed_thread_lag_seconds_count",
                 "process_start_time_seconds"):
        expect(gateway.metric(name), f"{name}: {gateway.metric(name)}")
    equal(gateway.metric("tickgate_build_info"), 1, "build")
    for kind in ("parse_error", "unknown_message", "checksum_failed", "gap"):
        equal(gateway.metric("tickgate_feed_anomalies_total", kind=kind), 0, kind)
    equal(gateway.metric("tickgate_feed_clock_offset_seconds"), 0, "made up here, by our clock")


def stage(gateway, which, venue, channel, part="count", **more):
    return gateway.metric(f"tickgate_latency_seconds_{part}", stage=which, venue=venue,
                          channel=channel, **more) or 0


async def test_each_stage_is_counted_by_venue_and_channel(gateway):
    await served(gateway)
    for which in ("venue", "ring", "send"):
        for channel in ("quote", "book", "trade"):
            expect(stage(gateway, which, "sim", channel) > 0, f"{which} {channel}")
    equal(stage(gateway, "venue", "sim", "ticker"), 0, "a ticker's time is none of ours")


async def test_a_venue_that_is_late_is_late_in_its_stage(binary):
    with Venue(Binance, A) as venue:
        async with watched(binary, venue, "quote", "trade") as (gateway, eyes):
            def trades(part="count", **more):
                return stage(gateway, "venue", "binance", "trade", part, **more)
            await eyes.until(lambda: trades() > 5, "trades")
            venue.LAG = 0.4  # young enough to be live
            await eyes.until(lambda: trades() - trades("bucket", le="0.25") > 3, "the first late ones")
            soon, all_ = trades("bucket", le="0.25"), trades()
            await eyes.until(lambda: trades() > all_ + 5, "more of them")
            equal(trades("bucket", le="0.25"), soon, "trades that came soon")
            equal(gateway.metric("tickgate_feed_venue_ahead_total"), 0, "from the future")


@pytest.mark.parametrize("skew", [5.0, -5.0])
async def test_a_clock_that_is_off_is_shown_as_offset_and_not_as_latency(binary, skew):
    with Venue(Binance, A) as venue:
        venue.SKEW = skew
        async with watched(binary, venue, "quote", "trade") as (gateway, eyes):
            def clock():
                return json.loads(gateway.admin("/v1/feeds").body)[0]["clock"]
            await eyes.until(lambda: None not in clock().values(), "all of it known")
            found, most = clock(), abs(skew) * 1e6 / 2  # what a busy machine may take for the rest
            expect(abs(found["offset_us"] - skew * 1e6) <= found["uncertainty_us"] + 1000, f"{found}")
            expect(found["uncertainty_us"] < most, f"{found}")
            expect(abs(found["latency_us"] + skew * 1e6) < most, f"raw: {found}")
            expect(abs(found["corrected_us"]) < most, f"corrected: {found}")
            offset = gateway.metric("tickgate_feed_clock_offset_seconds", feed="binance")
            expect(abs(offset - skew) * 1e6 < most, f"offset {offset}")
            corrected = gateway.metric("tickgate_feed_venue_latency_corrected_seconds")
            expect(abs(corrected) * 1e6 < most, f"corrected {corrected}")
            ahead = gateway.metric("tickgate_feed_venue_ahead_total")
            equal(ahead > 0, skew > 0, f"{ahead} from the future")
            if skew > 0:
                equal(stage(gateway, "venue", "binance", "trade"), 0, "none of them a latency")
            told = gateway.admin(f"/v1/explain?symbol={venue.symbol(A)}&format=text").body.decode()
            expect(re.search(r"venue clock +\d\.\d+ s (ahead of|behind) ours, within", told), told)
