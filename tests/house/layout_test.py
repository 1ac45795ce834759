# SPDX-License-Identifier: Apache-2.0
"""What stands where: the top level, licences, lengths, a README in every room."""
import os
import re

import tree
from conftest import ROOT

TOP_LEVEL = {"gateway", "feeds", "schemas", "deploy", "tests", "CMakeLists.txt", "README.md",
             "CMakePresets.json", "LICENSE", "CHANGELOG.md"}
LONGEST_FILE, LONGEST_TEST = 400, 500  # lines; a table of cases may be longer than an idea


def sources():
    return [name for name in tree.files() if re.search(r"\.(cc|h|py|sh)$", name)]


def test_the_top_level_holds_what_is_listed():
    tops = {name.split("/")[0] for name in tree.files()}
    assert {name for name in tops if not name.startswith(".")} - TOP_LEVEL == set()


def test_a_file_is_one_idea_long():
    lengths = {name: len(tree.text(name).splitlines()) for name in sources()}
    assert {name: lines for name, lines in lengths.items()
            if lines > (LONGEST_TEST if name.startswith("tests/") else LONGEST_FILE)} == {}


def test_every_source_names_its_licence():
    assert [name for name in sources() if "SPDX-License-Identifier: Apache-2.0"
            not in "".join(tree.text(name).splitlines()[:3])] == []


def test_every_folder_of_the_house_has_a_readme():
    folders = {os.path.dirname(name) for name in tree.code()} | {"feeds", "deploy", "tests"}
    files = set(tree.files())
    assert sorted(folder for folder in folders if f"{folder}/README.md" not in files) == []


def test_only_main_stands_outside_the_rooms():
    loose = {name for name in tree.files() if re.fullmatch(r"(gateway|feeds)/[^/]+", name)}
    assert loose - {"gateway/main.cc", "gateway/README.md", "feeds/README.md"} == set()


def test_tests_of_all_folders_can_run_together():
    """`pytest tests` imports them by their bare names, and their conftest as one."""
    names = [os.path.basename(name) for name in tree.files()
             if re.search(r"^tests/.*(_test|conftest)\.py$", name)]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_the_readme_shows_the_console_in_at_most_200_kilobytes():
    shown = re.findall(r"^!\[[^\]]+\]\(([^)]+)\)$", tree.text("README.md"), re.M)
    assert "gateway/console/screenshot.png" in shown
    pictures = {name for name in tree.files() if re.search(r"\.(png|jpe?g|gif|webp)$", name)}
    assert pictures == set(shown), "a picture that nobody is shown, or that is not there"
    for name in shown:
        data = (ROOT / name).read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) <= 200_000, f"{name}: {len(data)} bytes"
