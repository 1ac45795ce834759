# SPDX-License-Identifier: Apache-2.0
"""The clients of the table in README.md: how each is found, made and started."""

import asyncio
import contextlib
import fcntl
import functools
import http.server
import os
import pathlib
import shutil
import subprocess
import threading
import urllib.parse

import pytest

from browser import Browser
from firefox import Firefox
from harness import ROOT, Gateway
from listener import REQUEST, Listener, running

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
KEPT = ROOT / "build" / "clients"  # what was fetched or built: made once, used again
FETCH_SECONDS = 50
FEED = "- venue: simulator\n  seed: 1\n  rate: 300\n"
WIRES = ["plain", "tls"]


def skip(why):
    pytest.skip(why)


def program(name, package):
    path = shutil.which(name)
    return path or skip(f"{name} is not installed (Debian package {package})")


def fetched(what, command, **more):
    """Runs what may need the network; where that fails, who needs it is skipped."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              timeout=FETCH_SECONDS, **more)
    except subprocess.TimeoutExpired:
        skip(f"{what}: not within {FETCH_SECONDS} s")
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line and "complete log" not in line]
        skip(f"{what}: {said[-1] if said else done.returncode}")


def once(make):
    """Made by one of the workers that pytest runs beside each other, and tried by each only once."""
    why = []

    @functools.lru_cache
    def made():
        KEPT.mkdir(parents=True, exist_ok=True)
        with open(KEPT / "lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return make()

    @functools.wraps(make)
    def call():
        if why:
            skip(why[0])
        try:
            return made()
        except pytest.skip.Exception as skipped:
            why.append(skipped.msg)
            raise
    return call


@once
def node_modules():
    npm = program("npm", "npm")
    if not all((KEPT / "node_modules" / name / "package.json").exists() for name in ("ws", "undici")):
        fetched("npm has no ws and undici",
                [npm, "install", "--no-audit", "--no-fund", "--fetch-retries=0", "--prefix", KEPT,
                 "ws@8", "undici@6"])
    return KEPT / "node_modules"


@once
def go_program():
    found = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if not found:
        skip("go is not installed (Debian package golang-go)")
    source, made = PROGRAMS / "go", KEPT / "go_client"
    newest = max(path.stat().st_mtime for path in source.iterdir())
    if not made.exists() or made.stat().st_mtime < newest:
        fetched("go cannot build its client", [found, "build", "-o", made, "."], cwd=source,
                env={**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local",
                     "CGO_ENABLED": "0"})
    return made


@once
def java_classes():
    compiler = program("javac", "default-jdk-headless")
    source, made = PROGRAMS / "JavaClient.java", KEPT / "java"
    compiled = made / "JavaClient.class"
    if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
        made.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-d", made, source], check=True, timeout=FETCH_SECONDS)
    return made


def python(name, library):
    def command():
        if subprocess.run(["/usr/bin/python3", "-c", f"import {library}"], check=False,
                          capture_output=True).returncode:
            skip(f"{library} is not installed (Debian package python3-{library})")
        return ["/usr/bin/python3", PROGRAMS / name]
    return command


def node(library):
    def command():
        return [program("node", "nodejs"), PROGRAMS / "node_client.js", node_modules() / library]
    return command


def java():
    return [program("java", "default-jre-headless"), "-Xshare:auto", "-XX:TieredStopAtLevel=1",
            "-cp", java_classes(), "JavaClient"]


COMMANDS = {
    "python websockets": python("ws_websockets.py", "websockets"),
    "python aiohttp": python("ws_aiohttp.py", "aiohttp"),
    "node ws": node("ws"),
    "node undici": node("undici"),
    "java net.http": java,
    "go coder": lambda: [go_program(), "coder"],
    "go x/net": lambda: [go_program(), "xnet"],
}
BROWSERS = {"chromium": functools.partial(Browser, "--ignore-certificate-errors"),
            "firefox": Firefox}
CLIENTS = [*COMMANDS, *BROWSERS]
TELLS_NO_CODE = {"go x/net"}


def served(binary, keys, wire):
    """-> a gateway, and the address of its stream"""
    tls = f"tls:\n  certificate: {keys[0]}\n  key: {keys[1]}\n" if wire == "tls" else ""
    gateway = Gateway.serve(binary, FEED, server=f"drain_time: 1s\n{tls}")
    scheme = "wss" if tls else "ws"
    return gateway, f"{scheme}://localhost:{gateway.port}/v1/stream"


@contextlib.asynccontextmanager
async def browser_of(client):
    """A running browser, if the client is one; starting it is most of what it costs."""
    if client not in BROWSERS:
        yield None
        return
    async with BROWSERS[client]() as browser:
        yield browser


@contextlib.asynccontextmanager
async def started(client, url, certificate, mode, browser=None, request=REQUEST):
    """A client of the table at `url`; `mode`: leave (after ten messages) or stay. -> its Listener"""
    if browser:
        with page(url, mode, request) as (address, listener):
            await browser.open(address)
            yield listener
        return
    env = {**os.environ, "NODE_EXTRA_CA_CERTS": str(certificate), "SSL_CERT_FILE": str(certificate)}
    async with running([*COMMANDS[client](), url, certificate, request, mode], env) as listener:
        yield listener


@contextlib.contextmanager
def page(url, mode, request):
    """Serves the browsers' page, and hears what it posts. -> its address, its Listener"""

    listener, loop = Listener(), asyncio.get_running_loop()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, body):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.answer((PROGRAMS / "browser.html").read_bytes())

        def do_POST(self):
            line = self.rfile.read(int(self.headers["Content-Length"])).decode()
            loop.call_soon_threadsafe(listener.hear, line)
            self.answer(b"")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        query = urllib.parse.urlencode({"url": url, "mode": mode, "request": request})
        yield f"http://127.0.0.1:{server.server_port}/?{query}", listener
    finally:
        server.shutdown()
        server.server_close()
