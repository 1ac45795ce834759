# SPDX-License-Identifier: Apache-2.0
"""The key that a gateway may want: asked for, kept by the tab alone, and forgotten; and delayed prices."""
import pathlib

from console import Console, grey, live, row
from harness import equal, expect
from running import Running
from tokens import token, write_keys

BTC = "SIM:BTC-USD"
DIALOG = "document.querySelector('#key-dialog')"
NOTE = "document.querySelector('#key-note').textContent"
BANNER = "document.querySelector('#banner-text').textContent"


def start(binary):
    running = Running(binary, plans={"late": {"delay": "1s"}})
    keys = write_keys(pathlib.Path(running.gateway.folder.name) / "keys.json")
    running.config["auth"] = {"jwks_file": str(keys)}
    running.write()
    return running.gateway


async def enter(console, key):
    await console.until(f"{DIALOG}.open && document.activeElement.type === 'password'", "the question, in focus")
    await console.type(key)
    await console.click("#key-dialog [value=ok]")
    await console.until(f"!{DIALOG}.open || /not taken/.test({NOTE})", "its end")


async def test_a_key_is_asked_for_kept_by_the_tab_and_forgotten(gateway):
    key = token(subject="somebody")
    async with Console(gateway) as console:
        await console.visit()
        await console.until(f"{DIALOG}.open", "the question")
        said = await console.run(f"""[{DIALOG}.getAttribute('aria-labelledby'), {DIALOG}.getAttribute('aria-describedby'),
          {NOTE}, {DIALOG}.querySelector('label').textContent.trim()]""")
        equal(said, ["key-title", "key-note", "This gateway shows its prices to those who have a key.", "Key"], "what is said")
        await enter(console, "nonsense")
        await console.until(f"{DIALOG}.open && /not taken/.test({NOTE})", "another question")
        await enter(console, key)
        await console.until(live(BTC), "a live row")
        await console.until(f"!/key/.test({BANNER})", "a calm line")
        places = await console.run("""[location.href, JSON.stringify(localStorage), document.cookie,
          performance.getEntriesByType('resource').map(one => one.name).join()]""")
        expect(not any(key in place for place in places), f"the key is kept or sent where it should not: {places}"[:500])
        await console.reload()
        await console.until(live(BTC), "a live row of the kept key")
        await console.click("#settings")
        await console.until("/keeps a key/.test(document.querySelector('#key-state').textContent)", "the word of it")
        await console.click("#key-forget")
        await console.click("#settings-dialog [value=cancel]")
        await console.until(f"{grey(BTC)} && /wants a key/.test({BANNER})", "grey, and why")
        equal(await console.run("[sessionStorage.length, document.querySelector('#key-forget').hidden]"), [0, True], "what is kept")
        await console.click("#banner-button")
        await enter(console, key)
        await console.until(live(BTC), "a live row again")


async def test_a_delayed_price_says_so_and_is_never_shown_as_live(gateway):
    async with Console(gateway, width=360, dark=True) as console:
        await console.visit()
        await enter(console, token(plan="late"))
        await console.until(f"{row(BTC)} && /\\d/.test({row(BTC)}.querySelector('.bid').textContent)", "a price")
        await console.until(f"{grey(BTC)} && {row(BTC)}.querySelector('.chip').textContent === 'delayed 1 s'", "its badge")
        equal(await console.run("[...document.querySelectorAll('.body > .row:not([hidden]):not([data-old])')].length"), 0, "live rows")
        equal(await console.run("[document.querySelector('#link').textContent, document.querySelector('#link').dataset.state]"),
              ["delayed 1 s", "delayed"], "the word beside the clock")
