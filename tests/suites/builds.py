# SPDX-License-Identifier: Apache-2.0
"""Builds: each preset is configured and built at most once, and is a row of the table itself."""
import os
import re
from pathlib import Path

from house import Outcome, ROOT, run

def build(preset, targets, *options):
    """Builds what can be built (-k 0): a source that does not compile costs its own program only."""
    outcome = Outcome()
    configured = run(["cmake", "--preset", preset, *options], f"configure-{preset}")
    if configured.code != 0:
        outcome.check(f"configure {preset}", False, configured.tail())
        return outcome
    known = targets_of(preset)
    wanted = [target for target in targets if target in known]
    for target in sorted(set(targets) - known):
        outcome.check(target, False, "no target of this name")
    if not wanted:
        return outcome
    command = ["cmake", "--build", ROOT / "build" / preset, "--target", *wanted, "--", "-k", "0"]
    built = run(command, f"build-{preset}", timeout=3600)
    broken = re.findall(r"^FAILED: (\S+)", built.output, re.M)
    for name in broken:
        outcome.check(name, False, first_error(built.output, name))
    if built.code != 0 and not broken:
        outcome.check(f"build {preset}", False, built.tail())
    outcome.passed = len(wanted) if not outcome.failed else 0
    return outcome


def targets_of(preset):
    listed = run(["ninja", "-C", ROOT / "build" / preset, "-t", "targets", "all"],
                 f"targets-{preset}")
    return set(re.findall(r"^([\w./-]+): ", listed.output, re.M))


def first_error(output, target):
    """What the compiler or the linker said first; the line after FAILED is only the command."""
    after = output.split(f"FAILED: {target}", 1)[-1].split("\n", 2)[-1]
    found = re.search(r"^.*(?:error:|undefined reference|multiple definition).*$", after, re.M)
    return found.group(0) if found else after[:600]


def test_programs():
    """The sources of the GoogleTest programs; a program is named after its source."""
    found = []
    for folder in ("schemas", "feeds", "gateway", "load"):
        found += sorted((ROOT / "tests" / folder).rglob("*_test.cc"))
    return found


def threaded_programs():
    """Those that start threads, by what they or their support headers include."""
    return [source for source in test_programs() if starts_threads(source)]


def starts_threads(source):
    todo, seen = [source], set()
    while todo:
        path = todo.pop()
        if path in seen or not path.exists():
            continue
        seen.add(path)
        text = path.read_text()
        if re.search(r"#include <(thread|latch|barrier|future)>", text):
            return True
        for name in re.findall(r'#include "(tests/support/\w+\.h)"', text):
            todo += [ROOT / name, (ROOT / name).with_suffix(".cc")]
    return False


def fuzz_programs():
    return sorted((ROOT / "tests" / "fuzz").glob("*_fuzz.cc"))


def helper_programs():
    return sorted((ROOT / "tests" / "programs").glob("*.cc"))


def names(sources):
    return [Path(source).stem for source in sources]


def jobs():
    return os.cpu_count() or 1
