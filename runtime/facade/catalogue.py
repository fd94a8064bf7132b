"""What there is to build with: node types, stages, and the fields and events known so far."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from nodes.fields import config_schema
from nodes.registry import node_types
from nodes.spec import End, Example, Fail, Handle, Leave, NodeType, Outcome, Perform, Wait
from runtime.facade.desk import Desk, mapping
from runtime.facade.shapes import (
    Catalogue,
    CredentialChoice,
    EventChoice,
    ExampleShape,
    FieldChoice,
    FieldsShape,
    HandleShape,
    Stage,
    TypeShape,
)
from runtime.gallery import STAGES
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows

LOOK_BACK = 500  # customers and events that are read for their fields


def catalogue(desk: Desk) -> Catalogue:
    """Everything the editor draws its palette, forms and pickers from."""
    with desk.read() as conn:
        known = fields(conn, desk.workspace)
        secrets = credentials(conn, desk.workspace)
    stages: list[Stage] = [{"name": s, "title": s.capitalize()} for s in STAGES]
    return {"types": list(types()), "stages": stages, "fields": known, "credentials": secrets}


def credentials(conn: Connection, workspace: str) -> list[CredentialChoice]:
    """The names of the credentials that a form can choose from."""
    sql = "SELECT name, kind FROM credential WHERE workspace = ? ORDER BY name"
    return [{"name": name, "kind": kind} for name, kind in rows(conn, sql, (workspace,))]


@cache
def types() -> tuple[TypeShape, ...]:
    """All node types in the palette's order."""
    return tuple(shape(node) for node in node_types().values())


def shape(node: NodeType) -> TypeShape:
    """A node type as the editor sees it."""
    return {
        "type": node.type,
        "version": node.version,
        "category": node.category,
        "title": node.title,
        "icon": node.icon,
        "summary": node.summary,
        "help": node.help,
        "sentences": list(node.sentences),
        "handles": [_handle(h) for h in node.handles],
        "config_schema": config_schema(node.config),
        "output": dict(node.output),
        "output_of": node.output_of,
        "credential": node.credential,
        "waits": node.waits,
        "examples": [_example(e) for e in node.examples],
    }


def _handle(handle: Any) -> HandleShape:
    if isinstance(handle, Handle):
        return {
            "name": handle.name,
            "label": handle.label,
            "hoped": handle.hoped,
            "folded": handle.folded,
        }
    return {"field": handle.field, "key": handle.key}


def _example(example: Example) -> ExampleShape:
    return {
        "title": example.title,
        "config": dict(example.config),
        "result": _result(example.expect),
    }


def _result(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Leave(handle, output):
            return {"handle": handle, "output": dict(output)}
        case End(reason):
            return {"ends": reason}
        case Fail(kind, message):
            return {"fails": {"kind": kind, "message": message}}
        case Perform(kind, body):
            return {"performs": {"kind": kind, "body": dict(body)}}
        case Wait():
            return {"waits": {k: str(v) for k, v in dataclasses.asdict(outcome).items() if v}}


# --- Fields that are known from what has come in ----------------------------------------------


def fields(conn: Connection, workspace: str) -> FieldsShape:
    """Attributes of customers and properties of events, with a sample of each."""
    return {"customer": _customer_fields(conn, workspace), "events": _events(conn, workspace)}


def _customer_fields(conn: Connection, workspace: str) -> list[FieldChoice]:
    found: dict[str, Any] = {"id": None, "email": None}
    sql = """SELECT external_id, email, attributes_json FROM customer
 WHERE workspace = ? ORDER BY updated_at DESC LIMIT ?"""
    for external_id, email, attributes in rows(conn, sql, (workspace, LOOK_BACK)):
        for name, value in {"id": external_id, "email": email, **mapping(attributes)}.items():
            if found.get(name) is None:
                found[name] = value
    return [_choice(f"customer.{name}", value) for name, value in found.items()][:200]


def _events(conn: Connection, workspace: str) -> list[EventChoice]:
    found: dict[str, dict[str, Any]] = {}
    sql = """SELECT name, properties_json, at FROM event
 WHERE workspace = ? AND kind = 'track' ORDER BY seq DESC LIMIT ?"""
    for name, properties, at in rows(conn, sql, (workspace, LOOK_BACK)):
        seen = found.setdefault(name, {"event.at": rfc3339(at)})
        _leaves(seen, "event.properties", mapping(properties), 3)
    made: list[EventChoice] = [
        {"name": name, "properties": [_choice(path, value) for path, value in seen.items()]}
        for name, seen in sorted(found.items())
    ]
    return made[:200]


def _leaves(found: dict[str, Any], path: str, value: Any, deep: int) -> None:
    if isinstance(value, Mapping) and deep:
        for key, inner in cast("Mapping[str, Any]", value).items():
            _leaves(found, f"{path}.{key}", inner, deep - 1)
    elif found.get(path) is None and len(found) < 100:
        found[path] = value


def _choice(path: str, value: Any) -> FieldChoice:
    label = path.split(".")[-1].replace("_", " ")
    sample = value if isinstance(value, (str, int, float, bool)) else None
    if isinstance(sample, str) and len(sample) > 80:
        sample = sample[:79] + "…"
    return {"path": path, "label": label, "sample": sample}
