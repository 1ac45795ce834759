# SPDX-License-Identifier: Apache-2.0
"""Lists: by keyboard and by pointer, kept by the browser and by the link, the same in two tabs."""

import json
import re

import pytest

from console import ALT, Console, live, row
from harness import Gateway, equal, expect

HASH = "decodeURIComponent(location.hash)"
KEPT = "JSON.parse(localStorage.getItem('tickgate.v1.lists'))"
BLOCKED = """for (const name of ["getItem", "setItem"]) {
  Storage.prototype[name] = () => { throw new DOMException("refused", "SecurityError"); }; }"""


def start(binary):
    return Gateway.demo(binary, "--seed", 7, "--symbols", 24, "--rate", 2000)


async def of(console, *symbols):
    """Waits until the list is these, in this order."""
    await console.until("""JSON.stringify([...document.querySelectorAll('.body > .row:not([hidden])')]
        .sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex'))
        .map(row => row.dataset.symbol)) === JSON.stringify(%s)""" % list(symbols), f"the list {symbols}")


async def find(console, letters):
    await console.press("/")
    await console.until("document.activeElement.id === 'search'", "the search")
    await console.type(letters)
    await console.until("document.querySelector('#found [role=option]')", "something found")


async def test_a_symbol_is_added_by_keyboard_and_is_there_after_a_reload_and_by_the_link(gateway):
    async with Console(gateway) as console:
        await console.visit()
        await console.until(live("SIM:AAVE-USD"), "a live row")
        expect(not await console.run("location.hash.includes('w=')"), "a first list is nobody's")
        await find(console, "sol usd")
        equal(await console.run("document.querySelector('#found [aria-selected=true]').textContent"),
              "SOL-USDSIMadd", "what Enter will take")
        await console.press("Enter")
        await console.until(live("SIM:SOL-USD"), "the symbol, live")
        await console.until("document.activeElement.getAttribute('role') === 'grid'", "the focus is the grid's")
        link = await console.run("location.href")
        expect("SOL-USD" in link, link)
        wanted = await console.symbols()
        await console.reload()
        await console.until(live("SIM:SOL-USD"), "after a reload")
        equal(await console.symbols(), wanted, "the list")
        expect(await console.run("!document.querySelector('.shared')"), "it is ours")
        await console.screenshot("added")
        console.content()
    async with Console(gateway) as other:  # somebody else's browser
        await other.visit(link[link.index("#"):])
        await other.until(live("SIM:SOL-USD"), "by the link")
        equal(await other.symbols(), wanted, "the list")
        other.content()


@pytest.mark.parametrize("pairs", [5, 24])
async def test_a_first_visit_shows_each_instrument_once_and_none_of_the_best(binary, pairs):
    with Gateway.demo(binary, "--venues", 3, "--symbols", pairs) as gateway:
        async with Console(gateway) as console:
            await console.visit()
            await console.until(live("SIM2:BTC-USD"), "a live row")
            symbols = await console.symbols()
            there = [one["symbol"] for one in json.loads(gateway.public("/v1/instruments").body)]
            equal(symbols, [one for one in there if not one.startswith("BEST:")][:20], "the list")
            console.content()


async def test_the_grid_is_used_by_keys(gateway):
    async with Console(gateway) as console:
        await console.visit("#w=SIM:BTC-USD,ETH-USD,SOL-USD")
        await console.until(live("SIM:BTC-USD"), "a live row")
        await console.run("document.querySelector('[role=grid]').focus()")
        active = ("document.getElementById(document.querySelector('[role=grid]')"
                  ".getAttribute('aria-activedescendant'))?.dataset.symbol")
        await console.until(f"{active} === 'SIM:BTC-USD'", "the first row")
        await console.press("ArrowDown")
        await console.until(f"{active} === 'SIM:ETH-USD'", "the second row")
        await console.press("ArrowDown", ALT)
        await of(console, "SIM:BTC-USD", "SIM:SOL-USD", "SIM:ETH-USD")
        await console.until(f"{active} === 'SIM:ETH-USD'", "it goes with its row")
        await console.press("Delete")
        await of(console, "SIM:BTC-USD", "SIM:SOL-USD")
        await console.press("Home")
        await console.press("Enter")
        await console.until("location.hash.includes('d=SIM:BTC-USD')", "its detail")
        await console.press("p")
        await console.until("document.getElementById('status').textContent.startsWith('SIM:BTC-USD: last ')", "the price, said")
        await console.press("?")
        await console.until("document.querySelector('dialog[open] kbd')", "the keys")
        await console.click("#keys")
        await console.press("Escape")
        await console.until("!document.querySelector('dialog[open]')", "closed")
        await console.press("/")
        expect(await console.run("document.activeElement.id !== 'search'"), "letters are switched off")
        console.content()


