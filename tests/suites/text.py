# SPDX-License-Identifier: Apache-2.0
"""Suites that only read the text: format, layout, lint."""
import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import builds
from house import Outcome, ROOT, run, skipped

TOP_LEVEL = {"gateway", "feeds", "schemas", "deploy", "tests", "CMakeLists.txt", "README.md",
             "CMakePresets.json", "LICENSE", "CHANGELOG.md"}
LONGEST_FILE, LONGEST_TEST = 400, 500  # lines; a table of cases may be longer than an idea
FLOOR = {"schemas": 0, "feeds": 1, "gateway": 2}


def tracked(*patterns):
    listed = run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
                 "git-ls-files")
    if listed.code != 0:
        raise RuntimeError("this suite reads the list of files from git: " + listed.output)
    return [name for name in listed.output.splitlines() if (ROOT / name).is_file()]


def format_suite():
    outcome = Outcome()
    names = tracked("*.cc", "*.h")
    done = run(["clang-format-14", "--dry-run", "-Werror", *names], "clang-format")
    wrong = set(re.findall(r"^(\S+?):\d+:\d+: error:", done.output, re.M))
    if done.code != 0 and not wrong:
        outcome.check("clang-format-14", False, done.tail())
    for name in names:
        outcome.check(name, name not in wrong, f"clang-format-14 -i {name}")
    return outcome


def layout_suite():
    outcome = Outcome()
    files = tracked()
    for top in sorted({name.split("/")[0] for name in files}):
        outcome.check(f"top level: {top}", top in TOP_LEVEL or top.startswith("."),
                      "the top level holds " + ", ".join(sorted(TOP_LEVEL)))
    sources = [name for name in files if re.search(r"\.(cc|h|py|sh)$", name)]
    for name in sources:
        lines = (ROOT / name).read_text().splitlines()
        longest = LONGEST_TEST if name.startswith("tests/") else LONGEST_FILE
        outcome.check(f"length of {name}", len(lines) <= longest,
                      f"{len(lines)} lines: one idea a file, {longest} at most")
        outcome.check(f"licence of {name}", any("SPDX-License-Identifier: Apache-2.0" in line
                                                for line in lines[:3]), "no SPDX line at its top")
        for include in re.findall(r'^#include "([^"]+)"', "\n".join(lines), re.M):
            wrong = wrong_direction(name, include)
            outcome.check(f"{name} includes {include}", not wrong, wrong)
    for folder in folders_of_the_house(files):
        outcome.check(f"{folder}/README.md", (ROOT / folder / "README.md").is_file(), "is missing")
    return outcome


def folders_of_the_house(files):
    """The folders with code, schemas, feeds and its venues, gateway, and deploy and tests."""
    code = {os.path.dirname(name) for name in files
            if re.match(r"(schemas|feeds|gateway)/.*\.(cc|h)$", name)}
    return sorted(code | {"deploy", "tests"})


def wrong_direction(name, include):
    """Why this include points the wrong way, or an empty text. schemas <- feeds <- gateway."""
    source, target = name.split("/"), include.split("/")
    if target[0] not in FLOOR or source[0] not in FLOOR:
        return ""
    if FLOOR[target[0]] > FLOOR[source[0]]:
        return f"{source[0]} may not include {target[0]}"
    venue = lambda path: path[1] if path[0] == "feeds" and len(path) > 2 else None
    if source[0] == "feeds" and venue(target) and venue(target) != venue(source):
        return "a venue's folder is included by itself and by the gateway only"
    return ""


def lint_suite():
    """clang-tidy over our own sources, by a compile database of clang's."""
    if not shutil.which("clang-tidy-14"):
        return skipped("clang-tidy-14", "not installed")
    configured = run(["cmake", "-S", ROOT, "-B", ROOT / "build/lint", "-G", "Ninja",
                      "-DCMAKE_CXX_COMPILER=clang++-14", "-DCMAKE_BUILD_TYPE=Debug",
                      "-DTICKGATE_TESTS=OFF"], "configure-lint")
    outcome = Outcome()
    if configured.code != 0:
        outcome.check("configure lint", False, configured.tail())
        return outcome
    database = json.loads((ROOT / "build/lint/compile_commands.json").read_text())
    ours = sorted({os.path.relpath(entry["file"], ROOT) for entry in database})
    with ThreadPoolExecutor(builds.jobs()) as pool:
        for name, done in pool.map(tidy, ours):
            findings = re.findall(r"^\S+:\d+:\d+: (?:warning|error): .*$", done.output, re.M)
            outcome.check(name, done.code == 0, "\n".join(findings[:10]) or done.tail(10))
    return outcome


def tidy(name):
    return name, run(["clang-tidy-14", "-p", "build/lint", "--quiet", name],
                     "tidy-" + name.replace("/", "-"))
