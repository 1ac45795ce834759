# SPDX-License-Identifier: Apache-2.0
"""Ladder, tape and venues of the detail: they say what the gateway says, digit by digit, and show
nothing as live that is not."""

import decimal
import json
import re

import venue_words
from client import Client
from detail_page import ALONE, BARS, CHIP, LIVE, ROOT, SIDE, TAPE, VENUES, detail, plain
from harness import Gateway, equal, expect
from quarantine_test import print_trade
from venue import Venue
from watching import A, B, TIMES

SYMBOL = "SIM:BTC-USD"
LADDER = f"[{SIDE % 'bids'}, {SIDE % 'asks'}.reverse()]"
SPREAD = "document.querySelector('.ladder-middle span').textContent"
JUMP = "document.querySelector('.tape-new')"


def start(binary):
    return Gateway.demo(binary, "--seed", 7, "--symbols", 3, "--rate", 300, "--venues", 3)


def check_side(shown, told):
    """Prices and sizes as they were told, totals that add up, bars that grow with them."""
    equal([[plain(price), plain(size)] for price, size, *_ in shown], told[:len(shown)], "levels")
    total = decimal.Decimal(0)
    for _, size, exact, _ in shown:
        total += decimal.Decimal(plain(size))
        equal(decimal.Decimal(exact), total, "total")
    lengths = [share for *_, share in shown]
    expect(lengths == sorted(lengths) and 0 < lengths[-1] <= 1, f"bars: {lengths}")


async def test_the_ladder_is_the_book_digit_by_digit(binary):
    with Venue(venue_words.Binance, A) as venue, Gateway.serve(binary, venue.feed(**TIMES)) as gateway:
        async with detail(gateway, venue.symbol(A)) as browser, Client(gateway) as client:
            await browser.until(f"{LADDER}[0].length > 3", "a book")
            venue.MUTE = {(channel, A) for channel in ("book", "quote", "trade", "ticker")}
            book = None
            while book is None:  # one that stands
                first = json.loads(gateway.public(f"/v1/book?symbol={venue.symbol(A)}&depth=25").body)
                if first.get("type") != "book":
                    continue
                best = first["bids"][0][0]
                await browser.until(f"{LADDER}[0][0][0] !== ''", "a level")
                if plain((await browser.run(LADDER))[0][0][0]) == best:
                    book = first
            bids, asks = await browser.run(LADDER)
            check_side(bids, book["bids"])
            check_side(asks, book["asks"])
            equal(max(bids[-1][3], asks[-1][3]), 1, "the longest bar")
            middle = await browser.run("document.querySelector('.ladder-middle b').textContent")
            equal(decimal.Decimal(plain(middle)) * 2, decimal.Decimal(book["bids"][0][0])
                  + decimal.Decimal(book["asks"][0][0]), "the middle")
            rows = await browser.run("document.querySelectorAll('.bids .ladder-row').length")
            # No longer live, it is shown as the last one, without a spread.
            venue.FAIL = [(500, {})] * 1000
            venue.hang_up()
            await browser.until(f"{ROOT}.hasAttribute('data-old')", "not live", seconds=30)
            await browser.until(f"/^(down|recovering|stale), \\d+ s$/.test({CHIP})", "the reason")
            equal(await browser.run(SPREAD), "spread –", "the spread")
            equal((await browser.run(LADDER))[0][:3], bids[:3], "the last book")
            chip = await browser.run(CHIP)
            await browser.until(f"{CHIP} !== {json.dumps(chip)}", "an age that counts up")
            venue.MUTE, venue.FAIL = set(), []
            await browser.until(LIVE, "live again", seconds=30)
            await browser.until(f"{SPREAD} !== 'spread –'", "a spread again")
            equal(await browser.run("document.querySelectorAll('.bids .ladder-row').length"), rows, "rows")


