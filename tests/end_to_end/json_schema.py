# SPDX-License-Identifier: Apache-2.0
"""JSON Schema, as much of it as our documents use, compiled to functions.

A function takes a value and gives what is wrong with it, or None. A keyword that stands in no
table here is refused when it is compiled, so that none goes unchecked.
"""
import re

ANNOTATIONS = {"title", "description", "default", "examples", "discriminator"}
TYPES = {"object": (dict,), "array": (list,), "string": (str,), "integer": (int,),
         "number": (int, float), "boolean": (bool,), "null": (type(None),)}


def compiled(schema):
    if schema is True:
        return lambda value: None
    if schema is False:
        return lambda value: "is not allowed"
    keywords = {key for key in schema if key not in ANNOTATIONS and not key.startswith("x-")}
    checks = []
    for keys, make in KEYWORDS.items():
        if keywords.intersection(keys):
            checks.append(make(schema))
            keywords.difference_update(keys)
    if keywords:
        raise ValueError(f"keywords that are not understood: {sorted(keywords)}")
    return all_of(checks)


def all_of(checks):
    if len(checks) == 1:
        return checks[0]

    def check(value):
        for one in checks:
            problem = one(value)
            if problem is not None:
                return problem
        return None
    return check


def make_type(schema):
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    types = {kind for name in names for kind in TYPES[name]}
    return lambda value: None if type(value) in types else f"{value!r:.60} is not of type {names}"


def same(one, other):
    return type(one) is type(other) and one == other  # true is not 1


def make_const(schema):
    const = schema["const"]
    return lambda value: None if same(value, const) else f"{value!r:.60} is not {const!r}"


def make_enum(schema):
    known = schema["enum"]
    return lambda value: None if any(same(value, one) for one in known) \
        else f"{value!r:.60} is none of {known}"


def make_range(schema):
    low, high = schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))
    return lambda value: f"{value} is not within {low} to {high}" \
        if type(value) in (int, float) and not low <= value <= high else None


def make_text(schema):
    search = re.compile(schema.get("pattern", "")).search
    low, high = schema.get("minLength", 0), schema.get("maxLength", float("inf"))

    def check(value):
        if type(value) is not str or (low <= len(value) <= high and search(value)):
            return None
        return f"{value!r:.90} is not a text of {low} to {high} like {schema.get('pattern')}"
    return check


def make_object(schema):
    known = {key: compiled(one) for key, one in schema.get("properties", {}).items()}
    alike = [(re.compile(key).search, compiled(one))
             for key, one in schema.get("patternProperties", {}).items()]
    others = compiled(schema.get("additionalProperties", True))
    needed = frozenset(schema.get("required", ()))

    def check(value):
        if type(value) is not dict:
            return None
        if not needed <= value.keys():
            return f"without {sorted(needed - value.keys())}"
        for key, item in value.items():
            judge = known.get(key) or next((one for fits, one in alike if fits(key)), others)
            problem = judge(item)
            if problem is not None:
                return f"{key}: {problem}"
        return None
    return check


def make_array(schema):
    low, high = schema.get("minItems", 0), schema.get("maxItems", float("inf"))
    items = schema.get("items", True)
    places = [compiled(one) for one in items] if isinstance(items, list) else []
    # Draft 7: what follows a list of items.
    rest = compiled(schema.get("additionalItems", True) if isinstance(items, list) else items)

    def check(value):
        if type(value) is not list:
            return None
        if not low <= len(value) <= high:
            return f"{len(value)} items, not {low} to {high}"
        for index, item in enumerate(value):
            problem = (places[index] if index < len(places) else rest)(item)
            if problem is not None:
                return f"{index}: {problem}"
        return None
    return check


def make_all(schema):
    return all_of([compiled(one) for one in schema["allOf"]])


def make_one(schema):
    parts = [compiled(one) for one in schema["oneOf"]]

    def check(value):
        problems = [part(value) for part in parts]
        return None if problems.count(None) == 1 else f"not one of: {problems}"[:600]
    return check


def make_condition(schema):
    condition = compiled(schema["if"])
    then, otherwise = compiled(schema.get("then", True)), compiled(schema.get("else", True))
    return lambda value: (then if condition(value) is None else otherwise)(value)


KEYWORDS = {
    ("type",): make_type,
    ("const",): make_const,
    ("enum",): make_enum,
    ("minimum", "maximum"): make_range,
    ("pattern", "minLength", "maxLength"): make_text,
    ("properties", "patternProperties", "required", "additionalProperties"): make_object,
    ("items", "additionalItems", "minItems", "maxItems"): make_array,
    ("allOf",): make_all,
    ("oneOf",): make_one,
    ("if", "then", "else"): make_condition,
}
