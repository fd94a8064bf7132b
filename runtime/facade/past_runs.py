"""Past runs of a journey for the canvas: the list, and one with its steps on its own version."""

from __future__ import annotations

from typing import Any

from runtime.facade import history, runs
from runtime.facade.desk import Desk
from runtime.facade.errors import NotFound
from runtime.facade.journeys import find
from runtime.facade.shapes import ReplayShape, RunRow
from runtime.simulate.reads import read_by
from runtime.store.database import Connection, rows

MOST = 50
_STATUSES = ("running", "waiting", "completed", "exited", "failed")


def past_runs(desk: Desk, slug: str, limit: int = 20, before: str | None = None) -> list[RunRow]:
    """The journey's latest runs; `before` is the id of the last one of the page before."""
    limit = max(1, min(MOST, limit))
    with desk.read() as conn:
        journey = find(conn, desk.workspace, slug).id
        where, params = "", list[Any]()
        if before is not None:
            place = rows(
                conn,
                "SELECT started_at, id FROM run WHERE id = ? AND journey = ?",
                (before, journey),
            )
            if not place:
                return []
            where = " AND started_at <= ? AND (started_at < ? OR id < ?)"
            params = [place[0][0], *place[0]]
        found: list[tuple[Any, ...]] = []
        for status in _STATUSES:  # each by the index, so that a million runs are not sorted
            sql = f"""SELECT {runs.RUN_COLUMNS} FROM run WHERE journey = ? AND status = ?{where}
 ORDER BY started_at DESC, id DESC LIMIT ?"""
            found += rows(conn, sql, (journey, status, *params, limit))
        found.sort(key=lambda row: (row[7], row[0]), reverse=True)
        return runs.run_rows(conn, found[:limit])


def past_run(desk: Desk, slug: str, run_id: str) -> ReplayShape:
    """One run as it went, with the document it travelled."""
    with desk.read() as conn:
        version = _version(conn, find(conn, desk.workspace, slug).id, run_id)
        made = history.steps(conn, [run_id])[run_id]
    told = runs.run(desk, run_id)
    effects = {effect["key"]: effect for effect in told["effects"]}
    steps: list[dict[str, Any]] = []
    for number, (step, shown) in enumerate(zip(made, told["steps"], strict=False), 1):
        came = _before(version, made[: number - 1], step.node)
        line: dict[str, Any] = {**shown, "n": number, "pinned": False, "assumed": False}
        line["waited"] = 0.0 if came is None else (step.at - made[came].at) / 1_000_000
        line["input"] = {
            "customer": None,
            "event": told["event"],
            "steps": {} if came is None else {made[came].node: told["steps"][came]["output"]},
            "reads": read_by(version.config(step.node)),
        }
        if step.key in effects:
            line["effect"] = {"kind": effects[step.key]["kind"], **effects[step.key]["body"]}
        steps.append(line)
    return {
        "run": {name: told[name] for name in RunRow.__annotations__},  # pyright: ignore
        "document": version.document,
        "steps": steps,
        "ends": [{"status": told["status"], "reason": told["reason"]}],
        "waiting": told["waiting"],
    }


def _version(conn: Connection, journey: str, run_id: str) -> history.Version:
    sql = "SELECT version FROM run WHERE id = ? AND journey = ?"
    found = rows(conn, sql, (run_id, journey))
    versions = history.versions(conn, [row[0] for row in found])
    if not versions:
        raise NotFound("There is no such run in this journey. It may have been removed.")
    return next(iter(versions.values()))


def _before(version: history.Version, made: list[history.Step], node: str) -> int | None:
    """Which step sent the run here: the last one whose way leads to this node."""
    for place in range(len(made) - 1, -1, -1):
        handle = made[place].handle
        if handle is not None and node in version.next(made[place].node, handle):
            return place
    return None
