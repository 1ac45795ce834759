# SPDX-License-Identifier: Apache-2.0
"""The chart: its bars are the gateway's, digit by digit; what pointer and keys do; what it costs."""

import json

from client import Client
from detail_page import (ALONE, BAR_TEXT, BARS, BOX, CHIP, LEGEND, LIVE, NEWEST, PIXELS, ROOT, TABLE, UP, bars_of,
                         detail, micros, plain, press, scheme)
from harness import Gateway, equal, expect

SYMBOL = "SIM:BTC-USD"
# openings(times): a detail is mounted, shown, drawn, and unmounted.
OPENER = """Promise.all(["/console/detail.js", "/client.js", "/console/format.js"]
  .map(name => import(name))).then(([{Detail}, {connect, decimal}, {Format}]) => {
    const host = document.createElement("div");
    document.body.append(host);
    window.client = connect("/");
    const ctx = {client, decimal, format: new Format("en"), prefs: {}, schedule() {}, announce() {}, go() {}};
    window.openings = async (times) => {
      for (let i = 0; i < times; ++i) {
        const detail = new Detail(host, ctx);
        detail.show("SIM:ETH-USD", "1m");
        while (!client.latest("book", "SIM:ETH-USD")) await new Promise(done => setTimeout(done, 5));
        detail.draw(performance.now());
        detail.unmount();
        await new Promise(done => setTimeout(done, 5));
      } }; })"""
ROWS = """[...document.querySelectorAll('.bar-table tbody tr')].map(row =>
  [...row.cells].map(cell => cell.textContent))"""


def start(binary):
    return Gateway.demo(binary, "--seed", 7, "--symbols", 3, "--rate", 300)


async def test_a_chart_opens_with_history_and_its_bars_are_the_gateways(gateway):
    async with detail(gateway, SYMBOL) as browser, Client(gateway) as client:
        await browser.until(f"{BARS} > 290", "history")
        await browser.run(f"{TABLE}.click()")
        await browser.until("document.querySelector('.bar-table tbody tr')", "a table")
        shown = await browser.run(ROWS)
        told = await bars_of(client, SYMBOL, "1m", 310)
        same = 0
        for when, way, *numbers, _ in shown:
            row = told.get(micros(when))
            if row is None:  # it moves, or has just ended
                continue
            same += 1
            equal([plain(text) for text in numbers], [*row[:5], str(row[5])], when)
            higher = (float(row[3]) > float(row[0])) - (float(row[3]) < float(row[0]))
            equal(way, "▼=▲"[higher + 1], f"which way {row} went")
        expect(same > 290, f"{same} bars of {len(shown)} were compared with {len(told)}")


async def test_the_open_bar_moves_and_is_the_one_of_the_snapshot(gateway):
    async with detail(gateway, SYMBOL) as browser:
        await browser.until("document.querySelector('.legend-said').textContent === 'still moving'", "an open bar")
        first = await browser.run(LEGEND)
        await browser.until(f"(now => now[0] !== {json.dumps(first[0])} || now[4] !== {json.dumps(first[4])} "
                            f"&& now[5] !== {json.dumps(first[5])})({LEGEND})", "another close, another volume")

        async def both():
            while True:
                answer = json.loads(gateway.public(
                    f"/v1/snapshot?channel=bar&interval=1m&symbols={SYMBOL}").body)
                legend = await browser.run(LEGEND)
                for bar in (one for one in answer if one["type"] == "bar"):
                    if bar["start"] == micros(legend[0]):
                        return bar, legend
        bar, legend = await both()
        equal(plain(legend[1]), bar["open"], "its open")
        expect(float(plain(legend[5])) >= float(bar["volume"]) * 0.5, f"volume: {legend}, {bar}")


async def test_a_bar_a_second_comes_behind_the_last(gateway):
    async with detail(gateway, SYMBOL, "1s") as browser:
        await browser.until(f"{BARS} > 200", "history")
        before = await browser.run(BARS)
        await browser.until(f"{BARS} >= {before} + 2", "two more bars")
        text = await browser.run(BAR_TEXT)
        await press(browser, "ArrowLeft", 30)
        await browser.until(f"{BAR_TEXT} < {json.dumps(text[:18])}", "another bar")
        held = await browser.run(f"{BAR_TEXT}.slice(0, 19)")
        now = await browser.run(BARS)
        await browser.until(f"{BARS} >= {now} + 2", "two more bars")
        equal(await browser.run(f"{BAR_TEXT}.slice(0, 19)"), held, "the cursor's bar")


