# SPDX-License-Identifier: Apache-2.0
"""The README's page, run in a browser as it stands there, with the module that the gateway serves:
live when it is, and grey when it is not."""

import json
import re
import signal

from browser import Browser
from harness import ROOT, Gateway, equal, expect

# In place of the network: the test says what comes, and when.
FAKE = """window.sockets = []; window.sent = []; window.WebSocket = class {
  constructor(url, protocols) { Object.assign(this, {url, protocols}); sockets.push(this); }
  send(text) { sent.push(JSON.parse(text)); }
  close() {}
};
window.say = (...objects) => sockets.at(-1).onmessage({data: JSON.stringify(objects)});
window.micros = (ago) => (Date.now() - ago) * 1000;
window.state = (state, ago = 0) => ({type: "status", symbol: "A:B-C", state, since: 1, reason: "", sent: micros(ago)});
window.quote = (bid, ago = 0) => ({type: "quote", symbol: "A:B-C", bid, ask: "2", sent: micros(ago)});"""
SHOWN = """window.shown = (symbol) => {
  const {textContent = "", style} = document.getElementById(symbol) ?? {};
  const [, bid, , ...why] = textContent.split(" ");
  return {bid, live: style?.opacity === "1", why: why.join(" ")};
};
window.anyLive = () => [...document.querySelectorAll("p")].some(({style}) => style.opacity === "1");"""


def start(binary):
    return Gateway.demo(binary, "--symbols", 24)


async def open_page(browser, gateway, before=""):
    """The README's module in an empty page, as a script of type module would be."""
    text = re.search(r"```js\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)[1]
    equal(text.count("127.0.0.1:8080"), 2, "the demo's address")
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{gateway.port}")
    await browser.run(f"""{SHOWN} {before}; document.body.append(Object.assign(document.createElement("script"),
      {{type: "module", textContent: {json.dumps(text)}}}))""")


def now(bid, live):
    return f"(one => one.bid === '{bid}' && one.live === {json.dumps(live)} && !one.why === one.live)(shown('A:B-C'))"


async def test_it_shows_prices_and_comes_back(binary):
    with start(binary) as gateway:
        async with Browser() as browser:
            await open_page(browser, gateway)
            await browser.until("[...document.querySelectorAll('p')].filter(one => one.style.opacity === '1').length >= 24",
                                "live ones")
            bid = await browser.run("shown('SIM:BTC-USD').bid")
            await browser.until(f"shown('SIM:BTC-USD').bid !== '{bid}'", "another price")
            gateway.process.kill()
            gateway.process.wait()
            await browser.until("!anyLive()", "all grey", seconds=3)
            expect("no connection" in await browser.run("shown('SIM:BTC-USD').why"), "the reason")
            gateway.start().wait_until_ready()
            await browser.until("shown('SIM:BTC-USD').live", "live again", seconds=40)
            gateway.process.send_signal(signal.SIGSTOP)
            try:
                await browser.until("!anyLive()", "grey", seconds=14)
            finally:
                gateway.process.send_signal(signal.SIGCONT)
            await browser.until("shown('SIM:BTC-USD').live", "live again", seconds=40)


async def test_it_shows_nothing_as_live_that_is_not(gateway):
    async with Browser() as browser:
        await open_page(browser, gateway, FAKE)
        await browser.until("window.sockets.length === 1", "a connection")
        await browser.run("sockets[0].onopen(); say(state('live'), quote('1.10'))")
        asked = (await browser.run("sent"))[0]
        equal((asked["op"], asked["symbols"], asked["stamps"]), ("subscribe", ["*"], True), "what it sent")
        await browser.until(now("1.10", True), "a live price")
        await browser.run("say(state('stale'))")
        await browser.until(now("1.10", False), "a stale price")
        await browser.run("say(state('live', 20000), quote('1.20', 20000))")
        await browser.until(now("1.20", False), "one that was buffered for 20 s")
        await browser.run("say(quote('1.30'))")
        await browser.until(now("1.30", True), "one of now")
        await browser.run("sockets[0].onclose({code: 1006, reason: ''})")
        await browser.until(now("–", False), "the connection is lost")
        await browser.until("sockets.length === 2", "another attempt")
        await browser.run("sockets[1].onopen(); say(state('live'))")
        expect(await browser.run(now("–", False)), "no old price under a new status")
        await browser.run("say(quote('1.40'))")
        await browser.until(now("1.40", True), "the new price")


async def test_it_heeds_drain_and_close_codes(gateway):
    async with Browser() as browser:
        await open_page(browser, gateway, FAKE + "Math.random = () => 0;")
        await browser.until("window.sockets.length === 1", "a connection")
        # A second connection beside the one that drains; refused, as the same gateway would.
        await browser.run("""sockets[0].onopen(); say({type: "drain", reconnect_after_ms: 2000}); window.asked = Date.now()""")
        await browser.until("sockets.length === 2", "a connection beside it")
        await browser.run("sockets[1].onclose({code: 1006, reason: ''}); sockets[0].onclose({code: 1006, reason: ''})")
        await browser.until("sockets.length === 3", "another attempt")
        expect(await browser.run("Date.now() - asked") >= 2000, "it came back too early")
        await browser.run("sockets[2].onclose({code: 4400, reason: ''})")
        await browser.run("new Promise(done => setTimeout(done, 500))")
        equal(await browser.run("sockets.length"), 3, "connections: the last said not to come back")
