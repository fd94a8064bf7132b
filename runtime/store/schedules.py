"""Schedules that are due, and the customers they are for."""

from __future__ import annotations

from typing import NamedTuple

from runtime.store.database import Connection, rows, run


class ScheduleRow(NamedTuple):
    """A cron that a journey starts by. `cursor`: how far a fan-out under way has come; `missed`:
    what becomes of firings that were missed (latest, all, skip)."""

    id: str
    workspace: str
    journey: str
    node: str
    cron: str
    time_zone: str
    segment: str | None
    next_at: int
    cursor: str | None
    missed: str


def due(conn: Connection, now: int) -> ScheduleRow | None:
    """The schedule that has been due for the longest time; ours until the transaction ends."""
    sql = """SELECT id, workspace, journey, node, cron, time_zone, segment, next_at, "cursor",
 missed FROM schedule WHERE next_at <= ? ORDER BY next_at, id LIMIT 1"""
    if conn.dialect.name != "sqlite":
        sql += " FOR UPDATE SKIP LOCKED"
    found = rows(conn, sql, (now,))
    return ScheduleRow._make(found[0]) if found else None


def fire(conn: Connection, schedule: str, nominal: str, now: int) -> bool:
    """Note that it fires for this local time; False when it has before."""
    sql = """INSERT INTO schedule_fire (schedule, nominal, at) VALUES (?,?,?)
 ON CONFLICT (schedule, nominal) DO NOTHING"""
    return run(conn, sql, (schedule, nominal, now)).rowcount == 1


def save(conn: Connection, schedule: str, next_at: int, cursor: str | None) -> None:
    """When it is due next, and how far it has come."""
    sql = 'UPDATE schedule SET next_at = ?, "cursor" = ? WHERE id = ?'
    run(conn, sql, (next_at, cursor, schedule))


def customers(
    conn: Connection, workspace: str, after: str, most: int
) -> list[tuple[str, str, bool]]:
    """(id, segments JSON, sample) of the workspace's customers, by id, from one on."""
    sql = """SELECT id, segments_json, sample FROM customer
 WHERE workspace = ? AND id > ? ORDER BY id LIMIT ?"""
    return [(row[0], row[1], bool(row[2])) for row in rows(conn, sql, (workspace, after, most))]
