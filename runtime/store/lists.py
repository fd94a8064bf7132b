"""What the management API reads beside the facade: events, and a version's document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.store.database import Connection, rows


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it is stored; instants in microseconds, JSON as text."""

    id: str
    name: str
    kind: str
    customer: str | None
    properties_json: str
    at: int
    received_at: int
    routed_at: int | None
    outcome_json: str | None
    sample: bool


_EVENT = """SELECT id, name, kind, customer, properties_json, at, received_at, routed_at,
 outcome_json, sample FROM event WHERE workspace = ?"""


def events(
    conn: Connection,
    workspace: str,
    *,
    name: str | None = None,
    customer_id: str | None = None,
    skip: int = 0,
    most: int = 50,
) -> list[EventRow]:
    """Events of a workspace, the newest first."""
    sql, params = _EVENT, [workspace]
    if name is not None:
        sql, params = sql + " AND name = ?", [*params, name]
    if customer_id is not None:
        sql, params = sql + " AND customer = ?", [*params, customer_id]
    found = rows(conn, sql + " ORDER BY seq DESC LIMIT ? OFFSET ?", (*params, most, skip))
    return [_event(row) for row in found]


def one_event(conn: Connection, workspace: str, event_id: str) -> EventRow | None:
    """One event."""
    for row in rows(conn, _EVENT + " AND id = ?", (workspace, event_id)):
        return _event(row)
    return None


def _event(row: tuple[Any, ...]) -> EventRow:
    return EventRow(*row[:-1], sample=bool(row[-1]))


def version(
    conn: Connection, workspace: str, slug: str, number: int
) -> tuple[str, str, int, str | None] | None:
    """(document as text, hash, published at, published by) of a journey's version."""
    sql = """SELECT v.document_json, v.hash, v.published_at, v.published_by
 FROM journey_version v JOIN journey j ON j.id = v.journey
 WHERE j.workspace = ? AND j.slug = ? AND j.deleted_at IS NULL AND v.number = ?"""
    for row in rows(conn, sql, (workspace, slug, number)):
        return (row[0], row[1], row[2], row[3])
    return None


def customer_named(conn: Connection, workspace: str, name: str) -> str | None:
    """The id of the customer with this id, external id, email or anonymous id."""
    either = (workspace, name, name.lower())
    for sql, params in (
        ("SELECT id FROM customer WHERE workspace = ? AND id = ?", (workspace, name)),
        ("SELECT id FROM customer WHERE workspace = ? AND external_id = ?", (workspace, name)),
        (
            "SELECT customer FROM identity WHERE workspace = ? AND value IN (?,?)"
            " ORDER BY kind DESC LIMIT 1",
            either,
        ),
        (
            "SELECT id FROM customer WHERE workspace = ? AND email IN (?,?) ORDER BY id LIMIT 1",
            either,
        ),
    ):
        for row in rows(conn, sql, params):
            return row[0]
    return None


def name_of(conn: Connection, workspace: str, customer_id: str) -> tuple[str, str] | None:
    """A (kind, value) by which an event may name this customer: their id of yours, their email, or
    an anonymous id. None: there is no such customer, or they have no name at all."""
    sql = "SELECT external_id, email FROM customer WHERE workspace = ? AND id = ?"
    for own, email in rows(conn, sql, (workspace, customer_id)):
        if own is not None:
            return ("id", own)
        sql = """SELECT kind, value FROM identity WHERE workspace = ? AND customer = ?
 ORDER BY kind DESC LIMIT 1"""
        for row in rows(conn, sql, (workspace, customer_id)):
            return (row[0], row[1])
        return ("email", email) if email else None
    return None
