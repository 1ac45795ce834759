# SPDX-License-Identifier: Apache-2.0
"""tickgate-load beside a test, and what it reports."""

import asyncio
import contextlib
import json
import pathlib
import signal

import pytest

from harness import equal, expect

SECONDS = 30    # until a load that does not end is a failure
STALL_MS = 300  # a load that stood still so long itself says little of when its clients were served


class Load:
    """tickgate-load with these flags, beside the gateway of the test. Ends with the block."""

    def __init__(self, binary, url, *flags):
        self.program = pathlib.Path(binary).with_name("tickgate-load")
        self.arguments = ["--url", url, "--json", *map(str, flags)]

    async def __aenter__(self):
        if not self.program.is_file():
            pytest.skip(f"{self.program} is not built")
        self.process = await asyncio.create_subprocess_exec(
            self.program, *self.arguments, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        return self

    async def __aexit__(self, kind, error, trace):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def interrupt(self, code=0):
        """Ends it now, as Ctrl-C does. -> the report; None: whatever it found"""
        self.process.send_signal(signal.SIGINT)
        return await self.end(code)

    async def end(self, code):
        """-> the report, or what it complained of on stderr when there is none"""
        out, err = await asyncio.wait_for(self.process.communicate(), SECONDS)
        if code is not None:
            equal(self.process.returncode, code, f"exit code, with {out.decode()} {err.decode()}")
        return json.loads(out) if out else err.decode()


async def load(binary, url, *flags, code=0):
    async with Load(binary, url, *flags) as running:
        return await running.end(code)


def stood_still(report):
    return report["own"]["longest_turn_ms"] > STALL_MS


def finding(report, words):
    found = [entry for entry in report["findings"] if words in entry["what"]]
    expect(found, f"no finding says {words!r}: {report['findings']}")
    return found[0]["times"]
