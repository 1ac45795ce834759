# SPDX-License-Identifier: Apache-2.0
"""All C++ is as clang-format-14 would write it."""
import re
import subprocess

import tree
from conftest import ROOT


def test_clang_format_would_change_nothing():
    names = [name for name in tree.files() if name.endswith((".cc", ".h"))]
    done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *names], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300, check=False)
    wrong = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error:", done.stdout, re.M)))
    assert not wrong, "clang-format-14 -i " + " ".join(wrong)
    assert done.returncode == 0, done.stdout
