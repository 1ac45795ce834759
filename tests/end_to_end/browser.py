# SPDX-License-Identifier: Apache-2.0
"""Chromium without a window, driven over its DevTools protocol; skipped by name where it is missing."""

import asyncio
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request

import pytest
import websockets

from harness import Failure, expect

START_SECONDS = 30


class Browser:
    """One page. `async with Browser() as browser`, then open(url) and run(javascript)."""

    def __init__(self, *options):
        self.options = options
        self.binary = os.environ.get("TICKGATE_CHROMIUM") or shutil.which("chromium")
        if not self.binary:
            pytest.skip("chromium is not installed (Debian package chromium)")
        self.folder = tempfile.TemporaryDirectory(prefix="tickgate-browser-", ignore_cleanup_errors=True)
        self.numbers = itertools.count(1)
        self.answers = {}
        self.complaints = []  # what the page wrote to its console as an error, or was refused

    async def __aenter__(self):
        self.process = subprocess.Popen(
            [self.binary, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-dev-shm-usage", "--disable-background-networking", "--mute-audio",
             "--remote-debugging-port=0", f"--user-data-dir={self.folder.name}", *self.options,
             "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = await asyncio.to_thread(self.find_page)
            self.wire = await websockets.connect(url, max_size=1 << 24, ping_interval=None)
            self.reader = asyncio.create_task(self.read())
            for domain in ("Page", "Runtime", "Log"):
                await self.call(f"{domain}.enable")
        except BaseException:
            self.end()
            raise
        return self

    async def __aexit__(self, kind, error, trace):
        self.reader.cancel()
        await self.wire.close()
        self.end()

    def end(self):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def find_page(self):
        port_file = pathlib.Path(self.folder.name) / "DevToolsActivePort"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            expect(self.process.poll() is None, f"chromium ended with {self.process.returncode}")
            try:
                port = port_file.read_text().split()[0]
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=5) as answer:
                    pages = [one for one in json.load(answer) if one["type"] == "page"]
                    if pages:
                        return pages[0]["webSocketDebuggerUrl"]
            except (OSError, IndexError):
                pass
            time.sleep(0.1)
        raise Failure(f"chromium did not come up within {START_SECONDS} s")

    async def read(self):
        async for text in self.wire:
            message = json.loads(text)
            if "id" in message:
                self.answers.pop(message["id"]).set_result(message)
            elif message["method"] == "Runtime.exceptionThrown":
                self.complaints.append(message["params"]["exceptionDetails"].get("exception", {})
                                       .get("description", "an exception"))
            elif message["method"] == "Log.entryAdded":
                entry = message["params"]["entry"]
                if entry["level"] == "error":
                    self.complaints.append(f"{entry['text']} {entry.get('url', '')}")

    async def call(self, method, **parameters):
        number = next(self.numbers)
        self.answers[number] = asyncio.get_running_loop().create_future()
        await self.wire.send(json.dumps({"id": number, "method": method, "params": parameters}))
        answer = await asyncio.wait_for(self.answers[number], 30)
        expect("error" not in answer, f"{method}: {answer.get('error')}")
        return answer["result"]

    async def open(self, url):
        await self.call("Page.navigate", url=url)

    async def run(self, javascript):
        """The value of an expression, or of the promise that it is."""
        result = await self.call("Runtime.evaluate", expression=javascript, returnByValue=True,
                                 awaitPromise=True)
        expect("exceptionDetails" not in result, f"{javascript}: {result.get('exceptionDetails')}")
        return result["result"].get("value")

    async def until(self, javascript, what, seconds=20):
        """Waits until the expression is true; -> its value"""
        deadline = time.monotonic() + seconds
        while not (value := await self.run(javascript)):
            expect(time.monotonic() < deadline, f"not within {seconds} s: {what}; {self.complaints}")
            await asyncio.sleep(0.1)
        return value