async def test_one_tab_stop_and_roles_for_who_cannot_see(gateway):
    async with Console(gateway) as console:
        await console.visit("#w=SIM:BTC-USD,ETH-USD")
        await console.until(live("SIM:BTC-USD"), "a live row")
        counts = await console.run("""(() => { const grid = document.querySelector('[role=grid]');
          return [grid.getAttribute('aria-rowcount'), grid.querySelectorAll('[role=columnheader]').length,
            grid.querySelectorAll('.body [role=row]:not([hidden])').length,
            grid.querySelectorAll('.body [role=row]:not([hidden]) > :not([role=gridcell], [role=rowheader])').length,
            [grid, ...grid.querySelectorAll('*')].filter(one => one.tabIndex >= 0).length,
            document.querySelectorAll('[role=status]').length]; })()""")
        equal(counts, ["3", 9, 2, 0, 1, 1], "rows with their head, columns, rows, what is no cell, tab stops, status")


async def test_a_shared_list_takes_the_place_of_none(gateway):
    async with Console(gateway) as console:
        await console.visit("#w=SIM:BTC-USD,ETH-USD")
        await console.until(live("SIM:BTC-USD"), "a live row")
        await console.until("document.querySelector('.shared')", "shared")
        await console.click(".shared button")
        await of(console, "SIM:BTC-USD", "SIM:ETH-USD")
        equal(await console.run(f"{KEPT}.groups.map(one => one.name)"), ["Shared"], "kept")
        await console.run("location.hash = '#w=SIM:SOL-USD,%3Cb%3E,*:X,,NO,' + 'A'.repeat(99)")
        await of(console, "SIM:SOL-USD", "SIM:<b>", "SIM:NO")
        await console.until("document.querySelector('.shared')", "another one's")
        equal(await console.run(f"{KEPT}.groups"), [{"name": "Shared", "symbols": ["SIM:BTC-USD", "SIM:ETH-USD"]}],
              "ours is as it was")
        expect(await console.run("!document.querySelector('.body b')"), "text is text")


async def test_groups_are_named_shown_and_removed(gateway):
    async with Console(gateway) as console:
        await console.visit()
        await console.until(live("SIM:AAVE-USD"), "a live row")
        first = await console.symbols()
        await console.run("[...document.querySelectorAll('.groups button')].at(-1).click()")
        await console.until("document.activeElement.closest('dialog')", "its dialog")
        await console.screenshot("group-dialog")
        await console.type("Majors")
        await console.press("Enter")
        await console.until("!document.querySelector('.empty').hidden", "an empty group says so")
        await find(console, "sim:btc-usd")
        await console.press("Enter")
        await of(console, "SIM:BTC-USD")
        names = "[...document.querySelectorAll('.groups button[aria-pressed]')].map(one => one.textContent)"
        equal(await console.run(names), ["Watch", "Majors"], "groups")
        await console.reload()
        await of(console, "SIM:BTC-USD")
        await console.click(".groups button")
        await of(console, *first)
        await console.run("document.querySelectorAll('.groups button')[1].click()")
        await of(console, "SIM:BTC-USD")
        await console.run("document.querySelector('.groups [aria-label^=rename]').click()")
        await console.click("#group-dialog [value=remove]")
        await of(console, *first)
        equal(await console.run(names), ["Watch"], "groups")
        console.content()


async def test_rows_are_dragged_into_order(gateway):
    async with Console(gateway) as console:
        await console.visit("#w=SIM:BTC-USD,ETH-USD,SOL-USD,ADA-USD")
        await console.until(live("SIM:BTC-USD"), "a live row")
        x, y = await console.run(f"(() => {{ const box = {row('SIM:BTC-USD')}.querySelector('.grip')"
                                 ".getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()")
        await console.point("mouseMoved", x, y)
        await console.point("mousePressed", x, y, button="left", clickCount=1)
        for step in (10, 30, 58):
            await console.point("mouseMoved", x, y + step, button="left", buttons=1)
        expect(not await console.run("document.querySelector('.drop').hidden"), "where it will be is shown")
        await console.point("mouseReleased", x, y + 58, button="left", clickCount=1)
        await of(console, "SIM:ETH-USD", "SIM:SOL-USD", "SIM:BTC-USD", "SIM:ADA-USD")
        await console.run(f"{row('SIM:SOL-USD')}.querySelector('.away').click()")
        await of(console, "SIM:ETH-USD", "SIM:BTC-USD", "SIM:ADA-USD")
        console.content()


