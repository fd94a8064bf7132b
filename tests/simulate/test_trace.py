"""The lines of a trace: their form, their order, and what starts, ends and skips."""

from __future__ import annotations

import pytest

from runtime.simulate import BadInput, simulate
from tests.engine.drawing import NOON, event, journey, note, path, short, trace, wait, wait_for

MAIL = ("action.send_email", {"subject": "Hi {{ customer.first_name }}", "body": "Hello"})
CALL = ("action.http_request", {"method": "POST", "url": "https://example.com/x", "body": {"a": 1}})
MAYA = {"id": "maya", "attributes": {"email": "maya@example.com", "first_name": "Maya"}}


# --- Form -------------------------------------------------------------------------------------


def test_a_step_an_effect_and_the_end_have_these_fields_in_this_order():
    document = journey({"mail": MAIL}, "start > mail")
    lines = trace(document, event("12:00", properties={"n": 1}), customers=[MAYA])
    assert [list(line) for line in lines] == [
        ["at", "run", "customer", "node", "type", "visit", "handle", "output"],
        ["at", "run", "customer", "node", "effect"],
        ["at", "run", "customer", "node", "type", "visit", "handle", "output"],
        ["at", "run", "customer", "status"],
    ]
    assert lines[0] == {
        "at": "2026-03-02T12:00:00Z",
        "run": 1,
        "customer": "maya",
        "node": "start",
        "type": "trigger.event",
        "visit": 1,
        "handle": "out",
        "output": {"name": "go", "properties": {"n": 1}, "at": "2026-03-02T12:00:00Z"},
    }
    assert lines[1]["effect"] == {
        "kind": "email",
        "to": "maya@example.com",
        "subject": "Hi Maya",
        "text": "Hello",
    }
    assert lines[3]["status"] == "completed"


def test_a_call_shows_method_address_headers_and_body():
    lines = trace(journey({"call": CALL}, "start > call"))
    assert lines[1]["effect"] == {
        "kind": "http",
        "method": "POST",
        "url": "https://example.com/x",
        "headers": {},
        "body": {"a": 1},
    }
    assert lines[2]["output"] == {"status": 200, "headers": {}, "body": ""}


def test_times_are_utc_with_z_and_keep_a_fraction():
    lines = trace(journey({}), event("2026-03-02T13:00:00.250+01:00"))
    assert lines[0]["at"] == "2026-03-02T12:00:00.250000Z"


def test_runs_are_numbered_in_order_of_their_start():
    document = journey({"w": wait("PT1H")}, "start > w")
    lines = trace(document, event("12:00"), event("12:00", customer="tom"))
    assert [(x["run"], x["customer"]) for x in lines if x.get("node") == "w"] == [
        (1, "maya"),
        (2, "tom"),
    ]


def test_an_exit_prints_its_step_with_handle_null_and_its_reason():
    document = journey({"x": ("exit", {"reason": "enough"})}, "start > x")
    *_, step, end = trace(document)
    assert (step["handle"], step["output"]) == (None, {})
    assert (end["status"], end["reason"]) == ("exited", "enough")


def test_a_failed_step_prints_its_error_and_the_reason_names_the_node():
    document = journey({"call": CALL}, "start > call")
    lines = trace(document, answers=[{"node": "call", "error": "no route"}])
    assert lines[-2]["handle"] == "failed"
    assert lines[-2]["output"] == {"error": {"kind": "error", "message": "no route"}}
    assert lines[-1]["status"] == "failed"
    assert "call" in lines[-1]["reason"]


def test_a_run_that_waits_at_the_end_bears_the_end_time():
    document = journey({"w": wait("P9D")}, "start > w")
    lines = trace(document, until="2026-03-05T00:00:00Z")
    assert lines[-1] == {
        "at": "2026-03-05T00:00:00Z",
        "run": 1,
        "customer": "maya",
        "status": "waiting",
    }


def test_until_is_inclusive():
    document = journey({"w": wait("P1D")}, "start > w")
    assert path(document, until="2026-03-03T12:00:00Z")[-1] == "= completed"
    assert path(document, until="2026-03-03T11:59:59Z")[-1] == "= waiting"


def test_without_until_it_goes_on_for_at_most_a_year_after_the_last_event():
    document = journey({"w": wait("P2Y")}, "start > w")
    lines = trace(document, event("12:00"))
    assert lines[-1]["at"] == "2027-03-02T12:00:00Z"
    assert lines[-1]["status"] == "waiting"


def test_events_after_the_end_do_not_happen():
    lines = trace(journey({}), event("12:00"), event("14:00"), until="2026-03-02T13:00:00Z")
    assert [short(x) for x in lines] == ["start.out", "= completed"]


