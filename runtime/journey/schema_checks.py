"""Checks a config against its JSON Schema and says what is wrong in plain words.

A value that is plainly right is accepted here at once; the library jsonschema judges all others.
Loading it would take half of the time that a command has to start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from itertools import islice
from typing import Any, cast

from runtime.journey.problems import shown
from runtime.journey.spots import steps_of

Schema = Mapping[str, Any]
Flaw = tuple[str, str]  # where (`.labels[0].name`), and a sentence

MOST_FLAWS = 20  # of one config

_KNOWN = {
    "type",
    "enum",
    "const",
    "minLength",
    "maxLength",
    "pattern",
    "not",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "maxProperties",
    "anyOf",
    # these say nothing about the value
    "title",
    "description",
    "default",
    "x-field",
}


def check(value: Any, schema: Schema, *, labels: bool = False) -> list[Flaw]:
    """What is wrong with the value; nothing when it fits the schema. `labels`: fields are named as
    the form names them."""
    if fits(value, schema):
        return []
    errors = islice(_judge()(schema).iter_errors(value), MOST_FLAWS)
    name = partial(_label, schema) if labels else _name
    return list(dict.fromkeys(f for e in errors for f in _sentences(e, name)))[:MOST_FLAWS]


@cache
def _judge() -> Any:
    import jsonschema

    library = cast(Any, jsonschema)
    rules = library.Draft202012Validator
    types = rules.TYPE_CHECKER.redefine("integer", _is_whole)
    return library.validators.extend(rules, type_checker=types)


def _is_whole(_: Any, value: Any) -> bool:
    return type(value) is int  # 2.0 would be none to a node that asks for an int


def fits(value: Any, schema: Schema) -> bool:
    """Whether the value plainly fits. False also means: not sure."""
    if not schema.keys() <= _KNOWN:
        return False
    if "type" in schema and not _typed(value, schema["type"]):
        return False
    if "enum" in schema and not _among(value, schema["enum"]):
        return False
    if "const" in schema and not _among(value, [schema["const"]]):
        return False
    if "not" in schema and (
        schema["not"].keys() != {"enum"} or _among(value, schema["not"]["enum"])
    ):
        return False
    if "anyOf" in schema and not any(fits(value, s) for s in schema["anyOf"]):
        return False
    if isinstance(value, str):
        return _text_fits(value, schema)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    if isinstance(value, list):
        items = cast(list[Any], value)
        each = schema.get("items", {})
        return schema.get("minItems", 0) <= len(items) <= schema.get(
            "maxItems", len(items)
        ) and all(fits(i, each) for i in items)
    return _object_fits(cast(dict[str, Any], value), schema) if isinstance(value, dict) else True


def _text_fits(value: str, schema: Schema) -> bool:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return False
    pattern = schema.get("pattern")
    return pattern is None or ("\n" not in value and re.search(pattern, value) is not None)


def _object_fits(value: dict[str, Any], schema: Schema) -> bool:
    own: Mapping[str, Schema] = schema.get("properties", {})
    rest = schema.get("additionalProperties", True)
    if len(value) > schema.get("maxProperties", len(value)):
        return False
    if not value.keys() >= set(schema.get("required", ())):
        return False
    names = schema.get("propertyNames")
    for key, item in value.items():
        if not isinstance(key, str) or (names is not None and not fits(key, names)):  # pyright: ignore[reportUnnecessaryIsInstance]
            return False
        if key in own:
            if not fits(item, own[key]):
                return False
        elif rest is False or (rest is not True and not fits(item, rest)):
            return False
    return True


def _typed(value: Any, wanted: str | Sequence[str]) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    if isinstance(value, bool):
        return "boolean" in names
    if isinstance(value, int):
        return "integer" in names or "number" in names
    for kind, name in _TYPES:
        if isinstance(value, kind):
            return name in names
    return value is None and "null" in names


_TYPES = ((str, "string"), (float, "number"), (list, "array"), (dict, "object"))


def _among(value: Any, options: Sequence[Any]) -> bool:
    return any(type(o) is type(value) and o == value for o in options)


# --- Sentences --------------------------------------------------------------------------------

_TYPE_NAMES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _sentences(error: Any, named: Callable[[str], str]) -> list[Flaw]:
    """One flaw for each thing that the library's error names."""
    at = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
    name = named(at)
    schema = cast(Schema, error.schema)
    value = error.instance
    limit = error.validator_value
    if "propertyNames" in error.absolute_schema_path:
        remedy = "use letters, digits and _, starting with a letter"
        return [(at, f"{name} has the name {shown(value)}: {remedy}.")]
    match error.validator:
        case "required":
            return [
                (f"{at}.{k}", _missing(k, schema, named(f"{at}.{k}")))
                for k in limit
                if k not in value
            ]
        case "additionalProperties" if limit is False:
            known: list[str] = list(schema.get("properties", {}))
            return [(f"{at}.{k}", _unknown(k, known)) for k in value if k not in known]
        case "type":
            wanted = [limit] if isinstance(limit, str) else limit
            names = " or ".join(_TYPE_NAMES.get(w, w) for w in wanted)
            return [(at, f"{name} is {shown(value)}: write {names}.")]
        case "enum":
            options = ", ".join(shown(o).strip("“”") for o in limit)
            return [(at, f"{name} is {shown(value)}: choose one of {options}.")]
        case "pattern" | "not":
            return [(at, f"{name} is {shown(value)}, which it cannot be: {_shape(schema)}.")]
        case "minLength":
            return [(at, f"{name} is empty: fill it in.")]
        case "maxLength":
            return [(at, f"{name} is longer than {limit} characters: shorten it.")]
        case "minimum":
            return [(at, f"{name} is {shown(value)}: write a number of at least {limit}.")]
        case "maximum":
            return [(at, f"{name} is {shown(value)}: write a number of at most {limit}.")]
        case "minItems":
            return [(at, f"{name} is too short: add an item (at least {limit}).")]
        case "maxItems" | "maxProperties":
            return [(at, f"{name} has more than {limit} items: take some out.")]
        case "anyOf":
            return [(at, f"{name} is {shown(value)}: write {_options(limit)}.")]
        case _:
            return [(at, f"{name} does not fit: {shown(error.message, 160).strip('“”')}.")]


