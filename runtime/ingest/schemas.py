"""JSON Schema 2020-12 out of TypedDicts, and the small check that request bodies need.

The shapes of the facade are the one definition: they type the code, they are in the OpenAPI
document, and the tests hold the real answers against them.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, NotRequired, Union

from runtime.ingest.values import is_list, is_object

Schema = dict[str, Any]

_SIMPLE: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
    dict: {"type": "object"},
    list: {"type": "array"},
}


def schema_of(kind: Any, named: dict[str, Schema]) -> Schema:
    """The schema of a type; every TypedDict in it goes into `named` under its own name."""
    if kind in _SIMPLE:
        return dict(_SIMPLE[kind])
    if typing.is_typeddict(kind):
        return _named(kind, named)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        return _union([schema_of(a, named) for a in args])
    if origin is Literal:
        return {"enum": list(args)}
    if origin is list:
        return {"type": "array", "items": schema_of(args[0], named)}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(args[1], named)}
    if origin is NotRequired:
        return schema_of(args[0], named)
    raise TypeError(f"{kind} has no JSON Schema here: teach runtime/ingest/schemas.py")


def _union(options: list[Schema]) -> Schema:
    if all(set(o) == {"type"} for o in options):
        return {"type": [o["type"] for o in options]}
    return {"anyOf": options}


def _named(kind: Any, named: dict[str, Schema]) -> Schema:
    name: str = kind.__name__
    if name not in named:
        named[name] = {}  # before the fields: a shape may hold itself
        hints = typing.get_type_hints(kind, include_extras=True)
        made: Schema = {
            "type": "object",
            "properties": {n: schema_of(h, named) for n, h in hints.items()},
            "required": [n for n, h in hints.items() if typing.get_origin(h) is not NotRequired],
        }
        first = (kind.__doc__ or "").strip()
        if first and not first.startswith("dict("):
            made["description"] = " ".join(first.split())
        named[name] = made
    return {"$ref": f"#/components/schemas/{name}"}


_PYTHON = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}
_WORDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


def complaint(value: Any, schema: Schema, named: Mapping[str, Schema], at: str = "") -> str | None:
    """What is wrong with a request's value, as a sentence, or None. Knows what `schema_of` makes
    and maxLength; names that the schema does not know are refused."""
    if "$ref" in schema:
        schema = named[schema["$ref"].rpartition("/")[2]]
    where = at or "The body"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} must be one of: {', '.join(map(str, schema['enum']))}."
    allowed: Any = schema.get("type", ())
    kinds = [allowed] if isinstance(allowed, str) else list(allowed)
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{where} must be {' or '.join(_WORDS[k] for k in kinds)}."
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        return f"{where} is longer than {schema['maxLength']} characters."
    if isinstance(value, str) and len(value.strip()) < schema.get("minLength", 0):
        return f"{where} is empty."
    if is_list(value) and "items" in schema:
        places = ((item, f"{at or 'item'}[{n}]") for n, item in enumerate(value))
        found = (complaint(item, schema["items"], named, place) for item, place in places)
        return next(filter(None, found), None)
    if not is_object(value) or "properties" not in schema:
        return None
    known: Mapping[str, Schema] = schema["properties"]
    for name in schema.get("required", ()):
        if name not in value:
            return f"{where} needs {name!r}."
    for name, item in value.items():
        if name not in known:
            return f"{where} has {name[:50]!r}, which is not known here: {', '.join(known)}."
        found = complaint(item, known[name], named, f"{at}.{name}" if at else name)
        if found:
            return found
    return None


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _PYTHON[kind])
