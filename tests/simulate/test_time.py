"""Zones, gaps, folds, schedules: what time means on the virtual clock."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.simulate import simulate
from tests.engine.drawing import event, journey, short, trace, wait

BERLIN = {"id": "maya", "attributes": {"time_zone": "Europe/Berlin"}}
ODD = {"id": "maya", "attributes": {"time_zone": "Middle/Earth"}}


def until(document: dict[str, Any], at: str, *, node: str = "w", **more: Any) -> str:
    """When the run leaves the node, having started at `at`."""
    return next(x["at"] for x in trace(document, event(at), **more) if x.get("node") == node)


def waiting(duration: str, **settings: Any) -> dict[str, Any]:
    return journey({"w": wait(duration)}, "start > w", **settings)


def test_a_day_is_a_calendar_day_in_the_runs_zone_and_24_hours_are_elapsed_time():
    """The clocks go forward in the night of 29 March 2026."""
    at = "2026-03-28T11:00:00Z"
    day, hours = waiting("P1D", time_zone="customer"), waiting("PT24H", time_zone="customer")
    assert until(day, at, customers=[BERLIN]) == "2026-03-29T10:00:00Z"
    assert until(hours, at, customers=[BERLIN]) == "2026-03-29T11:00:00Z"


@pytest.mark.parametrize(
    ("zone", "customers", "expected"),
    [
        ("customer", [BERLIN], "2026-03-29T10:00:00Z"),
        ("customer", [], "2026-03-29T11:00:00Z"),
        ("customer", [ODD], "2026-03-29T11:00:00Z"),
        ("Europe/Berlin", [], "2026-03-29T10:00:00Z"),
        ("Europe/Berlin", [ODD], "2026-03-29T10:00:00Z"),
        (None, [BERLIN], "2026-03-29T11:00:00Z"),
    ],
)
def test_the_zone_is_the_customers_if_asked_for_and_known_else_the_named_one_else_utc(
    zone: str | None, customers: list[Any], expected: str
):
    settings = {"time_zone": zone} if zone else {}
    found = until(waiting("P1D", **settings), "2026-03-28T11:00:00Z", customers=customers)
    assert found == expected


def test_a_local_time_in_a_gap_means_the_first_instant_after_it():
    document = waiting("P1D", time_zone="Europe/Berlin")
    assert until(document, "2026-03-28T01:30:00Z") == "2026-03-29T01:00:00Z"


def test_a_local_time_that_occurs_twice_means_the_first():
    document = waiting("P1D", time_zone="Europe/Berlin")
    assert until(document, "2026-10-24T00:30:00Z") == "2026-10-25T00:30:00Z"


def test_a_month_clamps_to_the_months_end_and_the_date_part_comes_first():
    assert until(waiting("P1M"), "2026-01-31T12:00:00Z") == "2026-02-28T12:00:00Z"
    document = waiting("P1MT24H", time_zone="Europe/Berlin")
    assert until(document, "2026-02-28T11:00:00Z") == "2026-03-29T11:00:00Z"


@pytest.mark.parametrize(
    ("at", "offset", "expected"),
    [
        ("2026-03-05T09:00:00", None, ("2026-03-05T08:00:00Z", "out")),
        ("2026-03-05", None, ("2026-03-04T23:00:00Z", "out")),
        ("2026-03-05T09:00:00Z", "-P1D", ("2026-03-04T09:00:00Z", "out")),
        ("2026-03-05T09:00:00Z", "PT2H", ("2026-03-05T11:00:00Z", "out")),
        ("2026-03-01", None, ("2026-03-02T12:00:00Z", "past")),
        ("2026-03-03", "-P9D", ("2026-03-02T12:00:00Z", "past")),
        ("event.properties.starts_at", None, ("2026-04-01T10:00:00Z", "out")),
    ],
)
def test_wait_until_takes_a_time_or_a_path_and_an_offset(
    at: str, offset: str | None, expected: tuple[str, str]
):
    config = {"at": at} | ({"offset": offset} if offset else {})
    document = journey({"w": ("wait_until", config)}, "start > w", time_zone="Europe/Berlin")
    starts = event("2026-03-02T12:00:00Z", properties={"starts_at": "2026-04-01T12:00:00+02:00"})
    line = next(x for x in trace(document, starts) if x.get("node") == "w" and "handle" in x)
    assert (line["at"], line["handle"]) == expected


@pytest.mark.parametrize("properties", [{}, {"starts_at": None}, {"starts_at": "soon"}])
def test_a_missing_or_invalid_path_value_leaves_by_past_with_a_note(properties: dict[str, Any]):
    config = {"at": "event.properties.starts_at"}
    document = journey({"w": ("wait_until", config)}, "start > w")
    lines = trace(document, event("12:00", properties=properties))
    assert [short(x).split(":")[0] for x in lines] == ["start.out", "w", "w.past", "= completed"]
    assert list(lines[1]) == ["at", "run", "customer", "node", "note"]


# --- Schedules --------------------------------------------------------------------------------


def fires(document: dict[str, Any], start: str, end: str, **more: Any) -> list[dict[str, Any]]:
    """The trace between two instants, without events."""
    return list(simulate(document, start=start, until=end, **more))


def schedule(cron: str, **config: Any) -> dict[str, Any]:
    document = journey({"daily": ("trigger.schedule", {"cron": cron, **config})})
    document["nodes"] = [n for n in document["nodes"] if n["id"] == "daily"]
    return document


def instants(lines: list[dict[str, Any]]) -> list[str]:
    return [x["at"] for x in lines if x.get("node") == "daily"]


def test_a_schedule_without_a_segment_starts_one_run_without_a_customer():
    lines = fires(schedule("0 9 * * *"), "2026-03-02T00:00:00Z", "2026-03-02T23:00:00Z")
    assert lines == [
        {
            "at": "2026-03-02T09:00:00Z",
            "run": 1,
            "customer": None,
            "node": "daily",
            "type": "trigger.schedule",
            "visit": 1,
            "handle": "out",
            "output": {
                "name": "schedule.daily",
                "properties": {
                    "scheduled_at": "2026-03-02T09:00:00Z",
                    "local_time": "2026-03-02T09:00:00",
                },
                "at": "2026-03-02T09:00:00Z",
            },
        },
        {"at": "2026-03-02T09:00:00Z", "run": 1, "customer": None, "status": "completed"},
    ]


def test_a_schedule_with_a_segment_starts_a_run_for_each_of_its_customers():
    people = [
        {"id": "b", "attributes": {}, "segments": ["vip"]},
        {"id": "x", "attributes": {}},
        {"id": "a", "attributes": {}, "segments": ["other", "vip"]},
    ]
    document = schedule("0 9 * * *", segment="vip")
    lines = fires(document, "2026-03-02T00:00:00Z", "2026-03-02T23:00:00Z", customers=people)
    assert [(x["run"], x["customer"]) for x in lines if "status" in x] == [(1, "b"), (2, "a")]


def test_a_cron_fires_strictly_after_the_start_and_up_to_the_end():
    lines = fires(schedule("0 9 * * *"), "2026-03-02T09:00:00Z", "2026-03-04T09:00:00Z")
    assert instants(lines) == ["2026-03-03T09:00:00Z", "2026-03-04T09:00:00Z"]


def test_nine_stays_nine_when_the_clocks_change():
    document = schedule("0 9 * * *", time_zone="Europe/Berlin")
    lines = fires(document, "2026-03-27T12:00:00Z", "2026-03-30T12:00:00Z")
    assert instants(lines) == [
        "2026-03-28T08:00:00Z",
        "2026-03-29T07:00:00Z",
        "2026-03-30T07:00:00Z",
    ]


def test_a_cron_in_a_gap_fires_at_the_first_instant_after_it_and_once():
    document = schedule("30 2 * * *", time_zone="Europe/Berlin")
    lines = fires(document, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z")
    assert instants(lines) == ["2026-03-29T01:00:00Z"]


def test_a_cron_in_a_fold_fires_once_at_the_first():
    document = schedule("30 2 * * *", time_zone="Europe/Berlin")
    lines = fires(document, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z")
    assert instants(lines) == ["2026-10-25T00:30:00Z"]


def test_the_reentry_rule_holds_for_scheduled_runs_of_a_customer():
    document = schedule("0 9 * * *", segment="vip")
    document["settings"]["reentry"] = {"mode": "once"}
    people = [{"id": "a", "attributes": {}, "segments": ["vip"]}]
    lines = fires(document, "2026-03-02T00:00:00Z", "2026-03-03T23:00:00Z", customers=people)
    assert [x.get("skipped") is not None for x in lines] == [False, False, True]
    assert lines[2]["event"] == "schedule.daily"


def test_without_until_schedules_go_on_for_a_year_after_the_last_event():
    document = schedule("0 9 1 * *")
    document["nodes"].append(
        {"id": "go", "type": "trigger.event", "version": 1, "config": {"event": "go"}}
    )
    assert len(instants(trace(document, event("2026-03-02T12:00:00Z")))) == 12
