"""The audit as the owner reads it (`runtime.store.trail` keeps it)."""

from __future__ import annotations

import orjson

from runtime.facade.shapes import AuditRow
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows
from runtime.store.trail import Entry, add, broken

__all__ = ["Entry", "add", "broken", "page"]


def page(conn: Connection, workspace: str, skip: int, most: int) -> list[AuditRow]:
    """The newest rows first."""
    sql = """SELECT at, who, what, "of", detail_json FROM audit
 WHERE workspace = ? ORDER BY seq DESC LIMIT ? OFFSET ?"""
    return [
        {"at": rfc3339(at), "who": who, "what": what, "of": of, "detail": orjson.loads(detail)}
        for at, who, what, of, detail in rows(conn, sql, (workspace, most, skip))
    ]
