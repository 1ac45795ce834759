# SPDX-License-Identifier: Apache-2.0
"""The console in a browser, in the words of its tests."""

import base64

from browser import Browser
from harness import ROOT, equal

SCREENSHOTS = ROOT / "build" / "screenshots"
KEYS = {"ArrowDown": 40, "ArrowUp": 38, "Enter": 13, "Escape": 27, "Delete": 46, "End": 35, "Home": 36,
        "Tab": 9, "PageDown": 34}
ALT = 1

# By symbol, what a row shows: its cells as texts, whether it is grey, and why.
ROWS = """Object.fromEntries([...document.querySelectorAll('.body > .row:not([hidden])')].map(row => {
  const text = name => row.querySelector('.' + name)?.textContent ?? '';
  const price = name => [...row.querySelector('.cell.' + name).childNodes].slice(1)
    .map(node => node.textContent).join('');
  return [row.dataset.symbol, {last: price('last'), bid: price('bid'), ask: price('ask'),
    spread: text('spread'), exactly: row.querySelector('.spread').title, change: text('change'), volume: text('volume'), chip: text('chip'),
    more: text('more'), trend: !!row.querySelector('path').getAttribute('d'),
    old: row.hasAttribute('data-old'), index: Number(row.getAttribute('aria-rowindex'))}]; }))"""
SYMBOLS = """[...document.querySelectorAll('.body > .row:not([hidden])')]
  .sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex'))
  .map(row => row.dataset.symbol)"""


def row(symbol):
    return f"document.querySelector('.body > .row[data-symbol=\"{symbol}\"]:not([hidden])')"


def live(symbol):
    """It stands there, not grey, with a bid."""
    return (f"{row(symbol)} && !{row(symbol)}.hasAttribute('data-old') && "
            f"/\\d/.test({row(symbol)}.querySelector('.bid').textContent)")


def grey(symbol):
    return f"{row(symbol)} && {row(symbol)}.hasAttribute('data-old')"


class Console(Browser):
    """`async with Console(gateway, width=360) as console`, then visit()."""

    def __init__(self, gateway, *options, width=1440, height=900, dark=False, reduced=False):
        super().__init__(*options)
        self.address = f"http://127.0.0.1:{gateway.port}/"
        self.size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.media = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                      {"name": "prefers-reduced-motion", "value": "reduce" if reduced else ""}]

    async def visit(self, fragment="", before=""):
        """Opens the page; `before` is run ahead of its own scripts."""
        await self.call("Emulation.setDeviceMetricsOverride", **self.size)
        await self.call("Emulation.setEmulatedMedia", features=self.media)
        await self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        if before:
            await self.call("Page.addScriptToEvaluateOnNewDocument", source=before)
        await self.open(self.address + fragment)
        await self.until("document.readyState === 'complete' && document.querySelector('[role=grid]')", "the page")

    async def until(self, javascript, what, seconds=20):
        # An element is true too, but has no value outside of the page.
        return await super().until(f"!!({javascript})", what, seconds)

    async def reload(self):
        await self.run("window.isOld = true")
        await self.call("Page.reload")
        await self.until("!window.isOld && document.readyState === 'complete'", "the page anew")

    async def press(self, key, modifiers=0):
        code = KEYS.get(key, 0)
        text = {} if code or modifiers else {"text": key}
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key,
                        windowsVirtualKeyCode=code, modifiers=modifiers, **text)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key,
                        windowsVirtualKeyCode=code, modifiers=modifiers)

    async def type(self, text):
        await self.call("Input.insertText", text=text)

    async def point(self, kind, x, y, **more):
        await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y,
                        **{"button": "none", **more})

    async def click(self, selector):
        await self.run(f"document.querySelector({selector!r}).click()")

    async def rows(self):
        return await self.run(ROWS)

    async def symbols(self):
        return await self.run(SYMBOLS)

    async def screenshot(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        shot = await self.call("Page.captureScreenshot", format="png")
        (SCREENSHOTS / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))

    def content(self):
        """No error on its console, and nothing that its policy refused."""
        equal(self.complaints, [], "complaints")
