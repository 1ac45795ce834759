# SPDX-License-Identifier: Apache-2.0
"""The watch list: prices that move, exact, drawn at their pace, and grey where they are not live."""

import asyncio
import json
import re
import signal
import time

import venue_words
from client import Client
from console import Console, grey, live, row
from harness import Gateway, equal, expect, free_port
from venue import Venue

BTC = "SIM:BTC-USD"
NUMBER = re.compile(r"[\d,]+(\.\d+)?")


def start(binary):
    return Gateway.demo(binary, "--seed", 7, "--symbols", 24, "--rate", 2000)


async def test_a_first_visit_shows_prices_that_move_within_two_seconds(gateway):
    async with Console(gateway) as console:
        await console.visit()
        opened = time.monotonic()
        await console.until(live("SIM:AAVE-USD"), "a live row")
        first = (await console.rows())["SIM:AAVE-USD"]["bid"]
        await console.until(f"{row('SIM:AAVE-USD')}.querySelector('.bid').textContent.trim() !== {first!r}",
                            "another price")
        print(f"moving {time.monotonic() - opened:.2f} s after it was opened")
        await console.until(f"/\\d/.test({row('SIM:AAVE-USD')}.querySelector('.change').textContent)", "the day")
        rows = await console.rows()
        listed = json.loads(gateway.public("/v1/instruments?limit=50").body)
        wanted = [one["symbol"] for one in listed if one["venue"] != "best"][:20]
        equal(await console.symbols(), wanted, "the first twenty there are")
        for symbol, cells in rows.items():
            for name in ("last", "bid", "ask"):
                expect(NUMBER.fullmatch(cells[name]), f"{name} of {symbol}: {cells}")
            expect(re.fullmatch(r"[+\u2212]?\d+\.\d\d%", cells["change"]), f"{symbol}: {cells}")
            expect(re.fullmatch(r"\d+\.\d{4}%", cells["spread"]), f"{symbol}: {cells}")
            equal((cells["old"], cells["chip"]), (False, "live"), symbol)
        console.content()


async def test_it_draws_ten_times_a_second_at_most(gateway):
    async with Console(gateway) as console:
        await console.visit()
        await console.until(live("SIM:AAVE-USD"), "a live row")
        # What one draw changes is told in one call.
        drawn = await console.run("""new Promise(done => {
          let draws = 0;
          const watcher = new MutationObserver(() => ++draws);
          watcher.observe(document.querySelector(".body"),
                          {subtree: true, childList: true, characterData: true});
          setTimeout(() => { watcher.disconnect(); done(draws); }, 3000); })""")
        expect(5 <= drawn <= 31, f"{drawn} draws in 3 s of 2,000 ticks a second")


async def test_it_shows_the_digits_of_the_venue(gateway):
    async with Console(gateway) as console:
        await console.visit(f"#w={BTC}")
        await console.until(live(BTC), "a live row")
        shown = set()
        async with Client(gateway) as client:
            await client.subscribe("quote", BTC)
            said, deadline = set(), time.monotonic() + 20
            while not said & shown:
                expect(time.monotonic() < deadline, f"nothing shown was said: {shown}, {said}")
                message = await client.receive(0.2)
                if message and message["type"] == "quote":
                    said.add(message["bid"])
                shown.add((await console.rows())[BTC]["bid"].replace(",", ""))
        # Each is a price as the venue writes it: two places, never less for a zero at the end.
        expect(all(re.fullmatch(r"\d+\.\d0", text) for text in shown), f"{shown}")


async def test_columns_keep_their_width_and_places(gateway):
    async with Console(gateway) as console:
        await console.visit()
        await console.until(live("SIM:AAVE-USD"), "a live row")
        widths = "[...document.querySelectorAll('.head .cell')].map(cell => cell.getBoundingClientRect().left)"
        edges = ("[...document.querySelectorAll('.body > .row:not([hidden])')].flatMap(row => "
                 "['last', 'bid', 'ask'].map(name => row.querySelector('.' + name).getBoundingClientRect().right))")
        await asyncio.sleep(1)
        before = await console.run(f"[{widths}, {edges}]")
        changes = await console.run("""new Promise(done => {
          let changes = 0;
          const watcher = new MutationObserver(records => {
            changes += records.length;
            if (changes > 1000) { watcher.disconnect(); done(changes); } });
          watcher.observe(document.querySelector(".body"), {subtree: true, childList: true, characterData: true}); })""")
        equal(await console.run(f"[{widths}, {edges}]"), before, f"after {changes} changes")


