"""Fires schedules: an event for each customer of the segment, or one without a customer.

A fan-out goes by a cursor, so many customers a transaction, saved with their events. What was due
several times while nothing ran fires once. The nominal local time is unique, so that a clock change
fires nothing twice.
"""

from __future__ import annotations

from datetime import UTC

import orjson

from runtime.engine import routing
from runtime.journey import times
from runtime.schedule.fires import next_fire
from runtime.store import schedules
from runtime.store.clock import from_us, rfc3339, to_us
from runtime.store.database import Connection, Database
from runtime.store.failpoints import failpoint
from runtime.store.intake import Incoming, accept
from runtime.store.schedules import ScheduleRow

BATCH = 1000  # customers in a transaction


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
        nominal = _nominal(found)
        if not schedules.fire(conn, found.id, nominal, now):
            schedules.save(conn, found.id, _next(found, now), None)
            return 1
    if found.segment is None:
        accept(conn, [_event(found, nominal, None, sample=False)], now)
        schedules.save(conn, found.id, _next(found, now), None)
        return 1
    customers = schedules.customers(conn, found.workspace, last, most)
    chosen = [c for c in customers if found.segment in orjson.loads(c[1])]
    accept(conn, [_event(found, nominal, c[0], sample=c[2]) for c in chosen], now)
    if len(customers) < most:
        schedules.save(conn, found.id, _next(found, now), None)
    else:
        schedules.save(conn, found.id, found.next_at, f"{nominal}|{customers[-1][0]}")
    return max(1, len(chosen))


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


def _nominal(found: ScheduleRow) -> str:
    """The local time that its instant stands for."""
    zone = times.zone(found.time_zone) or UTC
    nominal, instant = next_fire(found.cron, zone, from_us(found.next_at - 1_000_000))
    return nominal if to_us(instant) == found.next_at else rfc3339(found.next_at)


def _next(found: ScheduleRow, now: int) -> int:
    zone = times.zone(found.time_zone) or UTC
    return to_us(next_fire(found.cron, zone, from_us(max(now, found.next_at)))[1])
