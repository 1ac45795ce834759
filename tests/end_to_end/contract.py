# SPDX-License-Identifier: Apache-2.0
"""Holds what the gateway sends against the documents of its contract: schemas/asyncapi.yaml and
schemas/openapi.yaml of the public port, gateway/api/admin.yaml of the other; and of what an ingest
publishes to NATS, schemas/nats.asyncapi.yaml.

Each schema is compiled once to a function, which takes microseconds where python3-jsonschema takes
a thousand: everything that comes is checked, and a client is no slower for it. The first object of
each shape is judged by python3-jsonschema too, and tests/contract holds the two against each other.
"""
import functools
import json
import pathlib

import jsonschema
import yaml

import json_schema

ROOT = pathlib.Path(__file__).resolve().parents[2]
ASYNCAPI, OPENAPI, ADMIN = "schemas/asyncapi.yaml", "schemas/openapi.yaml", "gateway/api/admin.yaml"
NATS = "schemas/nats.asyncapi.yaml"
# Of AsyncAPI its objects, of the others OpenAPI 3.1's.
DRAFTS = {ASYNCAPI: jsonschema.Draft7Validator, NATS: jsonschema.Draft7Validator,
          OPENAPI: jsonschema.Draft202012Validator, ADMIN: jsonschema.Draft202012Validator}


class ContractBroken(AssertionError):
    """The gateway sent what no document describes; the text says which and where."""


@functools.lru_cache(maxsize=None)
def document(name):
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((ROOT / name).read_text(encoding="utf-8"), loader)


def target(name, reference):
    """-> the document and the node that a `$ref` in the document `name` means"""
    path, _, pointer = reference.partition("#")
    if path:
        name = str((ROOT / name).parent.joinpath(path).resolve().relative_to(ROOT))
    node = document(name)
    for part in pointer.strip("/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return name, node


def whole(name, node):
    """The node with what its references mean in their places."""
    if isinstance(node, list):
        return [whole(name, item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return whole(*target(name, node["$ref"]))
    return {key: whole(name, value) for key, value in node.items()}


class Checker:
    """One schema, as a function and for python3-jsonschema."""

    def __init__(self, name, node):
        self.schema = whole(name, node)
        self.problem = json_schema.compiled(self.schema)  # of a value; None: it has none
        self.judge = DRAFTS[name](self.schema)
        self.seen = set()

    def check(self, value, what):
        problem = self.problem(value)
        if problem is None:
            shape = frozenset(value) if isinstance(value, dict) else type(value)
            if shape in self.seen:
                return
            self.seen.add(shape)
            error = jsonschema.exceptions.best_match(self.judge.iter_errors(value))
            problem = error and f"{list(error.absolute_path)}: {error.message}"
        if problem is not None:
            raise ContractBroken(f"{what}: {problem}, in {value!r}"[:1500])


@functools.lru_cache(maxsize=None)
def checker(name, schema_name):
    return Checker(name, document(name)["components"]["schemas"][schema_name])


@functools.lru_cache(maxsize=None)
def objects():
    """By type, those that a frame may hold."""
    names = [one["$ref"].rsplit("/", 1)[1]
             for one in document(ASYNCAPI)["components"]["schemas"]["object"]["oneOf"]]
    return {name: checker(ASYNCAPI, name) for name in names}


def check_published(payload):
    """What an ingest published, parsed; an answer to bars has no type."""
    kind = payload.get("type", "bars") if isinstance(payload, dict) else None
    if kind not in document(NATS)["components"]["schemas"]:
        raise ContractBroken(f"an object of no type that is known: {payload!r}"[:300])
    checker(NATS, kind).check(payload, kind)


def check_frame(frame):
    """What a text message of the gateway holds, parsed."""
    if not isinstance(frame, list) or not frame:
        raise ContractBroken(f"no array of objects: {frame!r}"[:300])
    for item in frame:
        kind = item.get("type") if isinstance(item, dict) else None
        if not isinstance(kind, str) or kind not in objects():
            raise ContractBroken(f"an object of no type that is known: {item!r}"[:300])
        objects()[kind].check(item, kind)


def check_close(code, reason):
    """The code and the reason of a close frame of the gateway."""
    known = document(ASYNCAPI)["channels"]["stream"]["x-close-codes"]["codes"].get(str(code))
    if known is None or known["description"].startswith("reserved"):
        raise ContractBroken(f"closed with {code} ({reason}), which is not sent")
    # A reason may name what was wrong instead; never what another code says.
    if reason != known["reason"] and str(code) not in ("1000", "1002", "1007", "1009"):
        raise ContractBroken(f"closed with {code}: {reason!r}, not {known['reason']!r}")


# What each request is called among the schemas.
REQUESTS = {"subscribe": "subscribe", "unsubscribe": "unsubscribe", "list": "list_request",
            "ping": "ping", "auth": "auth"}


def check_served(request):
    """A request that the gateway has served is one by the document too."""
    checker(ASYNCAPI, REQUESTS[request["op"]]).check(request, "served")


@functools.lru_cache(maxsize=None)
def operations(name):
    """(path, method) -> its responses; HEAD is GET"""
    found = {}
    for path, item in document(name)["paths"].items():
        for method, operation in item.items():
            found[path, method.upper()] = {
                status: Response(name, response) for status, response in operation["responses"].items()}
    return found


class Response:
    """One status of one operation."""

    def __init__(self, name, node):
        node = whole(name, node)
        common = whole(name, document(name).get("x-common-headers", {}))
        headers = {**common, **node.get("headers", {})}
        self.headers = {key.lower(): Checker(name, header["schema"]) for key, header in headers.items()}
        self.needed = {key.lower() for key, header in headers.items() if header.get("required")}
        self.bodies = {kind: Checker(name, body["schema"]) for kind, body in node.get("content", {}).items()}

    def check(self, what, headers, body, with_body):
        missing = self.needed - set(headers)
        if missing:
            raise ContractBroken(f"{what}: without {missing}")
        for key in set(headers) - {"content-type", "content-length", "date"}:
            if key not in self.headers:
                raise ContractBroken(f"{what}: a header of no document: {key}: {headers[key]}")
            self.headers[key].check(headers[key], f"{what}: {key}")
        kind = headers.get("content-type", "").split(";")[0]
        if kind not in self.bodies and (kind or self.bodies):
            raise ContractBroken(f"{what}: a body of type {kind!r}, not {sorted(self.bodies)}")
        if with_body and kind == "application/json":
            try:
                value = json.loads(body)
            except ValueError as error:
                raise ContractBroken(f"{what}: no JSON: {error}: {body[:300]!r}") from None
            self.bodies[kind].check(value, what)


# What is in no document is refused as here.
REFUSED = {OPENAPI: "/v1/snapshot", ADMIN: "/v1/explain"}


def check_answer(name, method, path, status, headers, body):
    """An answer of plain HTTP; `headers` by their names in small letters, `body` unpacked."""
    path = path.split("?")[0]
    known = {"HEAD": "GET"}.get(method, method)
    responses = operations(name).get((path, known))
    if responses is None:
        if not path.startswith("/v1/") and status in (200, 304):
            return  # a file of the page's own
        responses = {key: response for key, response in operations(name)[REFUSED[name], "GET"].items()
                     if key != "200"}
    if str(status) not in responses:
        raise ContractBroken(f"{method} {path}: {status}, which no document says")
    responses[str(status)].check(f"{method} {path}: {status}", headers, body,
                                 method != "HEAD" and status != 304)
