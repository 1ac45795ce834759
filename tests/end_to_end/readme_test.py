# SPDX-License-Identifier: Apache-2.0
"""The README's page, run in a browser as it stands there: live when it is, and grey when it is not."""

import json
import re
import signal

from browser import Browser
from harness import ROOT, Gateway, equal, expect

SHOW = "window.shown = {}; window.show = (symbol, {bid}, live) => { shown[symbol] = {bid, live}; };"
# In place of the network: the test says what comes, and when.
FAKE = """window.sockets = []; window.sent = []; window.WebSocket = class {
  constructor(url) { this.url = url; sockets.push(this); }
  send(text) { sent.push(JSON.parse(text)); }
  close() {}
};
window.say = (...objects) => sockets.at(-1).onmessage({data: JSON.stringify(objects)});
window.micros = (ago) => (Date.now() - ago) * 1000;
window.state = (state, ago = 0) => ({type: "status", symbol: "A:B-C", state, sent: micros(ago)});
window.quote = (bid, ago = 0) => ({type: "quote", symbol: "A:B-C", bid, sent: micros(ago)});"""


def snippet(port=None):
    text = re.search(r"```js\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)[1]
    expect("127.0.0.1:8080" in text, "the demo's address")
    # A block, as a script of its own would be.
    return "{" + text.replace("127.0.0.1:8080", f"127.0.0.1:{port or 1}") + "}"


def now(bid, live):
    return f"JSON.stringify(shown['A:B-C']) === '{json.dumps({'bid': bid, 'live': live}, separators=(',', ':'))}'"


async def test_it_shows_prices_and_comes_back(binary):
    with Gateway.demo(binary, "--symbols", 24) as gateway:
        async with Browser() as browser:
            await browser.run(SHOW + snippet(gateway.port))
            await browser.until("Object.values(shown).filter(one => one.live).length >= 24", "live ones")
            bid = await browser.run("shown['SIM:BTC-USD'].bid")
            await browser.until(f"shown['SIM:BTC-USD'].bid !== '{bid}'", "another price")
            gateway.process.kill()
            gateway.process.wait()
            await browser.until("!Object.values(shown).some(one => one.live)", "all grey", seconds=3)
            gateway.start().wait_until_ready()
            await browser.until("shown['SIM:BTC-USD'].live", "live again", seconds=40)
            gateway.process.send_signal(signal.SIGSTOP)
            try:
                await browser.until("!Object.values(shown).some(one => one.live)", "grey", seconds=14)
            finally:
                gateway.process.send_signal(signal.SIGCONT)
            await browser.until("shown['SIM:BTC-USD'].live", "live again", seconds=40)


async def test_it_shows_nothing_as_live_that_is_not(binary):
    async with Browser() as browser:
        await browser.run(SHOW + FAKE + snippet())
        await browser.run("sockets[0].onopen(); say(state('live'), quote('1.10'))")
        equal((await browser.run("sent"))[0]["op"], "subscribe", "what it sent")
        await browser.until(now("1.10", True), "a live price")
        await browser.run("say(state('stale'))")
        await browser.until(now("1.10", False), "a stale price")
        await browser.run("say(state('live', 20000), quote('1.20', 20000))")
        await browser.until(now("1.20", False), "one that was buffered for 20 s")
        await browser.run("say(quote('1.30'))")
        await browser.until(now("1.30", True), "one of now")
        await browser.run("sockets[0].onclose({code: 1006})")
        await browser.until(now("1.30", False), "the connection is lost")
        await browser.until("sockets.length === 2", "another attempt")
        await browser.run("sockets[1].onopen(); say(state('live'))")
        await browser.run("new Promise(done => setTimeout(done, 300))")
        expect(await browser.run(now("1.30", False)), "an old price under a new status")
        await browser.run("say(quote('1.40'))")
        await browser.until(now("1.40", True), "the new price")


async def test_it_heeds_drain_and_close_codes(binary):
    async with Browser() as browser:
        await browser.run(SHOW + FAKE + "Math.random = () => 0;" + snippet())
        await browser.run("""sockets[0].onopen(); say({type: "drain", reconnect_after_ms: 2000});
          window.asked = Date.now(); sockets[0].onclose({code: 1006})""")
        await browser.until("sockets.length === 2", "another attempt")
        expect(await browser.run("Date.now() - asked") >= 2000, "it came back too early")
        await browser.run("sockets[1].onclose({code: 4400})")
        await browser.run("new Promise(done => setTimeout(done, 500))")
        equal(await browser.run("sockets.length"), 2, "connections: the last said not to come back")
