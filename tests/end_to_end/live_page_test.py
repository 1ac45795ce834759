# SPDX-License-Identifier: Apache-2.0
"""The page at /: what it is to a browser, to other programs, and that its table is live and honest."""

import gzip
import re
import signal

from browser import Browser
from harness import Gateway, equal, expect, free_port

AS_BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
# By symbol: the row's cells as texts, and whether it is grey.
ROWS = """Object.fromEntries([...document.querySelectorAll("#rows tr")].map(row => [
  row.cells[0].textContent,
  {cells: [...row.cells].slice(1).map(cell => cell.textContent),
   old: row.hasAttribute("data-old") || document.body.dataset.link !== "live"}]))"""
BTC = 'document.querySelector("#rows tr td[title=\'SIM:BTC-USD\']")?.parentNode'
LIVE = f"{BTC} && !{BTC}.hasAttribute('data-old') && document.body.dataset.link === 'live'"
MUTED = "document.body.dataset.link !== 'live'"


def start(binary):
    return Gateway.demo(binary, "--seed", 7, "--symbols", 24, "--rate", 2000)


async def test_a_browser_gets_a_page_and_others_get_text(gateway):
    page = gateway.public("/", headers=AS_BROWSER)
    equal((page.status, page.headers["content-type"]), (200, "text/html; charset=utf-8"), "page")
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        text = gateway.public("/", headers=headers)
        equal((text.status, text.headers["content-type"]), (200, "text/plain; charset=utf-8"),
              f"with {headers}")
        expect("Accept" in text.headers["vary"], f"Vary: {text.headers}")


async def test_the_page_may_load_its_own_files_and_nothing_else(gateway):
    page = gateway.public("/", headers=AS_BROWSER)
    policy = page.headers["content-security-policy"]
    expect(policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), policy)
    expect("unsafe" not in policy and "frame-ancestors 'none'" in policy, policy)
    expect(not re.search(rb"<style|\son\w+=|style=|https?:|<script(?![^>]*src)", page.body),
           "nothing inline, nothing from elsewhere")
    files = re.findall(rb'(?:src|href)="(live/[^"]+)"', page.body)
    files += [b"live/" + name for name in re.findall(
        rb'from "./([^"]+)"', gateway.public("/live/page.js").body)]
    equal(len(files), 4, f"files: {files}")
    for name in files:
        file = gateway.public("/" + name.decode())
        equal(file.status, 200, name)
        expect(file.headers["content-type"].split(";")[0] in
               ("text/css", "text/javascript", "image/svg+xml"), f"{name}: {file.headers}")
        equal(file.headers["x-content-type-options"], "nosniff", name)
    for name in ("/live/", "/live/page.html", "/live/../page.js", "/live/none.js"):
        equal(gateway.public(name).status, 404, name)


async def test_its_files_are_kept_and_packed(gateway):
    for path in ("/", "/live/page.js"):
        first = gateway.public(path, headers=AS_BROWSER)
        held = {**AS_BROWSER, "If-None-Match": first.headers["etag"]}
        equal(gateway.public(path, headers=held).status, 304, path)
        packed = gateway.public(path, headers={**AS_BROWSER, "Accept-Encoding": "gzip"})
        equal(gzip.decompress(packed.body), first.body, path)
        head = gateway.public(path, "HEAD", headers=AS_BROWSER)
        equal((head.body, head.headers["content-length"]), (b"", str(len(first.body))), path)


async def test_the_table_shows_prices_that_move(gateway):
    async with Browser() as browser:
        await browser.open(f"http://127.0.0.1:{gateway.port}/")
        await browser.until(f"{LIVE} && {BTC}.cells[5].textContent", "a live row with its ticker")
        rows = await browser.run(ROWS)
        expect(len(rows) >= 24 and "SIM:BTC-USD" in rows, f"rows: {sorted(rows)}")
        before = rows["SIM:BTC-USD"]["cells"]
        for text in before[:6]:
            expect(re.fullmatch(r"\d+\.\d+", text), f"a cell of {before}")
        equal(before[-1], "live", "state")
        await browser.until(f"{BTC}.cells[1].textContent !== '{before[0]}'", "another price")
        equal(browser.complaints, [], "complaints")


async def test_it_draws_ten_times_a_second_at_most(gateway):
    async with Browser() as browser:
        await browser.open(f"http://127.0.0.1:{gateway.port}/")
        await browser.until(LIVE, "a live row")
        # What one draw changes is told in one call.
        drawn = await browser.run("""new Promise(done => {
          let draws = 0;
          const watcher = new MutationObserver(() => ++draws);
          watcher.observe(document.getElementById("rows"),
                          {subtree: true, childList: true, characterData: true});
          setTimeout(() => { watcher.disconnect(); done(draws); }, 3000); })""")
        expect(5 <= drawn <= 31, f"{drawn} draws in 3 s of 2,000 ticks a second")


async def test_it_shows_the_digits_of_the_venue(gateway):
    async with Browser() as browser:
        await browser.open(f"http://127.0.0.1:{gateway.port}/")
        await browser.until(LIVE, "a live row")
        # What is drawn is what the socket said, letter by letter.
        await browser.run(f"""window.said = new Set(); new Promise(done => {{
          const socket = new WebSocket("ws://{gateway.stream_url[5:]}");
          socket.onopen = () => socket.send(JSON.stringify(
            {{op: "subscribe", channel: "quote", symbols: ["SIM:BTC-USD"]}}));
          socket.onmessage = ({{data}}) => {{
            for (const one of JSON.parse(data)) if (one.bid) {{ said.add(one.bid); done(); }} }} }})""")
        first = await browser.run(f"{BTC}.cells[1].textContent")
        await browser.until(f"{BTC}.cells[1].textContent !== '{first}' && "
                            f"said.has({BTC}.cells[1].textContent)", "a price that was said")
        equal(await browser.run("""import("/live/page.js").then(({compare}) => [
          compare("9.5", "10.25"), compare("0.10", "0.1"), compare("-2", "-1"), compare("-1", "0"),
          compare("123456789012345678.01", "123456789012345678.02"), compare("2", "1.999")])"""),
              [-1, 0, -1, -1, -1, 1], "comparisons")