def test_every_run_has_exactly_one_status_line():
    document = journey({"w": wait("P1D"), "x": "exit"}, "start > w", exit_when=[{"event": "stop"}])
    events = [event("12:00", customer=c) for c in "abc"]
    lines = trace(document, *events, event("13:00", "stop", "b"), until="2026-03-03T00:00:00Z")
    assert sorted((x["run"], x["status"]) for x in lines if "status" in x) == [
        (1, "waiting"),
        (2, "exited"),
        (3, "waiting"),
    ]


# --- What starts and what is skipped ----------------------------------------------------------


def test_one_event_starts_at_most_one_run_by_the_first_trigger_that_matches():
    where = {"field": "event.properties.n", "op": "gt", "value": 1}
    document = journey(
        {
            "start": ("trigger.event", {"event": "go", "where": where}),
            "other": ("trigger.event", {"event": "go"}),
            "third": ("trigger.event", {"event": "go"}),
        }
    )
    big, small = event("12:00", properties={"n": 2}), event("13:00", properties={"n": 1})
    assert path(document, big, small) == [
        "start.out",
        "= completed",
        "other.out",
        "= completed",
    ]


def test_an_event_that_starts_no_run_and_reaches_none_is_skipped_with_a_reason():
    lines = trace(journey({}), event("12:00", "hello"))
    assert list(lines[0]) == ["at", "event", "customer", "skipped"]
    assert (lines[0]["event"], lines[0]["customer"]) == ("hello", "maya")
    assert lines[0]["skipped"]


def test_an_event_that_ends_a_wait_is_not_skipped_and_one_of_another_customer_is():
    document = journey({"w": wait_for("paid")}, "start > w")
    told = path(document, event("12:00"), event("13:00", "paid", "tom"), event("14:00", "paid"))
    assert told == ["start.out", "~ paid", "w.out", "= completed"]


def test_the_goal_only_measures():
    nodes = {"w": wait("P1D")}
    with_goal = journey(nodes, "start > w", goal={"event": "paid", "within": "P14D"})
    without = journey(nodes, "start > w")
    events = [event("12:00"), event("13:00", "paid")]
    assert trace(with_goal, *events) == trace(without, *events)


def test_an_event_with_an_id_that_came_before_is_skipped():
    told = path(
        journey({}, reentry={"mode": "always"}),
        event("12:00", id="a"),
        event("12:01", id="a"),
        event("12:02", id="b"),
    )
    assert told == ["start.out", "= completed", "~ go", "start.out", "= completed"]


def test_an_event_without_an_id_is_never_taken_for_one_that_brings_an_id():
    told = path(journey({}), event("12:00", id="event-2"), event("12:01", customer="ben"))
    assert told == ["start.out", "= completed", "start.out", "= completed"]


def test_manual_and_webhook_triggers_start_on_events_named_after_them():
    document = journey(
        {
            "start": "trigger.manual",
            "form": ("trigger.webhook", {"customer": "body.email"}),
            "named": ("trigger.webhook", {"customer": "body.email", "event": "enquiry.sent"}),
        },
        reentry={"mode": "always"},
    )
    told = path(
        document,
        event("12:00", "manual.start"),
        event("12:01", "webhook.form"),
        event("12:02", "enquiry.sent"),
        event("12:03", "webhook.named"),
        event("12:04", "manual.form"),
    )
    assert [t for t in told if t != "= completed"] == [
        "start.out",
        "form.out",
        "named.out",
        "~ webhook.named",
        "~ manual.form",
    ]


def test_a_disabled_trigger_never_fires():
    document = journey({"start": ("trigger.event", {"event": "go", "disabled": True})})
    assert path(document) == ["~ go"]


def test_events_before_from_have_happened_but_start_nothing():
    condition = {"did": "go", "at_least": 2}
    document = journey({"b": ("branch", {"condition": condition})}, "start > b")
    told = path(document, event("12:00"), event("14:00"), start="2026-03-02T13:00:00Z")
    assert told == ["~ go", "start.out", "b.yes", "= completed"]


# --- Order ------------------------------------------------------------------------------------


def test_events_of_one_instant_go_in_the_order_they_came_each_carried_to_its_end():
    document = journey({"a": note(), "b": note()}, "start > a", "a > b")
    told = path(document, event("12:00", customer="x"), event("12:00", customer="y"))
    assert told == ["start.out", "a.out", "b.out", "= completed"] * 2


def test_events_come_before_the_deadlines_of_the_same_instant():
    document = journey({"w": wait_for("paid", "PT1H")}, "start > w")
    assert path(document, event("12:00"), event("13:00", "paid")) == [
        "start.out",
        "w.out",
        "= completed",
    ]


