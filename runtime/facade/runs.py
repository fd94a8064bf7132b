"""Runs: the list, and one with its steps and effects."""

from __future__ import annotations

from typing import Any

from runtime.facade import history, timeline
from runtime.facade.desk import Desk, mapping, when
from runtime.facade.errors import NotFound
from runtime.facade.shapes import EffectShape, RunRow, RunShape, StepShape
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows
from runtime.store.outbox import place

PAGE = 50
RUN_COLUMNS = """id, journey, version, customer, status, reason, event, started_at, ended_at,
 goal_at, sample"""
SHORTEST = 2000  # characters of a text in an effect's body that are shown


def runs(
    desk: Desk,
    journey: str | None = None,
    customer: str | None = None,
    status: str | None = None,
    page: int = 0,
) -> list[RunRow]:
    """A page of runs, the newest first. `journey` is a slug, `customer` an id."""
    where, params = "workspace = ?", [desk.workspace]
    with desk.read() as conn:
        if journey is not None:
            sql = "SELECT id FROM journey WHERE workspace = ? AND slug = ?"
            found = rows(conn, sql, (desk.workspace, journey))
            if not found:
                raise NotFound(f"There is no journey {journey}.")
            where, params = where + " AND journey = ?", [*params, found[0][0]]
        if customer is not None:
            where, params = where + " AND customer = ?", [*params, customer]
        if status is not None:
            where, params = where + " AND status = ?", [*params, status]
        sql = f"""SELECT {RUN_COLUMNS} FROM run WHERE {where}
 ORDER BY started_at DESC, id DESC LIMIT {PAGE} OFFSET {max(0, page) * PAGE}"""
        return run_rows(conn, rows(conn, sql, params))


def run_rows(conn: Connection, found: list[tuple[Any, ...]]) -> list[RunRow]:
    """Runs as lists show them."""
    versions = history.versions(conn, [row[2] for row in found])
    names = history.names(conn, [row[3] for row in found])
    return [_row(row, versions[row[2]], names) for row in found if row[2] in versions]


def _row(row: tuple[Any, ...], version: history.Version, names: dict[str, str]) -> RunRow:
    one, _, _, customer, status, reason, _, started, ended, goal, sample = row
    return {
        "id": one,
        "journey": version.slug,
        "journey_name": version.name,
        "version": version.number,
        "customer": customer,
        "customer_name": names.get(customer),
        "status": status,
        "reason": reason,
        "started_at": rfc3339(started),
        "ended_at": when(ended),
        "goal_at": when(goal),
        "sample": bool(sample),
    }


def run(desk: Desk, run_id: str) -> RunShape:
    """One run with its steps and effects."""
    from runtime.facade.customers import waiting

    with desk.read() as conn:
        sql = f"SELECT {RUN_COLUMNS} FROM run WHERE workspace = ? AND id = ?"
        found = rows(conn, sql, (desk.workspace, run_id))
        versions = history.versions(conn, [row[2] for row in found])
        if not found or found[0][2] not in versions:
            raise NotFound("There is no such run.")
        row, version = found[0], versions[found[0][2]]
        entry = history.events(conn, [row[6]]).get(row[6])
        base = _row(row, version, history.names(conn, [row[3]]))
        return {
            **base,
            "event": dict(entry.seen) if entry else {},
            "steps": _steps(conn, desk, version, run_id),
            "effects": effects(conn, run_id),
            "waiting": waiting(conn, desk, [run_id]),
        }


def _steps(conn: Connection, desk: Desk, version: history.Version, run_id: str) -> list[StepShape]:
    sql = 'SELECT "key", subject, via FROM message WHERE run = ?'
    sent = {key: timeline.delivered(*told) for key, *told in rows(conn, sql, (run_id,))}
    steps = history.steps(conn, [run_id])[run_id]
    return [_step(desk, version, step, sent.get(step.key)) for step in steps]


def _step(desk: Desk, version: history.Version, step: history.Step, sent: str | None) -> StepShape:
    kind = desk.house.types.get(step.type)
    title, text = timeline.said(kind, version, step)
    return {
        "at": rfc3339(step.at),
        "node": step.node,
        "type": step.type,
        "visit": step.visit,
        "handle": step.handle,
        "title": sent or title,
        "text": text,
        "output": timeline.redacted(kind, step.output),
        "notes": step.notes,
    }


def effects(conn: Connection, run_id: str) -> list[EffectShape]:
    """What a run did to the outside, in its order."""
    sql = """SELECT "key", kind, state, attempts, body, answer_json, created_at, done_at
 FROM outbox WHERE run = ? ORDER BY created_at, "key" """
    return [
        {
            "key": key,
            "kind": kind,
            "node": place(key).node,
            "state": state,
            "attempts": attempts,
            "body": {name: _short(value) for name, value in mapping(bytes(body)).items()},
            "answer": None if answer is None else mapping(answer),
            "created_at": rfc3339(created),
            "done_at": when(done),
        }
        for key, kind, state, attempts, body, answer, created, done in rows(conn, sql, (run_id,))
    ]


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > SHORTEST:
        return value[:SHORTEST] + "…"
    return value