async def test_the_tape_has_the_trades_in_order_and_a_hole_is_a_row(binary):
    with Venue(venue_words.Binance, A) as venue, Gateway.serve(binary, venue.feed(**TIMES)) as gateway:
        async with Client(gateway) as client:
            await client.subscribe("trade", venue.symbol(A))
            async with detail(gateway, venue.symbol(A)) as browser:
                await browser.until("document.querySelectorAll('.tape-body .number').length > 5", "trades")
                print_trade(venue, A, "98765.43")  # which cannot be
                await browser.until("document.querySelector('.tape-row.gap')?.textContent === '1 trade is missing "
                                    "here: lost on the way from the venue, or not credible'", "a gap in words")
                rows = await browser.run(TAPE)
                trades = [(plain(price)[2:], plain(size)) for kind, _, price, size in rows if "gap" not in kind]
                expect(all(price.startswith("▼ ") for kind, _, price, _ in rows if "gap" not in kind), "sold")
                told = [(one["price"], one["size"]) for one in await client.collect(1) if one["type"] == "trade"]
                told.reverse()
                at = told.index(trades[0])
                equal(trades, told[at:at + len(trades)], "trades, the newest first")


async def test_trades_of_one_frame_keep_their_order_and_what_is_missing_its_place(gateway):
    trade = {"type": "trade", "symbol": "A:B-C", "size": "0.123456789012345678", "id": "", "time": None,
             "received": 1_800_000_000_000_000}
    frame = [{**trade, "seq": 1, "price": "123456789012345678.5", "side": "buy"},
             {"type": "gap", "channel": "trade", "symbol": "A:B-C", "from": 2, "to": 4, "reason": "slow_consumer"},
             {**trade, "seq": 5, "price": "123456789012345678.25", "side": "sell"},
             {**trade, "seq": 6, "price": "123456789012345679", "side": "buy"}]
    async with detail(gateway, SYMBOL) as browser:
        await browser.run("location.hash = '#v=feeds'")
        await browser.until(f"!{ROOT}", "the page's own detail gone")
        await browser.run(ALONE)
        await browser.run(f"said(...{json.dumps(frame)})")
        await browser.until("document.querySelectorAll('.tape-body [role=row]').length === 4", "rows")
        rows = await browser.run(TAPE)
        equal([plain(price) for _, _, price, _ in rows],
              ["▲ 123456789012345679.00", "▼ 123456789012345678.25", "", "▲ 123456789012345678.50"], "prices")
        equal(rows[2][1], "3 trades are missing here: this page could not keep up", "the hole")
        equal([row[1] for row in rows[::3]], ["08:00:00"] * 2, "times, in UTC")
        equal({row[3] for row in rows if row[3]}, {"0.123456789012345678"}, "sizes")
        equal(plain(await browser.run("document.querySelector('.detail-head .last').textContent")),
              "123456789012345679.00", "the last price")


async def test_who_scrolls_the_tape_reads_undisturbed(gateway):
    body = "document.querySelector('.tape-body')"
    async with detail(gateway, SYMBOL) as browser:
        await browser.until(f"{body}.children.length > 40", "trades")
        await browser.run(f"{body}.scrollTop = 200")
        await browser.until(f"!{JUMP}.hidden && /^[1-9]\\d* new$/.test({JUMP}.textContent)", "how many are new")
        before, place = await browser.run(TAPE), await browser.run(f"{body}.scrollTop")
        first = await browser.run(f"{JUMP}.textContent")
        await browser.until(f"{JUMP}.textContent !== '{first}'", "more that are new")
        equal((await browser.run(TAPE), await browser.run(f"{body}.scrollTop")), (before, place), "the tape")
        await browser.run(f"{JUMP}.click()")
        await browser.until(f"{JUMP}.hidden && {body}.scrollTop === 0", "the newest")
        expect(await browser.run(TAPE) != before, "new trades")
        await browser.until(f"{body}.children.length === 200", "as many rows as there are", seconds=40)
        await browser.until(f"!!{body}.querySelector('.large')", "a large one", seconds=40)
        equal(await browser.run(f"{body}.children.length"), 200, "rows that are used again")


