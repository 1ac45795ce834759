# SPDX-License-Identifier: Apache-2.0
"""Node, where there is one that is new enough."""
import functools
import re
import shutil
import subprocess

import pytest


@functools.lru_cache(maxsize=None)
def find_node(least=20):
    """-> the program and "", or None and why not"""
    program = shutil.which("node")
    if not program:
        return None, "node is not installed (Debian package nodejs)"
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    found = re.match(r"v(\d+)", version)
    if not found or int(found[1]) < least:
        return None, f"node {version}, and {least} or later is needed"
    return program, ""


def node(least=20):
    """The program; without it the test is skipped."""
    program, why = find_node(least)
    return program or pytest.skip(why)
