"""What is wrong with the ways of a journey: where it begins, where it goes round, where it ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journey.documents import GOOD, MAIL, START, codes, edges, journey, node, only, problems

PLAN = {"field": "customer.plan", "op": "eq", "value": "pro"}


def test_a_journey_needs_a_trigger() -> None:
    document = {**GOOD, "nodes": [MAIL], "edges": []}
    assert only(document, "no_trigger").message.endswith("add one.")
    assert codes({**GOOD, "nodes": [], "edges": []}) == {"no_trigger"}


def test_triggers_that_are_all_disabled_are_a_warning() -> None:
    document = journey({**START, "disabled": True}, MAIL, ways=("start > mail",))
    assert only(document, "no_trigger").severity == "warning"


def test_a_node_that_nothing_leads_to_is_named() -> None:
    document = journey(MAIL, {**MAIL, "id": "lost"}, ways=("start > mail",))
    problem = only(document, "unreachable")
    assert problem.node == "lost"
    assert "Nothing leads to “lost”" in problem.message


def test_a_loop_without_a_wait_is_named_with_its_way() -> None:
    a, b = node("a", "logic.set", values={"n": 1}), node("b", "logic.set", values={"n": 1})
    problem = only(journey(a, b, ways=("start > a > b > a",)), "endless_loop")
    assert problem.node == "a"
    assert "The loop a → b → a never waits" in problem.message
    assert codes(journey(a, ways=("start > a > a",))) == {"endless_loop"}


@pytest.mark.parametrize(
    ("wait", "handle", "endless"),
    [
        (node("w", "logic.wait", for_="P1D"), "out", False),
        (node("w", "logic.wait_until", at="customer.at"), "out", False),
        (node("w", "logic.wait_until", at="customer.at"), "past", True),
        (node("w", "logic.wait_for_event", event="x", within="P1D"), "out", False),
        (node("w", "logic.wait_for_event", event="x", within="P1D"), "timed_out", False),
        ({**node("w", "logic.wait", for_="P1D"), "disabled": True}, "out", True),
        (node("w", "logic.branch", condition=PLAN), "no", True),
        (node("w", "logic.join", mode="any"), "out", True),
    ],
)
def test_what_counts_as_a_wait_in_a_loop(wait: dict[str, Any], handle: str, endless: bool) -> None:
    a = node("a", "logic.set", values={"n": 1})
    found = codes(journey(a, wait, ways=("start > a > w", f"w.{handle} > a")))
    assert ("endless_loop" in found) == endless, found


def test_two_separate_loops_are_two_problems() -> None:
    nodes = [node(n, "logic.set", values={"n": 1}) for n in "abcd"]
    document = journey(*nodes, ways=("start > a > b > a", "start > c > d > c"))
    found = [p for p in problems(document) if p.code == "endless_loop"]
    assert [p.node for p in found] == ["a", "c"]


@pytest.mark.parametrize(
    ("ways", "count", "fires"),
    [
        (("start > a > j", "start > b > j"), 2, True),
        (("start > a > j", "start > b > j"), 3, False),
        (("start > c", "c.yes > j", "c.no > j", "start > a > b > j"), 2, True),
        (("start > c", "c.yes > j", "c.no > a > b > j"), 2, False),  # only one of the two ways
        (("start > a > k", "start > b > k > j", "start > j"), 2, True),
        (("start > a > k", "start > b > k", "k > j"), 2, False),  # the other join lets one out
        (("start > a > w > a", "a > b > j"), 9, True),  # a loop brings more and more
    ],
)
def test_a_join_that_waits_for_more_than_can_come_is_an_error(
    ways: tuple[str, ...], count: int, fires: bool
) -> None:
    used = {e["from"] for e in edges(*ways)} | {e["to"] for e in edges(*ways)}
    nodes = [
        node("a", "logic.set", values={"n": 1}),
        node("b", "logic.set", values={"n": 1}),
        node("c", "logic.branch", condition=PLAN),
        node("w", "logic.wait", for_="P1D"),
        node("k", "logic.join", mode="all"),
        node("j", "logic.join", mode=count),
    ]
    document = journey(*(n for n in nodes if n["id"] in used), ways=ways)
    assert ("join_never_fires" in codes(document)) != fires, problems(document)


def test_joins_for_all_and_any_can_always_fire() -> None:
    for mode in ("all", "any"):
        join = node("j", "logic.join", mode=mode)
        assert codes(journey(join, MAIL, ways=("start > j > mail",))) == set()


def test_a_way_that_leads_nowhere_is_a_warning_and_an_open_failed_is_none() -> None:
    wait = node("w", "logic.wait", for_="P1D")
    assert only(journey(wait, ways=("start > w",)), "loose_end").severity == "warning"
    assert problems(GOOD) == []


def test_nobody_for_the_unsure_is_a_warning() -> None:
    labels = [{"name": n, "description": n} for n in ("sales", "support")]
    classify = node("c", "ai.classify", text="{{ event.properties.text }}", labels=labels)
    document = journey(classify, MAIL, ways=("start > c", "c.sales > mail"))
    assert "unsure" in only(document, "loose_end").message
