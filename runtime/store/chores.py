"""Chores: long work that goes by small transactions, each of which saves how far it has come. So a
chore holds nobody up, and whichever worker looks next goes on with it after a crash."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import orjson

from runtime.store.database import Connection, new_id, rows, run

ERASE, RETAIN = "erase", "retain"


class Chore(NamedTuple):
    """A chore as it was found. `ref`: whom it is about; `state_json`: how far it has come."""

    id: str
    workspace: str
    kind: str
    ref: str
    state_json: str
    next_at: int | None
    created_at: int
    done_at: int | None

    @property
    def state(self) -> dict[str, Any]:
        """How far it has come; a copy."""
        return cast("dict[str, Any]", orjson.loads(self.state_json))


_COLUMNS = "id, workspace, kind, ref, state_json, next_at, created_at, done_at"


def add(
    conn: Connection,
    workspace: str,
    kind: str,
    ref: str,
    state: dict[str, Any],
    now: int,
    next_at: int,
) -> bool:
    """A new chore; False when there is one of this kind about the same already."""
    sql = """INSERT INTO chore (id, workspace, kind, ref, state_json, next_at, created_at)
 VALUES (?,?,?,?,?,?,?) ON CONFLICT (kind, workspace, ref) DO NOTHING"""
    text = orjson.dumps(state).decode()
    return run(conn, sql, (new_id(), workspace, kind, ref, text, next_at, now)).rowcount == 1


def due(conn: Connection, now: int) -> list[Chore]:
    """The chores that are due, the longest first; a few of them."""
    sql = f"SELECT {_COLUMNS} FROM chore WHERE next_at <= ? ORDER BY next_at, id LIMIT 10"
    return [Chore._make(row) for row in rows(conn, sql, (now,))]


def find(conn: Connection, workspace: str, kind: str, ref: str) -> Chore | None:
    """The chore of this kind about this, done or not."""
    sql = f"SELECT {_COLUMNS} FROM chore WHERE workspace = ? AND kind = ? AND ref = ?"
    found = rows(conn, sql, (workspace, kind, ref))
    return Chore._make(found[0]) if found else None


def hold(conn: Connection, chore: Chore) -> bool:
    """Whether it still stands as it was read; nobody else goes on with it until this transaction
    ends."""
    sql = "SELECT state_json, next_at FROM chore WHERE id = ?"
    if conn.dialect.name != "sqlite":
        sql += " FOR UPDATE"
    return rows(conn, sql, (chore.id,)) == [(chore.state_json, chore.next_at)]


def save(conn: Connection, chore: Chore, state: dict[str, Any], next_at: int) -> None:
    """How far it has come, and when it goes on."""
    sql = "UPDATE chore SET state_json = ?, next_at = ?, done_at = NULL WHERE id = ?"
    run(conn, sql, (orjson.dumps(state).decode(), next_at, chore.id))


def finish(conn: Connection, chore: Chore, state: dict[str, Any], now: int) -> None:
    """It is done; `state` says what came of it."""
    sql = "UPDATE chore SET state_json = ?, next_at = NULL, done_at = ? WHERE id = ?"
    run(conn, sql, (orjson.dumps(state).decode(), now, chore.id))
