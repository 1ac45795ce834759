# SPDX-License-Identifier: Apache-2.0
"""The seeded simulations of a feed, many times over: the seeds are parted among the cores.

    python3 tests/seeds.py [SEEDS [FIRST]]       # build/release/tests/feeds_feed_simulation_test must be there
"""
import os
import re
import subprocess
import sys
from pathlib import Path

import processes
from junit import Outcome

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = "build/release/tests/feeds_feed_simulation_test"
SIMULATIONS = "*Simulation.*"
SEEDS = 10_000


def start(first, seeds, log):
    """Runs these seeds of every simulation. -> the process"""
    numbers = {"TICKGATE_FIRST_SEED": str(first), "TICKGATE_SEEDS": str(seeds)}
    with open(log, "w", encoding="utf-8") as output:
        command = processes.priority([PROGRAM, f"--gtest_filter={SIMULATIONS}"])
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **numbers},
                                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)


def run(seeds, first, log):
    """-> Outcome, a failed seed named by the command that runs it again"""
    cores = os.cpu_count() or 1
    share = -(-seeds // cores)
    parts = [(at, min(share, first + seeds - at)) for at in range(first, first + seeds, share)]
    logs = [Path(f"{log}-{index}.log") for index in range(len(parts))]
    running = [start(at, count, path) for (at, count), path in zip(parts, logs)]
    codes = [processes.wait(process) for process in running]
    outcome = Outcome()
    for code, path in zip(codes, logs):
        output = path.read_text(encoding="utf-8", errors="replace")
        outcome.passed += len(re.findall(r"^\[       OK \]", output, re.M))
        if code != 0:
            again = re.findall(r"^again: (.*)$", output, re.M)
            outcome.failures.append(("\n".join(again) or path.name, output[-2000:]))
    return outcome


def main(words):
    seeds, first = (int(word) for word in [*words, *(str(SEEDS), "0")[len(words):]])
    outcome = run(seeds, first, ROOT / "build" / "seeds")
    for again, output in outcome.failures:
        print(output, again, sep="\n")
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
