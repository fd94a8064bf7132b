"""Events on their way from the intake to the runs they start or reach."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from runtime.store.database import Connection, many, marks, rows


class EventRow(NamedTuple):
    """An accepted event. `customer` is known already when the maker knew it (a schedule)."""

    seq: int
    id: str
    kind: str
    name: str
    who_json: str | None
    customer: str | None
    properties_json: str
    target: str | None
    target_node: str | None
    sample: bool
    at: int
    received_at: int
    # not null: its signals are in the inboxes already, and only its triggers are left, those of the
    # journeys that do not stand in here
    outcome_json: str | None

    @property
    def heard(self) -> bool:
        return self.outcome_json is not None


class PastRow(NamedTuple):
    """An event of a customer's past."""

    id: str
    name: str
    properties_json: str
    at: int


_COLUMNS = """seq, id, kind, name, who_json, customer, properties_json, target, target_node, sample,
 at, received_at, outcome_json"""


def lock(conn: Connection, workspace: str) -> bool:
    """Become the one that routes this workspace until the transaction ends, so that a customer's
    events keep their order. SQLite has one writer anyway."""
    if conn.dialect.name == "sqlite":
        return True
    sql = "SELECT pg_try_advisory_xact_lock(772301, hashtext(?))"
    return bool(rows(conn, sql, (workspace,))[0][0])


def unrouted(conn: Connection, workspace: str, after: int, most: int) -> list[EventRow]:
    """The oldest events that are not routed, in the order they came, from a seq on."""
    given = (workspace, after, workspace, most)
    if conn.dialect.name == "sqlite":
        where = "workspace = ? AND seq > ? AND workspace = ?"
    else:  # only the index of what is not routed gives this order: in a flood PostgreSQL would take
        # the primary key, and go on with that when most of what it passes has been routed
        where = "(workspace, seq) > (?, ?) AND workspace <= ?"
    sql = f"""SELECT {_COLUMNS} FROM event
 WHERE {where} AND routed_at IS NULL ORDER BY workspace, seq LIMIT ?"""
    return [EventRow._make(row) for row in rows(conn, sql, given)]


def by_id(conn: Connection, ids: Collection[str]) -> dict[str, EventRow]:
    """These events."""
    sql = f"SELECT {_COLUMNS} FROM event WHERE id IN ({marks(len(ids))})"
    return {row[1]: EventRow._make(row) for row in rows(conn, sql, tuple(ids))}


def mark_routed(conn: Connection, routed: list[tuple[int, str | None, str, int]]) -> None:
    """(now, customer, outcome JSON, seq) of each."""
    many(
        conn,
        "UPDATE event SET routed_at = ?, customer = ?, outcome_json = ? WHERE seq = ?",
        routed,
    )


def mark_heard(conn: Connection, seqs: list[int]) -> None:
    """Their signals are in the inboxes; their triggers wait until the runs have taken them."""
    sql = "UPDATE event SET outcome_json = '[]' WHERE seq = ?"
    many(conn, sql, [(seq,) for seq in seqs])


def past(conn: Connection, customer: str, most: int = 10_000) -> list[PastRow]:
    """The customer's routed events, oldest first, at most the newest `most`."""
    sql = """SELECT id, name, properties_json, at FROM event
 WHERE customer = ? AND routed_at IS NOT NULL ORDER BY seq DESC LIMIT ?"""
    return [PastRow._make(row) for row in reversed(rows(conn, sql, (customer, most)))]
