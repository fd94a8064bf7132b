"""How often a condition is true, by the engine's own evaluator."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.facade import Refused, conditions
from tests.facade.conftest import DAY, Place


@pytest.fixture
def people(place: Place) -> Place:
    place.identify("maya@example.com", budget=2500, plan="pro")
    place.identify("tom@example.com", budget=900, plan="pro")
    place.identify("ines@example.com", segments=["vip"])
    place.event("reply.received", "maya@example.com", kind="mail")
    place.clock.now += 5 * DAY
    place.event("reply.received", "tom@example.com", kind="phone")
    return place


BUDGET = {"field": "customer.budget", "op": "gte", "value": 2000}


@pytest.mark.parametrize(
    ("condition", "hits"),
    [
        (BUDGET, 1),
        ({"not": BUDGET}, 2),
        ({"field": "customer.plan", "op": "eq", "value": "pro"}, 2),
        ({"did": "reply.received"}, 2),
        ({"not": {"did": "reply.received", "within": "P3D"}}, 2),
        ({"did": "reply.received", "where": {
            "field": "event.properties.kind", "op": "eq", "value": "mail"}}, 1),
        ({"in_segment": "vip"}, 1),
        ({"all": [BUDGET, {"not": {"did": "reply.received", "within": "P3D"}}]}, 1),
        ({"field": "now", "op": "after", "value": "2020-01-01"}, 3),
    ],
)  # fmt: skip
def test_customers_are_tried_as_they_are_now(people: Place, condition: Any, hits: int) -> None:
    found = people.studio.condition_hits(condition)
    assert found == {"of": "customers", "hits": hits, "total": 3, "why": None}


def test_a_condition_on_the_event_is_tried_on_the_events_of_its_names(people: Place) -> None:
    mail = {"field": "event.properties.kind", "op": "eq", "value": "mail"}
    studio = people.studio
    assert studio.condition_hits(mail, ["reply.received"]) == {
        "of": "events", "hits": 1, "total": 2, "why": None,
    }  # fmt: skip
    assert studio.condition_hits(mail, ["other"])["total"] == 0
    both = {"all": [mail, BUDGET]}
    assert studio.condition_hits(both, ["reply.received", "other"])["hits"] == 1


def test_an_event_is_tried_at_its_own_time(people: Place) -> None:
    people.clock.now += 30 * DAY
    recent = {"did": "reply.received", "within": "P1D"}
    asked = {"all": [recent, {"field": "event.name", "op": "exists"}]}
    assert people.studio.condition_hits(asked, ["reply.received"])["hits"] == 2
    assert people.studio.condition_hits(recent)["hits"] == 0


def test_what_only_a_run_knows_is_not_guessed(people: Place) -> None:
    for path in ("steps.sort.label", "entry.properties.kind"):
        asked = {"any": [BUDGET, {"field": path, "op": "exists"}]}
        assert people.studio.condition_hits(asked)["why"] == "steps"


def test_a_broken_condition_is_refused_with_a_sentence(people: Place) -> None:
    with pytest.raises(Refused, match="has no value"):
        people.studio.condition_hits({"field": "customer.a", "op": "eq"})
    with pytest.raises(Refused, match="cannot be tried"):
        people.studio.condition_hits({"field": "customer.a", "op": "eq", "value": "\0"})


def test_a_condition_that_asks_the_past_for_each_past_event_is_refused(people: Place) -> None:
    deep: Any = {"did": "page.seen", "where": {"did": "page.seen"}}
    with pytest.raises(Refused, match="cannot be asked inside of the where"):
        people.as_role("viewer").condition_hits(deep)


def test_counting_that_takes_too_long_is_given_up(
    people: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(40):
        people.event("page.seen", "maya@example.com", n=n)
    monkeypatch.setattr(conditions, "LONGEST", 0.0)
    with pytest.raises(Refused, match="too long to count"):
        people.as_role("viewer").condition_hits({"did": "page.seen", "at_least": 3})


def test_a_condition_of_thousands_of_comparisons_is_not_counted(people: Place) -> None:
    with pytest.raises(Refused, match="too long to count"):
        people.studio.condition_hits({"any": [BUDGET] * 5_000})
