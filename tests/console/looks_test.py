# SPDX-License-Identifier: Apache-2.0
"""How it looks: pictures for whoever builds it, under build/screenshots; and what would be ugly anywhere."""

import pytest

from console import Console, live
from harness import Gateway, equal, expect

SIZES = {"desk": (1440, 900), "phone": (360, 740)}
every_size = pytest.mark.parametrize("size", SIZES)
every_light = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
# Text of the page against what is behind it, as WCAG counts; 4.5 is enough for all sizes.
CONTRASTS = """(() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const bright = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] > .99) return colour;
    }
    return [255, 255, 255]; };
  const low = [];
  for (const element of document.querySelectorAll('header *, .banner *, .groups *, .head *, .body *, .feeds *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility({opacityProperty: true})) continue;
    const [a, b] = [bright(parse(getComputedStyle(element).color)), bright(ground(element))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5 && getComputedStyle(element).color !== 'rgba(0, 0, 0, 0)')
      low.push(`${element.className} "${element.textContent}" ${ratio.toFixed(2)}`);
  }
  return low; })()"""


def start(binary):
    return Gateway.demo(binary, "--venues", 3)


@every_size
@every_light
async def test_no_view_is_wider_than_the_screen_or_hard_to_read(gateway, size, dark):
    width, height = SIZES[size]
    name = f"{size}-{'dark' if dark else 'light'}"
    async with Console(gateway, width=width, height=height, dark=dark) as console:
        for view, fragment in (("watch", ""), ("feeds", "#v=feeds"),
                               ("mixed", "#w=SIM:BTC-USD,PEPE-USD,NONE:A-B,SIM2:BTC-USD,BEST:BTC-USD")):
            await console.visit(fragment)
            await console.reload()
            if view == "feeds":
                await console.until("document.querySelector('.feeds td.number')", "a venue")
            else:
                await console.until("document.querySelector('.body > .row:not([hidden], [data-old])')", "a live row")
                await console.until("/\\d/.test(document.querySelector('.body .change').textContent)", "its day")
            await console.until("document.getElementById('link').textContent.includes('ms')", "a latency")
            await console.screenshot(f"{view}-{name}")
            equal(await console.run("[document.documentElement.scrollWidth, innerWidth]"), [width, width], view)
            equal(await console.run(CONTRASTS), [], f"{view}: too little contrast")
        console.content()


async def test_text_of_twice_the_size_fits(gateway):
    async with Console(gateway, width=720, height=450) as console:  # 1440 by 900, zoomed to 200 %
        await console.visit()
        await console.until(live("SIM2:AAVE-USD"), "a live row")
        await console.screenshot("zoomed")
        equal(await console.run("[document.documentElement.scrollWidth, innerWidth]"), [720, 720], "width")


async def test_nothing_flashes_where_motion_is_not_wanted(gateway):
    async with Console(gateway, reduced=True) as console:
        await console.visit()
        await console.until(live("SIM2:AAVE-USD"), "a live row")
        await console.until("document.querySelector('.body [class^=flash]')", "a change")
        grounds = await console.run("""new Promise(done => { const seen = new Set(); const begun = Date.now();
          const look = () => {
            for (const one of document.querySelectorAll('.body [class^=flash]')) seen.add(getComputedStyle(one).backgroundColor);
            if (Date.now() - begun < 1500) setTimeout(look, 50); else done([...seen]); };
          look(); })""")
        equal(grounds, ["rgba(0, 0, 0, 0)"], "what changed digits stand on")
        expect(await console.run("/[\\u25B2\\u25BC]/.test(document.querySelector('.body').textContent)"), "triangles do")


async def test_colours_are_chosen_and_stay(gateway):
    async with Console(gateway) as console:
        await console.visit()
        colour = "getComputedStyle(document.documentElement).getPropertyValue('--up').trim()"
        equal(await console.run(colour), "#00705f", "teal is up")
        await console.press("?")
        await console.screenshot("settings")
        await console.run("""{ const box = document.getElementById("colours"); box.value = "blue-orange";
          box.dispatchEvent(new Event("change")); }""")
        equal(await console.run(colour), "#0b5cad", "blue is up")
        await console.reload()
        equal(await console.run(colour), "#0b5cad", "after a reload")


async def test_the_feeds_are_shown_with_what_they_lost(gateway):
    async with Console(gateway) as console:
        await console.visit()
        await console.click("#to-feeds")
        await console.until("document.querySelectorAll('.feeds tbody tr').length === 3", "three feeds")
        await console.until("/ms, median/.test(document.querySelector('.own').textContent)", "our own latency")
        await console.until("/[1-9]\\d*\\/s/.test(document.querySelector('.feeds tbody').textContent)", "a rate")
        cells = await console.run("[...document.querySelectorAll('.feeds tbody tr')[0].cells].map(one => one.textContent)")
        equal((cells[0], cells[1].split()[1], cells[-3:-1]), ("simulator SIM", "live", ["0", "0"]), f"{cells}")
        await console.press("Escape")
        await console.until("!document.getElementById('watch').hidden", "back")
        console.content()
