# SPDX-License-Identifier: Apache-2.0
"""Firefox without a window, driven over Marionette, its own wire of length:JSON."""

import asyncio
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from harness import eventually, expect

START_SECONDS = 40


class Firefox:
    """`async with Firefox() as browser`, then open(url). It trusts any certificate."""

    def __init__(self):
        self.binary = os.environ.get("TICKGATE_FIREFOX") or shutil.which("firefox-esr")
        if not self.binary:
            pytest.skip("firefox is not installed (Debian package firefox-esr)")
        self.folder = tempfile.TemporaryDirectory(prefix="tickgate-firefox-",
                                                  ignore_cleanup_errors=True)

    async def __aenter__(self):
        profile = pathlib.Path(self.folder.name)
        (profile / "user.js").write_text('user_pref("marionette.port", 0);\n')
        self.process = subprocess.Popen(
            [self.binary, "--headless", "--marionette", "--no-remote", "--profile", profile],
            env={**os.environ, "HOME": self.folder.name}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port_file = profile / "MarionetteActivePort"
            await eventually(lambda: port_file.exists() and port_file.read_text(),
                             "firefox listens", START_SECONDS)
            self.reader, self.writer = await asyncio.open_connection(
                "127.0.0.1", int(port_file.read_text()), limit=1 << 24)
            await self.read()
            await self.call("WebDriver:NewSession", acceptInsecureCerts=True)
        except BaseException:
            self.end()
            raise
        return self

    async def __aexit__(self, kind, error, trace):
        self.writer.close()
        self.end()

    def end(self):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    async def read(self):
        size = await asyncio.wait_for(self.reader.readuntil(b":"), 30)
        return json.loads(await asyncio.wait_for(self.reader.readexactly(int(size[:-1])), 30))

    async def call(self, command, **parameters):
        text = json.dumps([0, 1, command, parameters])
        self.writer.write(f"{len(text)}:{text}".encode())
        answer = await self.read()
        expect(answer[2] is None, f"{command}: {answer[2]}")
        return answer[3]

    async def open(self, url):
        await self.call("WebDriver:Navigate", url=url)
