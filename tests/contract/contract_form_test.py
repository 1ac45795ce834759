# SPDX-License-Identifier: Apache-2.0
"""Whether the documents are what they say: AsyncAPI 3, OpenAPI 3.1, JSON Schema."""
import subprocess

import jsonschema
import pytest

import contract
from documents import ADMIN, ASYNCAPI, NATS, OPENAPI, document, nodes

HTTP = (OPENAPI, ADMIN)
DOCUMENTS = (ASYNCAPI, NATS, *HTTP)
REFERENCE = {"$ref"}


def fields(node, needed, may=()):
    """The node is an object of these fields; extensions aside."""
    have = {key for key in node if not str(key).startswith("x-")}
    assert set(needed) <= have <= set(needed) | set(may), node
    return node


def references(name):
    return [(path, node["$ref"]) for path, node in nodes(document(name))
            if isinstance(node, dict) and isinstance(node.get("$ref"), str)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_reference_leads_somewhere_and_stands_alone(name):
    assert references(name)
    for path, reference in references(name):
        contract.target(name, reference)
    alone = [node for _, node in nodes(document(name)) if isinstance(node, dict) and "$ref" in node]
    assert [node for node in alone if set(node) != REFERENCE] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_key_is_a_text_and_stands_once(name):
    """YAML takes others, and the last of two; what reads it elsewhere may not."""
    assert [path for path, node in nodes(document(name)) if isinstance(node, dict)
            and not all(isinstance(key, str) for key in node)] == []
    done = subprocess.run(["yamllint", "-s", "-d", "{rules: {key-duplicates: enable}}", contract.ROOT / name],
                          capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_component_is_used(name):
    used = {(contract.target(user, reference)[0], reference.rpartition("#")[2])
            for user in DOCUMENTS for _, reference in references(user)}
    parts = {(name, f"/components/{kind}/{key}") for kind, all_of in document(name)["components"].items()
             for key in all_of if kind != "securitySchemes"}
    assert parts - used == set()
    schemes = {key for _, node in nodes(document(name)) if isinstance(node, dict)
               for way in node.get("security", ()) for key in way}
    assert schemes == set(document(name)["components"].get("securitySchemes", ()))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_schema_is_one_and_is_understood(name):
    for key in document(name)["components"]["schemas"]:
        checker = contract.checker(name, key)
        contract.DRAFTS[name].check_schema(checker.schema)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_object_takes_a_key_that_is_not_described(name):
    """Nor is a key needed, or judged by a condition, that is none of its own."""
    for path, node in nodes(document(name)["components"]["schemas"]):
        if not isinstance(node, dict) or "properties" not in node or "additionalProperties" in node:
            continue
        assert path[-1] in ("if", "then", "else"), f"{path} is open"
    for path, node in nodes(document(name)["components"]["schemas"]):
        if isinstance(node, dict) and "properties" in node and "additionalProperties" in node:
            own = set(node["properties"])
            assert set(node.get("required", ())) <= own, path
            for _, part in nodes([node.get(key, {}) for key in ("if", "then", "else", "allOf")]):
                if isinstance(part, dict) and isinstance(part.get("properties"), dict):
                    assert set(part["properties"]) <= own, path


def test_asyncapi_has_the_form_of_its_version():
    whole = fields(document(ASYNCAPI), {"asyncapi", "info", "channels", "operations", "components"},
                   {"servers", "defaultContentType"})
    assert whole["asyncapi"] == "3.0.0"
    fields(whole["info"], {"title", "version"}, {"description", "license"})
    for server in whole["servers"].values():
        fields(server, {"host", "protocol"}, {"description", "pathname"})
    for channel in whole["channels"].values():
        fields(channel, {"address", "messages"}, {"description", "bindings", "title", "summary"})
        assert all(message.keys() == REFERENCE for message in channel["messages"].values())
    for message in whole["components"]["messages"].values():
        fields(message, {"payload"}, {"title", "summary", "description", "correlationId", "headers",
                                      "examples"})
    assert set(whole["components"]) == {"messages", "schemas"}


def test_asyncapi_operations_name_messages_of_their_channel():
    whole = document(ASYNCAPI)
    sent, received = set(), set()
    for operation in whole["operations"].values():
        fields(operation, {"action", "channel", "messages"}, {"summary", "description", "reply"})
        channel = operation["channel"]["$ref"]
        _, messages = contract.target(ASYNCAPI, f"{channel}/messages")
        parts = [operation, operation.get("reply", operation)]
        for part in parts:
            assert part["channel"]["$ref"] == channel
            for message in part["messages"]:
                assert message["$ref"].rpartition("/")[0] == f"{channel}/messages"
                assert message["$ref"].rpartition("/")[2] in messages
        ways = {"send": (sent, sent), "receive": (received, sent)}[operation["action"]]
        for way, part in zip(ways, parts):
            way.update(message["$ref"].rpartition("/")[2] for message in part["messages"])
    assert sent == {"frame"} and received == set(contract.REQUESTS)


@pytest.mark.parametrize("name", HTTP)
def test_openapi_has_the_form_of_its_version(name):
    whole = fields(document(name), {"openapi", "info", "paths", "components"}, {"servers", "security"})
    assert whole["openapi"] == "3.1.0"
    fields(whole["info"], {"title", "version"}, {"description", "license", "summary"})
    for server in whole["servers"]:
        fields(server, {"url"}, {"description"})
    assert set(whole["components"]) <= {"schemas", "responses", "headers", "parameters",
                                        "securitySchemes"}
    for path, item in whole["paths"].items():
        assert path.startswith("/")
        fields(item, {"get", "options"}, {"post"})
        for operation in item.values():
            fields(operation, {"responses", "summary"}, {"description", "parameters", "requestBody", "security"})
            one_by_one(name, contract.whole(name, operation))


def one_by_one(name, operation):
    assert len({(one["name"], one["in"]) for one in operation.get("parameters", ())}) == \
        len(operation.get("parameters", ()))
    for parameter in operation.get("parameters", ()):
        fields(parameter, {"name", "in", "schema"}, {"required", "description"})
        assert parameter["in"] in ("query", "header")
    for status, response in operation["responses"].items():
        assert isinstance(status, str) and 100 <= int(status) <= 599
        fields(response, {"description"}, {"headers", "content"})
        for header in response.get("headers", {}).values():
            fields(header, {"schema"}, {"required", "description"})
        for body in response.get("content", {}).values():
            contract.DRAFTS[name].check_schema(fields(body, {"schema"})["schema"])


def test_a_keyword_that_is_not_understood_is_refused():
    import json_schema
    with pytest.raises(ValueError, match="uniqueItems"):
        json_schema.compiled({"type": "array", "uniqueItems": True})


def test_python3_jsonschema_is_asked_too():
    checker = contract.Checker(ASYNCAPI, {"type": "object"})
    checker.judge = jsonschema.Draft7Validator(False)
    with pytest.raises(contract.ContractBroken):
        checker.check({}, "a shape that was not seen")
