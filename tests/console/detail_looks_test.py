# SPDX-License-Identifier: Apache-2.0
"""Pictures of the detail, light and dark, wide and narrow, in build/screenshots, for whoever changes
how it looks; and what can be measured of that."""

import pytest

from detail_page import BARS, PIXELS, ROOT, UP, detail, press
from harness import Gateway, equal
from looks_test import CONTRASTS

SYMBOL = "SIM:BTC-USD"
# Texts of the detail that are wider than their box, which has not the means to be scrolled.
CUT = f"""[...{ROOT}.querySelectorAll('.ladder-row span, .tape-row span, td, .last, .legend b, h2')]
  .filter(one => one.offsetParent && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
  .map(one => `${{one.className}} ${{one.textContent}}`)"""

HARD = CONTRASTS.replace("'header *,", "'.detail-root *, header *,")


def start(binary):
    return Gateway.demo(binary, "--seed", 7, "--symbols", 6, "--rate", 200, "--venues", 3)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
async def test_pictures(gateway, width, dark):
    name = f"detail-{width}-{'dark' if dark else 'light'}"
    async with detail(gateway, SYMBOL, width=width, height=900 if width > 500 else 740, dark=dark) as browser:
        await browser.until(f"{BARS} > 290 && {PIXELS}{UP['dark' if dark else 'light']} > 20", "a chart")
        await press(browser, "ArrowLeft", 12)
        if width > 500:
            await browser.until("document.querySelectorAll('.tape-body .number').length > 15", "a tape")
            await browser.screenshot(name)
            equal(await browser.run(CUT), [], "numbers that are cut off")
            equal(await browser.run(HARD), [], "too little contrast")
            return
        for tab in ("chart", "ladder", "tape", "venues"):
            await browser.click(f".detail-tabs [data-name={tab}]")
            await browser.until(f"document.querySelector('.pane-{tab}').clientHeight > 0", tab)
            if tab == "tape":
                await browser.until("document.querySelectorAll('.tape-body .number').length > 15", "a tape")
            await browser.screenshot(f"{name}-{tab}")
            equal(await browser.run(CUT), [], f"numbers that are cut off in {tab}")
            equal(await browser.run(HARD), [], f"too little contrast in {tab}")


@pytest.mark.parametrize("width", [1100, 800, 500])
async def test_no_number_is_cut_off_however_wide_it_is(gateway, width):
    """What does not fit is left out as a column."""
    for symbol in (SYMBOL, "SIM:XRP-USD"):
        async with detail(gateway, symbol, width=width) as browser:
            await browser.until("document.querySelectorAll('.tape-body .number').length > 5", "a tape")
            # A number wider than all before takes a frame until there is room.
            await browser.until(f"{CUT}.length === 0", f"no number is cut off, {symbol}", 2)
