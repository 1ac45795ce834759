# SPDX-License-Identifier: Apache-2.0
"""Runs the suites in order, each whatever became of the others, and prints the table of them.

A suite is a command: a build, ctest or pytest. What the last two found is read from their JUnit files.
Those that only compute run beside the others, in what these leave of the processors.
"""
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import processes
import seeds
from junit import Outcome, read

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "build" / "logs"
JOBS = str(os.cpu_count() or 1)
SUITE_SECONDS = 3600

TARGETS = {
    "dev": ("tickgate", "tickgate-load", "unit_tests"),
    "release": ("tickgate", "tickgate-load", "ws_echo", "feeds_feed_simulation_test"),
    "asan": ("tickgate", "tickgate-load", "unit_tests"),
    "tsan": ("unit_tests", "lock_free_negative_control"),
    "fuzz": ("fuzzers",),
}


def run(command, log, env=None):
    """Runs a command to its end, keeps its whole output in build/logs. -> exit code, output"""
    path = LOGS / f"{log}.log"
    with open(path, "w", encoding="utf-8") as output:
        output.write("$ " + " ".join(command) + "\n")
        output.flush()
        process = subprocess.Popen(processes.priority(command), cwd=ROOT,
                                   env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT)
        code = processes.wait(process, SUITE_SECONDS)
    return code, path.read_text(encoding="utf-8", errors="replace")


def build(preset, *targets, directory=ROOT / "build"):
    """Goes on past what does not compile: a broken source costs its own program and no other."""
    def work(log):
        code, output = run(["cmake", "--preset", preset, *TEST_BUILD.get(preset, ())], log)
        if code == 0 and targets:
            code, output = run(["cmake", "--build", str(directory / preset), "--target", *targets,
                                "--", "-k", "0"], log)
        failures = [(name, first_error(output, name))
                    for name in re.findall(r"^FAILED: (\S+)", output, re.M)]
        if code != 0 and not failures:
            failures = [(log, output[-2000:])]
        return Outcome(passed=int(not failures), failures=failures)
    return work


# demo.sh may have configured it without the tests.
TEST_BUILD = {"release": ("-DTICKGATE_TESTS=ON",)}


def first_error(output, target):
    """What the compiler or the linker said first; the line after FAILED is only the command."""
    after = output.split(f"FAILED: {target}", 1)[-1].split("\n", 2)[-1]
    found = re.search(r"^.*(?:error:|undefined reference|multiple definition).*$", after, re.M)
    return found.group(0) if found else after[:600]


def ctest(preset, *options):
    def work(log):
        report = LOGS / f"{log}.xml"
        report.unlink(missing_ok=True)
        code, output = run(["ctest", "--preset", preset, "-j", JOBS, "--output-junit", str(report),
                            *options], log)
        return read(report, log, code, output)
    return work


def pytest(*words, preset="release", **env):
    def work(log):
        report = LOGS / f"{log}.xml"
        report.unlink(missing_ok=True)
        # Debian's own python3 is the one that Debian's python3-pytest and its like belong to.
        code, output = run(["/usr/bin/python3", "-m", "pytest", "-q", *words,
                            f"--junitxml={report}"], log, {"TICKGATE_PRESET": preset, **env})
        return read(report, log, code, output)
    return work


def simulations(number=seeds.SEEDS):
    return lambda log: seeds.run(number, 0, LOGS / log)


# Alone, or who comes beside them is attacked too, or takes the processor that nobody else is to notice.
ATTACKS = ("tests/end_to_end/attacks_test.py", "tests/end_to_end/slow_clients_test.py")
END_TO_END = ("tests/end_to_end", *(f"--ignore={one}" for one in ATTACKS), "-n", "6", "--dist", "loadfile")
# They wait for venues' silences, and what they make happen the unit tests make happen under the sanitizers too.
LONG = [f"--ignore=tests/end_to_end/{name}_test.py" for name in ("venue_faults", "venue_delays", "lines")]
LAYOUT = ("tests/house", "--ignore=tests/house/lint_test.py", "--ignore=tests/house/format_test.py")
BRIEF = ("tests/golden", "tests/contract", "tests/end_to_end/cli_test.py", "tests/end_to_end/process_test.py",
         "tests/end_to_end/http_test.py")

