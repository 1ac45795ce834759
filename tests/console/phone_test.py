# SPDX-License-Identifier: Apache-2.0
"""On a phone one thing is shown at a time; and a page that nobody sees."""

import asyncio
import json
import os

import pytest

from console import Console, live, row
from harness import Gateway, equal, expect

# What is asked of the gateway, as [op, channel, interval_ms, how many]; 30 s pass in 0.3.
SPY = """window.asked = [];
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) {
  const {op, channel, symbols = [], interval_ms = 0} = JSON.parse(text);
  if (symbols.length) window.asked.push([op, channel, interval_ms, symbols.length]);
  return send.call(this, text); };
const wait = window.setTimeout;
window.setTimeout = (then, ms, ...more) => wait(then, ms === 30_000 ? 300 : ms, ...more);"""


def start(binary):
    return Gateway.demo(binary, "--seed", 7, "--symbols", 24, "--rate", 2000)


def asked(channel, interval):
    return (f"window.asked.some(([op, channel, ms]) => op === 'subscribe' && channel === '{channel}' "
            f"&& ms === {interval})")


async def test_the_detail_is_a_page_of_its_own_with_a_way_back(gateway):
    async with Console(gateway, width=360, height=740) as console:
        await console.visit("#w=SIM:BTC-USD,ETH-USD,SOL-USD")
        await console.until(live("SIM:BTC-USD"), "a live row")
        await console.run(f"{row('SIM:ETH-USD')}.click()")
        await console.until("document.getElementById('watch').hidden && !document.getElementById('beside').hidden",
                            "the detail alone")
        expect("d=SIM:ETH-USD" in await console.run("location.hash"), "the link says which")
        await console.screenshot("phone-detail")
        await console.run("history.back()")
        await console.until("!document.getElementById('watch').hidden && document.getElementById('beside').hidden",
                            "the list, by the browser's own way back")
        await console.run(f"{row('SIM:ETH-USD')}.click()")
        await console.until("!document.getElementById('beside').hidden", "the detail")
        await console.click("#back")
        await console.until(live("SIM:ETH-USD"), "the list, by the button")
        await console.run(f"{row('SIM:ETH-USD')}.click()")
        await console.until("!document.getElementById('remove').hidden", "its removal")
        await console.click("#remove")
        await console.until(live("SIM:SOL-USD"), "the list")
        equal(await console.symbols(), ["SIM:BTC-USD", "SIM:SOL-USD"], "without it")
        console.content()


async def test_a_list_behind_another_view_is_asked_for_less_often(gateway):
    async with Console(gateway, width=360, height=740) as console:
        await console.visit("#w=SIM:BTC-USD,ETH-USD", before=SPY)
        await console.until(live("SIM:BTC-USD"), "a live row")
        expect(await console.run(asked("quote", 100)), "ten times a second")
        await console.run("window.asked = []")
        await console.click("#to-feeds")
        await console.until(asked("quote", 5000), "every 5 s")
        await console.run("window.asked = []")
        await console.click("#to-watch")
        await console.until(asked("quote", 100), "ten times a second again")
        await console.until(live("SIM:BTC-USD"), "a live row")


async def test_a_page_that_is_hidden_asks_for_less_and_is_right_when_it_is_back(gateway):
    async with Console(gateway) as console:
        await console.visit("#w=SIM:BTC-USD,ETH-USD", before=SPY)
        await console.until(live("SIM:BTC-USD"), "a live row")
        await console.run("window.asked = []; window.same = true")
        await console.call("Emulation.setFocusEmulationEnabled", enabled=False)
        other = await console.call("Target.createTarget", url="about:blank")
        await console.until("document.hidden", "hidden")
        await console.until(asked("quote", 5000), "every 5 s after 30 s")
        await console.call("Target.closeTarget", targetId=other["targetId"])
        await console.call("Page.bringToFront")
        await console.until("!document.hidden", "in front again")
        await console.until(asked("quote", 100), "ten times a second again")
        await console.until(live("SIM:BTC-USD"), "a live row")
        # What is shown then is of now: one of the prices that the gateway has while we look.
        said, shown = set(), set()
        for _ in range(200):
            answer = json.loads(gateway.public("/v1/snapshot?symbols=SIM:BTC-USD").body)
            said.add(answer[1]["bid"])
            shown.add((await console.rows())["SIM:BTC-USD"]["bid"].replace(",", ""))
            if said & shown:
                break
            await asyncio.sleep(0.05)
        expect(said & shown, f"shown {shown}, said {said}")
        expect(await console.run("window.same"), "without a reload")
        console.content()


async def test_scrolling_asks_once_it_rests(binary):
    with Gateway.demo(binary, "--symbols", 600, "--names", "generated", "--rate", 5000) as gateway:
        async with Console(gateway) as console:
            await console.visit("#w=SIM:" + ",".join(f"S{i:04d}-USD" for i in range(500)), before=SPY)
            await console.until(live("SIM:S0000-USD"), "a live row")
            most = await console.run("window.asked.reduce((most, [, , , count]) => Math.max(most, count), 0)")
            expect(most < 120, f"{most} symbols at once, of what is seen and a page more")
            rests = await console.run("""new Promise(done => { window.asked = []; let top = 0, rests = 1, last = 0;
              const step = now => { document.querySelector('.grid').scrollTop = top += 60;
                if (last && now - last > 150) ++rests;  // on a busy machine a frame may take as long as a rest
                last = now;
                if (top < 3000) requestAnimationFrame(step); else done(rests); };
              step(0); })""")
            await console.until(live("SIM:S0110-USD"), "rows where it rests")
            asked_for = await console.run("window.asked.length")
            expect(asked_for <= 12 * rests, f"{asked_for} requests for 50 steps, {rests} rests: "
                                            f"{await console.run('window.asked')}")
            console.content()


STREAM_SECONDS = int(os.environ.get("TICKGATE_STREAM_SECONDS", 8))


@pytest.mark.takes(STREAM_SECONDS + 60)
async def test_memory_stays_while_prices_stream(binary):
    """Ten times as fast as the demo: TICKGATE_STREAM_SECONDS=60 are ten minutes of it."""
    with Gateway.demo(binary, "--symbols", 24, "--rate", 20000) as gateway:
        async with Console(gateway) as console:
            await console.visit("#d=SIM:BTC-USD&i=1s")
            await console.until(live("SIM:AAVE-USD"), "a live row")

            async def heap():
                await console.call("HeapProfiler.collectGarbage")
                return (await console.call("Runtime.getHeapUsage"))["usedSize"]
            await asyncio.sleep(4)  # until the tape is full
            nodes = await console.run("document.querySelectorAll('*').length")
            sizes = [await heap()]
            for _ in range(4):
                await asyncio.sleep(STREAM_SECONDS / 4)
                sizes.append(await heap())
            print(f"heap, in KiB over {STREAM_SECONDS} s: {[size >> 10 for size in sizes]}")
            expect(sizes[-1] < sizes[0] + (4 << 20), f"heap {sizes}")
            expect(await console.run("document.querySelectorAll('*').length") < nodes + 500, "nodes")
