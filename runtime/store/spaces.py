"""Workspaces, their live journeys, and where there is work."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from runtime.store.clock import NOW
from runtime.store.database import Connection, Database, once, rows


class SpaceRow(NamedTuple):
    """A workspace's rules. `live_rev` grows whenever its live journeys change."""

    id: str
    time_zone: str
    settings_json: str
    live_rev: int


class LiveRow(NamedTuple):
    """A journey that is live or paused, with its published document."""

    journey: str
    version: str
    state: str
    document_json: str


class Due(NamedTuple):
    """The workspaces that have work now, by kind of work. `floods`: which worker routes the flood
    of a workspace now."""

    events: list[str]
    runs: list[str]
    effects: list[str]
    schedules: bool
    chores: bool
    floods: dict[str, str]

    @property
    def any(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.events or self.runs or self.effects or self.schedules or self.chores)


# Not EXISTS: PostgreSQL would hash that and read every dead entry of the index each time, where an
# index scan that may stop at the first row marks them as it passes.
_DUE = """SELECT w.id, CASE WHEN w.flood_until > ? THEN w.flood_by END,
 (SELECT 1 FROM event e WHERE e.workspace = w.id AND e.routed_at IS NULL LIMIT 1),
 (SELECT 1 FROM run r WHERE r.workspace = w.id AND r.wake_at <= ? AND r.lease_until <= ? LIMIT 1),
 (SELECT 1 FROM outbox o WHERE o.workspace = w.id AND o.next_at <= ? LIMIT 1),
 (SELECT 1 FROM schedule s WHERE s.workspace = w.id AND s.next_at <= ? LIMIT 1),
 (SELECT 1 FROM chore c WHERE c.next_at <= ? LIMIT 1)
 FROM workspace w ORDER BY w.id"""


def due(conn: Connection, now: int) -> Due:
    """Where there is work at this instant."""
    return _due(rows(conn, _DUE, (now,) * 6))


def _due(asked: list[tuple[Any, ...]]) -> Due:
    found = Due([], [], [], False, False, {})
    schedules = chores = False
    for workspace, flood, events, runs, effects, fires, kept in asked:
        if flood:
            found.floods[workspace] = flood
        if events:
            found.events.append(workspace)
        if runs:
            found.runs.append(workspace)
        if effects:
            found.effects.append(workspace)
        schedules = schedules or bool(fires)
        chores = chores or bool(kept)
    return found._replace(schedules=schedules, chores=chores)


def look(database: Database) -> Due:
    """Where there is work now. PostgreSQL is asked in one round trip, its clock along with it."""
    if not database.has_clock:
        with database.read() as conn:
            return due(conn, database.now_us(conn))
    with database.glance() as conn:
        return _due(rows(conn, _at_once()))


@cache
def _at_once() -> str:
    asked = _DUE.replace("?", "t.now").replace("FROM workspace w", "FROM t, workspace w")
    return f"WITH t AS MATERIALIZED (SELECT {NOW} AS now) {asked}"


def route_flood(conn: Connection, workspace: str, worker: str, until: int) -> None:
    """This worker routes the workspace's flood; the others leave it to it until then, while anybody
    else wants a turn."""
    sql = "UPDATE workspace SET flood_by = ?, flood_until = ? WHERE id = ?"
    once(conn, sql, (worker, until, workspace))


def space(conn: Connection, workspace: str) -> SpaceRow:
    """The workspace; it is known to exist."""
    sql = "SELECT id, time_zone, settings_json, live_rev FROM workspace WHERE id = ?"
    return SpaceRow(*rows(conn, sql, (workspace,))[0])


def live(conn: Connection, workspace: str) -> list[LiveRow]:
    """Its live and paused journeys, the oldest first."""
    sql = """SELECT j.id, v.id, j.state, v.document_json
 FROM journey j JOIN journey_version v ON v.id = j.live_version
 WHERE j.workspace = ? AND j.deleted_at IS NULL AND j.state IN ('live', 'paused')
 ORDER BY j.id"""
    return [LiveRow(*row) for row in rows(conn, sql, (workspace,))]


def document(conn: Connection, version: str) -> str | None:
    """A published version's document."""
    found = rows(conn, "SELECT document_json FROM journey_version WHERE id = ?", (version,))
    return found[0][0] if found else None
