"""The JSON Schemas (2020-12) that are published: of the document and of each type's config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from nodes.fields import config_schema
from nodes.spec import NodeType
from runtime.journey.condition_form import OPS, PRESENCE
from runtime.journey.document_checks import FORMAT, REENTRY, STAGES
from runtime.journey.operations import NODE_ID
from runtime.journey.outline import MOST_EDGES, MOST_NODES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
_DURATION: Schema = {"type": "string", "pattern": "^P(?!$)", "description": "ISO 8601, say P3D"}
_PATH: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
_CONDITION: Schema = {"$ref": "#/$defs/condition"}


def type_schema(node_type: NodeType) -> Schema:
    """The schema of a node type's config."""
    return {
        "$schema": DIALECT,
        "title": node_type.title,
        "description": node_type.summary,
        **_with_conditions(config_schema(node_type.config)),
        "$defs": {"condition": condition_schema()},
    }


def document_schema(types: Mapping[str, NodeType]) -> Schema:
    """The schema of a whole journey document with these node types."""
    configs = {
        f"config:{name}": _with_conditions(config_schema(t.config)) for name, t in types.items()
    }
    return {
        "$schema": DIALECT,
        "title": "Wayline journey",
        "type": "object",
        "required": ["format", "name", "nodes"],
        "additionalProperties": False,
        "properties": {
            "format": {"const": FORMAT},
            "name": _TEXT,
            "about": {"type": "string", "maxLength": 5000},
            "stage": {"enum": list(STAGES)},
            "settings": _settings(),
            "nodes": {"type": "array", "maxItems": MOST_NODES, "items": _node(types)},
            "edges": {"type": "array", "maxItems": MOST_EDGES, "items": _edge()},
            "ui": {"type": "object", "description": "Positions and notes; not part of the hash"},
        },
        "$defs": {"condition": condition_schema(), **configs},
    }


def condition_schema() -> Schema:
    """The schema of a condition; it refers to itself as `#/$defs/condition`."""
    return {
        "title": "Condition",
        "anyOf": [
            _object({"all": {"type": "array", "items": _CONDITION}}),
            _object({"any": {"type": "array", "items": _CONDITION}}),
            _object({"not": _CONDITION}),
            _object({"field": _PATH, "op": {"enum": list(PRESENCE)}, "value": {"type": "null"}}, 2),
            _object(
                {
                    "field": _PATH,
                    "op": {"enum": [o for o in OPS if o not in PRESENCE]},
                    "value": {
                        "anyOf": [
                            {"type": ["string", "number", "boolean", "array", "object"]},
                            _object({"field": _PATH}),
                        ]
                    },
                }
            ),
            _object(
                {
                    "did": _TEXT,
                    "at_least": {"type": "integer", "minimum": 1},
                    "within": _DURATION,
                    "where": _CONDITION,
                },
                1,
            ),
            _object({"in_segment": _TEXT}),
        ],
    }


def _object(properties: Schema, required: int | None = None) -> Schema:
    """An object whose first fields (default: all) are required, without any other field."""
    names = list(properties)
    return {
        "type": "object",
        "properties": properties,
        "required": names[:required],
        "additionalProperties": False,
    }


def _settings() -> Schema:
    event = {"event": _TEXT, "where": _CONDITION}
    return _object(
        {
            "reentry": _object({"mode": {"enum": list(REENTRY)}, "wait": _DURATION}, 1),
            "exit_when": {"type": "array", "maxItems": 100, "items": _object(event, 1)},
            "goal": _object({**event, "within": _DURATION}, 1),
            "time_zone": {**_TEXT, "description": "customer, or an IANA time zone"},
        },
        0,
    )


def _node(types: Mapping[str, NodeType]) -> Schema:
    fields: Schema = {
        "id": {"type": "string", "pattern": f"^{NODE_ID.pattern}$"},
        "type": {"enum": list(types)},
        "version": {"type": "integer", "minimum": 1},
        "title": {"type": "string", "maxLength": 200},
        "disabled": {"type": "boolean"},
        "config": {"type": "object"},
    }
    by_type = [
        {
            "if": {"properties": {"type": {"const": name}}},
            "then": {"properties": {"config": {"$ref": f"#/$defs/config:{name}"}}},
        }
        for name in types
    ]
    return {**_object(fields, 2), "allOf": by_type}


def _edge() -> Schema:
    return _object({"from": _TEXT, "handle": _TEXT, "to": _TEXT})


def _with_conditions(schema: Any) -> Any:
    """The schema with each condition field referring to the condition's schema."""
    if isinstance(schema, list):
        return [_with_conditions(s) for s in cast(list[Any], schema)]
    if not isinstance(schema, dict):
        return schema
    table = cast(Schema, schema)
    found = {k: _with_conditions(v) if k != "x-field" else v for k, v in table.items()}
    if table.get("x-field", {}).get("kind") == "condition":
        found["$ref"] = _CONDITION["$ref"]
    return found
