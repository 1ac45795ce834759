# SPDX-License-Identifier: Apache-2.0
"""The rooms of the house, and the arrows between them that CMakeLists.txt names."""
import os
import re

import tree

FLOORS = ("schemas", "feeds", "gateway")  # a floor includes itself and what is below


def arrows():
    """room -> the rooms behind it in its house_room(...) line"""
    text = re.sub(r"#.*", "", tree.text("CMakeLists.txt"))
    # One foreach makes a room a venue.
    for variable, values, body in re.findall(r"foreach\((\w+) ([^)]*)\)(.*?)endforeach\(\)", text, re.S):
        text += "".join(body.replace("${%s}" % variable, value) for value in values.split())
    found = {}
    for words in re.findall(r"^\s*house_room\(([^)$]*)\)", text, re.M):
        room, *behind = words.split()
        found[room] = {word for word in behind if word.split("/")[0] in FLOORS}
    return found


def includes():
    """(file, the room it stands in, the room it includes), where these are two rooms"""
    for name in tree.code():
        room = os.path.dirname(name)
        for included in re.findall(r'^#include "([^"]+)"', tree.text(name), re.M):
            if included.split("/")[0] in FLOORS and os.path.dirname(included) != room:
                yield name, room, os.path.dirname(included)


def reachable(rooms, start):
    todo, seen = list(rooms[start]), set()
    while todo:
        room = todo.pop()
        if room not in seen:
            seen.add(room)
            todo += rooms.get(room, ())
    return seen


def test_every_folder_with_code_is_a_room():
    assert {os.path.dirname(name) for name in tree.code()} - {"gateway"} == set(arrows())


def test_every_include_between_rooms_is_an_arrow():
    rooms = arrows()
    assert [(name, target) for name, room, target in includes()
            if room in rooms and target not in rooms[room]] == []


def test_every_arrow_is_used():
    used = {(room, target) for _, room, target in includes()}
    named = {(room, target) for room, behind in arrows().items() for target in behind}
    assert named - used == set()


def test_no_circle_among_rooms():
    rooms = arrows()
    assert [room for room in rooms if room in reachable(rooms, room)] == []


def test_arrows_point_down_the_floors():
    floor = lambda room: FLOORS.index(room.split("/")[0])
    assert [(room, target) for room, behind in arrows().items() for target in behind
            if floor(target) > floor(room)] == []
