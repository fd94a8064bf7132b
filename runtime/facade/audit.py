"""The audit: append-only rows, each chained to the last by a hash, so that tampering shows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from runtime.facade.shapes import AuditRow
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows, run


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did. `detail` never holds a secret."""

    workspace: str
    at: int
    who: str
    what: str
    of: str
    detail: dict[str, Any]


def link(before: bytes, entry: Entry) -> bytes:
    """The chain's next value: SHA-256 over the one before and this row."""
    row = [entry.workspace, entry.at, entry.who, entry.what, entry.of, entry.detail]
    return hashlib.sha256(before + orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).digest()


def add(conn: Connection, entry: Entry) -> None:
    """Append a row in this transaction."""
    if conn.dialect.name != "sqlite":  # one writer at a time for each chain
        rows(conn, "SELECT id FROM workspace WHERE id = ? FOR UPDATE", (entry.workspace,))
    last = rows(
        conn,
        "SELECT chain FROM audit WHERE workspace = ? ORDER BY seq DESC LIMIT 1",
        (entry.workspace,),
    )
    chain = link(bytes(last[0][0]) if last else b"", entry)
    detail = orjson.dumps(entry.detail).decode()
    run(
        conn,
        """INSERT INTO audit (workspace, at, who, what, "of", detail_json, chain)
 VALUES (?,?,?,?,?,?,?)""",
        (entry.workspace, entry.at, entry.who, entry.what, entry.of, detail, chain),
    )


def broken(conn: Connection, workspace: str) -> int | None:
    """The seq of the first row that does not fit its chain, or None when all is well."""
    before = b""
    sql = """SELECT seq, at, who, what, "of", detail_json, chain FROM audit
 WHERE workspace = ? ORDER BY seq"""
    for seq, at, who, what, of, detail, chain in rows(conn, sql, (workspace,)):
        before = link(before, Entry(workspace, at, who, what, of, orjson.loads(detail)))
        if before != bytes(chain):
            return seq
    return None


def page(conn: Connection, workspace: str, skip: int, most: int) -> list[AuditRow]:
    """The newest rows first."""
    sql = """SELECT at, who, what, "of", detail_json FROM audit
 WHERE workspace = ? ORDER BY seq DESC LIMIT ? OFFSET ?"""
    return [
        {"at": rfc3339(at), "who": who, "what": what, "of": of, "detail": orjson.loads(detail)}
        for at, who, what, of, detail in rows(conn, sql, (workspace, most, skip))
    ]
