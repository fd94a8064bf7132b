"""What paths may name, seen through a journey that uses them."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.journey.paths import MISSING
from runtime.journey.problems import errors
from tests.journey.documents import MAIL, START, journey, node, problems
from tests.journey.test_conditions import World, holds

LABELS = [{"name": n, "description": n} for n in ("sales", "support")]
CLASSIFY = node("about", "ai.classify", text="{{ event.properties.text }}", labels=LABELS)


def messages(field: str, op: str = "eq", value: Any = "x") -> list[str]:
    """The problems of a branch after a classification with this comparison."""
    condition = {"field": field, "op": op, "value": value}
    branch = node("b", "logic.branch", condition=condition)
    nodes = (CLASSIFY, branch, MAIL)
    ways = ("start > about", "about.sales > b", "about.unsure > mail", "b.yes > mail")
    return [p.message for p in problems(journey(*nodes, ways=ways))]


@pytest.mark.parametrize(
    "field",
    ["customer.plan", "customer.First name", "customer.a.0.b", "event.name", "event.properties",
     "event.properties.a.b", "steps.about.label", "steps.start.properties.x"],
)  # fmt: skip
def test_paths_that_may_be_used(field: str) -> None:
    assert messages(field) == []


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("plan", "“plan” starts with none of customer, event, steps and now"),
        ("customer", "The path customer names no attribute"),
        ("customer.", "“customer.” is not a path"),
        ("customer..x", "is not a path"),
        ("customer.__proto__", "is not a path"),
        ("customer." + "x" * 200, "is not a path"),
        ("now.hour", "“now.hour” goes too deep: write now"),
        ("event", "The path event names no field: say event.properties.plan"),
        ("event.plan.x", "is never there: write event.properties.plan.x"),
        ("entry.name", "can stand in a where only: here the entry event is event.*"),
        ("steps", "The path steps names no node: write steps.<node>.<name>"),
        ("steps.gone.x", "names the node “gone”, which is not there: name one"),
        ("steps.mail.x", "is never there: “mail” does not come before this node"),
    ],
)
def test_paths_that_lead_nowhere(field: str, words: str) -> None:
    found = messages(field)
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(
    ("field", "op", "value", "words"),
    [
        ("steps.about.confidence", "lt", "high", "steps.about.confidence is a number"),
        ("steps.about.label", "gt", 3, "steps.about.label is text"),
        ("event.name", "lt", 3, "event.name is text"),
        ("now", "before", 3, "cannot use 3: write a time"),
        ("now", "gt", "noon", "now is a time"),
    ],
)
def test_types_that_are_known_are_compared_with_their_own(
    field: str, op: str, value: Any, words: str
) -> None:
    found = messages(field, op, value)
    assert len(found) == 1
    assert words in found[0]


def test_types_that_are_not_known_are_compared_with_anything() -> None:
    assert messages("steps.about.other", "gt", 3) == []
    assert messages("steps.about.scores.sales", "gt", "x") == []
    assert messages("event.properties.total", "gt", 3) == []
    call = node("call", "action.http_request", method="GET", url="u")
    branch = node(
        "b", "logic.branch", condition={"field": "steps.call.body", "op": "eq", "value": 1}
    )
    assert problems(journey(call, branch, MAIL, ways=("start > call > b", "b.yes > mail"))) == []


def test_steps_of_a_node_of_an_unknown_type_are_compared_with_anything() -> None:
    odd = node("odd", "test.odd")
    branch = node("b", "logic.branch", condition={"field": "steps.odd.x", "op": "gt", "value": 1})
    found = problems(journey(odd, branch, MAIL, ways=("start > odd > b", "b.yes > mail")))
    assert [p.code for p in found] == ["unknown_type"]


def test_a_where_may_name_the_entry_event_and_a_late_step_is_a_warning() -> None:
    where = {
        "all": [
            {
                "field": "event.properties.order",
                "op": "eq",
                "value": {"field": "entry.properties.order"},
            },
            {"did": "x", "where": {"field": "entry.name", "op": "exists"}},
            {"field": "steps.mail.x", "op": "exists"},
        ]
    }
    wait = node("w", "logic.wait_for_event", event="paid", within="P1D", where=where)
    found = problems(journey(wait, MAIL, ways=("start > w > mail",)))
    assert [(p.severity, p.code) for p in found] == [("warning", "empty_path")]
    assert "none of customer, event, entry, steps" in problems(
        journey(node("w", "logic.wait_for_event", event="x", within="P1D",
                     where={"field": "x.y", "op": "exists"}), MAIL, ways=("start > w > mail",))
    )[0].message  # fmt: skip


def test_a_moment_or_a_key_may_come_from_a_later_step_with_a_warning() -> None:
    wait = node("w", "logic.wait_until", at="steps.mail.at")
    found = problems(journey(wait, MAIL, ways=("start > w > mail",)))
    assert [(p.severity, p.code) for p in found] == [("warning", "empty_path")]


def test_due_may_be_a_duration_a_date_or_a_place() -> None:
    for due in ("PT4H", "2026-03-02", "customer.renews_at"):
        task = node("t", "action.create_task", title="t", due=due)
        assert problems(journey(task, ways=("start > t",))) == []


def test_texts_that_are_too_long_together_are_one_error() -> None:
    text = "{{ customer.x }}" + "x" * 90_000
    mails = [
        node(f"m{i}", "action.send_email", subject=f"{i}", body=f"{i}{text}") for i in range(30)
    ]
    way = " > ".join(m["id"] for m in mails)
    found = errors(problems(journey(*mails, ways=(f"start > {way}",))))
    assert [p.code for p in found] == ["too_large"]
    assert "more than 2,000,000 characters" in found[0].message


def test_more_than_a_hundred_exits_are_refused() -> None:
    many = [{"event": f"e{i}"} for i in range(101)]
    document = {**journey(MAIL, ways=("start > mail",)), "settings": {"exit_when": many}}
    assert [p.code for p in problems(document)] == ["too_many"]


def test_the_same_mistake_in_one_place_is_told_once() -> None:
    condition = {"all": [{"field": "steps.mail.x", "op": "exists"}] * 3}
    branch = node("b", "logic.branch", condition=condition)
    found = problems(journey(branch, MAIL, ways=("start > b", "b.yes > mail")))
    assert len(found) == 1


def test_headers_that_are_no_object_are_left_to_the_schema() -> None:
    call = node("x", "action.http_request", method="GET", url="u", headers=["a"])
    found = problems(journey(call, ways=("start > x",)))
    assert [p.code for p in found] == ["config"]


def test_a_window_that_cannot_be_reckoned_is_false_with_a_note() -> None:
    scope = World({"customer": {"at": "2026-03-02T08:00:00Z", "span": "soon", "long": "P90Y"}})
    for span in ("span", "missing", "at"):
        value = {"field": f"customer.{span}"}
        assert not holds({"field": "customer.at", "op": "within_last", "value": value}, scope)
    assert len(scope.notes) == 2


def test_times_compare_with_times_only() -> None:
    scope = World({"customer": {"at": "2026-03-02T08:00:00Z", "age": 3}})
    assert holds({"field": "customer.at", "op": "lt", "value": {"field": "now"}}, scope)
    assert holds({"field": "customer.at", "op": "ne", "value": {"field": "now"}}, scope)
    assert not holds({"field": "customer.age", "op": "lt", "value": {"field": "now"}}, scope)
    assert scope.notes == ["condition: customer.age lt cannot compare a number with a time"]
    assert repr(MISSING) == "MISSING"


def test_a_trigger_may_be_the_only_node() -> None:
    found = problems({"format": 1, "name": "x", "nodes": [START]})
    assert [(p.severity, p.code) for p in found] == [("warning", "loose_end")]
