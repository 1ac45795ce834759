# SPDX-License-Identifier: Apache-2.0
"""The stress tests of the lock-free pieces are clean, and each broken variant of them is caught.

Without the thread sanitizer a broken ring mostly works, so this is asked of the tsan build alone.
"""
import os
import subprocess

import pytest

from conftest import ROOT

# Of one and the same fault: which it is called depends on who came first.
RACE = ("data race", "heap-use-after-free")
PROGRAMS = ROOT / "build" / "tsan" / "tests"


def run(*command, seconds=100):
    program, *rest = command
    if not PROGRAMS.is_dir():
        pytest.skip("no tsan build")
    if not (PROGRAMS / program).is_file():
        pytest.fail(f"{program} was not built for tsan")
    return subprocess.run([PROGRAMS / program, *rest], stdout=subprocess.PIPE, timeout=seconds,
                          stderr=subprocess.STDOUT, text=True, check=False, errors="replace",
                          env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1"})


@pytest.mark.parametrize("program", ("record_ring_stress_test", "doorbell_stress_test",
                                     "members_stress_test"))
def test_the_real_one_is_clean(program):
    done = run(program, seconds=600)  # it takes all cores, and may have to share them
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("variant,seen", (
    ("ring_relaxed", RACE),
    ("ring_no_acquire", RACE),
    ("ring_no_release", RACE),
    ("bell_relaxed", RACE),
    ("bell_no_second_drain", ("lost wake-up",)),
    ("members_without_rings", RACE),
))
def test_a_broken_one_is_caught(variant, seen):
    done = run("lock_free_negative_control", variant)
    assert done.returncode != 0
    assert any(words in done.stdout for words in seen), done.stdout
