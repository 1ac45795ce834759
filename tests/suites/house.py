# SPDX-License-Identifier: Apache-2.0
"""The tree under test: where its parts are, how a command is run in it, what a suite hands back."""
import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "logs"
PYTHON = "/usr/bin/python3"


def beside(variable, default):
    """A folder that may lie beside the checkout: captures, tools. None when it is not there."""
    path = Path(os.environ.get(variable) or ROOT / ".." / default).resolve()
    return path if path.is_dir() else None


@dataclass
class Outcome:
    """What one suite came to. `failures` and `skips` are (what, why or output) pairs."""

    passed: int = 0
    failures: list = field(default_factory=list)
    skips: list = field(default_factory=list)
    # A program that only prints its totals: failures and skips beyond the ones listed one by one.
    failed_more: int = 0
    skipped_more: int = 0

    @property
    def failed(self):
        return len(self.failures) + self.failed_more

    @property
    def skipped(self):
        return len(self.skips) + self.skipped_more

    def check(self, name, ok, why=""):
        if ok:
            self.passed += 1
        else:
            self.failures.append((name, why))

    def add(self, other):
        self.passed += other.passed
        self.failures += other.failures
        self.skips += other.skips
        self.failed_more += other.failed_more
        self.skipped_more += other.skipped_more


def skipped(what, why):
    return Outcome(skips=[(what, why)])


@dataclass
class Finished:
    code: int
    output: str
    seconds: float

    def tail(self, lines=30):
        """The end of the output, or a sanitizer's report from its beginning."""
        report = re.search(r"^.*(?:ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:)",
                           self.output, re.M)
        if report:
            return "\n".join(self.output[report.start():].splitlines()[:lines])
        return "\n".join(self.output.splitlines()[-lines:])


def run(command, log, timeout=600, env=None, cwd=ROOT):
    """Runs a command to its end, keeps its whole output in build/logs/<log>.log."""
    LOGS.mkdir(parents=True, exist_ok=True)
    command = [str(word) for word in command]
    start = time.monotonic()
    try:
        done = subprocess.run(command, cwd=cwd, env={**os.environ, **(env or {})}, timeout=timeout,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        code, raw = done.returncode, done.stdout
    except subprocess.TimeoutExpired as error:
        code, raw = 124, (error.stdout or b"") + b"\nkilled after %d s\n" % timeout
    except OSError as error:
        code, raw = 127, str(error).encode()
    output = raw.decode("utf-8", "replace")
    (LOGS / f"{log}.log").write_text("$ " + " ".join(command) + "\n" + output)
    return Finished(code, output, time.monotonic() - start)


COUNTS = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in .*\n\n(OK|FAILED)(?: \((.*)\))?$", re.M)


def outcome_of_script(name, finished):
    """Reads `N passed, N failed[, N skipped]` or unittest's summary; else the exit code is the test.

    Lines that begin with FAIL or SKIP become the listed failures and skips.
    """
    output = finished.output
    counts, summary = COUNTS.findall(output), UNITTEST.findall(output)
    if counts:
        passed, failed, skips = (int(n or 0) for n in counts[-1])
    elif summary:
        words = dict(re.findall(r"(\w+)=(\d+)", summary[-1][2]))
        failed = int(words.get("failures", 0)) + int(words.get("errors", 0))
        skips = int(words.get("skipped", 0))
        passed = int(summary[-1][0]) - failed - skips
    else:
        outcome = Outcome()
        outcome.check(name, finished.code == 0, finished.tail())
        return outcome
    if finished.code != 0 and failed == 0:
        failed = 1
    outcome = Outcome(passed=passed)
    marked = lambda word: [line.split(None, 1)[-1] for line in output.splitlines()
                           if re.match(rf"{word}(ED|PED)?\b[ :]", line, re.I)]
    unittests = r"^(\w+) \(.*\.\.\. skipped ['\"](.*)['\"]$"
    listed = re.findall(unittests, output, re.M)
    outcome.failures = [(line, "") for line in (marked("FAIL") + marked("ERROR"))[:failed]]
    outcome.skips = (listed or [(name, line) for line in marked("SKIP")])[:skips]
    outcome.failed_more = failed - len(outcome.failures)
    outcome.skipped_more = skips - len(outcome.skips)
    if failed:  # the first one explains
        title = outcome.failures[0][0] if outcome.failures else name
        outcome.failures = [(title, finished.tail()), *outcome.failures[1:]]
        outcome.failed_more = failed - len(outcome.failures)
    return outcome


def script_suite(path, *arguments, timeout=600, env=None):
    """A suite that is one script of the tree; it joins the run as soon as its file exists."""
    script = ROOT / path
    if not script.exists():
        return skipped(path, "not in this tree")
    shell = [PYTHON] if script.suffix == ".py" else ["sh"]
    log = path.replace("/", "-")
    return outcome_of_script(path, run([*shell, script, *arguments], log, timeout, env))
