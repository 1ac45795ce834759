# SPDX-License-Identifier: Apache-2.0
"""The console in Firefox: it is live, moves, is used by keys, and its policy refuses nothing of it."""

import asyncio
import time

from console import ROWS, live
from detail_page import BAR_TEXT, BARS, BOX, LIVE, NEWEST, PIXELS, SIDE, TAPE, UP, VENUES
from firefox import Firefox
from harness import Gateway, equal, expect

SYMBOL = "SIM:BTC-USD"


async def run(browser, expression):
    answer = await browser.call("WebDriver:ExecuteScript", script=f"return {expression};", args=[])
    return answer["value"]


async def until(browser, expression, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not await run(browser, f"!!({expression})"):
        expect(time.monotonic() < deadline, f"not within {seconds} s: {what}")
        await asyncio.sleep(0.1)


async def press(browser, *keys):
    actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
    await browser.call("WebDriver:PerformActions", actions=[{"type": "key", "id": "keys", "actions": actions}])


async def test_the_console_in_firefox(binary):
    with Gateway.demo(binary, "--symbols", 24) as gateway:
        async with Firefox() as browser:
            await browser.open(f"http://127.0.0.1:{gateway.port}/")
            await run(browser, "(window.refused = [], addEventListener('securitypolicyviolation', "
                               "one => refused.push(one.violatedDirective + ' ' + one.blockedURI)), "
                               "addEventListener('error', one => refused.push(one.message)), 1)")
            await until(browser, live("SIM:AAVE-USD"), "a live row")
            first = (await run(browser, ROWS))["SIM:AAVE-USD"]["bid"]
            await until(browser, f"({ROWS})['SIM:AAVE-USD'].bid !== '{first}'", "another price")
            await press(browser, "/")
            await until(browser, "document.activeElement.id === 'search'", "the search")
            await press(browser, *"xrp")
            await until(browser, "document.querySelector('#found [role=option]')", "something found")
            await press(browser, "\uE007")
            await until(browser, live("SIM:XRP-USD"), "a symbol added by keys")
            await until(browser, "document.querySelector('#detail canvas')", "its detail")
            expect("XRP-USD" in await run(browser, "location.hash"), "the link has it")
            equal(await run(browser, "[document.documentElement.scrollWidth <= innerWidth, ...refused]"), [True],
                  "wide enough, and nothing was refused")


async def test_a_detail_in_firefox(binary):
    with Gateway.demo(binary, "--symbols", 3, "--venues", 3, "--seed", 7) as gateway:
        async with Firefox() as browser:
            await browser.call("WebDriver:SetWindowRect", width=1440, height=1000)
            await browser.open(f"http://127.0.0.1:{gateway.port}/#d=SIM:BTC-USD&i=1m")
            await run(browser, "(window.refused = [], addEventListener('securitypolicyviolation', "
                               "one => refused.push(one.violatedDirective + ' ' + one.blockedURI)), "
                               "addEventListener('error', one => refused.push(one.message)), 1)")
            await until(browser, f"{LIVE} && {BARS} > 290", "a chart with history")
            await until(browser, f"{PIXELS}{UP['light']} > 20 || {PIXELS}{UP['dark']} > 20", "candles")
            await run(browser, f"{BOX}.focus()")
            await press(browser, *"\uE012" * 3)
            newest = await run(browser, BAR_TEXT)
            await press(browser, "\uE011")
            await until(browser, f"{BAR_TEXT} < {newest[:16]!r} && !{NEWEST}.hidden", "the past, by a key")
            await until(browser, f"{BARS} > 500", "older bars")
            for part, what in ((SIDE % "bids", "a ladder"), (TAPE, "a tape"), (f"{VENUES}.filter(one => !one.old)", "venues")):
                await until(browser, f"{part}.length > 3", what)
            equal(await run(browser, "[document.documentElement.scrollWidth <= innerWidth, ...refused]"), [True],
                  "wide enough, and nothing was refused")
