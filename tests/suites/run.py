# SPDX-License-Identifier: Apache-2.0
"""Runs the suites in order, each whatever became of the others, and prints the table of them."""
import sys
import time
import traceback

import builds
import external
import programs
import text
from house import LOGS, Outcome

TEST_BUILD = "-DTICKGATE_TESTS=ON"


def suites():
    """(name, what it does), in the order they run: the quick ones first, the slowest last."""
    unit, threaded = builds.test_programs(), builds.threaded_programs()
    helpers = builds.names(builds.helper_programs())
    controls = [name for name in helpers if name.endswith("_negative_control")]
    programs_ = ["tickgate", "tickgate-load"]
    release = [*programs_, *sorted(set(helpers) - set(controls))]
    return [
        ("format", text.format_suite),
        ("layout", text.layout_suite),
        ("build release", lambda: builds.build("release", release, TEST_BUILD)),
        ("deploy", external.deploy_suite),
        ("golden", external.golden_suite),
        ("end to end", external.end_to_end_suite),
        ("wsprobe", external.wsprobe_plain_suite),
        ("wsprobe tls", external.wsprobe_tls_suite),
        ("build asan", lambda: builds.build("asan", [*programs_, *builds.names(unit)], TEST_BUILD)),
        ("unit", lambda: programs.gtest_suite("asan", unit)),
        ("golden asan", lambda: external.golden_suite("asan")),
        ("end to end asan", lambda: external.end_to_end_suite("asan")),
        ("build tsan", lambda: builds.build("tsan", builds.names(threaded) + controls, TEST_BUILD)),
        ("threads", lambda: programs.gtest_suite("tsan", threaded)),
        ("negative controls", external.negative_controls_suite),
        ("build fuzz", lambda: builds.build("fuzz", builds.names(builds.fuzz_programs()))),
        ("fuzz", programs.fuzz_suite),
        ("lint", text.lint_suite),
        ("debian 13", external.debian13_suite),
    ]


def run_suite(work):
    start = time.monotonic()
    try:
        outcome = work()
    except Exception:  # a suite that breaks is a failed suite, and the next one runs
        outcome = Outcome(failures=[("the suite itself", traceback.format_exc())])
    return outcome, time.monotonic() - start


def indented(text_, prefix="      "):
    return "\n".join(prefix + line for line in text_.splitlines())


def print_skips(rows):
    """What one suite skips for one reason is one line."""
    together = {}
    for name, outcome, _ in rows:
        for what, why in outcome.skips:
            together.setdefault((name, why), []).append(what)
    if together:
        print("\nskipped, and why:")
    for (name, why), what in together.items():
        print(f"  {name}: {' '.join(what)}: {why}")


def report(rows):
    print("\nsuite                passed  failed skipped  seconds")
    for name, outcome, seconds in rows:
        print(f"{name:<20} {outcome.passed:>6} {outcome.failed:>7} {outcome.skipped:>7}"
              f" {seconds:>8.1f}")
    print_skips(rows)
    failures = [(name, failure) for name, outcome, _ in rows for failure in outcome.failures]
    if failures:
        print(f"\nfailed (whole outputs are in {LOGS}):")
        for name, (what, why) in failures:
            print(f"  {name}: {what}")
            if why:
                print(indented(why))
    totals = [sum(getattr(outcome, kind) for _, outcome, _ in rows)
              for kind in ("passed", "failed", "skipped")]
    print("\n{} passed, {} failed, {} skipped".format(*totals))
    return 1 if totals[1] else 0


def main(chosen):
    known = suites()
    if chosen == ["--list"]:
        print("\n".join(name for name, _ in known))
        return 0
    strangers = [name for name in chosen if name not in [known_name for known_name, _ in known]]
    if strangers:
        print(f"no suite is called {', '.join(strangers)}; see --list", file=sys.stderr)
        return 2
    rows = []
    for name, work in known:
        if chosen and name not in chosen:
            continue
        print(f"== {name}", flush=True)
        outcome, seconds = run_suite(work)
        print(f"   {outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
              f" in {seconds:.1f} s", flush=True)
        rows.append((name, outcome, seconds))
    return report(rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