async def test_looking_back_brings_older_bars_and_the_view_stands_still(gateway):
    async with detail(gateway, SYMBOL) as browser, Client(gateway) as client:
        await browser.until(f"{BARS} > 290", "history")
        before = await browser.run(BARS)
        expect(await browser.run(f"{NEWEST}.hidden"), "the newest bar is in view")
        newest = await browser.run(BAR_TEXT)
        await press(browser, "Home")
        await browser.until(f"{BAR_TEXT} < {json.dumps(newest[:15])}", "another bar")
        oldest = await browser.run(f"{BAR_TEXT}.slice(0, 16)")
        await browser.until(f"{BARS} > {before} + 250", "older bars")
        equal(await browser.run(f"{BAR_TEXT}.slice(0, 16)"), oldest, "the cursor's bar")
        expect(await browser.run(f"Number({BOX}.getAttribute('aria-valuenow'))") > 250, "its place")
        # What stood at the left edge stands there still.
        left, top = await browser.run(f"(({{left, top}}) => [left + 20, top + 60])({BOX}.getBoundingClientRect())")
        await browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=left, y=top)
        await browser.until(f"{LEGEND}[0] !== {json.dumps(oldest + ' UTC')}", "the bar at the pointer")
        apart = micros((await browser.run(LEGEND))[0]) - micros(oldest)
        expect(0 <= apart <= 5 * 60_000_000, f"{apart} us from the bar at the edge")
        await press(browser, "Home")
        await browser.until(f"{BARS} > 990", "as much as there is")
        await press(browser, "Home")
        await browser.until("document.querySelector('.candles-note').textContent === "
                            "'the gateway has nothing older'", "words about the end")
        told = await bars_of(client, SYMBOL, "1m", 1000)
        first = await browser.run(LEGEND)
        row = told.get(micros(first[0])) or told[min(told)]
        equal([plain(text) for text in first[1:]], [*row[:5], str(row[5])], "the oldest bar")
        await browser.run(f"{NEWEST}.click()")
        await browser.until(f"{NEWEST}.hidden && document.querySelector('.legend-said').textContent", "the newest bar")


async def test_the_crosshair_shows_the_digits_of_its_bar(gateway):
    async with detail(gateway, SYMBOL) as browser, Client(gateway) as client:
        await browser.until(f"{BARS} > 290", "history")
        left, top, width, height = await browser.run(
            f"(({{left, top, width, height}}) => [left, top, width, height])({BOX}.getBoundingClientRect())")
        newest = (await browser.run(LEGEND))[0]
        told = await bars_of(client, SYMBOL, "1m", 310)
        for share in (0.2, 0.5, 0.7):
            await browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=left + width * share, y=top + height / 2)
            await browser.until(f"{LEGEND}[0] !== {json.dumps(newest)}", "another bar")
            legend = await browser.run(LEGEND)
            row = told[micros(legend[0])]
            equal([plain(text) for text in legend[1:]], [*row[:5], str(row[5])], legend[0])
        # A drag to the right shows the past; the wheel zooms.
        await browser.call("Input.dispatchMouseEvent", type="mousePressed", x=left + 200, y=top + 80, button="left", clickCount=1)
        await browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=left + 420, y=top + 80, button="left", buttons=1)
        await browser.call("Input.dispatchMouseEvent", type="mouseReleased", x=left + 420, y=top + 80, button="left")
        await browser.until(f"!{NEWEST}.hidden", "a view of the past")
        await browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=5, y=5)
        await browser.until(f"{LEGEND}[0] !== {json.dumps(legend[0])}", "the newest bar in the legend")


