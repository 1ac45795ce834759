# SPDX-License-Identifier: Apache-2.0
"""The console with a symbol's detail open, and how its tests read what stands there."""

import contextlib
from datetime import datetime

from console import Console
from harness import equal

ROOT = "document.querySelector('.detail-root')"
LIVE = f"{ROOT} && !{ROOT}.hasAttribute('data-old')"
BOX = "document.querySelector('.candles-box')"
BARS = f"Number({BOX}.getAttribute('aria-valuemax'))"
BAR_TEXT = f"{BOX}.getAttribute('aria-valuetext')"
CHIP = "document.querySelector('.detail-head .chip')?.textContent"
TABLE = "[...document.querySelectorAll('.chart-bar button')].at(-1)"
NEWEST = "[...document.querySelectorAll('.chart-bar button')].at(-2)"
# The legend: when its bar began, then its values, as texts.
LEGEND = """[document.querySelector('.legend-time').textContent,
  ...[...document.querySelectorAll('.legend b')].map(one => one.textContent)]"""
# The rows of a side, the best first: [price, size, exact total, share of the bar]; without the empty ones.
SIDE = """[...document.querySelectorAll('.%s .ladder-row')].map(row => [
  ...[...row.querySelectorAll('span')].slice(0, 2).map(one => one.textContent),
  row.querySelector('.total').dataset.exact,
  Number(/scaleX\\(([^)]*)/.exec(row.querySelector('.depth').style.transform)?.[1] ?? 0)])
  .filter(([, size]) => size)"""
TAPE = """[...document.querySelectorAll('.tape-body [role=row]')].map(row =>
  [row.className, ...[...row.children].map(one => one.textContent)])"""
VENUES = """[...document.querySelectorAll('.venues-table tbody tr')].map(row => ({
  symbol: row.dataset.symbol, old: row.hasAttribute('data-old'), why: row.querySelector('.why').textContent,
  bid: row.cells[1].textContent, ask: row.cells[2].textContent, spread: row.cells[3].textContent}))"""
# Pixels of the chart that have a colour exactly.
PIXELS = """((red, green, blue) => {
  const canvas = document.querySelector('.candles-box canvas');
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4)
    count += data[i] === red && data[i + 1] === green && data[i + 2] === blue && data[i + 3] === 255;
  return count; })"""
UP = {"light": "(0, 112, 95)", "dark": "(53, 201, 165)"}


async def scheme(browser, name):
    await browser.call("Emulation.setEmulatedMedia",
                       features=[{"name": "prefers-color-scheme", "value": name}])


@contextlib.asynccontextmanager
async def detail(gateway, symbol, interval="1m", until=LIVE, **looks):
    """A browser that shows it; it has complained of nothing in the end."""
    async with Console(gateway, **looks) as browser:
        await browser.visit(f"#d={symbol}&i={interval}")
        await browser.until(until, f"a detail of {symbol}")
        yield browser
        equal(browser.complaints, [], "complaints")


async def press(browser, key, times=1, where=BOX):
    await browser.run(f"""{where}.focus();
      for (let i = 0; i < {times}; ++i) {where}.dispatchEvent(
        new KeyboardEvent("keydown", {{key: "{key}", bubbles: true, cancelable: true}}))""")


def plain(text):
    """Without what a locale puts between digits."""
    return text.replace(",", "")


def micros(text):
    """The start of a bar, of its time as it is shown."""
    text = text.removesuffix(" UTC")
    form = "%Y-%m-%d %H:%M:%S"[:{10: 8, 16: 14, 19: 17}[len(text)]]
    return int(datetime.strptime(text + " +0000", form + " %z").timestamp()) * 1_000_000


async def bars_of(client, symbol, interval, history):
    """As the gateway tells them: start -> [open, high, low, close, volume, trades], of closed bars."""
    await client.subscribe("bar", symbol, interval=interval, history=history)
    rows = {}
    while True:
        message, _ = await client.until(lambda one: one["type"] == "bar_history", "a history")
        rows.update({row[0]: row[1:] for row in message["bars"]})
        if message.get("open") or not message["bars"]:
            rows.pop(message["bars"][-1][0], None)
            return rows


# A detail of our own over the page (which shows its feeds), of a client that says what a test lets it say: mine, said(message).
ALONE = """Promise.all(["/console/detail.js", "/client.js", "/console/format.js"].map(name => import(name)))
  .then(([{Detail}, {decimal}, {Format}]) => {
    const host = document.createElement("div");
    host.style.cssText = "position: fixed; inset: 0; z-index: 9; background: var(--ground)";
    document.body.append(host);
    const status = {symbol: "A:B-C", state: "live", reason: ""};
    window.asked = [];
    const client = {
      link: {state: "live"}, on: () => () => {}, status: () => status, isLive: () => true, why: () => "",
      subscribe(channel, symbols, options, callback) {
        asked.push([channel, symbols, options]);
        return {close() {}, set(names, more) { asked.push([channel, names, more]); }};
      }};
    const draw = () => requestAnimationFrame(now => mine.draw(now));
    window.mine = new Detail(host, {client, decimal, format: new Format("en"), prefs: {}, schedule: draw,
                                    scheduleData: draw, announce() {}, go() {}});
    window.said = (...messages) => messages.forEach(message => mine.take(message));
    mine.show("A:B-C", "1m"); })"""
