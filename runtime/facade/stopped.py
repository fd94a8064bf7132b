"""Customers who stopped on their way: runs that one of their nodes has failed, with no way on from
there; and letting one go on."""

from __future__ import annotations

from typing import Any

from runtime.facade import history, reasons
from runtime.facade.desk import Desk
from runtime.facade.errors import NotFound, Refused
from runtime.facade.shapes import Retried, StoppedRun
from runtime.store import erase, letters
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows
from runtime.store.reopen import goes_on, reopen

MOST = 200
WEEK = 7 * 86_400_000_000  # microseconds for which they are shown

_COLUMNS = "r.id, r.version, r.customer, r.reason, r.state_json, r.ended_at"
# Of a journey only the failed ones that started last are read, by their index. One with a dead
# letter is shown with the dead letters, or somebody has settled it.
_STOPPED = f"""SELECT {_COLUMNS} FROM (SELECT * FROM run WHERE journey = ? AND status = 'failed'
 ORDER BY started_at DESC LIMIT {MOST}) r WHERE r.ended_at > ? AND NOT r.sample
 AND NOT EXISTS (SELECT 1 FROM dead_letter d WHERE d.kind = 'run' AND d.ref = r.id)
 ORDER BY r.ended_at DESC"""


def stopped(desk: Desk) -> list[StoppedRun]:
    """Whoever stopped in the last seven days, the latest first."""
    with desk.read() as conn:
        now = desk.house.database.now_us(conn)
        found = [row for _, runs in _by_journey(conn, desk.workspace, now) for row in runs]
        found.sort(key=lambda row: row[5], reverse=True)
        return _shapes(conn, desk, found[:MOST])


def worst(conn: Connection, desk: Desk, now: int) -> list[tuple[int, StoppedRun]]:
    """Of the two journeys in which the most have stopped: how many (`MOST` at most), and the last
    one."""
    found = [runs for _, runs in _by_journey(conn, desk.workspace, now) if runs]
    found.sort(key=len, reverse=True)
    return [(len(runs), one) for runs in found[:2] for one in _shapes(conn, desk, runs[:1])]


def _by_journey(
    conn: Connection, workspace: str, now: int
) -> list[tuple[str, list[tuple[Any, ...]]]]:
    sql = "SELECT id, name FROM journey WHERE workspace = ? AND deleted_at IS NULL ORDER BY name"
    journeys = rows(conn, sql, (workspace,))
    return [(name, rows(conn, _STOPPED, (one, now - WEEK))) for one, name in journeys]


def of_customer(conn: Connection, desk: Desk, customer: str) -> list[StoppedRun]:
    """Where a customer stopped and could go on, the latest first."""
    sql = f"""SELECT {_COLUMNS} FROM run r JOIN journey j ON j.id = r.journey
 WHERE r.customer = ? AND r.workspace = ? AND r.status = 'failed' AND j.deleted_at IS NULL
 AND NOT r.sample ORDER BY r.ended_at DESC, r.id LIMIT 20"""
    found = _shapes(conn, desk, rows(conn, sql, (customer, desk.workspace)))
    return [one for one in found if one["again"]]


def _shapes(conn: Connection, desk: Desk, found: list[tuple[Any, ...]]) -> list[StoppedRun]:
    versions = history.versions(conn, [row[1] for row in found])
    names = history.names(conn, [row[2] for row in found])
    made: list[StoppedRun] = []
    for one, version_id, customer, reason, state_json, ended in found:
        version = versions.get(version_id)
        if version is None:
            continue
        said = reasons.of_node(reason, version.titles(desk.house.types))
        made.append(
            {
                "run": one,
                "journey": version.slug,
                "journey_name": version.name,
                "customer": customer,
                "customer_name": names.get(customer),
                "reason": said.text,
                "details": said.details,
                "again": goes_on(state_json),
                "ended_at": rfc3339(ended),
            }
        )
    return made


def retry(desk: Desk, run_id: str) -> Retried:
    """Let a run that has failed go on from where it stood: what failed is done once more, and sent
    as a new send."""

    def work(conn: Connection, now: int) -> None:
        sql = "SELECT reason FROM run WHERE workspace = ? AND id = ?"
        found = rows(conn, sql, (desk.workspace, run_id))
        if not found:
            raise NotFound("There is no such run.")
        if erase.took(conn, run_id):
            raise Refused("The customer was erased, so nothing is done for them any more.")
        if why := reopen(conn, run_id, now):
            raise Refused(why)
        letters.resolve(conn, "run", run_id, now)
        desk.audit(conn, now, "run.retried", run_id)

    desk.write("edit", work)
    desk.house.bell.ring()
    return {"id": run_id, "text": "It goes on from where it stopped."}
