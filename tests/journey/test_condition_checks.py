from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.journey.condition_checks import check
from runtime.journey.condition_form import OPS
from runtime.journey.condition_words import said, words
from runtime.journey.conditions import holds
from runtime.journey.paths import MISSING
from tests.journey.test_conditions import NOW, World
from tests.journey.test_hostile import JSON, NAMES

TYPES = {"now": "a time", "n": "a number", "t": "text", "b": "yes/no", "l": "a list", "o": "other"}


def flaws(condition: Any) -> list[tuple[str, str]]:
    return check(
        condition,
        lambda path: f"bad {path}." if path.startswith("bad") else None,
        inner=lambda path: None if path.startswith("entry") else f"outer {path}.",
        type_of=TYPES.get,
    )


MORE = st.dictionaries(NAMES, JSON, max_size=1)


def leaf(field: Any, op: Any, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


@pytest.mark.parametrize(
    "condition",
    [
        leaf("x", "eq", 1), leaf("x", "ne", {"a": 1}), leaf("x", "contains", {"a": 1}),
        leaf("x", "gt", "b"), leaf("x", "lte", 1.5), leaf("x", "in", [1, "a"]), leaf("x", "exists"),
        leaf("x", "starts_with", "a"), leaf("x", "before", "2026-03-02"),
        leaf("t", "after", "2026-03-02"),
        leaf("now", "after", "2026-03-02T09:00"), leaf("now", "gt", "2026-03-02"),
        leaf("x", "within_last", "P1D"), leaf("x", "gt", {"field": "y"}), leaf("n", "eq", 2),
        leaf("b", "eq", True), leaf("t", "contains", "x"), leaf("l", "contains", 3),
        leaf("l", "eq", [1]),
        leaf("o", "eq", {}), {"field": "x", "op": "missing"}, {"all": []},
        {"any": [leaf("x", "exists")]},
        {"not": leaf("x", "exists")}, {"in_segment": "vip"}, {"did": "bought"},
        {"did": "bought", "at_least": 2, "within": "P1Y", "where": leaf("entry.name", "exists")},
    ],
)  # fmt: skip
def test_conditions_that_are_right(condition: Any) -> None:
    assert flaws(condition) == []


@pytest.mark.parametrize(
    ("condition", "at", "words"),
    [
        (3, "", "A condition is an object, not 3"),
        ({}, "", "The condition is empty"),
        ({"maybe": 1}, "", "has none of all, any, not"),
        ({"all": 3}, ".all", "all needs a list"),
        ({"all": [{"any": {}}]}, ".all[0].any", "any needs a list"),
        ({"all": [], "x": 1}, ".x", "“x” has no place beside all"),
        ({"not": {}}, ".not", "empty"),
        ({**leaf("x", "eq", 1), "case": 1}, ".case", "beside field and op and value"),
        ({"op": "eq", "value": 1}, ".field", "The field is null: name one"),
        (leaf("bad.x", "eq", 1), ".field", "bad bad.x."),
        (leaf("x", "is", 1), ".op", "“is” of x is unknown: use one of eq, ne"),
        (leaf("x", ["eq"], 1), ".op", "a list"),
        (leaf("x", "exists", True), ".value", "exists takes no value"),
        (leaf("x", "eq"), ".value", "has no value: write one, or use the operator missing"),
        (leaf("x", "gt", True), ".value", "x gt cannot use true: write a number or a text"),
        (leaf("x", "gt", [1]), ".value", "cannot use a list"),
        (leaf("x", "gt", {"a": 1}), ".value", "The value of gt is an object"),
        (leaf("", "eq", 1), ".field", "Choose a field"),
        (leaf("x", "gt", {"field": 3}), ".value", "is an object"),
        (leaf("x", "gt", {"field": "bad.y"}), ".value.field", "bad bad.y."),
        (leaf("x", "in", "pro"), ".value", "write a list"),
        (leaf("x", "starts_with", 3), ".value", "write a text"),
        (leaf("x", "before", "soon"), ".value", "write a time such as"),
        (leaf("x", "within_next", "soon"), ".value", "is not a duration"),
        (leaf("x", "within_next", 3), ".value", "3 is not a duration"),
        (leaf("n", "eq", "2"), ".value", "n is a number, which eq cannot compare with “2”"),
        (leaf("n", "contains", 2), ".value", "n is a number, which contains cannot compare"),
        (leaf("n", "before", "2026-03-02"), ".value", "n is a number"),
        (leaf("b", "gt", 2), ".value", "b is yes/no, which gt cannot compare with 2"),
        (leaf("t", "gt", 2), ".value", "t is text"),
        (leaf("now", "eq", "noon"), ".value", "now is a time"),
        ({"in_segment": ""}, "", "The segment is “”: write the name of one"),
        ({"in_segment": "x", "y": 1}, ".y", "beside in_segment"),
        ({"did": 3}, ".did", "The event is 3"),
        ({"did": "x", "at_least": 0}, ".at_least", "at_least is 0: write a number from 1"),
        ({"did": "x", "at_least": True}, ".at_least", "at_least is true"),
        ({"did": "x", "within": "P0D"}, ".within", "is zero"),
        ({"did": "x", "where": {}}, ".where", "empty"),
        ({"did": "x", "where": {"did": "y"}}, ".where.did", "cannot be asked inside"),
        (
            {"did": "x", "where": {"all": [{"not": {"did": "y"}}]}},
            ".where.all[0].not.did",
            "join the two with all",
        ),
        ({"did": "x", "where": leaf("x", "exists")}, ".where.field", "outer x."),
        ({"did": "x", "at_most": 3}, ".at_most", "“at_most” has no place beside did"),
    ],
)
def test_what_is_wrong_with_a_condition_has_a_place_and_a_remedy(
    condition: Any, at: str, words: str
) -> None:
    found = flaws(condition)
    assert len(found) == 1, found
    assert found[0][0] == at
    assert words in found[0][1]


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.builds(leaf, st.sampled_from([*TYPES, "x"]), st.sampled_from(OPS), JSON) | JSON,
        lambda c: (
            st.dictionaries(st.sampled_from(["all", "any"]), st.lists(c, max_size=3), max_size=1)
            | st.builds(lambda v: {"not": v}, c)
            | st.builds(lambda v, m: {"did": "x", "where": v, **m}, c, MORE)
        ),
        max_leaves=6,
    )
)
def test_any_condition_is_checked_and_a_right_one_can_be_asked_and_said(condition: Any) -> None:
    if not flaws(condition):
        scope = World({"n": 1, "t": "x", "b": True, "l": [1], "o": {}})
        assert holds(condition, scope) in (True, False)
        assert not [n for n in scope.notes if "form is unknown" in n]
        assert "unknown condition" not in words(condition)


def test_values_are_said_in_words() -> None:
    assert [said(v) for v in (True, False, None, MISSING, NOW, [1, "é"], {"a": 1}, 2.5, "x")] == [
        "yes", "no", "", "", "2026-03-02T09:00:00Z", '[1, "é"]', '{"a": 1}', "2.5", "x",
    ]  # fmt: skip
    odd = {"field": "a", "op": "within_last", "value": "soon"}
    assert words(odd) == "a is within the last soon"
    assert words({"field": "a", "op": "eq", "value": None}) == "a is nothing"
    assert words({"x": 1}) == "an unknown condition"
    assert words({"all": []}) == "always"
    assert words({"any": []}) == "never"
    assert words({"did": "x"}) == "did x"
    assert words({"field": "a", "op": "eq", "value": [1, False]}) == "a is 1, no"


def test_a_behaviour_with_a_broken_window_is_false_with_a_note() -> None:
    scope = World()
    assert not holds({"did": "x", "within": "soon"}, scope)
    assert scope.notes == ["condition: 'soon' is not a duration"]