async def test_a_price_of_eighteen_digits_is_shown_to_its_last(binary):
    with Venue(venue_words.Kraken, "BIG-USD") as venue:
        market = venue["BIG-USD"]
        market.TIMES = market.times = 10**13  # of the levels around, below

        def best(update=None):
            update = market.updates if update is None else update
            cents = 123456789012345678 + update
            return tuple(f"{one // 100}.{one % 100:02d}" for one in (cents, cents + 10**6))
        market.best = best
        with Gateway.serve(binary, venue.feed()) as gateway:
            for width in (1440, 360):
                async with Console(gateway, width=width) as console:
                    await console.visit("#w=KRAKEN:BIG-USD")
                    await console.until(live("KRAKEN:BIG-USD"), "a live row")
                    await console.until(f"/\\d/.test({row('KRAKEN:BIG-USD')}.querySelector('.last').textContent)",
                                        "a last price")
                    cells = (await console.rows())["KRAKEN:BIG-USD"]
                    for name in ("last", "bid", "ask"):
                        expect(re.fullmatch(r"1,234,567,890,1\d\d,\d\d\d\.\d\d", cells[name]), f"{cells}")
                    said = [price.replace(",", "") for price in (cells["bid"], cells["ask"])]
                    shown = [round(float(text[-9:]) * 100) for text in said]
                    equal(shown[1] - shown[0], 10**6, f"bid and ask of one update: {said}")
                    equal(cells["exactly"], "10,000.00", "the spread, which no double holds")
                    equal(cells["spread"], "0.0000%", "and as a part of the price")
                    cut = await console.run(
                        f"['pair', 'last', 'bid', 'ask'].filter(name => {{ const cell = {row('KRAKEN:BIG-USD')}"
                        ".querySelector('.' + name); const box = cell.getBoundingClientRect(); return "
                        "cell.scrollWidth > cell.clientWidth || box.width < 20 || box.left < 0 || box.right > innerWidth; })")
                    equal(cut, [], f"cut off at {width} px")
                    await console.screenshot(f"digits-{width}")
                    console.content()


async def test_a_row_whose_feed_is_cut_is_grey_and_comes_back(binary):
    with Venue(venue_words.Kraken, "BTC-USD") as venue:
        symbol = "KRAKEN:BTC-USD"
        with Gateway.serve(binary, venue.feed(idle_timeout="20s", reconnect_min="100ms", reconnect_max="1s")) as gateway:
            async with Console(gateway) as console:
                await console.visit()
                await console.until(live(symbol), "a live row")
                venue.FROZEN.add(1)
                await console.until(grey(symbol), "grey", seconds=30)
                first = (await console.rows())[symbol]
                expect(re.match(r"(stale|recovering|down), \d+ s", first["chip"]), f"why: {first}")
                expect(first["more"] and first["spread"] == "\u2013", f"in words: {first}")
                equal(await console.run(f"getComputedStyle({row(symbol)}.querySelector('.bid')).color"),
                      "rgb(90, 100, 112)", "how it looks")
                await console.until(f"{row(symbol)}.querySelector('.chip').textContent !== {first['chip']!r}",
                                    "an age that counts up")
                expect(await console.run(f"!{row(symbol)}.querySelector('[class^=flash]')"), "no flash")
                await console.screenshot("grey")
                venue.FROZEN.clear()
                venue.hang_up()
                await console.until(live(symbol), "live again", seconds=40)
                equal(await console.run("document.querySelector('.state.cell .chip').textContent"), "live", "chip")
                console.content()


async def test_what_is_not_known_says_so_and_stays(binary):
    feeds = (f"- venue: binance\n  websocket_url: ws://127.0.0.1:{free_port()}\n"
             "  symbols: [BTC-USDT]\n- venue: simulator\n  symbol_count: 3\n")
    gateway = Gateway.serve(binary, feeds)
    gateway.ready_path = "/livez"
    with gateway:
        async with Console(gateway) as console:
            await console.visit(f"#w={BTC},NONE:A-B,BINANCE:BTC-USDT")
            await console.until(live(BTC), "a live row")
            await console.until(f"{row('BINANCE:BTC-USDT')}.querySelector('.chip').textContent.startsWith('down')", "why")
            await console.until(f"{row('NONE:A-B')}.querySelector('.chip').textContent === 'not known here'", "words")
            rows = await console.rows()
            expect(rows["NONE:A-B"]["old"] and rows["BINANCE:BTC-USDT"]["old"], f"{rows}")
            equal(rows["NONE:A-B"]["bid"], "\u2013", "no price is made up")
            await console.until("document.getElementById('banner-text').textContent.startsWith('1 of 3')", "how many")