# In the order they begin: the quick ones first.
SUITES = {
    "format": pytest("tests/house/format_test.py"),
    "layout": pytest(*LAYOUT),
    "build release": build("release", *TARGETS["release"]),
    "deploy": pytest("tests/deploy"),
    "golden": pytest("tests/golden"),
    "contract": pytest("tests/contract"),
    "configure lint": build("lint"),
    "lint": pytest("tests/house/lint_test.py", "-n", JOBS),
    "seeds": simulations(),
    "end to end": pytest(*END_TO_END),
    "javascript": pytest("tests/js", "-n", "2", "--dist", "loadfile"),
    "clients": pytest("tests/clients", "-n", "2"),
    "python": pytest("tests/python", "-n", "2", "--dist", "loadfile"),
    "console": pytest("tests/console", "-n", "2", "--dist", "loadfile"),
    "resilience": pytest("tests/resilience", "-n", "2"),
    "nats": pytest("tests/nats", "-n", "3", "--dist", "loadfile"),
    "attacks": pytest(*ATTACKS, "-s"),
    "prober": pytest("tests/prober", "-n", "2"),
    "build asan": build("asan", *TARGETS["asan"]),
    "unit": ctest("asan"),
    "golden asan": pytest("tests/golden", preset="asan"),
    "end to end asan": pytest(*END_TO_END, *LONG, preset="asan"),
    "build tsan": build("tsan", *TARGETS["tsan"]),
    "threads": ctest("tsan"),
    "negative controls": pytest("tests/programs"),
    "build fuzz": build("fuzz", *TARGETS["fuzz"]),
    "fuzz": ctest("fuzz"),
    "debian 13": pytest("tests/debian13_test.py"),
}
# They only compute: from their place in the order on, in what the others leave.
ASIDE = ("lint", "seeds")
# For whoever just changed a line; its suites are no part of the whole.
QUICK = {
    "build dev": build("dev", *TARGETS["dev"]),
    "unit dev": ctest("dev"),
    "brief": pytest(*BRIEF, "-n", "2", "--dist", "loadfile", preset="dev"),
}
# Asked for by name alone.
OPT_IN = {
    "autobahn": pytest("tests/autobahn", "-rP", TICKGATE_AUTOBAHN="1"),
}


def run_suite(name, work):
    print(f"== {name}\n", end="", flush=True)
    start, cpu = time.monotonic(), processes.cpu_seconds()
    outcome = work(name.replace(" ", "-"))
    seconds = (time.monotonic() - start, processes.cpu_seconds() - cpu)
    print(f"   {name}: {outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
          f" in {seconds[0]:.1f} s\n", end="", flush=True)
    return name, outcome, seconds


def run_suites(names, known):
    """-> a row of each, in the order of the names"""
    with ThreadPoolExecutor(1, initializer=processes.yield_to_others) as aside:
        begun = {name: aside.submit(run_suite, name, known[name]) if name in ASIDE
                 else run_suite(name, known[name]) for name in names}
        return [begun[name].result() if name in ASIDE else begun[name] for name in names]


def report(rows):
    print("\nsuite                passed  failed skipped  seconds  cpu s")
    for name, outcome, (wall, cpu) in rows:
        print(f"{name:<20} {outcome.passed:>6} {outcome.failed:>7} {outcome.skipped:>7}"
              f" {wall:>8.1f} {cpu:>6.0f}")
    skips = [(name, *skip) for name, outcome, _ in rows for skip in outcome.skips]
    if skips:
        print("\nskipped, and why:")
    for suite, why in dict.fromkeys((suite, why) for suite, _, why in skips):
        print(f"  {suite}: {' '.join(what for name, what, its in skips if (name, its) == (suite, why))}: {why}")
    if any(outcome.failures for _, outcome, _ in rows):
        print(f"\nfailed (whole outputs are in {LOGS}):")
    for name, outcome, _ in rows:
        for what, why in outcome.failures:
            print(f"  {name}: {what}", *why.splitlines()[:40], sep="\n      ")
    totals = [sum(getattr(outcome, kind) for _, outcome, _ in rows)
              for kind in ("passed", "failed", "skipped")]
    print("\n{} passed, {} failed, {} skipped".format(*totals))
    return 1 if totals[1] else 0


def main(chosen):
    known = {**SUITES, **QUICK, **OPT_IN}
    if chosen[:1] == ["--seeds"]:
        known["seeds"], chosen = simulations(int(chosen[1])), chosen[2:]
    if chosen == ["--list"]:
        print("\n".join([*known, "quick (" + ", ".join(["format", "layout", *QUICK]) + ")"]))
        return 0
    if chosen == ["quick"]:
        chosen = ["format", "layout", *QUICK]
    strangers = [name for name in chosen if name not in known]
    if strangers:
        print(f"no suite is called {', '.join(strangers)}; see --list", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    return report(run_suites(list(chosen or SUITES), known))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
