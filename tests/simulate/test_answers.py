"""Scripted answers: which one is used, when, and what stands in where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nodes.spec import Answered
from runtime.simulate import BadInput, simulate
from runtime.simulate.script import embedded_model
from tests.engine.drawing import event, journey, note, path, trace, wait

LABELS = [{"name": "work", "description": "work"}, {"name": "other", "description": "other"}]
SORT = ("ai.classify", {"text": "{{ event.properties.text }}", "labels": LABELS})
CALL = ("action.http_request", {"method": "GET", "url": "https://example.com"})
ASK = ("approval", {"of": "draft", "within": "PT8H"})


def sorted_as(label: str, **more: Any) -> dict[str, Any]:
    output = {"label": label, "confidence": 0.9, "scores": {label: 0.9}}
    return {"node": "sort", "output": output, **more}


SORTING = journey({"sort": SORT}, "start > sort", reentry={"mode": "always"})
APPROVAL = journey(
    {"draft": note(text="Hello"), "ok": ASK, "sent": note(text="{{ steps.ok.text }}")},
    "start > draft",
    "draft > ok",
    "ok.out > sent",
    reentry={"mode": "always"},
)


def ways(answers: list[dict[str, Any]], *customers: str, **more: Any) -> list[str]:
    events = [event(f"12:{n:02}", customer=c) for n, c in enumerate(customers)]
    lines = trace(SORTING, *events, answers=answers, **more)
    return [line["handle"] for line in lines if line.get("node") == "sort"]


def test_answers_are_used_in_their_order_and_the_last_repeats():
    given = [sorted_as("work"), sorted_as("other")]
    assert ways(given, "a", "b", "c", "a") == ["work", "other", "other", "other"]


def test_a_customers_own_answers_go_first():
    given = [sorted_as("work"), sorted_as("other", customer="b")]
    assert ways(given, "a", "b", "a", "b") == ["work", "other", "work", "other"]


def test_a_scripted_output_stands_in_the_trace_as_it_was_given():
    line = trace(SORTING, answers=[sorted_as("work")])[1]
    assert line["output"] == {"label": "work", "confidence": 0.9, "scores": {"work": 0.9}}
    assert (line["node"], line["type"]) == ("sort", "ai.classify")


def test_an_unsure_output_leaves_by_unsure():
    answer = {"node": "sort", "output": {"label": "work", "confidence": 0.1, "scores": {}}}
    assert ways([answer], "a") == ["unsure"]


def test_an_answer_may_say_the_handle():
    assert ways([{"node": "sort", "handle": "unsure"}], "a") == ["unsure"]
    assert ways([sorted_as("work", handle="other")], "a") == ["other"]
    assert ways([{"node": "sort", "handle": "failed"}], "a") == ["failed"]


def test_an_error_is_final_and_may_be_a_text_or_an_object():
    lines = trace(SORTING, answers=[{"node": "sort", "error": {"kind": "quota", "message": "no"}}])
    assert lines[1]["output"] == {"error": {"kind": "quota", "message": "no"}}
    assert ways([{"node": "sort", "error": "down"}], "a") == ["failed"]


def test_without_an_answer_an_ai_step_asks_the_model_it_was_given():
    asked: list[Mapping[str, Any]] = []

    def model(body: Mapping[str, Any]) -> Answered:
        asked.append(body)
        return Answered(True, {"label": "other", "confidence": 0.8, "scores": {"other": 0.8}})

    assert ways([], "a", model=model) == ["other"]
    assert (asked[0]["task"], [x["name"] for x in asked[0]["labels"]]) == (
        "classify",
        ["work", "other"],
    )


def test_without_any_answer_the_embedded_default_decides_the_same_every_time():
    labels = [
        {"name": "refund", "description": "Someone wants their money back"},
        {"name": "praise", "description": "Someone is happy and says thank you"},
    ]
    sort = ("ai.classify", {"text": "{{ event.properties.text }}", "labels": labels})
    document = journey({"sort": sort}, "start > sort")
    asked = event("12:00", properties={"text": "I want my money back, please refund me"})
    line = trace(document, asked, model=embedded_model)[1]
    assert line["output"]["label"] == "refund"
    assert set(line["output"]) == {"label", "confidence", "scores"}


def test_http_answers_200_with_an_empty_body_unless_the_script_says_otherwise():
    document = journey({"call": CALL}, "start > call", reentry={"mode": "always"})
    assert trace(document)[2]["output"] == {"status": 200, "headers": {}, "body": ""}
    given = [{"node": "call", "output": {"status": 201, "body": {"id": 7}}}]
    assert trace(document, answers=given)[2]["output"] == {
        "status": 201,
        "headers": {},
        "body": {"id": 7},
    }
    lines = trace(document, answers=[{"node": "call", "output": {"status": 404}}])
    assert (lines[2]["handle"], lines[3]["status"]) == ("failed", "failed")


def test_a_failed_email_still_shows_what_would_have_been_sent():
    mail = ("action.send_email", {"subject": "Hi", "body": "Hello", "to": "a@example.com"})
    document = journey({"mail": mail, "b": note()}, "start > mail", "mail.failed > b")
    given = [{"node": "mail", "error": "bounced"}]
    assert path(document, answers=given) == [
        "start.out",
        "mail!email",
        "mail.failed",
        "b.out",
        "= completed",
    ]


def test_the_answer_is_there_at_once_and_the_token_goes_on():
    """The first branch's call, answer and next step come before the second branch's call."""
    document = journey({"x": CALL, "after": note(), "y": CALL}, "start > x y", "x > after")
    assert path(document) == [
        "start.out",
        "x!http",
        "x.out",
        "after.out",
        "y!http",
        "y.out",
        "= completed",
    ]


# --- Approvals --------------------------------------------------------------------------------


def test_an_approval_expires_without_an_answer():
    lines = trace(APPROVAL)
    assert (lines[2]["at"], lines[2]["handle"]) == ("2026-03-02T20:00:00Z", "expired")
    assert lines[2]["output"] == {"decision": "expired", "by": None, "text": "Hello"}


def test_a_decision_without_after_is_made_at_once():
    given = [{"approval": "ok", "decision": "approve", "by": "Ines"}]
    lines = trace(APPROVAL, answers=given)
    assert lines[2]["output"] == {"decision": "approve", "by": "Ines", "text": "Hello"}
    assert lines[2]["at"] == lines[0]["at"]
    assert lines[3]["output"] == {"text": "Hello"}


def test_a_decision_comes_after_its_time_with_the_edited_text():
    given = [{"approval": "ok", "decision": "approve", "after": "PT2H", "text": "Hi"}]
    lines = trace(APPROVAL, answers=given)
    assert (lines[2]["at"], lines[2]["handle"]) == ("2026-03-02T14:00:00Z", "out")
    assert lines[3]["output"] == {"text": "Hi"}


def test_a_decision_at_the_deadline_counts_and_a_later_one_finds_it_expired():
    given = [{"approval": "ok", "decision": "reject", "after": "PT8H"}]
    assert path(APPROVAL, answers=given)[2] == "ok.rejected"
    given = [{"approval": "ok", "decision": "reject", "after": "PT9H"}]
    assert path(APPROVAL, answers=given)[2:] == ["ok.expired", "= completed"]


def test_decisions_go_in_the_order_of_their_time():
    given = [
        {"approval": "ok", "decision": "approve", "after": "PT3H", "customer": "a"},
        {"approval": "ok", "decision": "reject", "after": "PT1H", "customer": "b"},
    ]
    lines = trace(
        APPROVAL, event("12:00", customer="a"), event("12:30", customer="b"), answers=given
    )
    decided = [(x["at"][11:16], x["handle"]) for x in lines if x.get("node") == "ok"]
    assert decided == [("13:30", "rejected"), ("15:00", "out")]


def test_a_decision_for_a_run_that_has_exited_changes_nothing():
    document = journey(
        {"draft": note(text="Hello"), "ok": ASK},
        "start > draft",
        "draft > ok",
        exit_when=[{"event": "stop"}],
    )
    given = [{"approval": "ok", "decision": "approve", "after": "PT2H"}]
    told = path(document, event("12:00"), event("13:00", "stop"), answers=given)
    assert told == ["start.out", "draft.out", "= exited"]


def test_each_round_of_a_loop_asks_again():
    document = journey(
        {"draft": note(text="Hello"), "ok": ASK, "w": wait("PT1H")},
        "start > draft",
        "draft > ok",
        "ok.rejected > w",
        "w > draft",
    )
    given = [{"approval": "ok", "decision": d} for d in ("reject", "reject", "approve")]
    lines = trace(document, answers=given)
    assert [(x["visit"], x["handle"]) for x in lines if x.get("node") == "ok"] == [
        (1, "rejected"),
        (2, "rejected"),
        (3, "out"),
    ]


# --- Bad answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "either a node or an approval"),
        ({"node": "sort"}, "neither output nor error"),
        ({"node": "sort", "handle": "sideways"}, "no handle sideways"),
        ({"approval": "ok", "decision": "perhaps"}, "approve or reject"),
        ({"approval": "ok", "decision": "approve", "after": "2 hours"}, "after"),
        ({"approval": "ok", "decision": "approve", "after": "-PT1H"}, "negative"),
        ({"node": "sort", "output": []}, "output"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused_with_a_remedy(given: dict, words: str):
    with pytest.raises(BadInput, match=words):
        simulate(SORTING, [event("12:00")], answers=[given])
