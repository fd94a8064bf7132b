"""Schedules fire once for each nominal local time, for one or for a whole segment."""

from __future__ import annotations

import orjson

from runtime.work.fire import fire
from tests.work.house import DAY, HOUR, START, House, at

NODES = {"tick": ("trigger.schedule", {"cron": "0 9 * * *", "time_zone": "UTC"})}


def schedule(
    house: House,
    next_at: int,
    cron: str = "0 9 * * *",
    zone: str = "UTC",
    segment: str | None = None,
) -> None:
    house.publish(NODES, [])
    house.set(
        """INSERT INTO schedule (id, workspace, journey, node, cron, time_zone, segment, next_at)
 VALUES ('s', 'w', 'j', 'tick', ?, ?, ?, ?)""",
        cron,
        zone,
        segment,
        next_at,
    )


def people(house: House, n: int, segment: str) -> None:
    for i in range(n):
        house.set(
            """INSERT INTO customer (id, workspace, segments_json, created_at, updated_at)
 VALUES (?, 'w', ?, 0, 0)""",
            f"c{i:05d}",
            orjson.dumps([segment] if i % 2 else []).decode(),
        )


def test_a_schedule_without_a_segment_starts_one_run_without_a_customer(house: House) -> None:
    schedule(house, START + DAY)
    house.drain()
    assert house.runs() == []
    house.now += DAY
    house.drain()
    house.drain()
    assert house.rows("SELECT status, customer FROM run") == [("completed", None)]
    properties = orjson.loads(house.one("SELECT properties_json FROM event"))
    assert properties == {
        "scheduled_at": "2026-03-03T09:00:00Z",
        "local_time": "2026-03-03T09:00:00",
    }
    assert house.one("SELECT next_at FROM schedule") == START + 2 * DAY


def test_a_segment_gets_a_run_for_each_customer_by_a_cursor(house: House) -> None:
    schedule(house, START, segment="vip")
    people(house, 25, "vip")
    assert fire(house.database, most=10) == 5
    assert house.one('SELECT "cursor", next_at FROM schedule') == (
        "2026-03-02T09:00:00|c00009",
        START,
    )
    house.drain()
    assert len(house.runs()) == 12
    assert house.one('SELECT "cursor", next_at FROM schedule') == (None, START + DAY)


def test_what_was_due_often_while_nothing_ran_fires_once(house: House) -> None:
    schedule(house, START)
    house.now = START + 10 * DAY + HOUR
    house.drain()
    assert len(house.runs()) == 1
    assert house.one("SELECT next_at FROM schedule") == START + 11 * DAY


def test_the_same_local_time_fires_once_though_the_clock_goes_back(house: House) -> None:
    first = at("2026-10-25T00:30:00+00:00")
    schedule(house, first, "30 2 * * *", "Europe/Vienna")
    for _ in range(5):
        house.now = max(house.now, first)
        house.drain()
        house.now += HOUR // 2
    assert len(house.runs()) == 1
    assert house.one("SELECT nominal FROM schedule_fire") == "2026-10-25T02:30:00"
    assert house.one("SELECT next_at FROM schedule") == at("2026-10-26T01:30:00+00:00")


def test_a_local_time_in_a_gap_fires_right_after_it(house: House) -> None:
    after_gap = at("2026-03-29T01:00:00+00:00")
    schedule(house, after_gap, "30 2 * * *", "Europe/Vienna")
    house.now = after_gap
    house.drain()
    assert len(house.runs()) == 1
    assert house.one("SELECT nominal FROM schedule_fire") == "2026-03-29T02:30:00"


def test_a_fire_that_was_noted_before_is_not_repeated(house: House) -> None:
    schedule(house, START)
    house.set("INSERT INTO schedule_fire VALUES ('s', '2026-03-02T09:00:00', 0)")
    house.drain()
    assert house.runs() == []
    assert house.one("SELECT next_at FROM schedule") == START + DAY
