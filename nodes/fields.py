"""The fields a node's config is made of: one definition makes the JSON Schema, the form and the
checks.

Each function returns a `dataclasses.field`; use them in a `@dataclass(frozen=True, kw_only=True)`.
A name with a trailing underscore (`for_`) stands for a Python keyword and loses it in the
document. The schema of a field carries `x-field`: {kind, label, help, placeholder, multiline,
group, when, …}, which the editor's form and the validator read. `group` folds rare fields ("more",
"advanced"); `when` ({field: [values]}) shows a field only while another one of the same object has
one of these values.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast


def _field(
    kind: str,
    label: str,
    schema: Mapping[str, Any],
    *,
    required: bool = False,
    default: Any = None,
    help: str = "",
    placeholder: str = "",
    group: str = "",
    **extra: Any,
) -> Any:
    hint: dict[str, Any] = {"kind": kind, "label": label}
    hint |= {
        k: v
        for k, v in {"help": help, "placeholder": placeholder, "group": group, **extra}.items()
        if v
    }
    full = {**schema, "title": label, "x-field": hint}
    if default is not None:
        full["default"] = default
    meta = {"schema": full, "required": required}
    if required:
        return dataclasses.field(metadata=meta)
    if isinstance(default, (list, dict)):
        fresh: Callable[[], Any] = partial(copy.deepcopy, cast(Any, default))
        return dataclasses.field(default_factory=fresh, metadata=meta)
    return dataclasses.field(default=default, metadata=meta)


def text(label: str, *, most: int = 500, **more: Any) -> Any:
    """Plain text, taken as it is."""
    return _field("text", label, {"type": "string", "maxLength": most}, **more)


def template(label: str, *, multiline: bool = False, most: int = 100_000, **more: Any) -> Any:
    """Liquid text. `sent=True`, here and in `html` and `lines`: customers read it."""
    return _field(
        "template", label, {"type": "string", "maxLength": most}, multiline=multiline, **more
    )


def lines(label: str, **more: Any) -> Any:
    """Liquid texts: one a line, or a list of them."""
    item = {"type": "string", "maxLength": 10_000}
    either = [{"type": "string", "maxLength": 100_000}, {"type": "array", "items": item}]
    return _field("template", label, {"anyOf": either}, multiline=True, lines=True, **more)


def sentences(label: str, **more: Any) -> Any:
    """A short list of plain texts."""
    item = {"type": "string", "maxLength": 1000}
    return _field("lines", label, {"type": "array", "items": item, "maxItems": 50}, **more)


def due(label: str, **more: Any) -> Any:
    """A duration from now, an ISO 8601 time or date, or a path to one."""
    pattern = r"^(P.+|\d{4}-\d{2}-\d{2}.*|(customer|event|steps)\..+)$"
    schema = {"type": "string", "maxLength": 200, "pattern": pattern}
    return _field("due", label, schema, **more)


def html(label: str, **more: Any) -> Any:
    """Liquid that renders to HTML; values are escaped."""
    return _field("html", label, {"type": "string", "maxLength": 500_000}, multiline=True, **more)


def duration(label: str, **more: Any) -> Any:
    """An ISO 8601 duration longer than zero (`signed=True`: may begin with `-`)."""
    return _field("duration", label, {"type": "string", "maxLength": 64}, **more)


def moment(label: str, **more: Any) -> Any:
    """An ISO 8601 time or date, or a path to one (`event.properties.starts_at`)."""
    return _field("moment", label, {"type": "string", "maxLength": 200}, **more)


def condition(label: str, *, scope: str = "run", **more: Any) -> Any:
    """A condition tree. scope "run": `event.*` is the entry event; "arriving": `event.*` is the
    arriving event
    and `entry.*` the entry event."""
    return _field("condition", label, {"type": "object"}, scope=scope, **more)


def path(label: str, *, of: str = "run", **more: Any) -> Any:
    """A path to a value: of "run" `customer.*`, `event.*`, `steps.*`; of "body" `body.*`,
    `query.*`, `headers.*`.
    """
    return _field(
        "path", label, {"type": "string", "maxLength": 200, "minLength": 1}, of=of, **more
    )


def event_name(label: str, **more: Any) -> Any:
    """The name of an event, say `order.completed`."""
    return _field("event", label, {"type": "string", "minLength": 1, "maxLength": 200}, **more)


def segment(label: str, **more: Any) -> Any:
    """The name of a segment."""
    return _field("segment", label, {"type": "string", "minLength": 1, "maxLength": 200}, **more)


def node(label: str, *, category: str = "", **more: Any) -> Any:
    """The id of another node of the journey that stands before this one."""
    return _field("node", label, {"type": "string", "minLength": 1}, category=category, **more)


def choice(label: str, options: Mapping[str, str], **more: Any) -> Any:
    """One of a few values: {value: label}."""
    return _field(
        "choice", label, {"type": "string", "enum": list(options)}, options=dict(options), **more
    )


def number(
    label: str, *, least: float | None = None, most: float | None = None, **more: Any
) -> Any:
    """A number within bounds."""
    schema: dict[str, Any] = {"type": "number"}
    schema |= {k: v for k, v in {"minimum": least, "maximum": most}.items() if v is not None}
    return _field("number", label, schema, **more)


def switch(label: str, **more: Any) -> Any:
    """On or off."""
    return _field("switch", label, {"type": "boolean"}, **more)


def cron(label: str, **more: Any) -> Any:
    """A five-field cron expression."""
    return _field("cron", label, {"type": "string", "maxLength": 100}, **more)


def time_zone(label: str, **more: Any) -> Any:
    """An IANA time zone."""
    return _field("time_zone", label, {"type": "string", "maxLength": 64}, **more)


def credential(label: str, *, of: str, **more: Any) -> Any:
    """The name of a credential of this kind ("smtp", "ai", "http", "hook"); empty: the
    workspace's default.
    """
    return _field(
        "credential", label, {"type": "string", "minLength": 1, "maxLength": 100}, of=of, **more
    )


def values(label: str, **more: Any) -> Any:
    """A mapping of names to values; texts are Liquid."""
    names = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$"}
    return _field(
        "values", label, {"type": "object", "propertyNames": names, "maxProperties": 200}, **more
    )


def headers(label: str, **more: Any) -> Any:
    """HTTP headers: names to Liquid texts."""
    schema = {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 50}
    return _field("headers", label, schema, **more)


def body(label: str, **more: Any) -> Any:
    """Liquid text, or JSON whose texts are Liquid."""
    return _field(
        "body", label, {"type": ["string", "object", "array", "null"]}, multiline=True, **more
    )


def either(label: str, options: Sequence[Mapping[str, Any]], **more: Any) -> Any:
    """One of several schemas (say "all", "any" or a number)."""
    return _field("either", label, {"anyOf": list(options)}, **more)


def group(label: str, fields: Mapping[str, Any], **more: Any) -> Any:
    """An object with fixed fields, each made by one of these functions."""
    return _field("group", label, object_schema(fields), **more)


def listing(
    label: str, item: Mapping[str, Any], *, least: int = 1, most: int = 50, **more: Any
) -> Any:
    """A list of objects; `item` maps each field's name to one of these functions' results."""
    schema = {"type": "array", "items": object_schema(item), "minItems": least, "maxItems": most}
    return _field("listing", label, schema, **more)


def slug(label: str, **more: Any) -> Any:
    """A name that becomes a handle: lower case, digits, `_` and `-`; not a reserved handle name."""
    schema = {
        "type": "string",
        "pattern": "^[a-z0-9][a-z0-9_-]{0,47}$",
        "not": {"enum": ["out", "failed", "unsure", "else"]},
    }
    return _field("slug", label, schema, **more)


def object_schema(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of an object whose fields were made with this module."""
    return {
        "type": "object",
        "properties": {n: f.metadata["schema"] for n, f in fields.items()},
        "required": [n for n, f in fields.items() if f.metadata["required"]],
        "additionalProperties": False,
    }


def config_schema(config: type[Any]) -> dict[str, Any]:
    """The JSON Schema 2020-12 of a config dataclass, in the order of its fields."""
    return object_schema({f.name.rstrip("_"): f for f in dataclasses.fields(config)})
