# SPDX-License-Identifier: Apache-2.0
"""Holds `tickgate replay` against rebuild.py: the same captures, book for book and trade for trade.

The small captures in frames/ are part of the tree, the others lie beside the checkout.
"""
import gzip
import json
import pathlib
import re
import subprocess

import pytest

import rebuild

FRAMES = pathlib.Path(__file__).resolve().parent / "frames"
CHANNELS = ("quote", "trade", "book", "ticker")
KRAKEN_UPDATES = 4269
# name, how gaps are treated (sequence_num of the Coinbase capture has holes by construction)
CAPTURES = (
    ("binance-btcusdt-20240808", "resync"),
    ("binance-four-symbols-20211012", "resync"),
    ("coinbase-eth-20260809", "warn"),
    ("kraken-v2-from-v1-20210417", "resync"),
)


class Replay:
    """What `tickgate replay` printed, and how it ended."""

    def __init__(self, binary, arguments):
        done = subprocess.run([binary, "replay", *map(str, arguments)], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=300, check=False)
        self.code = done.returncode
        self.summary = done.stderr.decode(errors="replace")
        self.ticks = []
        self.problem = ""
        for number, line in enumerate(done.stdout.splitlines(), 1):
            try:
                self.ticks.append(json.loads(line))
            except ValueError as error:
                self.problem = f"line {number} is not JSON: {error}: {line[:200]!r}"
                return
        if self.code != 0:
            self.problem = f"exit {self.code}: {self.summary.strip()[-600:]}"

    def count(self, *words):
        """The number behind a name such as `checksums verified`, or None."""
        name = r"[ _.-]".join(map(re.escape, words))
        found = re.search(name + r'["\s]*[:=]?\s*(\d+)', self.summary, re.IGNORECASE)
        return int(found[1]) if found else None


def by_channel(ticks):
    groups = {}
    for tick in ticks:
        if tick.get("type") in CHANNELS:
            groups.setdefault((tick["symbol"], tick["type"]), []).append(tick)
    return groups


def difference(want, got):
    """The first place where two objects differ, as a path and two values; empty if none."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(want.keys() | got.keys()):
            if key not in want or key not in got:
                return f".{key} is {'missing' if key not in got else 'too much'}"
            inner = difference(want[key], got[key])
            if inner:
                return f".{key}{inner}"
        return ""
    if isinstance(want, list) and isinstance(got, list):
        for index, (one, other) in enumerate(zip(want, got)):
            inner = difference(one, other)
            if inner:
                return f"[{index}]{inner}"
        return "" if len(want) == len(got) else f" has {len(got)} entries, not {len(want)}"
    # 1 and True, or 1 and 1.0, are equal in Python and different on the wire.
    same = type(want) is type(got) and want == got
    return "" if same else f": expected {json.dumps(want)}, got {json.dumps(got)}"


def compare(want, got):
    """The first difference between two lists of ticks of one symbol and channel."""
    for index, (one, other) in enumerate(zip(want, got)):
        found = difference(one, other)
        if found:
            return (f"tick {index + 1} of {len(want)} (of {len(got)} printed){found}\n"
                    f"      expected {json.dumps(one)[:700]}\n"
                    f"      got      {json.dumps(other)[:700]}")
    if len(want) != len(got):
        rest = want[len(got):] or got[len(want):]
        return (f"{len(got)} ticks, not {len(want)}; the first "
                f"{'missing' if len(got) < len(want) else 'too many'}: {json.dumps(rest[0])[:700]}")
    return ""


def hold(binary, path, gaps="resync", depth=25):
    """Compares one file whole. -> the replay, for tests of its summary"""
    expected = rebuild.Rebuild(depth, gaps)
    expected.run(rebuild.read_capture(path))
    replay = Replay(binary, [path, *(("--gaps", gaps) if gaps != "resync" else ()),
                             *(("--depth", depth) if depth != 25 else ())])
    assert replay.problem == ""
    want, got = by_channel(expected.ticks), by_channel(replay.ticks)
    assert want
    found = {key: compare(want.get(key, []), got.get(key, [])) for key in want.keys() | got.keys()}
    assert {key: problem for key, problem in found.items() if problem} == {}
    lived = {tick["symbol"] for tick in replay.ticks
             if tick.get("type") == "status" and tick.get("state") == "live"}
    assert {symbol for symbol, channel in want if channel == "book"} - lived == set(), "never live"
    return replay


@pytest.mark.parametrize("depth", (25, 2))
@pytest.mark.parametrize("venue", ("binance", "coinbase", "kraken"))
def test_frames(binary, venue, depth):
    hold(binary, FRAMES / f"{venue}.ndjson", depth=depth)


@pytest.mark.parametrize("name,gaps", CAPTURES)
def test_recorded_traffic(binary, captures, name, gaps):
    path = captures / f"{name}.ndjson.gz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    replay = hold(binary, path, gaps)
    if name.startswith("kraken"):
        assert replay.count("checksums", "verified") == KRAKEN_UPDATES, replay.summary
        assert replay.count("checksums", "failed") == 0, replay.summary


def test_gzip_and_plain_replay_alike(binary, tmp_path):
    plain, packed = FRAMES / "coinbase.ndjson", tmp_path / "coinbase.ndjson.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    one, other = Replay(binary, [plain]), Replay(binary, [packed])
    assert (one.problem, other.problem) == ("", "")
    assert compare(one.ticks, other.ticks) == ""


def test_several_files_follow_one_another(binary):
    both = Replay(binary, [FRAMES / "coinbase.ndjson", FRAMES / "kraken.ndjson"])
    assert both.problem == ""
    assert {tick["symbol"].partition(":")[0] for tick in both.ticks} == {"COINBASE", "KRAKEN"}


def refuses(binary, path, code, where):
    """A file that is no capture ends the replay with a word about where."""
    done = Replay(binary, [path])
    assert done.code in code and where in done.summary, f"exit {done.code}: {done.summary[-300:]}"


GOOD = (FRAMES / "kraken.ndjson").read_text(encoding="utf-8")


@pytest.mark.parametrize("text,where", (
    (GOOD + "{oops\n", f":{GOOD.count(chr(10)) + 1}"),
    ('{"time":1,"venue":"kraken","conn":1}\n', ":1"),
    ('{"time":1,"venue":"nasqad","conn":1,"kind":"text","data":""}\n', "nasqad"),
), ids=("not JSON", "without a kind", "unknown venue"))
def test_a_broken_line_is_refused(binary, tmp_path, text, where):
    path = tmp_path / "broken.ndjson"
    path.write_text(text, encoding="utf-8")
    refuses(binary, path, (1,), where)


def test_a_gzip_file_that_breaks_off_is_refused(binary, tmp_path):
    path = tmp_path / "cut.ndjson.gz"
    path.write_bytes(gzip.compress(GOOD.encode())[:-200])
    refuses(binary, path, (1,), "cut.ndjson.gz")


def test_a_file_that_is_not_there_is_refused(binary, tmp_path):
    refuses(binary, tmp_path / "missing.ndjson", (1, 2), "missing.ndjson")