async def test_a_filter_chooses_and_what_has_gone_comes_no_more(gateway):
    async with Browser() as browser:
        await browser.open(f"http://127.0.0.1:{gateway.port}/#eth")
        await browser.until("document.querySelectorAll('#rows tr').length > 0", "rows")
        rows = await browser.run(ROWS)
        expect(all("ETH" in symbol for symbol in rows), f"rows: {sorted(rows)}")
        await browser.run("""{const box = document.getElementById("filter"); box.value = "btc-";
          box.dispatchEvent(new Event("input"))}""")
        await browser.until(LIVE, "another row")
        equal(await browser.run("location.hash"), "#btc-", "what a link to it says")
        await browser.run("""{const box = document.getElementById("filter");
          box.value = "<b>%"; box.dispatchEvent(new Event("input"))}""")
        await browser.until("document.getElementById('note').textContent.startsWith('nothing')", "words")


async def test_a_large_market_is_shown_in_part(binary):
    with Gateway.demo(binary, "--symbols", 6000, "--names", "generated") as gateway:
        async with Browser() as browser:
            await browser.open(f"http://127.0.0.1:{gateway.port}/")
            await browser.until("document.querySelectorAll('#rows tr').length === 200", "200 rows")
            await browser.until("document.getElementById('note').textContent === "
                                "'the first 200 of 6001: filter for others'", "words about the others")
            await browser.run("""{const box = document.getElementById("filter"); box.value = "S5999";
              box.dispatchEvent(new Event("input"))}""")
            await browser.until("!!document.querySelector('#rows tr:not([data-old])')", "the last one")


async def test_a_row_that_is_not_live_is_grey_and_says_why(binary):
    feeds = (f"- venue: binance\n  websocket_url: ws://127.0.0.1:{free_port()}\n"
             "  symbols: [BTC-USDT]\n- venue: simulator\n  symbol_count: 3\n")
    gateway = Gateway.serve(binary, feeds)
    gateway.ready_path = "/livez"
    with gateway:
        async with Browser() as browser:
            await browser.open(f"http://127.0.0.1:{gateway.port}/")
            await browser.until(LIVE, "a live row")
            row = (await browser.run(ROWS))["BINANCE:BTC-USDT"]
            expect(row["old"], f"{row}")
            await browser.until("""[...document.querySelectorAll("#rows tr[data-old] td:last-child")]
                .some(cell => cell.textContent === "down" && cell.title.includes("since"))""", "why")


async def test_it_comes_back_as_the_protocol_says(gateway):
    async with Browser() as browser:
        await browser.open(f"http://127.0.0.1:{gateway.port}/")
        delays = await browser.run("""import("/live/stream.js").then(({delayAfter}) =>
          [1012, 1006, 1013, 4400, 4401, 1009].map(code => [code,
            delayAfter(code, 0, 0, () => 1), delayAfter(code, 3, 0, () => 1),
            delayAfter(code, 0, 700, () => 0), delayAfter(code, 99, 0, () => 1)]))""")
        equal(delays, [[1012, 0, 8000, 0, 30000], [1006, 1000, 8000, 700, 30000],
                       [1013, 4000, 30000, 700, 30000], [4400, None, None, None, None],
                       [4401, None, None, None, None], [1009, None, None, None, None]],
              "code, then ms: at once, after 3 failures, told to wait 700 ms, after 99")
        equal(await browser.run("""import("/live/stream.js").then(({Ages}) => {
          const ages = new Ages();  // the gateway's clock is 50 s behind
          return [ages.of(1e6, 51_000), ages.of(2e6, 52_200), ages.of(3e6, 83_000)]; })"""),
              [0, 200, 30000], "ages by a clock that is wrong")


async def test_it_greys_when_the_gateway_goes_and_lives_when_it_is_back(binary):
    with Gateway.demo(binary, "--symbols", 24) as gateway:
        async with Browser() as browser:
            await browser.open(f"http://127.0.0.1:{gateway.port}/")
            await browser.until(LIVE, "a live row")
            gateway.process.kill()
            gateway.process.wait()
            await browser.until(MUTED, "grey rows", seconds=3)
            expect("last heard" in await browser.run("document.getElementById('link').textContent"),
                   "when it was heard last")
            equal(await browser.run(f"getComputedStyle({BTC}.cells[1]).opacity"), "0.55", "how it looks")
            gateway.start().wait_until_ready()
            await browser.until(LIVE, "live rows again", seconds=40)


async def test_it_greys_when_nothing_is_heard(binary):
    with Gateway.demo(binary, "--symbols", 24) as gateway:
        async with Browser() as browser:
            await browser.open(f"http://127.0.0.1:{gateway.port}/")
            await browser.until(LIVE, "a live row")
            gateway.process.send_signal(signal.SIGSTOP)
            try:
                await browser.until(MUTED, "grey rows", seconds=14)
            finally:
                gateway.process.send_signal(signal.SIGCONT)
            await browser.until(LIVE, "live rows again", seconds=40)