async def test_keys_zoom_and_end_goes_back(gateway):
    async with detail(gateway, SYMBOL) as browser:
        await browser.until(f"{BARS} > 290", "history")
        before = await browser.run(BARS)
        await press(browser, "-", 12)
        await browser.until(f"{BARS} > {before} + 250", "more bars, for more are in view")
        await press(browser, "+", 20)
        await press(browser, "PageUp", 3)
        await browser.until(f"!{NEWEST}.hidden", "a view of the past")
        await press(browser, "End")
        await browser.until(f"{NEWEST}.hidden", "the newest bar in view")
        # The page's own keys do it too, wherever the focus is.
        await press(browser, "PageUp", 3)
        await browser.until(f"!{NEWEST}.hidden", "a view of the past")
        await browser.run("document.activeElement.blur()")
        await press(browser, "End", where="document.body")
        await browser.until(f"{NEWEST}.hidden", "the newest bar in view")
        await press(browser, "3", where="document.body")
        await browser.until("location.hash.includes('i=5m') && document.querySelector("
                            "'.intervals [aria-pressed=true]').textContent === '5m'", "another interval")
        await browser.until(f"{BARS} > 290 && new Date({BAR_TEXT}.slice(0, 16) + 'Z').getUTCMinutes() % 5 === 0",
                            "bars of five minutes")


async def test_colours_are_the_schemes_and_the_users_and_none_of_what_is_not_live(binary):
    with Gateway.demo(binary, "--seed", 7, "--symbols", 3) as gateway:
        async with detail(gateway, SYMBOL) as browser:
            await browser.until(f"{BARS} > 290", "history")
            for name in ("light", "dark", "light"):
                await scheme(browser, name)
                await browser.until(f"{PIXELS}{UP[name]} > 50", f"candles in the colours of {name}")
            await browser.run("document.documentElement.dataset.colours = 'red-teal'")
            await scheme(browser, "dark")
            await browser.until(f"{PIXELS}(255, 123, 107) > 50", "red for up, by choice")
            gateway.process.kill()
            gateway.process.wait()
            await browser.until(f"!({LIVE})", "everything muted", seconds=5)
            await browser.until(f"{PIXELS}(255, 123, 107) + {PIXELS}{UP['dark']} === 0", "grey candles")
            expect((await browser.run(CHIP)).startswith("no connection"), "the reason")
            gateway.start().wait_until_ready()
            await browser.until(LIVE, "live again", seconds=40)
            await browser.until(f"{PIXELS}(255, 123, 107) > 50", "colours again")
            browser.complaints.clear()  # of the connections that were refused


async def test_bars_of_any_length_keep_their_digits_and_say_what_is_wrong_with_them(gateway):
    start, minute = 1_800_000_000_000_000, 60_000_000
    rows = [[start + i * minute, "123456789012345678.10", "123456789012345999.90", "123456789012345670.05",
             "123456789012345688.15", "0.000000000000000000000000000000000001", None] for i in range(30)]
    past = {"type": "bar_history", "symbol": "A:B-C", "interval": "1m", "bars": rows, "incomplete": [rows[-2][0]]}
    late = {"type": "bar", "symbol": "A:B-C", "interval": "1m", "seq": 9, "start": rows[-1][0], "open": "1", "high": "2",
            "low": "0.5", "close": "0.75", "volume": "3", "trades": 2, "closed": False, "corrected": True}
    async with detail(gateway, SYMBOL) as browser:
        await browser.run("location.hash = '#v=feeds'")
        await browser.until(f"!{ROOT}", "the page's own detail gone")
        await browser.run(ALONE)
        await browser.run(f"said({json.dumps(past)})")
        await browser.until(f"{BARS} === 30", "bars")
        equal([plain(text) for text in (await browser.run(LEGEND))[1:]], [*rows[0][1:6], "–"], "digits")
        warn = await browser.run(f"{PIXELS}(138, 90, 0)")
        expect(warn >= 15, f"{warn} pixels of the mark of a bar that is not complete")
        await press(browser, "ArrowLeft", 2)
        await browser.until("document.querySelector('.legend-said').textContent === 'incomplete: trades of it are lost'", "words")
        expect("incomplete" in await browser.run(BAR_TEXT), "for those who cannot see it, too")
        await browser.run(f"said({json.dumps(late)})")
        await press(browser, "ArrowRight")
        await browser.until("document.querySelector('.legend-said').textContent === 'corrected'", "words")
        equal([plain(text) for text in (await browser.run(LEGEND))[1:]],
              ["1.00", "2.00", "0.50", "0.75", "3", "2"], "the bar that was corrected, with its symbol's decimals")
        equal(await browser.run(BARS), 30, "bars: it took the place of its own")
        equal(await browser.run("asked.filter(([channel]) => channel === 'bar')"),
              [["bar", "A:B-C", {"interval": "1m", "history": 300}],
               ["bar", ["A:B-C"], {"interval": "1m", "history": 600}]], "what was asked for")


