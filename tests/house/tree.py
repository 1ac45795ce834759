# SPDX-License-Identifier: Apache-2.0
"""The files of the tree, as paths from its top."""
import os
import re
import subprocess

from conftest import ROOT

NOT_OURS = {"build", ".git", ".cache", "__pycache__"}


def files():
    """As git knows them; in an archive, which git knows nothing of, what lies there."""
    try:
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                                cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
        names = listed.stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        names = walked()
    return sorted(name for name in names if (ROOT / name).is_file())


def walked():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if not path.endswith(".pyc") and path != "compile_commands.json":
                yield path


def code():
    """The C++ of the house: what the program is made of."""
    return [name for name in files() if re.match(r"(schemas|feeds|gateway)/.*\.(cc|h)$", name)]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")
