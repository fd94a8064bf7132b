"""The statements about API keys; only a key's hash is ever stored."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.store.database import Connection, once, rows


@dataclass(frozen=True, slots=True)
class KeyRow:
    """Who a live key belongs to and what it may do."""

    id: str
    workspace: str
    kind: str
    name: str


def add(conn: Connection, row: KeyRow, *, token_hash: str, hint: str, at: int) -> None:
    """Store a new key; `at` is in microseconds."""
    sql = """INSERT INTO api_key (id, workspace, kind, name, token_hash, hint, created_at)
 VALUES (?,?,?,?,?,?,?)"""
    once(conn, sql, (row.id, row.workspace, row.kind, row.name, token_hash, hint, at))


def find(conn: Connection, token_hash: str) -> KeyRow | None:
    """The key with this hash, unless it was revoked."""
    sql = """SELECT id, workspace, kind, name FROM api_key
 WHERE token_hash = ? AND revoked_at IS NULL"""
    for row in rows(conn, sql, (token_hash,)):
        return KeyRow(*row)
    return None


def revoke(conn: Connection, workspace: str, key_id: str, *, at: int) -> bool:
    """Revoke a key now; False when the workspace has no such live key."""
    sql = """UPDATE api_key SET revoked_at = ?
 WHERE workspace = ? AND id = ? AND revoked_at IS NULL"""
    return once(conn, sql, (at, workspace, key_id)) > 0
