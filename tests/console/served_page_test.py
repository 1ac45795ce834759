# SPDX-License-Identifier: Apache-2.0
"""What is served at /: a page for browsers, text for others; its files, and what they may load."""

import gzip
import re

from harness import ROOT, Gateway, equal, expect

AS_BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOLDER = ROOT / "gateway" / "console"


def start(binary):
    return Gateway.demo(binary, "--symbols", 4)


def files():
    return sorted(path.name for path in FOLDER.iterdir() if path.suffix in TYPES)


async def test_a_browser_gets_a_page_and_others_get_text(gateway):
    page = gateway.public("/", headers=AS_BROWSER)
    equal((page.status, page.headers["content-type"]), (200, "text/html; charset=utf-8"), "page")
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        text = gateway.public("/", headers=headers)
        equal((text.status, text.headers["content-type"]), (200, "text/plain; charset=utf-8"),
              f"with {headers}")
        expect("Accept" in text.headers["vary"], f"Vary: {text.headers}")


async def test_it_may_load_its_own_files_and_nothing_else(gateway):
    page = gateway.public("/", headers=AS_BROWSER)
    policy = page.headers["content-security-policy"]
    expect(policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), policy)
    expect("unsafe" not in policy and "frame-ancestors 'none'" in policy, policy)
    expect(not re.search(rb"<style|\son\w+=|style=|https?:|<script(?![^>]*src)", page.body),
           "nothing inline, nothing from elsewhere")
    for name in files():
        text = (FOLDER / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        expect(not re.search(r"https?:|innerHTML|insertAdjacentHTML|document\.write|\beval\(", text),
               f"{name}: nothing from elsewhere, no markup out of text")
    for name in ("/console/", "/console/page.html", "/console/../app.js", "/console/none.js", "/live/page.js"):
        equal(gateway.public(name).status, 404, name)


async def test_every_file_of_the_folder_is_served_with_its_type(gateway):
    expect(len(files()) > 20, f"files: {files()}")
    for name in files():
        file = gateway.public(f"/console/{name}")
        equal((file.status, file.body), (200, (FOLDER / name).read_bytes()), name)
        equal(file.headers["content-type"].split(";")[0], TYPES["." + name.split(".")[1]], name)
        equal(file.headers["x-content-type-options"], "nosniff", name)


async def test_what_modules_and_styles_name_is_there(gateway):
    page = gateway.public("/", headers=AS_BROWSER).body.decode()
    for name in re.findall(r'(?:src|href)="((?:console/|client)[^"]+)"', page):
        equal(gateway.public("/" + name).status, 200, name)
    for name in files():
        text = gateway.public(f"/console/{name}").body.decode()
        for other in re.findall(r'(?:from|import\() ?"\.(/[^"]+|\./[^"]+)"', text):
            path = "/console" + other if not other.startswith("./") else other[1:]
            equal(gateway.public(path).status, 200, f"{name} names {other}")


async def test_its_files_are_kept_and_packed(gateway):
    for path in ("/", "/console/app.js", "/console/console.css"):
        first = gateway.public(path, headers=AS_BROWSER)
        expect(not first.headers["etag"].startswith("W/"), f"a strong tag: {first.headers}")
        held = {**AS_BROWSER, "If-None-Match": first.headers["etag"]}
        equal(gateway.public(path, headers=held).status, 304, path)
        packed = gateway.public(path, headers={**AS_BROWSER, "Accept-Encoding": "gzip"})
        equal(gzip.decompress(packed.body), first.body, path)
        head = gateway.public(path, "HEAD", headers=AS_BROWSER)
        equal((head.body, head.headers["content-length"]), (b"", str(len(first.body))), path)
