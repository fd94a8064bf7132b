"""What there is to build with: node types, stages, and the fields and events known so far."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

from nodes.fields import config_schema
from nodes.registry import node_types
from nodes.spec import End, Example, Fail, Handle, Leave, NodeType, Outcome, Perform, Wait
from runtime.facade.desk import Desk
from runtime.facade.seen import fields
from runtime.facade.shapes import (
    Catalogue,
    CredentialChoice,
    ExampleShape,
    HandleShape,
    Stage,
    TypeShape,
)
from runtime.gallery import STAGES
from runtime.store.database import Connection, rows


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
