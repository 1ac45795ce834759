# SPDX-License-Identifier: Apache-2.0
"""Whether tests/kinds.md, the tables of faults, by venue, of edges and of clients, name tests that there are."""
import re
from pathlib import Path

import pytest

import tree

VENUES = 3  # columns behind the kind and what covers every venue


def rows():
    """-> (kind, its cells: every venue, then each; or one alone)"""
    for line in tree.text("tests/kinds.md").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| ") and cells[0] != "kind":
            yield cells[0], cells[1:]


def all_tests():
    """As the table spells them: Suite.Case of GoogleTest, file::function of pytest."""
    found = set()
    for name in tree.files():
        if name.startswith("tests/") and name.endswith("_test.cc"):
            cases = re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", tree.text(name), re.M)
            found |= {f"{suite}.{case}" for suite, case in cases}
        elif name.startswith("tests/") and name.endswith("_test.py"):
            functions = re.findall(r"^(?:async )?def (\w+)\(", tree.text(name), re.M)
            found |= {f"{Path(name).stem}::{function}" for function in functions}
    return found


@pytest.mark.parametrize("kind,cells", rows(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_venue_has_a_test_or_a_reason(kind, cells):
    known = all_tests()
    assert len(cells) in (1, 1 + VENUES), kind
    assert len(cells) > 1 or cells[0], f"{kind}: no test"
    for cell in cells:
        if cell.startswith("cannot: "):
            continue
        named = re.findall(r"`([^`]+)`", cell)
        assert re.sub(r"`[^`]+`", "", cell).strip() == "", f"neither a name nor a reason: {cell}"
        assert [name for name in named if name not in known] == []
    for cell in cells[1:]:
        assert cell or cells[0], f"{kind}: no test and no reason"
