# SPDX-License-Identifier: Apache-2.0
"""One tick's life: the ten steps of gateway/README.md, and the "Step N" comments in the sources.

A step of the list is `N. **word** ... (`path/file.cc`)`; its comment stands in that file alone.
"""
import re

import tree


ITEM = re.compile(r"^(\d+)\. \*\*.*(?:\n {2,}.*)*", re.M)
FILE = re.compile(r"`((?:schemas|feeds|gateway)/[\w/]+\.(?:cc|h))`")


def listed():
    """(number, the first file that its line names in backticks) of each step"""
    found = [(int(item[1]), FILE.search(item[0]))
             for item in ITEM.finditer(tree.text("gateway/README.md"))]
    return sorted((number, name and name[1]) for number, name in found)


def commented():
    """(number, file) of each "Step N" in a comment"""
    return sorted((int(number), name) for name in tree.code()
                  for number in re.findall(r"//.*?\bStep (\d+)\b", tree.text(name)))


def test_the_list_has_ten_steps_and_each_names_a_file():
    assert [number for number, _ in listed()] == list(range(1, 11))
    files = set(tree.files())
    assert [(number, name) for number, name in listed() if name not in files] == []


def test_each_step_has_one_comment_in_the_file_that_the_list_names():
    assert commented() == listed()