async def test_fingers_drag_and_pinch(gateway):
    async with detail(gateway, SYMBOL, width=360, height=740) as browser:
        await browser.until(f"{BARS} > 290", "history")
        await browser.run(f"{BOX}.scrollIntoView()")
        top = await browser.run(f"{BOX}.getBoundingClientRect().top + 60")

        async def touch(kind, *places):
            await browser.call("Input.dispatchTouchEvent", type=kind,
                               touchPoints=[{"x": x, "y": top, "id": i} for i, x in enumerate(places)])
        for kind, *places in (("touchStart", 100), ("touchMove", 160), ("touchMove", 220), ("touchEnd",)):
            await touch(kind, *places)
        await browser.until(f"!{NEWEST}.hidden", "a view of the past")
        await press(browser, "End")

        async def tapped(x):
            """The start of the bar there."""
            before = (await browser.run(LEGEND))[0]
            await touch("touchStart", x)
            await touch("touchEnd")
            await browser.until(f"{LEGEND}[0] !== {json.dumps(before)}", "the bar that was tapped")
            return micros((await browser.run(LEGEND))[0])
        apart = await tapped(220) - await tapped(60)
        expect(apart > 0, f"{apart} us")
        for kind, *places in (("touchStart", 110, 190), ("touchMove", 100, 200), ("touchMove", 70, 230), ("touchEnd",)):
            await touch(kind, *places)
        await tapped(140)
        nearer = await tapped(220) - await tapped(60)
        expect(0 < nearer < apart * 0.8, f"from {apart} us to {nearer} us: the bars are wider")


def compare(before, after):
    """Elements of the page; listeners and nodes, of one detail perhaps that is not collected yet."""
    equal(after[0], before[0], "elements")
    expect(after[1] <= before[1] + 25, f"listeners: {before[1]}, then {after[1]}")
    expect(after[2] <= before[2] + 500, f"nodes, those out of the page too: {before[2]}, then {after[2]}")


async def test_a_hundred_openings_leave_nothing_behind(gateway):
    async with detail(gateway, SYMBOL, width=360, height=740) as browser:
        await browser.call("Performance.enable")
        await browser.call("HeapProfiler.enable")

        async def counts():
            await browser.call("HeapProfiler.collectGarbage")
            metrics = (await browser.call("Performance.getMetrics"))["metrics"]
            held = {one["name"]: one["value"] for one in metrics}
            return await browser.run("document.querySelectorAll('*').length"), held["JSEventListeners"], held["Nodes"]

        # In the page, as often as a browser lets an address change.
        async def opened_and_left(times):
            for _ in range(times):
                await browser.run(f"location.hash = '#d={SYMBOL}&i=1m'")
                await browser.until(f"{LIVE} && {BARS} > 100", "a detail")
                await browser.run("location.hash = '#'")
                await browser.until("!document.querySelector('.detail-root') && "
                                    "document.querySelectorAll('.body .row:not([data-old])').length >= 3", "the list")
        await opened_and_left(2)
        before = await counts()
        await opened_and_left(4)
        after = await counts()
        compare(before, after)

        # And a hundred times by a page of our own, which waits for a first book only.
        await browser.run(OPENER)
        await browser.run("openings(3)")
        before = await counts()
        await browser.run("openings(100)")
        after = await counts()
        compare(before, after)
        equal(await browser.run("client.latest('book', 'SIM:ETH-USD') ?? client.status('SIM:ETH-USD')"), None,
              "what is held of it")