def test_timers_of_one_instant_go_by_run_and_then_by_the_age_of_the_token():
    document = journey({"a": wait("PT1H"), "b": wait("PT1H")}, "start > a b")
    events = [event("12:00", customer="y"), event("12:00", customer="x")]
    lines = trace(document, *events)
    waited = [(x["run"], x["node"]) for x in lines if x.get("node") in ("a", "b")]
    assert waited == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]


def test_an_event_exits_first_then_ends_waits_and_then_starts():
    document = journey(
        {"start": ("trigger.event", {"event": "go"}), "w": wait("P9D")},
        "start > w",
        exit_when=[{"event": "go"}],
    )
    lines = trace(document, event("12:00"), event("13:00"), until="2026-03-02T14:00:00Z")
    assert [(x["run"], short(x)) for x in lines] == [
        (1, "start.out"),
        (1, "= exited"),
        (2, "start.out"),
        (2, "= waiting"),
    ]


def test_of_several_runs_those_that_exit_go_first():
    where = {"field": "entry.properties.n", "op": "eq", "value": 2}
    document = journey(
        {"w": wait_for("paid")},
        "start > w",
        exit_when=[{"event": "paid", "where": where}],
        reentry={"mode": "always"},
    )
    events = [event("12:00", properties={"n": n}) for n in (1, 2, 3)]
    lines = trace(document, *events, event("13:00", "paid"))
    later = [(x["run"], short(x)) for x in lines if x["at"][11:13] == "13"]
    assert later == [
        (2, "= exited"),
        (1, "w.out"),
        (1, "= completed"),
        (3, "w.out"),
        (3, "= completed"),
    ]


def test_a_change_to_the_customer_is_seen_by_other_runs():
    condition = {"field": "customer.vip", "op": "eq", "value": True}
    document = journey(
        {
            "start": ("trigger.event", {"event": "go"}),
            "buys": ("trigger.event", {"event": "bought"}),
            "w": wait("P1D"),
            "b": ("branch", {"condition": condition}),
            "up": ("action.update_customer", {"set": {"vip": True}}),
        },
        "start > w",
        "w > b",
        "buys > up",
        reentry={"mode": "always"},
    )
    assert "b.yes" in path(document, event("12:00"), event("13:00", "bought"))
    assert "b.no" in path(document, event("12:00"), event("13:00", "bought", "tom"))


# --- Input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "go"}, "event 1: at"),
        ({"at": "soon", "name": "go"}, "not a time"),
        ({"at": NOON}, "no name"),
        ({"at": NOON, "name": "go", "customer": 7}, "customer is 7"),
        ({"at": NOON, "name": "go", "properties": []}, "properties"),
    ],
)
def test_an_event_that_cannot_be_read_is_refused_with_a_remedy(given: dict, words: str):
    with pytest.raises(BadInput, match=words):
        simulate(journey({}), [given])


def test_without_events_the_start_and_the_end_must_be_given():
    with pytest.raises(BadInput, match="--until"):
        simulate(journey({}))
    with pytest.raises(BadInput, match="--from"):
        simulate(journey({}), until=NOON)
    assert list(simulate(journey({}), start=NOON, until=NOON)) == []


def test_events_are_taken_in_the_order_of_their_time():
    document = journey({}, reentry={"mode": "always"})
    lines = trace(document, event("13:00"), event("12:00"))
    assert [x["at"][11:13] for x in lines if "node" in x] == ["12", "13"]


def test_unknown_customers_start_empty_and_known_ones_with_their_attributes():
    document = journey(
        {"a": note(name="{{ customer.first_name | default: 'there' }}")}, "start > a"
    )
    lines = trace(document, event("12:00"), event("12:01", customer="tom"), customers=[MAYA])
    assert [x["output"]["name"] for x in lines if x.get("node") == "a"] == ["Maya", "there"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"attributes": {}}, "no id"),
        ({"id": "a", "attributes": []}, "attributes"),
        ({"id": "a", "segments": "vip"}, "segments"),
        ({"id": "a", "segments": [1]}, "segments"),
        ({"id": "maya"}, "maya was given before"),
    ],
)
def test_a_customer_that_cannot_be_read_is_refused_with_a_remedy(given: dict, words: str):
    with pytest.raises(BadInput, match=words):
        simulate(journey({}), [event("12:00")], [MAYA, given])


def test_a_year_after_a_leap_day_ends_on_the_28th():
    document = journey({"w": wait("P2Y")}, "start > w")
    lines = trace(document, event("2028-02-29T12:00:00Z"))
    assert lines[-1]["at"] == "2029-02-28T12:00:00Z"