async def test_it_is_sorted_by_a_column_with_what_is_unknown_last(gateway):
    async with Console(gateway) as console:
        await console.visit("#w=NONE:A-B,SIM:SOL-USD,BTC-USD,ADA-USD")
        await console.until(live("SIM:BTC-USD"), "a live row")
        await console.until(f"/\\d/.test({row('SIM:ADA-USD')}.querySelector('.last').textContent)", "all known")
        await console.click(".head .last button")
        await of(console, "SIM:BTC-USD", "SIM:SOL-USD", "SIM:ADA-USD", "NONE:A-B")
        equal(await console.run("document.querySelector('.head .last').getAttribute('aria-sort')"), "descending", "said")
        await console.click(".head .last button")
        await of(console, "SIM:ADA-USD", "SIM:SOL-USD", "SIM:BTC-USD", "NONE:A-B")
        await console.click(".head .last button")
        await of(console, "NONE:A-B", "SIM:SOL-USD", "SIM:BTC-USD", "SIM:ADA-USD")


async def test_two_tabs_have_the_same_lists(gateway):
    async with Console(gateway) as console:
        await console.visit("#w=SIM:BTC-USD")
        await console.until("document.querySelector('.shared button')", "shared")
        await console.click(".shared button")
        await of(console, "SIM:BTC-USD")
        # As another tab would: its write is told to this one as an event.
        await console.run("""{ const key = "tickgate.v1.lists";
          localStorage.setItem(key, JSON.stringify({groups: [{name: "Shared", symbols: ["SIM:ETH-USD"]}], current: "Shared"}));
          dispatchEvent(new StorageEvent("storage", {key})); }""")
        await of(console, "SIM:ETH-USD")
        await console.run("""{ const key = "tickgate.v1.lists"; localStorage.setItem(key, '{"groups":[7,{"name":1}]}');
          dispatchEvent(new StorageEvent("storage", {key})); }""")
        await console.until("document.querySelectorAll('.body > .row:not([hidden])').length === 20",
                            "what is not ours is not read")
        console.content()


async def test_a_browser_that_keeps_nothing_is_served_all_the_same(gateway):
    async with Console(gateway) as console:
        await console.visit(before=BLOCKED)
        await console.until(live("SIM:AAVE-USD"), "a live row")
        await find(console, "sim:sol-usd")
        await console.press("Enter")
        await console.until(live("SIM:SOL-USD"), "added")
        await console.reload()
        await console.until(live("SIM:SOL-USD"), "the link keeps it")
        expect(await console.run("!document.querySelector('.shared')"), "what cannot be kept is not offered")
        console.content()


async def test_links_are_read_with_care(gateway):
    async with Console(gateway) as console:
        await console.visit()
        read = await console.run("""import("/console/fragment.js").then(({parse, format, formatList}) => [
          parse("#w=KRAKEN:BTC-USD,ETH-USD,BINANCE:BTC-USDT&d=KRAKEN:BTC-USD&i=1m"),
          parse("#w=&d=%E0%A4%A&i=2m&v=nothing"), parse(""), parse("#w=BTC-USD,A:B,A:B,B,A%20:C"),
          formatList(["KRAKEN:BTC-USD", "KRAKEN:ETH-USD", "BINANCE:\\u5e01-USDT", "A:B,C&D"]),
          format({list: null, detail: "", interval: "1m", view: "watch"}),
          parse(format({list: ["A:B,C&D", "A:\\u5e01=%"], detail: "A:B,C&D", interval: "4h", view: "feeds"}))])""")
        nothing = {"list": None, "detail": "", "interval": "", "view": "watch"}
        equal(read, [
            {"list": ["KRAKEN:BTC-USD", "KRAKEN:ETH-USD", "BINANCE:BTC-USDT"], "detail": "KRAKEN:BTC-USD",
             "interval": "1m", "view": "watch"},
            nothing, nothing, {**nothing, "list": ["A:B"]},
            "KRAKEN:BTC-USD,ETH-USD,BINANCE:%E5%B8%81-USDT,A:B%2CC%26D", "#",
            {"list": ["A:B,C&D", "A:\u5e01=%"], "detail": "A:B,C&D", "interval": "4h", "view": "feeds"}], "links")
        expect(re.fullmatch(r"#?", await console.run(HASH)), "and one that says nothing is short")
