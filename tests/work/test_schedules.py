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
    missed: str = "latest",
) -> None:
    house.publish(NODES, [])
    house.set(
        """INSERT INTO schedule (id, workspace, journey, node, cron, time_zone, segment, missed,
 next_at) VALUES ('s', 'w', 'j', 'tick', ?, ?, ?, ?, ?)""",
        cron,
        zone,
        segment,
        missed,
        next_at,
    )


def local_times(house: House) -> list[str]:
    """For which local times runs were started, in their order."""
    found = house.rows("SELECT properties_json FROM event ORDER BY seq")
    return [orjson.loads(row[0])["local_time"] for row in found]


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
    assert local_times(house) == ["2026-03-12T09:00:00"]
    assert house.one("SELECT next_at FROM schedule") == START + 11 * DAY


def test_by_the_rule_all_each_missed_time_fires_in_order(house: House) -> None:
    schedule(house, START, missed="all")
    house.now = START + 3 * DAY + HOUR
    house.drain()
    house.drain()
    assert local_times(house) == [f"2026-03-0{n}T09:00:00" for n in (2, 3, 4, 5)]
    assert len(house.runs()) == 4
    assert house.one("SELECT next_at FROM schedule") == START + 4 * DAY


def test_the_rule_all_makes_up_for_a_hundred_at_most(house: House) -> None:
    schedule(house, START, cron="* * * * *", missed="all")
    house.now = START + 365 * DAY
    house.drain()
    times = local_times(house)
    assert len(times) == 100
    assert times[-1] == "2027-03-02T09:00:00"
    assert times == sorted(set(times))


def test_by_the_rule_skip_missed_times_are_left_out(house: House) -> None:
    schedule(house, START, missed="skip")
    house.now = START + 3 * DAY + HOUR
    house.drain()
    assert local_times(house) == []
    assert house.one("SELECT next_at FROM schedule") == START + 4 * DAY
    house.now = START + 4 * DAY + 60_000_000
    house.drain()
    assert local_times(house) == ["2026-03-06T09:00:00"]


def test_a_missed_fan_out_reaches_everyone_for_the_newest_time(house: House) -> None:
    schedule(house, START, segment="vip")
    people(house, 25, "vip")
    house.now = START + 5 * DAY + HOUR
    while fire(house.database, most=10):
        pass
    assert set(local_times(house)) == {"2026-03-07T09:00:00"}
    assert len(local_times(house)) == 12


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


def test_missed_times_across_both_clock_changes_are_the_right_ones(house: House) -> None:
    first = at("2026-03-28T01:30:00+00:00")
    schedule(house, first, "30 2 * * *", "Europe/Vienna", missed="all")
    house.now = at("2026-03-30T12:00:00+00:00")
    house.drain()
    assert local_times(house) == [f"2026-03-{n}T02:30:00" for n in (28, 29, 30)]
    instants = [row[0] for row in house.rows("SELECT at FROM event ORDER BY seq")]
    assert instants[1] == at("2026-03-29T01:00:00+00:00")  # the first instant after the gap
    house.now = at("2026-10-25T00:15:00+00:00")
    house.set("UPDATE schedule SET next_at = ?", at("2026-10-24T00:30:00+00:00"))
    for _ in range(6):  # from before the fold until after it
        house.drain()
        house.now += HOUR // 2
    assert local_times(house)[3:] == ["2026-10-24T02:30:00", "2026-10-25T02:30:00"]


def test_a_customers_zone_that_changes_during_a_wait_neither_hastens_nor_doubles_it(
    house: House,
) -> None:
    house.publish(
        {
            "in": ("trigger.event", {"event": "order"}),
            "wait": ("logic.wait_until", {"at": "2026-03-29T02:30:00"}),
            "todo": ("action.create_task", {"title": "Call"}),
        },
        [("in", "out", "wait"), ("wait", "out", "todo")],
        time_zone="customer",
    )
    house.say("identify", {"id": "maya"}, {"time_zone": "Europe/Vienna"}, kind="identify")
    house.say("order")
    house.drain()
    house.say("identify", {"id": "maya"}, {"time_zone": "Asia/Tokyo"}, kind="identify")
    house.drain()
    deadline = at("2026-03-29T01:00:00+00:00")  # the gap of Vienna, not half past two in Tokyo
    assert house.one("SELECT wake_at FROM run") == deadline
    house.now = deadline - 1
    house.drain()
    assert house.runs() == [("waiting", None)]
    house.now = deadline
    house.drain()
    house.now += DAY
    house.drain()
    assert house.runs() == [("completed", None)]
    assert house.one("SELECT count(*) FROM task") == 1


def test_a_fire_that_was_noted_before_is_not_repeated(house: House) -> None:
    schedule(house, START)
    house.set("INSERT INTO schedule_fire VALUES ('s', '2026-03-02T09:00:00', 0)")
    house.drain()
    assert house.runs() == []
    assert house.one("SELECT next_at FROM schedule") == START + DAY
