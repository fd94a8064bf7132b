"""What a run waits for: times, events, answers and decisions, and what ends a wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nodes.spec import Answered, Decided
from runtime.engine.advance import (
    AnswerSignal,
    DecisionSignal,
    EventSignal,
    advance,
)
from tests.engine.carrying import DAY, HOUR, NOON, came, go, told, world
from tests.engine.drawing import journey, note, wait, wait_for

# --- Waits ------------------------------------------------------------------------------------


def test_a_wait_ends_at_its_deadline_and_not_before():
    compiled, run, progress = go(journey({"w": wait("PT24H")}, "start > w"))
    assert run.wake_at == NOON + DAY
    assert [(w.kind, w.deadline) for w in progress.opened.values()] == [("time", NOON + DAY)]
    assert told(advance(compiled, run, [], world(NOON + DAY - timedelta(microseconds=1)))) == []
    assert told(advance(compiled, run, [], world(NOON + DAY))) == ["w.out"]


def test_an_event_at_the_instant_of_the_deadline_wins():
    compiled, run, _ = go(journey({"w": wait_for("paid", "PT1H")}, "start > w"))
    assert told(advance(compiled, run, [came("paid")], world(NOON + HOUR))) == ["w.out"]


def test_a_late_event_finds_the_deadline_passed_even_when_both_are_seen_at_once():
    compiled, run, _ = go(journey({"w": wait_for("paid", "PT1H")}, "start > w"))
    late = came("paid", NOON + HOUR + timedelta(seconds=1))
    assert told(advance(compiled, run, [late], world(NOON + DAY))) == ["w.timed_out"]


def test_an_event_that_came_in_time_wins_however_late_the_worker_is():
    compiled, run, _ = go(journey({"w": wait_for("paid", "PT1H")}, "start > w"))
    assert told(advance(compiled, run, [came("paid", NOON)], world(NOON + DAY))) == ["w.out"]


def test_one_event_ends_every_wait_that_was_open_when_it_came_and_none_that_opens_after():
    document = journey(
        {"w": wait_for("paid"), "v": wait_for("paid"), "next": wait_for("paid")},
        "start > w v",
        "w > next",
        "v > next",
    )
    compiled, run, _ = go(document)
    progress = advance(compiled, run, [came("paid")], world(NOON + HOUR))
    assert told(progress) == ["w.out", "v.out"]
    assert [w.node for w in progress.opened.values()] == ["next", "next"]


def test_the_entry_event_ends_no_wait_of_its_own_run():
    document = journey({"w": wait_for("go")}, "start > w", exit_when=[{"event": "go"}])
    compiled, run, _ = go(document)
    progress = advance(compiled, run, [EventSignal(run.entry)], world(NOON + HOUR))
    assert (told(progress), run.status) == ([], "waiting")


def test_a_where_that_cannot_be_compared_is_false_with_a_note_in_the_step():
    where = {"field": "event.properties.n", "op": "gt", "value": 1}
    compiled, run, _ = go(journey({"w": wait_for("paid", where=where)}, "start > w"))
    progress = advance(compiled, run, [came("paid", n="two")], world(NOON + HOUR))
    assert [n.node for n in progress.notes] == ["w"]
    progress = advance(compiled, run, [came("paid", n=2)], world(NOON + HOUR))
    assert progress.steps[0].notes[0].startswith("condition: event.properties.n gt")


def test_deadlines_pass_in_their_order_however_late_the_worker_is():
    document = journey({"a": wait("PT2H"), "b": wait("PT1H")}, "start > a b")
    compiled, run, _ = go(document)
    assert told(advance(compiled, run, [], world(NOON + DAY))) == ["b.out", "a.out"]


def test_deadlines_of_one_instant_pass_by_the_age_of_the_token():
    document = journey({"a": wait("PT1H"), "b": wait("PT60M"), "c": note()}, "start > a b", "a > c")
    compiled, run, _ = go(document)
    assert told(advance(compiled, run, [], world(NOON + HOUR))) == ["a.out", "c.out", "b.out"]


# --- Effects and decisions --------------------------------------------------------------------

CALL = journey({"a": ("test.once", {"do": "perform"})}, "start > a")


def test_an_effect_parks_its_token_until_the_answer():
    compiled, run, progress = go(CALL)
    (effect,) = progress.effects
    assert (effect.token, effect.node, effect.visit, effect.kind) == (1, "a", 1, "http")
    assert effect.once
    assert effect.body == {"method": "GET", "url": "http://example.com"}
    assert (run.status, run.wake_at) == ("waiting", None)
    progress = advance(compiled, run, [AnswerSignal(1, "a", 1, Answered(True))], world())
    assert told(progress) == ["a.out"]
    assert [(c.kind, c.by) for c in progress.closed] == [("effect", "answer")]


@pytest.mark.parametrize(("token", "node", "visit"), [(2, "a", 1), (1, "b", 1), (1, "a", 2)])
def test_a_foreign_answer_is_ignored(token: int, node: str, visit: int):
    compiled, run, _ = go(CALL)
    progress = advance(compiled, run, [AnswerSignal(token, node, visit, Answered(True))], world())
    assert (progress.steps, run.status) == ([], "waiting")


def test_an_answer_that_comes_twice_counts_once():
    document = journey({"a": ("test.once", {"do": "perform"}), "b": note()}, "start > a", "a > b")
    compiled, run, _ = go(document)
    answer = AnswerSignal(1, "a", 1, Answered(True))
    assert told(advance(compiled, run, [answer, answer], world())) == ["a.out", "b.out"]
    assert told(advance(compiled, run, [answer], world())) == []


def test_a_visit_has_one_effect_only():
    compiled, run, _ = go(CALL)
    again = AnswerSignal(1, "a", 1, Answered(True, {"again": True}))
    progress = advance(compiled, run, [again], world())
    assert progress.effects == []
    assert run.status == "failed"


APPROVAL = journey(
    {
        "draft": note(text="Hello"),
        "ok": ("approval", {"of": "draft", "within": "PT8H", "by": "Ines"}),
    },
    "start > draft",
    "draft > ok",
)


def test_an_approval_asks_with_the_draft_and_takes_a_decision_once():
    compiled, run, progress = go(APPROVAL)
    (waiting,) = progress.opened.values()
    assert waiting.ask == {"of": "draft", "draft": {"text": "Hello"}, "by": "Ines"}
    assert waiting.kind == "approval"
    yes = DecisionSignal(1, "ok", 1, Decided("approve", "Ines", "Hi"))
    no = DecisionSignal(1, "ok", 1, Decided("reject", "Tom"))
    progress = advance(compiled, run, [yes, no], world(NOON + HOUR))
    assert told(progress) == ["ok.out"]
    assert progress.steps[0].output == {"decision": "approve", "by": "Ines", "text": "Hi"}
    assert [(c.by, c.decided) for c in progress.closed] == [("decision", yes.decided)]


def test_an_approval_that_nobody_decides_expires():
    compiled, run, _ = go(APPROVAL)
    progress = advance(compiled, run, [], world(NOON + 8 * HOUR))
    assert told(progress) == ["ok.expired"]
    assert [c.by for c in progress.closed] == ["time"]


def test_a_late_decision_finds_the_approval_expired():
    compiled, run, _ = go(APPROVAL)
    late = DecisionSignal(1, "ok", 1, Decided("approve"), at=NOON + 9 * HOUR)
    assert told(advance(compiled, run, [late], world(NOON + 9 * HOUR))) == ["ok.expired"]
    assert told(advance(compiled, run, [late], world(NOON + 9 * HOUR))) == []


def test_a_wait_opened_and_closed_in_one_call_is_in_neither_list():
    document = journey({"w": wait_for("paid"), "v": wait_for("paid")}, "start > w", "w > v")
    compiled, run, _ = go(document)
    first, second = came("paid"), came("paid", NOON + 2 * HOUR)
    progress = advance(compiled, run, [first, second], world(NOON + 2 * HOUR))
    assert told(progress) == ["w.out", "v.out"]
    assert [c.node for c in progress.closed] == ["w"]
    assert progress.opened == {}
