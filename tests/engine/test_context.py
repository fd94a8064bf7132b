"""What nodes and conditions may know about a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from runtime.engine.compiled import compile_journey
from runtime.engine.context import Scope, StepContext, TooMuchPast, zone_of
from runtime.engine.world import Customer, Event, World
from tests.engine.drawing import journey, wait_for
from tests.engine.types import types

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENTRY = Event("e1", "go", {"n": 1, "items": [{"sku": "a"}], "none": None}, NOW)
STEPS = {"draft": {"text": "Hello", "deep": {"list": [1, 2]}}}
MAYA = Customer("c-1", {"plan": "pro", "time_zone": "Europe/Berlin", "id": "not mine"})


def context(customer: Customer | None = MAYA, run: str = "r1", **more: Any) -> StepContext:
    compiled = compile_journey(journey({}, **more.pop("settings", {})), types())
    world = World(more.pop("now", NOW), customer, **more)
    return StepContext(compiled, world, ENTRY, STEPS, run_id=run, node_id="a", visit=1)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("customer.plan", "pro"),
        ("customer.id", "c-1"),
        ("customer.nothing", None),
        ("event.name", "go"),
        ("event.at", "2026-03-02T12:00:00Z"),
        ("event.properties.n", 1),
        ("event.properties.items.0.sku", "a"),
        ("event.properties.items.1.sku", None),
        ("event.properties.none", None),
        ("entry.properties.n", 1),
        ("steps.draft.text", "Hello"),
        ("steps.draft.deep.list.1", 2),
        ("steps.other.text", None),
        ("now", "2026-03-02T12:00:00Z"),
        ("now.year", None),
        ("elsewhere.x", None),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(path: str, value: Any):
    assert context().value(path) == value


def test_the_customers_own_id_and_email_stand_over_the_attributes():
    customer = Customer("c-1", {"email": "old@example.com"}, external_id="maya", email="m@x.org")
    assert customer.seen == {"id": "maya", "email": "m@x.org"}
    customer.set({"email": "new@example.com", "plan": "pro"})
    assert customer.seen == {"id": "maya", "email": "new@example.com", "plan": "pro"}
    customer.set({"email": None, "plan": None})
    assert customer.seen == {"id": "maya"}


def test_a_run_without_a_customer_has_none():
    assert context(None).customer is None
    assert context(None).value("customer.id") is None
    assert context(None).render("[{{ customer.id }}]") == "[]"


def test_texts_are_rendered_inside_lists_and_objects_and_other_values_pass():
    given = {"a": ["{{ event.properties.n }}", 2, None], "b": {"c": "{{ steps.draft.text }}"}}
    assert context().render(given) == {"a": ["1", 2, None], "b": {"c": "Hello"}}
    assert context().render("{{ customer.x }}<b>", html=True) == "<b>"
    assert context(Customer("<i>")).render("{{ customer.id }}", html=True) == "&lt;i&gt;"


@pytest.mark.parametrize(
    ("consent", "opt_in", "allowed"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"email": True}, True, True),
        ({"email": False}, False, False),
        ({"email": None}, False, True),
    ],
)
def test_consent_that_was_never_recorded_means_allowed_unless_opt_in_is_required(
    consent: dict[str, Any], opt_in: bool, allowed: bool
):
    assert context(Customer("c", consent=consent), opt_in=opt_in).consent("email") is allowed


def test_durations_and_local_times_are_in_the_runs_zone():
    here = context(settings={"time_zone": "customer"}, now=datetime(2026, 3, 28, 11, tzinfo=UTC))
    assert here.after("P1D") == datetime(2026, 3, 29, 10, tzinfo=UTC)
    assert here.after("-PT1H", NOW) == NOW - timedelta(hours=1)
    assert here.instant("2026-03-30T12:00") == datetime(2026, 3, 30, 10, tzinfo=UTC)
    assert here.instant("tomorrow") is None


def test_the_zone_falls_back_step_by_step():
    berlin, lisbon = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Lisbon")
    own = compile_journey(journey({}, time_zone="customer"), types())
    named = compile_journey(journey({}, time_zone="Europe/Berlin"), types())
    plain = compile_journey(journey({}), types())
    assert zone_of(own, World(NOW, MAYA, lisbon)) == berlin
    assert zone_of(own, World(NOW, Customer("x"), lisbon)) == lisbon
    assert zone_of(own, World(NOW, Customer("x", {"time_zone": 7}), lisbon)) == lisbon
    assert zone_of(named, World(NOW, None, lisbon)) == berlin
    assert zone_of(plain, World(NOW, MAYA, lisbon)) == lisbon


def test_a_share_is_sticky_by_customer_and_differs_by_its_parts_and_the_seed():
    share = context().share("test", "a")
    assert 0 <= share < 1
    assert share == context(run="another").share("test", "a")
    assert len({share, *(context().share("test", x) for x in "bcd")}) == 4
    assert context().share("te", "sta") != share
    assert context(salt="7").share("test", "a") != share
    assert context(None).share("test", "a") != context(None, "another").share("test", "a")


def test_the_business_own_id_decides_the_share():
    ours = Customer("internal-1", external_id="maya")
    theirs = Customer("maya", external_id="maya")
    assert context(ours).share("test") == context(theirs).share("test")


# --- Conditions -------------------------------------------------------------------------------


def scope(*history: Event, **more: Any) -> Scope:
    compiled = compile_journey(journey({}), types())
    return Scope(compiled, World(NOW, MAYA, history=history, **more), ENTRY, STEPS)


def bought(days: int, **properties: Any) -> Event:
    return Event(f"b{days}", "bought", properties, NOW - timedelta(days=days))


def test_behaviour_counts_the_customers_events_within_the_time():
    here = scope(bought(0, n=1), bought(5, n=2), bought(30, n=3))
    assert here.holds({"did": "bought", "at_least": 3})
    assert not here.holds({"did": "bought", "at_least": 3, "within": "P7D"})
    assert here.holds({"did": "bought", "at_least": 2, "within": "P5D"})
    assert not here.holds({"did": "sold"})


def test_the_where_of_a_behaviour_sees_that_event_as_event_and_the_entry_event_as_entry():
    here = scope(bought(0, n=1), bought(5, n=2))
    same = {"field": "event.properties.n", "op": "eq", "value": {"field": "entry.properties.n"}}
    assert here.holds({"did": "bought", "where": same})
    assert not here.holds({"did": "bought", "where": same, "at_least": 2})


def test_what_was_done_inside_of_what_was_done_is_looked_through_within_a_budget():
    """Validation refuses it; a version that was published before may ask so."""
    here = scope(*(bought(0, n=n) for n in range(300)))
    inner = {"did": "bought", "at_least": 1_000}
    assert not here.holds({"did": "bought", "where": inner})
    deep = {"did": "bought", "at_least": 1_000_000, "where": inner}
    for _ in range(10):
        deep = {"did": "bought", "at_least": 1_000_000, "where": deep}
    with pytest.raises(TooMuchPast, match="take the inner question out"):
        here.holds(deep)
    wide = {"any": [{"not": {"did": "bought", "where": inner, "at_least": 0}}, inner] * 9}
    assert not scope(*(bought(0, n=n) for n in range(30))).holds(wide)


def test_what_cannot_be_compared_leaves_one_note_however_often_it_is_met():
    here = scope(bought(0, n="x"), bought(5, n="y"))
    more = {"field": "event.properties.n", "op": "gt", "value": 1}
    assert not here.holds({"did": "bought", "where": more})
    assert len(here.notes) == 1


def test_segments_are_the_customers():
    vip = Customer("c", segments=["vip"])
    compiled = compile_journey(journey({}), types())
    assert Scope(compiled, World(NOW, vip), ENTRY, {}).holds({"in_segment": "vip"})
    assert not Scope(compiled, World(NOW, None), ENTRY, {}).holds({"in_segment": "vip"})


def test_a_compiled_journey_knows_what_it_hears_and_whether_it_needs_the_past():
    document = journey(
        {"w": wait_for("paid"), "v": ("wait_for_event", {"event": "off", "within": "P1D"})},
        "start > w v",
        exit_when=[{"event": "stop"}],
    )
    assert compile_journey(document, types()).listens == {"paid", "off", "stop"}
    assert not compile_journey(document, types()).needs_history
    document["settings"]["exit_when"][0]["where"] = {"any": [{"did": "x"}]}
    assert compile_journey(document, types()).needs_history


def test_an_older_version_of_a_node_is_upgraded_when_the_journey_is_compiled():
    from dataclasses import replace

    known = types()
    kind = known["test.plain"]
    first = lambda config: {"do": config["act"]}  # noqa: E731
    newer = replace(kind, version=3, upgrades={1: first, 2: lambda c: {"do": c["do"] + "!"}})
    document = journey({"a": ("test.plain", {"act": "look"})}, "start > a")
    compiled = compile_journey(document, {**known, "test.plain": newer})
    assert compiled.nodes["a"].config.do == "look!"
