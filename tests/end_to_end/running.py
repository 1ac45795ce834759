# SPDX-License-Identifier: Apache-2.0
"""A gateway whose configuration a test writes anew while it runs."""

import json
import os
import pathlib
import signal
import subprocess

import yaml

from harness import Gateway, equal, eventually

FEEDS = [{"venue": "simulator", "seed": 5, "symbol_count": 6, "rate": 500}]


class Running:
    """A gateway whose file a test writes anew. As a context manager, it runs inside."""

    def __init__(self, binary, feeds=None, **sections):
        self.gateway = Gateway.serve(binary, "")
        self.path = pathlib.Path(self.gateway.arguments[-1])
        self.config = {"server": {"listen": f"127.0.0.1:{self.gateway.port}",
                                  "admin_listen": f"127.0.0.1:{self.gateway.admin_port}"},
                       "feeds": feeds or FEEDS}
        for name, keys in sections.items():
            self.config.setdefault(name, {}).update(keys)
        self.write()

    def __enter__(self):
        self.gateway.__enter__()
        return self

    def __exit__(self, *error):
        return self.gateway.__exit__(*error)

    def write(self, text=None):
        """As an editor does: the new file is whole before it has the name."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(yaml.safe_dump(self.config) if text is None else text, encoding="utf-8")
        os.replace(fresh, self.path)

    def page(self):
        answer = self.gateway.admin("/v1/config")
        equal(answer.status, 200, "/v1/config")
        return json.loads(answer.body)

    def key(self, section, name):
        return self.page()["config"][section][name]

    def last(self):
        return self.page()["last_reload"] or {"time": 0}

    async def hang_up(self, change=lambda: None, send=True):
        """The change, and SIGHUP, or the change alone. -> the report of the reload"""
        before = self.last()["time"]
        change()
        if send:
            self.gateway.terminate(signal.SIGHUP)
        await eventually(lambda: self.last()["time"] > before, f"a reload; {self.gateway.log()}", 20)
        return self.last()

    async def reload(self, **sections):
        for name, keys in sections.items():
            self.config.setdefault(name, {}).update(keys)
        return await self.hang_up(self.write)

    async def reload_text(self, text):
        return await self.hang_up(lambda: self.write(text))

    def count(self, result):
        return self.gateway.metric("tickgate_config_reloads_total", result=result)

    def successful(self):
        return self.gateway.metric("tickgate_config_last_reload_successful")

    def check(self, binary, *more, environment=None):
        url = f"http://127.0.0.1:{self.gateway.admin_port}"
        done = subprocess.run([binary, "check", "--config", self.path, "--against", url, *more],
                              capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, **(environment or {})})
        return done.returncode, done.stdout.splitlines(), done.stderr
