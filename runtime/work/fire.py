"""Fires schedules: an event for each customer of the segment, or one without a customer.

A fan-out goes by a cursor, so many customers a transaction, saved with their events. The nominal
local time is unique, so that a clock change fires nothing twice. What came due while nothing ran
is missed, and the schedule's own rule says what becomes of it:

| missed | fires |
| --- | --- |
| latest | once, for the newest of them |
| all | for each of them in order, the newest hundred at most |
| skip | not at all; only one that is at most five minutes late counts as on time |
"""

from __future__ import annotations

from datetime import UTC

import orjson

from runtime.engine import routing
from runtime.journey import times
from runtime.schedule.fires import missed, next_fire
from runtime.store import schedules
from runtime.store.clock import from_us, to_us
from runtime.store.database import Connection, Database
from runtime.store.failpoints import failpoint
from runtime.store.intake import Incoming, accept
from runtime.store.schedules import ScheduleRow

BATCH = 1000  # customers in a transaction
MOST_MISSED = 100  # firings that are made up for
LATE = 300_000_000  # microseconds after which a firing counts as missed


def fire(database: Database, most: int = BATCH) -> int:
    """Fire one due schedule, or carry its fan-out on by a batch; how many events that made."""
    made = database.transact(lambda conn: _fire(database, conn, most))
    if made:
        failpoint("fire.after_commit")
    return made


def _fire(database: Database, conn: Connection, most: int) -> int:
    now = database.now_us(conn)
    found = schedules.due(conn, now)
    if found is None:
        return 0
    nominal, _, last = (found.cursor or "").partition("|")
    if not nominal:
        chosen = _choose(found, now)
        if chosen is None:
            schedules.save(conn, found.id, _next(found, now), None)
            return 1
        nominal, at = chosen
        found = found._replace(next_at=at)
        if not schedules.fire(conn, found.id, nominal, now):
            schedules.save(conn, found.id, _following(found, now), None)
            return 1
    if found.segment is None:
        accept(conn, [_event(found, nominal, None, sample=False)], now)
        schedules.save(conn, found.id, _following(found, now), None)
        return 1
    customers = schedules.customers(conn, found.workspace, last, most)
    inside = [c for c in customers if found.segment in orjson.loads(c[1])]
    accept(conn, [_event(found, nominal, c[0], sample=c[2]) for c in inside], now)
    if len(customers) < most:
        schedules.save(conn, found.id, _following(found, now), None)
    else:
        schedules.save(conn, found.id, found.next_at, f"{nominal}|{customers[-1][0]}")
    return max(1, len(inside))


def _choose(found: ScheduleRow, now: int) -> tuple[str, int] | None:
    """Which of the local times that are due fires now, by the schedule's rule: (nominal, instant);
    None: none of them."""
    most = MOST_MISSED if found.missed == "all" else 1
    zone = times.zone(found.time_zone) or UTC
    due = missed(found.cron, zone, from_us(found.next_at), from_us(now), most)
    if not due:  # its times have changed since it was noted
        return None
    nominal, instant = due[0]
    at = to_us(instant)
    if found.missed == "skip" and now - at > LATE:
        return None
    return nominal, at


def _event(found: ScheduleRow, nominal: str, customer: str | None, *, sample: bool) -> Incoming:
    return Incoming(
        workspace=found.workspace,
        source=f"schedule:{found.id}",
        external_id=f"{nominal}:{customer or ''}",
        kind="track",
        name=f"schedule.{found.node}",
        who=None,
        properties=routing.fire_properties(nominal, from_us(found.next_at)),
        at=found.next_at,
        target=found.journey,
        target_node=found.node,
        sample=sample,
        customer=customer,
    )


def _following(found: ScheduleRow, now: int) -> int:
    """When it is due after it has fired: with the rule "all" that may be in the past, too."""
    return _next(found, found.next_at if found.missed == "all" else now)


def _next(found: ScheduleRow, after: int) -> int:
    zone = times.zone(found.time_zone) or UTC
    return to_us(next_fire(found.cron, zone, from_us(max(after, found.next_at)))[1])
