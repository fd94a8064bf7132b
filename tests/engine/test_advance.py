"""Carrying a run: steps, failures, exits, and what a node type may do wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime.engine.advance import (
    CancelSignal,
    Event,
    World,
    advance,
    begin,
)
from runtime.engine.compiled import MOST_VISITS, compile_journey
from tests.engine.carrying import HOUR, NOON, came, go, told, world
from tests.engine.drawing import journey, note, wait, wait_for
from tests.engine.types import types

FAILS, PLAIN = "test.fails", "test.plain"


# --- Steps ------------------------------------------------------------------------------------


def test_a_run_leaves_its_trigger_with_the_entry_event_as_output():
    _, run, progress = go(journey({"a": note()}, "start > a"))
    assert progress.steps[0].output == {
        "name": "go",
        "properties": {"n": 1},
        "at": "2026-03-02T12:00:00Z",
    }
    assert (run.status, progress.status, run.wake_at) == ("completed", "completed", None)


def test_each_step_has_its_own_token_node_and_visit():
    document = journey(
        {"a": note(), "b": note(), "w": wait("PT1H")},
        "start > a b",
        "a > w",
        "b > w",
        "w > a",
    )
    compiled, run, progress = go(document)
    keys = [(s.token, s.node, s.visit) for s in progress.steps]
    for hours in range(1, 20):
        more = advance(compiled, run, [], world(NOON + hours * HOUR))
        keys += [(s.token, s.node, s.visit) for s in more.steps]
    assert len(keys) == len(set(keys)) > 50


def test_the_oldest_token_goes_first_and_as_far_as_it_can():
    document = journey(
        {"a": note(), "b": note(), "c": note(), "d": note()}, "start > a b", "a > c", "b > d"
    )
    assert told(go(document)[2]) == ["start.out", "a.out", "c.out", "b.out", "d.out"]


def test_a_handle_without_an_edge_ends_its_token_quietly():
    condition = {"field": "customer.plan", "op": "eq", "value": "pro"}
    document = journey({"b": ("branch", {"condition": condition})}, "start > b")
    _, run, progress = go(document)
    assert told(progress) == ["start.out", "b.yes"]
    assert run.status == "completed"


def test_a_later_step_reads_the_latest_output_of_an_earlier_one():
    document = journey(
        {"a": note(n="{{ event.properties.n }}"), "b": note(n="{{ steps.a.n }}!")},
        "start > a",
        "a > b",
    )
    assert go(document)[2].steps[-1].output == {"n": "1!"}


def test_a_disabled_node_is_passed_by_its_out_without_a_step():
    document = journey(
        {
            "a": ("set", {"values": {"x": 1}, "disabled": True}),
            "b": ("wait", {"for": "P1D", "disabled": True}),
            "c": note(),
            "d": note(),
        },
        "start > a",
        "a > b",
        "b > c d",
    )
    assert told(go(document)[2]) == ["start.out", "c.out", "d.out"]


def test_a_ring_of_disabled_nodes_leads_nowhere():
    document = journey(
        {"a": ("wait", {"for": "P1D", "disabled": True}), "b": ("set", {"disabled": True})},
        "start > a",
        "a > b",
        "b > a",
    )
    _, run, progress = go(document)
    assert told(progress) == ["start.out"]
    assert run.status == "completed"


def test_a_disabled_trigger_is_not_among_the_triggers():
    document = journey({"start": ("trigger.event", {"event": "go", "disabled": True})})
    assert compile_journey(document, types()).triggers == ()


def test_a_run_that_goes_round_for_ever_is_stopped():
    document = journey({"a": note(), "b": note()}, "start > a", "a > b", "b > a")
    _, run, progress = go(document)
    assert run.status == "failed"
    assert len(progress.steps) == MOST_VISITS
    assert "10,000" in (run.reason or "")


def test_a_run_that_multiplies_its_tokens_is_stopped():
    document = journey({"a": note()}, "start > a a", "a > a a a")
    _, run, progress = go(document)
    assert run.status == "failed"
    assert len(progress.steps) <= MOST_VISITS


# --- Failures ---------------------------------------------------------------------------------


def test_a_failure_leaves_by_failed_where_an_edge_leads_on():
    document = journey({"a": (FAILS, {"do": "fail"}), "b": note()}, "start > a", "a.failed > b")
    _, run, progress = go(document)
    assert told(progress) == ["start.out", "a.failed", "b.out"]
    assert progress.steps[1].output == {"error": {"kind": "broken", "message": "It broke."}}
    assert run.status == "completed"


def test_failed_without_an_edge_ends_the_run_at_once_and_cancels_its_tokens():
    document = journey(
        {"w": wait("P1D"), "a": (FAILS, {"do": "fail"}), "b": note()}, "start > w a b"
    )
    _, run, progress = go(document)
    assert told(progress) == ["start.out", "a.failed"]
    assert run.status == "failed"
    assert "a" in (run.reason or "").split(":")
    assert run.tokens == {}
    assert progress.opened == {}


def test_an_error_in_a_type_without_failed_ends_the_run_and_its_step_has_no_handle():
    _, run, progress = go(journey({"a": (PLAIN, {"do": "fail"})}, "start > a"))
    assert told(progress) == ["start.out", "a.None"]
    assert progress.steps[1].output["error"]["kind"] == "broken"
    assert run.status == "failed"
    assert (run.reason or "").startswith("a:")


def test_a_step_that_leaves_by_failed_by_itself_is_treated_alike():
    _, run, progress = go(journey({"a": (FAILS, {"do": "leave by failed"})}, "start > a"))
    assert told(progress) == ["start.out", "a.failed"]
    assert (run.status, run.reason) == ("failed", "a: By itself.")


@pytest.mark.parametrize(
    ("do", "words"),
    [
        ("crash", "KeyError"),
        ("unknown handle", "no handle sideways"),
        ("not JSON", "JSON"),
        ("perform", "may not reach outside"),
        ("wait for nothing", "waits for nothing"),
        ("wait for an unnamed event", "surprise"),
        ("say nothing", "does not say what happens next"),
    ],
)
def test_a_mistake_in_a_node_type_fails_the_step_and_nothing_else(do: str, words: str):
    _, run, progress = go(journey({"a": (PLAIN, {"do": do})}, "start > a"))
    assert run.status == "failed"
    assert progress.steps[-1].output["error"]["kind"] == "error"
    assert words in progress.steps[-1].output["error"]["message"]


def test_updating_nobody_is_an_error():
    document = journey({"a": (PLAIN, {"do": "update"})}, "start > a")
    _, run, progress = go(document, world=World(NOON))
    assert run.status == "failed"
    assert progress.changes == []
    assert progress.steps[-1].output["error"]["kind"] == "no_customer"


def test_a_change_is_seen_by_the_next_step_and_listed_with_its_step():
    document = journey(
        {"a": (PLAIN, {"do": "update"}), "b": (PLAIN, {"do": "look"})}, "start > a", "a > b"
    )
    _, _, progress = go(document)
    assert progress.steps[-1].output["customer"]["seen"] is True
    (changed,) = progress.changes
    assert (changed.token, changed.node, changed.visit) == (1, "a", 1)


# --- Ends -------------------------------------------------------------------------------------


def test_an_exit_ends_the_whole_run_at_once_and_cancels_its_tokens():
    document = journey(
        {"w": wait("P1D"), "w2": wait("PT1H"), "x": ("exit", {"reason": "enough"})},
        "start > w w2",
        "w2 > x",
    )
    compiled, run, progress = go(document)
    assert len(progress.opened) == 2
    progress = advance(compiled, run, [], world(NOON + HOUR))
    assert told(progress) == ["w2.out", "x.None"]
    assert (run.status, run.reason) == ("exited", "enough")
    assert [(c.node, c.by) for c in progress.closed] == [("w2", "time"), ("w", "cancelled")]


def test_exit_when_comes_before_the_waits_for_the_same_event():
    document = journey(
        {"w": wait_for("paid"), "a": note()},
        "start > w",
        "w > a",
        exit_when=[{"event": "paid"}],
    )
    compiled, run, _ = go(document)
    progress = advance(compiled, run, [came("paid")], world(NOON + HOUR))
    assert told(progress) == []
    assert run.status == "exited"


def test_exit_when_looks_at_the_arriving_event_and_at_the_entry_event():
    where = {
        "field": "event.properties.n",
        "op": "eq",
        "value": {"field": "entry.properties.n"},
    }
    document = journey(
        {"w": wait("P9D")}, "start > w", exit_when=[{"event": "paid", "where": where}]
    )
    compiled, run, _ = go(document)
    advance(compiled, run, [came("paid", n=2)], world(NOON + HOUR))
    assert run.status == "waiting"
    advance(compiled, run, [came("paid", n=1)], world(NOON + HOUR))
    assert run.status == "exited"


def test_a_cancelled_run_is_exited_and_hears_nothing_more():
    document = journey({"w": wait_for("paid")}, "start > w")
    compiled, run, _ = go(document)
    progress = advance(compiled, run, [CancelSignal("erased"), came("paid")], world(NOON + HOUR))
    assert (run.status, run.reason, told(progress)) == ("exited", "erased", [])


# --- Calls ------------------------------------------------------------------------------------


def test_a_template_that_cannot_be_rendered_fails_the_step():
    document = journey({"a": note(x="{{ event.properties.n | divided_by: 0 }}")}, "start > a")
    _, run, progress = go(document)
    assert run.status == "failed"
    assert progress.steps[-1].output["error"]["kind"] == "template"


@pytest.mark.parametrize(("do", "words"), [("wait on", "no resume"), ("run", "cannot be run")])
def test_a_type_that_lacks_its_code_fails_the_step(do: str, words: str):
    known = types()
    lacking = replace(known["test.waits"], resume=None)
    if do == "run":
        lacking = replace(lacking, run=None)
    document = journey({"a": ("test.waits", {"do": "wait an hour"})}, "start > a")
    compiled = compile_journey(document, {**known, "test.waits": lacking})
    event = Event("e1", "go", {}, NOON)
    run, progress = begin(
        compiled, run_id="r", trigger=compiled.triggers[0], event=event, world=world()
    )
    if do != "run":
        progress = advance(compiled, run, [], world(NOON + HOUR))
    assert words in progress.steps[-1].output["error"]["message"]


def test_an_end_with_an_output_records_it():
    _, run, progress = go(journey({"a": (PLAIN, {"do": "end"})}, "start > a"))
    assert (run.status, run.reason) == ("exited", "enough")
    assert progress.steps[-1].output == {"last": 1}


def test_a_task_may_be_made_in_a_run_without_a_customer():
    document = journey({"a": ("action.create_task", {"title": "Look"})}, "start > a")
    _, run, progress = go(document, world=World(NOON))
    assert run.status == "completed"
    assert len(progress.changes) == 1
