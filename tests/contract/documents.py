# SPDX-License-Identifier: Apache-2.0
"""The contract as tests read it: its documents, its examples, and protocol.md beside them."""
import json
import re

import contract
from contract import ADMIN, ASYNCAPI, NATS, OPENAPI, ROOT, document

EXAMPLES = ROOT / "schemas" / "examples"
PROTOCOL = (ROOT / "schemas" / "protocol.md").read_text(encoding="utf-8")
ADMIN_TEXT = (ROOT / "gateway" / "api" / "admin.md").read_text(encoding="utf-8")
# Which schema a body of plain HTTP has; of the others it is called as the file is.
BODIES = {"book": "full_book", "error": "unknown"}


def read_examples(folder="."):
    """By name, in order."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((EXAMPLES / folder).glob("*.json"))}


def checked_examples():
    """(name, checker, value): each object of a frame, each request, each body."""
    for name, frame in read_examples().items():
        for item in frame:
            yield name, contract.objects()[item["type"]], item
    for name, request in read_examples("requests").items():
        yield name, contract.checker(ASYNCAPI, contract.REQUESTS[request["op"]]), request
    for name, body in read_examples("http").items():
        yield f"http/{name}", contract.checker(OPENAPI, BODIES.get(name, name)), body


def nodes(value, path=()):
    """Each (path, node) of a tree."""
    yield path, value
    children = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from nodes(child, (*path, key))


def changed(value, path, change):
    """A copy in which `change(parent, key)` was called of the place."""
    copy = json.loads(json.dumps(value))
    parent = copy
    for key in path[:-1]:
        parent = parent[key]
    change(parent, path[-1])
    return copy


def section(title):
    """The text of protocol.md below a heading, up to the next of its rank."""
    rank = re.search(rf"^(#+) {re.escape(title)}$", PROTOCOL, re.M)
    after = PROTOCOL[rank.end():]
    end = re.search(rf"^#{{1,{len(rank[1])}}} ", after, re.M)
    return after[:end.start()] if end else after


def table(title):
    """The cells of each row of the section's first table, without its head."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in section(title).splitlines() if line.startswith("| ")]
    return rows[1:]


def json_examples():
    """The lines of protocol.md's ```json blocks."""
    for block in re.findall(r"^```json\n(.*?)^```", PROTOCOL, re.M | re.S):
        yield from block.splitlines()


__all__ = ["ADMIN", "ADMIN_TEXT", "ASYNCAPI", "NATS", "OPENAPI", "PROTOCOL", "changed", "checked_examples",
           "document", "json_examples", "nodes", "read_examples", "section", "table"]
