"""Where events go: triggers, keys, reentry, inboxes and goals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from runtime.engine.advance import Customer, Event, Run, World, begin
from runtime.engine.compiled import Journey, compile_journey
from runtime.engine.routing import (
    Entry,
    entry_key,
    exits,
    hears,
    match_trigger,
    may_enter,
    reaches_goal,
    schedule_zone,
)
from tests.engine.drawing import journey, wait, wait_for
from tests.engine.types import types

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WORLD = World(NOW, Customer("maya"))


def compiled(nodes: Any = None, *edges: str, **settings: Any) -> Journey:
    return compile_journey(journey(nodes or {}, *edges, **settings), types())


def event(name: str = "go", at: datetime = NOW, **properties: Any) -> Event:
    return Event(f"{name}-{at}", name, properties, at)


def test_an_event_made_for_one_trigger_starts_only_that_one():
    both = compiled({"start": "trigger.manual", "form": ("trigger.webhook", {})})
    made = event("webhook.form")
    assert match_trigger(both, made, None, None, WORLD) is None
    found = match_trigger(both, made, "this-journey", "form", WORLD)
    assert found is not None
    assert found.node_id == "form"


def test_an_ordinary_event_starts_the_first_trigger_that_names_it_and_whose_condition_holds():
    where = {"field": "event.properties.n", "op": "eq", "value": 1}
    given = {
        "start": ("trigger.event", {"event": "go", "where": where}),
        "rest": ("trigger.event", {"event": "go"}),
    }
    for n, node in ((1, "start"), (2, "rest")):
        found = match_trigger(compiled(given), event(n=n), None, None, WORLD)
        assert found is not None
        assert found.node_id == node


@pytest.mark.parametrize(
    ("mode", "after", "is_open", "kept_out"),
    [
        ({"mode": "once"}, 400 * DAY, False, True),
        ({"mode": "when_finished"}, DAY, True, True),
        ({"mode": "when_finished"}, DAY, False, False),
        ({"mode": "always"}, DAY, True, False),
        ({"mode": "after", "wait": "P3D"}, 3 * DAY - timedelta(seconds=1), False, True),
        ({"mode": "after", "wait": "P3D"}, 3 * DAY, True, False),
    ],
)
def test_the_reentry_rule(mode: Any, after: timedelta, is_open: bool, kept_out: bool):
    reason = may_enter(compiled(reentry=mode), Entry(NOW, is_open), NOW + after)
    assert (reason is not None) is kept_out


def test_whoever_was_never_here_may_enter():
    assert may_enter(compiled(reentry={"mode": "once"}), None, NOW) is None


def test_keys_keep_their_json_type_and_a_missing_key_is_unlike_every_value():
    given = {"start": ("trigger.event", {"event": "go", "key": "event.properties.k"})}
    keyed = compiled(given)
    values = [1, "1", True, "missing", "", {"b": 1, "a": 2}, ["x"], None]
    keys = [entry_key(keyed, keyed.triggers[0], event(k=v), WORLD) for v in values]
    assert len(set(keys)) == len(keys)
    assert keys[-1] == entry_key(keyed, keyed.triggers[0], event(), WORLD)
    same = entry_key(keyed, keyed.triggers[0], event(k={"a": 2, "b": 1}), WORLD)
    assert same == keys[5]
    long = entry_key(keyed, keyed.triggers[0], event(k="x" * 5000), WORLD)
    assert len(long) < 100


def test_a_trigger_without_a_key_has_one_for_all():
    plain = compiled()
    assert entry_key(plain, plain.triggers[0], event(), WORLD) == ""


def run_of(one: Journey) -> Run:
    return begin(one, run_id="r", trigger=one.triggers[0], event=event(), world=WORLD)[0]


def test_a_run_hears_what_it_waits_for_and_what_ends_it():
    one = compiled(
        {"w": wait_for("paid"), "v": wait_for("later")},
        "start > w",
        "w > v",
        exit_when=[{"event": "stop"}],
    )
    run = run_of(one)
    assert hears(one, run, event("paid"))
    assert hears(one, run, event("stop"))
    assert not hears(one, run, event("later"))
    assert not hears(one, run, event("go"))
    assert exits(one, run, event("stop"), WORLD)
    assert not exits(one, run, event("paid"), WORLD)


def test_the_goal_counts_from_the_start_for_so_long_and_its_last_instant_is_in():
    goal = {"event": "paid", "within": "P14D"}
    one = compiled({"w": wait("P1D")}, "start > w", goal=goal)
    run = run_of(one)
    for at, reached in (
        (NOW - DAY, False),
        (NOW, True),
        (NOW + 14 * DAY, True),
        (NOW + 14 * DAY + timedelta(seconds=1), False),
    ):
        assert reaches_goal(one, run, event("paid", at), WORLD, UTC) is reached
    assert not reaches_goal(one, run, event("other"), WORLD, UTC)


def test_a_schedule_has_its_own_zone_else_the_workspaces():
    own = {"cron": "0 9 * * *", "time_zone": "Europe/Lisbon"}
    for config, zone in ((own, "Europe/Lisbon"), ({"cron": "0 9 * * *"}, "Europe/Berlin")):
        one = compiled({"start": ("trigger.schedule", config)}, time_zone="Asia/Tokyo")
        assert schedule_zone(one.triggers[0], ZoneInfo("Europe/Berlin")) == ZoneInfo(zone)
