#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds `tickgate replay` against rebuild.py: the same captures, book for book and trade for trade.

    golden_test.py [--tickgate build/release/tickgate] [--captures DIR]

The captures are those beside the checkout (../shared/captures, or TICKGATE_CAPTURES). Without them
only the small ones in frames/ are compared, and the rest is skipped, loudly.
"""

import argparse
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import rebuild  # noqa: E402  (its folder has to be on the path first)
import rebuild_test  # noqa: E402

CHANNELS = ("quote", "trade", "book", "ticker")
KRAKEN_UPDATES = 4269
# name, how gaps are treated (sequence_num of the Coinbase capture has holes by construction)
CAPTURES = (
    ("binance-btcusdt-20240808", "resync"),
    ("binance-four-symbols-20211012", "resync"),
    ("coinbase-eth-20260809", "warn"),
    ("kraken-v2-from-v1-20210417", "resync"),
)


class Report:
    """One line a check, and the count of each outcome."""

    def __init__(self):
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def check(self, name, problem):
        """`problem` is empty when all is well."""
        self.counts["failed" if problem else "passed"] += 1
        print(f"FAIL  {name}: {problem}" if problem else f"ok    {name}", flush=True)
        return not problem

    def skip(self, name, why):
        self.counts["skipped"] += 1
        print(f"SKIP  {name}: {why}", flush=True)

    def finish(self):
        print(", ".join(f"{count} {outcome}" for outcome, count in self.counts.items()))
        return 1 if self.counts["failed"] else 0


class UnitResult(unittest.TestResult):
    """Passes each outcome of the unit tests on to the report."""

    def __init__(self, report):
        super().__init__()
        self.report = report

    @staticmethod
    def name(test):
        return "rebuild: " + test.id().rpartition(".")[2].removeprefix("test_").replace("_", " ")

    def addSuccess(self, test):
        self.report.check(self.name(test), "")

    def addFailure(self, test, err):
        self.report.check(self.name(test), str(err[1]).strip() or repr(err[1]))

    addError = addFailure


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


def check_file(report, binary, name, path, gaps, depth=25):
    """Compares one file whole. Returns the replay, for checks of its summary."""
    expected = rebuild.Rebuild(depth, gaps)
    expected.run(rebuild.read_capture(path))
    arguments = [path]
    if gaps != "resync":
        arguments += ["--gaps", gaps]
    if depth != 25:
        arguments += ["--depth", depth]
    replay = Replay(binary, arguments)
    if not report.check(f"{name}: replay reads the file", replay.problem):
        return replay
    want, got = by_channel(expected.ticks), by_channel(replay.ticks)
    for symbol, channel in sorted(want.keys() | got.keys()):
        wanted = want.get((symbol, channel), [])
        report.check(f"{name}: {len(wanted)} of {channel} {symbol}",
                     compare(wanted, got.get((symbol, channel), [])))
    lived = {tick["symbol"] for tick in replay.ticks
             if tick.get("type") == "status" and tick.get("state") == "live"}
    dead = sorted({symbol for symbol, channel in want if channel == "book"} - lived)
    report.check(f"{name}: every instrument with a book became live",
                 f"never live: {', '.join(dead)}" if dead else "")
    return replay


def check_count(report, name, replay, want, *words):
    got = replay.count(*words)
    report.check(f"{name}: {' '.join(words)} {want}",
                 "" if got == want else f"the summary says {got}: {replay.summary.strip()[-600:]}")


def check_refusals(report, binary):
    """A file that is no capture ends the replay with 1 and a word about where."""
    with tempfile.TemporaryDirectory() as folder:
        good = (HERE / "frames" / "kraken.ndjson").read_text(encoding="utf-8")
        cases = {
            "a line that is not JSON": (good + "{oops\n", f":{good.count(chr(10)) + 1}"),
            "a record without a kind": ('{"time":1,"venue":"kraken","conn":1}\n', ":1"),
            "an unknown venue": ('{"time":1,"venue":"nasqad","conn":1,"kind":"text","data":""}\n',
                                 "nasqad"),
        }
        for name, (text, where) in cases.items():
            path = pathlib.Path(folder) / "broken.ndjson"
            path.write_text(text, encoding="utf-8")
            done = Replay(binary, [path])
            report.check(f"replay refuses {name}", "" if done.code == 1 and where in done.summary
                         else f"exit {done.code}, said {done.summary.strip()[-300:]!r}")
        cut = pathlib.Path(folder) / "cut.ndjson.gz"
        cut.write_bytes(gzip.compress(good.encode())[:-200])
        done = Replay(binary, [cut])
        report.check("replay refuses a gzip file that breaks off",
                     "" if done.code == 1 and "cut.ndjson.gz" in done.summary
                     else f"exit {done.code}, said {done.summary.strip()[-300:]!r}")
        missing = pathlib.Path(folder) / "missing.ndjson"
        done = Replay(binary, [missing])
        report.check("replay refuses a file that is not there",
                     "" if done.code in (1, 2) and "missing.ndjson" in done.summary
                     else f"exit {done.code}, said {done.summary.strip()[-300:]!r}")


def check_packing(report, binary):
    """gzip and plain are the same to replay, and several files follow one another."""
    plain = HERE / "frames" / "coinbase.ndjson"
    with tempfile.TemporaryDirectory() as folder:
        packed = pathlib.Path(folder) / "coinbase.ndjson.gz"
        packed.write_bytes(gzip.compress(plain.read_bytes()))
        one, other = Replay(binary, [plain]), Replay(binary, [packed])
        report.check("gzip and plain replay alike",
                     one.problem or other.problem or compare(one.ticks, other.ticks))
    both = Replay(binary, [plain, HERE / "frames" / "kraken.ndjson"])
    venues = {tick["symbol"].partition(":")[0] for tick in both.ticks}
    report.check("several files in one run",
                 both.problem or ("" if venues == {"COINBASE", "KRAKEN"} else f"only {venues}"))


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tickgate", default=HERE.parents[1] / "build" / "release" / "tickgate")
    beside = HERE.parents[1] / ".." / "shared" / "captures"
    options.add_argument("--captures", type=pathlib.Path,
                         default=pathlib.Path(os.environ.get("TICKGATE_CAPTURES", beside)))
    chosen = options.parse_args()
    report = Report()

    unittest.defaultTestLoader.loadTestsFromModule(rebuild_test).run(UnitResult(report))
    for venue in ("binance", "coinbase", "kraken"):
        path = HERE / "frames" / f"{venue}.ndjson"
        check_file(report, chosen.tickgate, f"frames/{venue}", path, "resync")
        check_file(report, chosen.tickgate, f"frames/{venue} at depth 2", path, "resync", depth=2)
    check_packing(report, chosen.tickgate)
    check_refusals(report, chosen.tickgate)
    for name, gaps in CAPTURES:
        path = chosen.captures.resolve() / f"{name}.ndjson.gz"
        if not path.is_file():
            report.skip(name, f"{path} is not there; TICKGATE_CAPTURES names the folder")
            continue
        replay = check_file(report, chosen.tickgate, name, path, gaps)
        if name.startswith("kraken") and not replay.problem:
            check_count(report, name, replay, KRAKEN_UPDATES, "checksums", "verified")
            check_count(report, name, replay, 0, "checksums", "failed")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