async def test_venues_stand_side_by_side_with_best_first(gateway):
    async with detail(gateway, SYMBOL) as browser, Client(gateway) as client:
        await browser.until(f"{VENUES}.length === 4 && {VENUES}.every(one => !one.old)", "four that are live")
        rows = await browser.run(VENUES)
        equal([row["symbol"] for row in rows],
              ["BEST:BTC-USD", "SIM:BTC-USD", "SIM2:BTC-USD", "SIM3:BTC-USD"], "their order")
        for side, sign in (("bid", 1), ("ask", -1)):
            prices = {row["symbol"]: decimal.Decimal(plain(row[side]).removeprefix("◆ ")) for row in rows[1:]}
            best = max(prices.values(), key=lambda price: price * sign)
            marked = {row["symbol"] for row in rows if row[side].startswith("◆ ")}
            equal(marked, {name for name, price in prices.items() if price == best}, f"the best {side}")
        await browser.run("[...document.querySelectorAll('.venues-table button')][3].click()")
        await browser.until("location.hash.includes('d=SIM3:BTC-USD') && "
                            "document.querySelector('.detail-head .venue').textContent === 'SIM3'", "another venue")
        await browser.until(f"{LIVE} && {LADDER}[0].length > 3", "its book")
        # BEST has quotes and nothing else, and says so.
        await browser.run("[...document.querySelectorAll('.venues-table button')][0].click()")
        await browser.until("document.querySelector('.candles-note').textContent.startsWith('BEST is made of')", "words")
        expect(re.fullmatch(r"[\d,.]+ / [\d,.]+", await browser.run(
            "document.querySelector('.detail-head .last').textContent")), "bid and ask")


async def test_a_venue_that_is_not_live_is_grey_and_says_why(binary):
    with Venue(venue_words.Binance, A) as here, Venue(venue_words.Kraken, A) as there:
        with Gateway.serve(binary, here.feed(**TIMES) + there.feed(**TIMES)) as gateway:
            async with detail(gateway, here.symbol(A)) as browser:
                await browser.until(f"{VENUES}.length === 2 && {VENUES}.every(one => !one.old)", "both live")
                there.REFUSE, there.MUTE = {("book", A)}, {("book", A)}
                there.hang_up()
                await browser.until(f"{VENUES}[1].old", "one is grey", seconds=30)
                row = (await browser.run(VENUES))[1]
                expect(re.match("down|recovering|stale", row["why"]) and row["spread"] == "–", f"{row}")
                expect("◆" not in row["bid"] + row["ask"], f"not among the best: {row}")
                expect(await browser.run(LIVE), "the other one is live")


async def test_a_symbol_that_is_not_there_is_answered_in_words(gateway):
    old = f"{CHIP} === 'not known here'"
    async with detail(gateway, "SIM:BTC-UDS", until=old) as browser:
        expect("did you mean SIM:BTC-USD" in await browser.run(
            "document.querySelector('.detail-head .why').textContent"), "what may have been meant")


async def test_a_phone_has_tabs_and_nothing_to_scroll_sideways(gateway):
    async with detail(gateway, SYMBOL, width=360, height=740) as browser:
        for name in ("ladder", "tape", "venues", "chart"):
            await browser.run(f"document.querySelector('.detail-tabs [data-name={name}]').click()")
            await browser.until(f"[...document.querySelectorAll('.pane')].filter(one => one.clientHeight > 0)"
                                f".map(one => one.getAttribute('aria-label')).join() === '{name}'", f"{name} alone")
            wide = await browser.run(f"""[document.scrollingElement, {ROOT}, ...{ROOT}.querySelectorAll('*')]
              .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
                && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)).map(one => one.className)""")
            equal(wide, [], f"what scrolls sideways in {name}")
        expect(await browser.run("document.scrollingElement.scrollWidth") <= 360, "the page")
        await browser.until(f"{BARS} > 200", "a chart")


async def test_it_leaves_books_and_trades_while_nobody_looks(gateway):
    """By a detail of its own: a page is hidden for half a minute before it does so."""
    async with detail(gateway, SYMBOL) as browser:
        await browser.run("""Promise.all(["/console/detail.js", "/client.js", "/console/format.js"]
          .map(name => import(name))).then(([{Detail}, {connect, decimal}, {Format}]) => {
            const host = document.createElement("div");
            document.body.append(host);
            window.client = connect("/");
            window.mine = new Detail(host, {client, decimal, format: new Format("en"), prefs: {}, schedule() {},
                                            announce() {}, go() {}});
            mine.show("SIM:ETH-USD", "1m"); })""")
        held = "['book', 'trade'].map(channel => client.latest(channel, 'SIM:ETH-USD') !== null)"
        await browser.until(f"{held}.every(one => one)", "a book and a trade")
        await browser.run("mine.rest()")
        equal(await browser.run(f"new Promise(done => setTimeout(() => done({held}), 100))"), [False, False], "held")
        await browser.run("mine.visible()")
        await browser.until(f"{held}.every(one => one)", "both again")
        await browser.run("mine.draw(performance.now())")
        await browser.run("mine.unmount(), client.close()")