async def test_it_mutes_when_nothing_is_heard_and_says_so(binary):
    with Gateway.demo(binary, "--symbols", 4) as gateway:
        async with Console(gateway) as console:
            await console.visit()
            await console.until(live(BTC), "a live row")
            gateway.process.send_signal(signal.SIGSTOP)
            try:
                await console.until(grey(BTC), "grey rows", seconds=16)
                await console.until("document.getElementById('banner').dataset.kind !== ''", "the banner")
                words = await console.run("document.getElementById('banner-text').textContent")
                expect(re.search(r"Prices stopped at \d\d:\d\d:\d\d UTC and are grey", words), words)
            finally:
                gateway.process.send_signal(signal.SIGCONT)
            await console.until(live(BTC), "live rows again", seconds=40)


async def test_a_restart_of_the_gateway_is_survived_without_a_reload(binary):
    with Gateway.demo(binary, "--symbols", 4) as gateway:
        async with Console(gateway) as console:
            await console.visit()
            await console.until(live(BTC), "a live row")
            await console.run("window.same = true")
            gateway.process.kill()
            gateway.process.wait()
            await console.until(grey(BTC), "grey rows", seconds=5)
            await console.until("document.getElementById('banner').dataset.kind === 'bad'", "the banner", seconds=5)
            words = await console.run("document.getElementById('banner-text').textContent")
            expect("Next try in" in words and not await console.run("document.getElementById('banner-button').hidden"),
                   words)
            await console.screenshot("no-connection")
            gateway.start().wait_until_ready()
            await console.click("#banner-button")
            await console.until(live(BTC), "live rows again", seconds=40)
            expect(await console.run("window.same"), "the page is the same")
            await console.until("document.getElementById('banner').dataset.kind !== 'bad'", "the banner is over")


async def test_five_hundred_rows_ask_for_what_is_seen(binary):
    with Gateway.demo(binary, "--symbols", 600, "--names", "generated", "--rate", 5000) as gateway:
        names = ",".join(f"S{i:04d}-USD" for i in range(500))
        async with Console(gateway) as console:
            await console.visit(f"#w=SIM:{names}")
            await console.until(live("SIM:S0000-USD"), "a live row")
            nodes = await console.run("document.querySelectorAll('.body *').length")
            equal(await console.run("document.querySelector('[role=grid]').getAttribute('aria-rowcount')"), "501", "rows")
            fps = await console.run("""new Promise(done => {
              let frames = 0; const begun = performance.now();
              const frame = now => { ++frames;
                if (now - begun < 5000) requestAnimationFrame(frame); else done(frames / 5); };
              requestAnimationFrame(frame); })""")
            print(f"500 rows: {fps:.0f} frames a second, {nodes} nodes")
            held = gateway.metric("tickgate_subscriptions")
            expect(held is None or held < 500, f"{held} subscriptions for what is seen")
            await console.run("document.querySelector('.grid').scrollTop = 1e9")
            await console.until(live("SIM:S0499-USD"), "the last row")
            expect(await console.run("document.querySelectorAll('.body *').length") < nodes * 1.5, "rows are recycled")
            await console.run("document.querySelector('.grid').scrollTop = 0")
            await console.until(live("SIM:S0000-USD"), "the first one")
            console.content()


async def test_hidden_and_back_it_is_of_now(gateway):
    async with Console(gateway) as console:
        await console.visit()
        await console.until(live("SIM:AAVE-USD"), "a live row")
        await console.run("window.drawn = 0; new MutationObserver(() => ++drawn).observe("
                          "document.querySelector('.body'), {subtree: true, characterData: true, childList: true})")
        # Another tab in front: the page gets no frames, and its timers are slow.
        other = await console.call("Target.createTarget", url="about:blank")
        await console.until("document.hidden || true", "hidden")
        await asyncio.sleep(3)
        await console.call("Target.closeTarget", targetId=other["targetId"])
        await console.call("Page.bringToFront")
        before = await console.run("window.drawn")
        await console.until(f"window.drawn > {before}", "it draws again")
        await console.until(live("SIM:AAVE-USD"), "a live row")
        console.content()
