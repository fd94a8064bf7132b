"""Conditions on a customer in runs that have none."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.journey.operations import apply
from runtime.journey.problems import Problem
from tests.journey.documents import Document, journey, node, problems

PLAN = {"field": "customer.plan", "op": "eq", "value": "pro"}


def told(document: Document) -> list[Problem]:
    return [p for p in problems(document, titles=True) if p.code == "nobody"]


def begun(condition: Any, trigger: str = "trigger.webhook", **config: Any) -> Document:
    return journey(
        node("start", trigger, **config),
        node("wait", "logic.wait", for_="P1D"),
        node("ask", "logic.branch", condition=condition),
        ways=("start > wait > ask",),
    )


@pytest.mark.parametrize(
    "condition",
    [PLAN, {"all": [{"not": PLAN}]}, {"did": "order"}, {"any": [{"in_segment": "vip"}]}],
)
def test_a_condition_on_nobody_is_a_warning_that_names_the_trigger(condition: Any) -> None:
    [problem] = told(begun(condition))
    assert (problem.severity, problem.node) == ("warning", "ask")
    assert problem.path == "nodes[2].config.condition"
    assert problem.message.startswith("Nobody is known here: “")
    assert "where the customer's id or email stands" in problem.message


def test_naming_the_path_mends_it() -> None:
    document = begun(PLAN)
    [problem] = told(document)
    assert problem.fix is not None
    assert problem.fix["label"] == "Take the customer from body.email"
    assert told(apply(document, problem.fix["ops"])) == []


def test_a_schedule_without_a_segment_knows_nobody_either() -> None:
    [problem] = told(begun(PLAN, "trigger.schedule", cron="0 9 * * 1"))
    assert "for which segment" in problem.message
    assert problem.fix is None
    assert told(begun(PLAN, "trigger.schedule", cron="0 9 * * 1", segment="quiet")) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "event.properties.plan", "op": "eq", "value": "pro"},
        {"field": "customer.email", "op": "missing"},
    ],
)
def test_what_asks_nothing_of_a_customer_is_quiet(condition: Any) -> None:
    assert told(begun(condition)) == []


def test_who_is_known_or_never_comes_there_is_no_problem() -> None:
    assert told(begun(PLAN, customer="body.email")) == []
    assert told(begun(PLAN, "trigger.event", event="x")) == []
    assert told(begun(PLAN, "trigger.manual")) == []
    apart = begun(PLAN)
    apart["edges"] = apart["edges"][:1]
    assert told(apart) == []
