# SPDX-License-Identifier: Apache-2.0
"""The servers and clients of fanout.py: each on a core of its own, started and ended here."""
import contextlib
import json
import os
import pathlib
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEASE = ROOT / "build" / "release"
TOOLS = pathlib.Path(os.environ.get("TICKGATE_TOOLS", ROOT / ".." / "shared" / "tools")) / "perf"
# The last core for the server: the first serves most interrupts.
SERVER_CORE, CLIENT_CORE = str(os.cpu_count() - 1), "0"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# The floor stamps a tick right before it sends it, so its latencies leave out how long the tick
# waited for those made with it. With these replaced it stamps them when they are made, all at once,
# as the simulated venue does.
STAMPED_WHEN_MADE = {"n_ticks += uint64_t(n);": "n_ticks += uint64_t(n); const auto made = now_ns();",
                     "t.set(now_ns(), g.seq)": "t.set(made, g.seq)"}


def build_yardsticks(folder):
    """-> floor, wsfan and the floor that stamps ticks when they are made, as paths by name; None
    where the sources are not beside the checkout."""
    if not (TOOLS / "floor.cc").is_file():
        return None
    made = (TOOLS / "floor.cc").read_text()
    for old, new in STAMPED_WHEN_MADE.items():
        if made.count(old) != 1:
            raise SystemExit(f"{TOOLS}/floor.cc has not one {old!r}")
        made = made.replace(old, new)
    (folder / "floor_made.cc").write_text(made)
    sources = {"floor": TOOLS / "floor.cc", "wsfan": TOOLS / "wsfan.cc",
               "floor_made": folder / "floor_made.cc"}
    for name, source in sources.items():
        flags = ["-O2"] if name == "wsfan" else ["-O3", "-march=native"]
        subprocess.run(["g++", "-std=c++20", *flags, "-I", TOOLS, "-o", folder / name, source],
                       check=True)
    return {name: folder / name for name in sources}


@contextlib.contextmanager
def server(command, port, core=SERVER_CORE):
    """Runs it on `core` until the block ends; -> its process id, once it accepts on `port`."""
    process = subprocess.Popen(["taskset", "-c", core, *map(str, command)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{command[0]} does not serve")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:  # it lets its clients go in peace
            process.kill()
            process.wait()


@contextlib.contextmanager
def tickgate(*, symbols, rate, shards=1, core=SERVER_CORE, flags=()):
    """-> (port, process id) of a gateway with a simulated market."""
    port = free_port()
    command = [RELEASE / "tickgate", "demo", "--symbols", symbols, "--rate", rate, "--names",
               "generated", "--shards", shards, "--port", port, "--admin-port", 0, *flags]
    with server(command, port, core) as pid:
        await_market(f"{'https' if '--tls-cert' in flags else 'http'}://127.0.0.1:{port}", symbols)
        yield port, pid


GUARDED = """
server: {{listen: "127.0.0.1:{port}", admin_listen: "127.0.0.1:0", shards: 1}}
feeds:
  - {{venue: simulator, symbol_count: {symbols}, rate: {rate}, names: generated}}
"""
AUTH = """
auth: {{api_keys_file: "{keys}"}}
plans: {{bench: {{symbols: ["SIM:*"]}}}}
"""


@contextlib.contextmanager
def guarded(*, symbols, rate, auth):
    """A gateway that asks for an API key of a plan, or that asks nobody: else the two are alike.
    -> (port, process id, the key's file), the latter for both"""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        keys, token, config = (pathlib.Path(name, part) for part in ("keys", "token", "tickgate.yaml"))
        made = subprocess.run([RELEASE / "tickgate", "key", "create", "bench", "--plan", "bench",
                               "--file", keys], check=True, capture_output=True, text=True)
        token.write_text(made.stdout)
        config.write_text(GUARDED.format(port=port, symbols=symbols, rate=rate)
                          + (AUTH.format(keys=keys) if auth else ""))
        with server([RELEASE / "tickgate", "serve", "--config", config], port) as pid:
            await_market(f"http://127.0.0.1:{port}", symbols, made.stdout.strip())
            yield port, pid, token


def await_market(url, symbols, token=None):
    """Until every instrument is known: none that is asked for is refused."""
    anyone = ssl._create_unverified_context()
    request = urllib.request.Request(f"{url}/v1/instruments?limit=5000")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    end = time.monotonic() + 20
    while True:
        with urllib.request.urlopen(request, context=anyone) as answer:
            if answer.read().count(b'"symbol"') >= min(symbols, 5000):
                return
        if time.monotonic() > end:
            raise SystemExit("the market does not come up")
        time.sleep(0.1)


def load(port, pid, *flags, scheme="ws", limit=180):
    """What tickgate-load says after driving it."""
    command = ["taskset", "-c", CLIENT_CORE, RELEASE / "tickgate-load", "--url",
               f"{scheme}://127.0.0.1:{port}/v1/stream", "--pid", pid, "--json", *flags]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=limit,
                          check=False)
    if done.returncode == 2 or not done.stdout:
        raise SystemExit(f"tickgate-load: {done.stderr}")
    return json.loads(done.stdout)


@contextlib.contextmanager
def certificate():
    """-> the paths of a certificate for 127.0.0.1 and of its key."""
    with tempfile.TemporaryDirectory() as folder:
        cert, key = pathlib.Path(folder, "tls.crt"), pathlib.Path(folder, "tls.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=bench", "-days", "1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                       check=True, capture_output=True)
        yield cert, key