def _name(at: str) -> str:
    return f"The field {at[1:]}" if at.startswith(".") else "The config"


def _label(schema: Schema, at: str) -> str:
    """The field as the form calls it: “Name” in row 2 of “Labels”."""
    said, within = "", ""
    for step in steps_of(at):
        if isinstance(step, int):
            schema = schema.get("items", {})
            within, said = f" in row {step + 1} of {said}", ""
            continue
        schema = schema.get("properties", {}).get(step, {})
        title = schema.get("title")
        if not title:
            return _name(at)
        said = f"“{title}”"
    if not said:
        return within.replace(" in row", "Row", 1) if within else "The config"
    return f"The field {said}{within}"


def _missing(key: str, schema: Schema, name: str) -> str:
    own: Mapping[str, Any] = schema.get("properties", {}).get(key, {})
    label = own.get("title")
    told = f" (“{label}”)" if label else ""
    example = own.get("x-field", {}).get("placeholder")
    say = f", say “{example}”" if example else ""
    if name.startswith("The field “"):
        return f"{name} is missing: fill it in{say}."
    return f"The field {key}{told} is missing: fill it in{say}."


def _unknown(key: str, known: Sequence[str]) -> str:
    fields = f"it has {', '.join(known)}" if known else "it has none"
    return f"There is no field {shown(key)} here: remove it ({fields})."


def _shape(schema: Schema) -> str:
    if schema.get("x-field", {}).get("kind") == "slug":
        reserved = ", ".join(schema.get("not", {}).get("enum", ()))
        return f"use lower case letters, digits, _ and -, and none of {reserved}"
    if "enum" in schema.get("not", {}):
        return f"use none of {', '.join(map(str, schema['not']['enum']))}"
    return (
        "use letters, digits and _, starting with a letter" if "pattern" in schema else "change it"
    )


def _options(schemas: Sequence[Schema]) -> str:
    said: list[str] = []
    for schema in schemas:
        if "enum" in schema:
            said += [str(o) for o in schema["enum"]]
        elif "type" in schema:
            wanted = schema["type"]
            names = [wanted] if isinstance(wanted, str) else wanted
            said += [_TYPE_NAMES.get(w, w) for w in names]
    return " or ".join(said) or "something else"
