# SPDX-License-Identifier: Apache-2.0
"""Suites of compiled programs: GoogleTest under the sanitizers, and the fuzz targets."""
import json
import re
from concurrent.futures import ThreadPoolExecutor

import builds
from house import LOGS, Outcome, ROOT, run

SANITIZERS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:suppressions="
                    f"{ROOT / 'tests/suites/tsan.supp'}",
}
FUZZ_SECONDS = 10


def gtest_program(preset, name):
    program = ROOT / "build" / preset / "tests" / name
    outcome = Outcome()
    if not program.exists():
        outcome.check(name, False, f"was not built for {preset}")
        return outcome
    report = LOGS / f"{preset}-{name}.json"
    report.unlink(missing_ok=True)
    done = run([program, f"--gtest_output=json:{report}"], f"{preset}-{name}", 180, SANITIZERS)
    if not report.exists():
        outcome.check(name, False, f"exit {done.code}\n{done.tail()}")
        return outcome
    for suite in json.loads(report.read_text())["testsuites"]:
        for case in suite["testsuite"]:
            title = f"{name}: {suite['name']}.{case['name']}"
            if case.get("failures"):
                outcome.check(title, False, case["failures"][0]["failure"])
            elif case.get("result") == "SKIPPED" or case.get("status") == "NOTRUN":
                reasons = case.get("skipped") or [{"message": "disabled"}]
                outcome.skips.append((title, reasons[0].get("message", "").strip()))
            else:
                outcome.passed += 1
    if done.code != 0 and not outcome.failures:  # a sanitizer's report at exit, a leak
        outcome.check(name, False, f"exit {done.code}\n{done.tail()}")
    return outcome


def gtest_suite(preset, sources):
    """As many at once as there are cores; a stress test wants them all for its own threads."""
    names = builds.names(sources)
    stress = [name for name in names if name.endswith("_stress_test")]
    total = Outcome()
    with ThreadPoolExecutor(builds.jobs()) as pool:
        others = [name for name in names if name not in stress]
        for one in pool.map(lambda name: gtest_program(preset, name), others):
            total.add(one)
    for name in stress:
        total.add(gtest_program(preset, name))
    return total


def seeds_of(name):
    """tests/fuzz/<x>_seeds/ or tests/data/fuzz/<x>/, whichever is there."""
    stem = name.removesuffix("_fuzz")
    places = (f"tests/fuzz/{stem}_seeds", f"tests/fuzz/seeds/{stem}", f"tests/data/fuzz/{stem}")
    return [ROOT / place for place in places if (ROOT / place).is_dir()]


def fuzz_program(name):
    outcome = Outcome()
    corpus = ROOT / "build" / "fuzz" / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    done = run([ROOT / "build" / "fuzz" / "tests" / name, f"-max_total_time={FUZZ_SECONDS}",
                "-timeout=5", "-rss_limit_mb=2048", f"-artifact_prefix={corpus.parent}/{name}-",
                "-print_final_stats=1", corpus, *seeds_of(name)],
               f"fuzz-{name}", FUZZ_SECONDS * 6 + 60, SANITIZERS)
    runs = re.search(r"number_of_executed_units: (\d+)", done.output)
    outcome.check(name, done.code == 0 and runs and int(runs.group(1)) > 0, done.tail())
    return outcome


def fuzz_suite():
    total = Outcome()
    with ThreadPoolExecutor(builds.jobs()) as pool:
        for one in pool.map(fuzz_program, builds.names(builds.fuzz_programs())):
            total.add(one)
    return total
