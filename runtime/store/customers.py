"""Customers and the names they are known by."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from runtime.store.database import Connection, many, marks, rows, run

Name = tuple[str, str]  # (kind: id | email | anonymous, value)


class CustomerRow(NamedTuple):
    """A customer's record."""

    id: str
    external_id: str | None
    email: str | None
    attributes_json: str
    consent_json: str
    segments_json: str


def known(conn: Connection, workspace: str, names: Collection[Name]) -> dict[Name, str]:
    """Which customer each of these names stands for."""
    found: dict[Name, str] = {}
    for kind in {kind for kind, _ in names}:
        values = [value for k, value in names if k == kind]
        sql = f"""SELECT value, customer FROM identity
 WHERE workspace = ? AND kind = ? AND value IN ({marks(len(values))})"""
        for value, customer in rows(conn, sql, (workspace, kind, *values)):
            found[kind, value] = customer
    return found


def load(conn: Connection, ids: Collection[str], *, lock: bool = False) -> list[CustomerRow]:
    """These customers; `lock` for a change in this transaction."""
    if not ids:
        return []
    sql = f"""SELECT id, external_id, email, attributes_json, consent_json, segments_json
 FROM customer WHERE id IN ({marks(len(ids))})"""
    if lock and conn.dialect.name != "sqlite":
        sql += " ORDER BY id FOR UPDATE"
    return [CustomerRow._make(row) for row in rows(conn, sql, tuple(ids))]


def add(conn: Connection, workspace: str, new: list[tuple[CustomerRow, bool]], now: int) -> None:
    """New customers; the flag says whether they are samples."""
    many(
        conn,
        """INSERT INTO customer (id, workspace, external_id, email, attributes_json, consent_json,
 segments_json, sample, created_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?)""",
        [(c.id, workspace, c.external_id, c.email, *c[3:], sample, now, now) for c, sample in new],
    )


def save(conn: Connection, changed: list[CustomerRow], now: int) -> None:
    """Changed customers."""
    many(
        conn,
        """UPDATE customer SET external_id = ?, email = ?, attributes_json = ?, consent_json = ?,
 segments_json = ?, updated_at = ? WHERE id = ?""",
        [(*c[1:], now, c.id) for c in sorted(changed)],
    )


def link(conn: Connection, workspace: str, links: list[tuple[Name, str]]) -> None:
    """New names of customers; a name that is taken stays with whom it has."""
    many(
        conn,
        """INSERT INTO identity (workspace, kind, value, customer) VALUES (?,?,?,?)
 ON CONFLICT (workspace, kind, value) DO NOTHING""",
        [(workspace, kind, value, customer) for (kind, value), customer in links],
    )


def merge(conn: Connection, gone: str, into: str) -> None:
    """Everything of one customer becomes another's; the first is deleted. Of two entries into a
    journey the later one counts."""
    for table in ("identity", "event", "run", "approval", "message", "task"):
        run(conn, f"UPDATE {table} SET customer = ? WHERE customer = ?", (into, gone))
    run(
        conn,
        """INSERT INTO entry (journey, customer, key, run, last_at, open)
 SELECT journey, ?, key, run, last_at, open FROM entry WHERE customer = ?
 ON CONFLICT (journey, customer, key) DO UPDATE
 SET run = excluded.run, last_at = excluded.last_at, open = excluded.open
 WHERE excluded.last_at > entry.last_at""",
        (into, gone),
    )
    run(conn, "DELETE FROM entry WHERE customer = ?", (gone,))
    run(conn, "DELETE FROM customer WHERE id = ?", (gone,))
