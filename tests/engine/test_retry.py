"""A run that one of its nodes has failed, and that a person lets go on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from nodes.spec import Answered
from runtime.engine.advance import AnswerSignal, Progress, RetrySignal, Run, advance
from runtime.engine.compiled import MOST_VISITS, Journey
from runtime.engine.state import again
from tests.engine.carrying import HOUR, NOON, came, go, told, world
from tests.engine.drawing import journey, note, wait, wait_for

FAILS = "test.fails"
NO = Answered(False, {}, {"kind": "http", "message": "No."})
YES = Answered(True, {"status": 200})


def call() -> tuple[str, dict[str, Any]]:
    return "action.http_request", {"method": "POST", "url": "http://example.com"}


def answer(progress: Progress, answered: Answered) -> AnswerSignal:
    effect = progress.effects[-1]
    return AnswerSignal(effect.token, effect.node, effect.visit, answered)


def retry(compiled: Journey, run: Run, later: timedelta = HOUR) -> tuple[Run, Progress]:
    """As the store does it: the state goes out as text and comes back."""
    text = again(run.to_json())
    assert text is not None
    back = Run.from_json(text)
    return back, advance(compiled, back, [RetrySignal()], world(NOON + later))


def test_the_failed_node_is_visited_once_more_and_the_run_goes_on():
    compiled, run, progress = go(journey({"a": call(), "b": note()}, "start > a", "a > b"))
    progress = advance(compiled, run, [answer(progress, NO)], world())
    assert (run.status, run.reason) == ("failed", "a: No.")
    back, progress = retry(compiled, run)
    assert (back.status, back.reason) == ("waiting", None)
    assert [(e.node, e.visit) for e in progress.effects] == [("a", 2)]  # a new send, its own key
    progress = advance(compiled, back, [answer(progress, YES)], world(NOON + HOUR))
    assert told(progress) == ["a.out", "b.out"]
    assert back.status == "completed"


def test_what_fails_again_can_be_tried_again():
    compiled, run, progress = go(journey({"a": call()}, "start > a"))
    advance(compiled, run, [answer(progress, NO)], world())
    for visit in (2, 3):
        run, progress = retry(compiled, run)
        advance(compiled, run, [answer(progress, NO)], world())
        assert (run.status, run.visits["a"]) == ("failed", visit)


def test_the_waits_beside_it_stand_as_they_stood():
    document = journey(
        {"a": call(), "w": wait("PT2H"), "e": wait_for("paid"), "b": note(), "c": note()},
        "start > a w e",
        "w > b",
        "e > c",
    )
    compiled, run, progress = go(document)
    advance(compiled, run, [answer(progress, NO)], world())
    back, progress = retry(compiled, run)
    assert [(t.node, t.kind) for t in back.tokens.values()] == [
        ("a", "effect"),
        ("w", "time"),
        ("e", "event"),
    ]
    assert back.wake_at == NOON + 2 * HOUR
    progress = advance(compiled, back, [came("paid")], world(NOON + 3 * HOUR))
    assert sorted(told(progress)) == ["b.out", "c.out", "e.out", "w.out"]


def test_a_deadline_that_passed_meanwhile_passes_at_once():
    document = journey({"a": call(), "w": wait("PT2H"), "b": note()}, "start > a w", "w > b")
    compiled, run, progress = go(document)
    advance(compiled, run, [answer(progress, NO)], world())
    _, progress = retry(compiled, run, 5 * HOUR)
    assert told(progress) == ["w.out", "b.out"]


def test_a_join_still_waits_for_the_token_that_had_failed():
    document = journey(
        {"a": call(), "b": note(), "j": ("join", {"mode": "all"}), "c": note()},
        "start > a b",
        "a > j",
        "b > j",
        "j > c",
    )
    compiled, run, progress = go(document)
    advance(compiled, run, [answer(progress, NO)], world())
    back, progress = retry(compiled, run)
    assert told(progress) == []
    progress = advance(compiled, back, [answer(progress, YES)], world())
    assert told(progress) == ["a.out", "j.out", "c.out"]


def test_a_join_that_has_fired_does_not_fire_for_the_late_one():
    document = journey(
        {"a": call(), "b": note(), "j": ("join", {"mode": "any"}), "c": note()},
        "start > a b",
        "a > j",
        "b > j",
        "j > c",
    )
    compiled, run, progress = go(document)
    assert told(progress)[-1] == "c.out"
    advance(compiled, run, [answer(progress, NO)], world())
    back, progress = retry(compiled, run)
    progress = advance(compiled, back, [answer(progress, YES)], world())
    assert told(progress) == ["a.out"]
    assert back.status == "completed"


def test_only_what_a_node_has_failed_can_go_on():
    compiled, run, progress = go(journey({"a": call()}, "start > a"))
    assert again(run.to_json()) is None
    advance(compiled, run, [answer(progress, YES)], world())
    assert again(run.to_json()) is None
    _, run, _ = go(journey({"a": note()}, "start > a", "a > a"))
    assert run.moves == MOST_VISITS
    assert again(run.to_json()) is None  # it would be stopped at its next step


def test_the_state_of_all_other_runs_is_what_it_was():
    _, run, _ = go(journey({"a": (FAILS, {"do": "fail"})}, "start > a"))
    assert '"left":[[1,"a",1]]' in run.to_json()
    _, run, _ = go(journey({"w": wait("PT1H")}, "start > w"))
    assert "left" not in run.to_json()
