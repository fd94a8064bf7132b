from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.journey.condition_form import OPS
from runtime.journey.condition_words import words
from runtime.journey.conditions import Condition, equal, explain, holds
from runtime.journey.paths import MISSING, lookup
from runtime.journey.predicates import prepared

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class World:
    """A scope for the tests: values by root, past events, segments."""

    values: dict[str, Any] = field(default_factory=dict[str, Any])
    past: list[tuple[str, datetime]] = field(default_factory=list[tuple[str, datetime]])
    segments: set[str] = field(default_factory=set[str])
    notes: list[str] = field(default_factory=list[str])
    now: datetime = NOW
    zone: Any = UTC

    def value(self, path: str) -> Any:
        return lookup(self.values, path)

    def did(self, event: str, since: datetime | None, where: Condition | None) -> int:
        return sum(n == event and (since is None or at >= since) for n, at in self.past)

    def in_segment(self, name: str) -> bool:
        return name in self.segments

    def note(self, text: str) -> None:
        self.notes.append(text)


CUSTOMER = {
    "plan": "pro", "age": 30, "score": 1.5, "active": True, "off": False, "nothing": None,
    "empty": "", "tags": ["a", 1, True], "deep": {"a": [1]},
    "signed": "2026-03-01T09:00:00Z", "next": "2026-03-05",
}  # fmt: skip


def world() -> World:
    return World({"customer": CUSTOMER, "event": {"name": "x", "properties": {"total": 30}}})


def ask(field: str, op: str, value: Any = None) -> bool:
    return holds({"field": f"customer.{field}", "op": op, "value": value}, world())


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("plan", "eq", "pro"), ("plan", "ne", "free"), ("plan", "ne", 3), ("age", "eq", 30.0),
        ("active", "eq", True), ("deep", "eq", {"a": [1]}), ("age", "gt", 29), ("age", "gte", 30),
        ("age", "lt", 30.5), ("age", "lte", 30), ("plan", "gt", "free"), ("plan", "contains", "r"),
        ("plan", "not_contains", "x"), ("tags", "contains", "a"), ("tags", "not_contains", "1"),
        ("plan", "starts_with", "p"), ("plan", "ends_with", "ro"), ("plan", "in", ["free", "pro"]),
        ("plan", "not_in", ["free"]), ("empty", "exists", None), ("off", "exists", None),
        ("nothing", "missing", None), ("zip", "missing", None), ("signed", "before", "2026-03-02"),
        ("next", "after", "2026-03-04T23:59:59Z"), ("signed", "within_last", "P1D"),
        ("next", "within_next", "P3D"), ("age", "eq", {"field": "event.properties.total"}),
    ],
)  # fmt: skip
def test_comparisons_that_hold(field: str, op: str, value: Any) -> None:
    assert ask(field, op, value)


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("plan", "eq", "PRO"), ("age", "eq", "30"), ("active", "eq", 1), ("age", "eq", True),
        ("nothing", "eq", None), ("zip", "ne", "x"), ("nothing", "ne", "x"),
        ("zip", "not_in", ["x"]),
        ("zip", "not_contains", "x"), ("zip", "lt", 5), ("signed", "within_last", "PT23H"),
        ("next", "within_next", "P2D"), ("plan", "eq", {"field": "customer.zip"}),
        ("zip", "eq", {"field": "customer.zip"}), ("tags", "contains", "1"),
        ("plan", "exists_", None),
    ],
)  # fmt: skip
def test_comparisons_that_do_not_hold(field: str, op: str, value: Any) -> None:
    assert not ask(field, op, value)


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [("plan", "gt", 3), ("active", "gt", False), ("age", "contains", 3),
     ("age", "starts_with", "3"),
     ("age", "before", "2026-01-01"), ("plan", "after", "2026-01-01"), ("plan", "in", "pro"),
     ("plan", "within_last", "P1D")],
)  # fmt: skip
def test_what_cannot_be_compared_is_false_and_leaves_a_note(
    field: str, op: str, value: Any
) -> None:
    scope = world()
    assert not holds({"field": f"customer.{field}", "op": op, "value": value}, scope)
    assert len(scope.notes) == 1
    assert f"customer.{field} {op} cannot compare" in scope.notes[0]


def test_a_missing_field_leaves_no_note() -> None:
    scope = world()
    assert not holds({"field": "customer.zip", "op": "gt", "value": 3}, scope)
    assert scope.notes == []


def test_now_can_be_compared_with_times() -> None:
    assert holds({"field": "now", "op": "after", "value": "2026-03-02T08:59:00Z"}, world())
    assert holds({"field": "now", "op": "gte", "value": {"field": "customer.signed"}}, world())
    assert not holds({"field": "now", "op": "eq", "value": "noon"}, world())


def test_groups_of_conditions() -> None:
    yes: Condition = {"field": "customer.plan", "op": "exists"}
    no: Condition = {"field": "customer.plan", "op": "missing"}
    assert holds({"all": [yes, {"any": [no, yes]}, {"not": no}]}, world())
    assert not holds({"all": [yes, no]}, world())
    assert holds({"all": []}, world())
    assert not holds({"any": []}, world())


def test_behaviour_counts_events_within_a_window_that_includes_its_edge() -> None:
    scope = World(past=[("bought", datetime(2026, 2, 1, 9, tzinfo=UTC)), ("bought", NOW)])
    assert holds({"did": "bought", "at_least": 2}, scope)
    assert holds({"did": "bought", "at_least": 2, "within": "P1M1D"}, scope)
    assert not holds({"did": "bought", "at_least": 2, "within": "P28D"}, scope)
    assert not holds({"did": "cancelled"}, scope)


def test_segments() -> None:
    assert holds({"in_segment": "vip"}, World(segments={"vip"}))
    assert not holds({"in_segment": "vip"}, World())


def test_a_form_that_is_unknown_is_false_with_a_note() -> None:
    scope = world()
    assert not holds({"maybe": []}, scope)
    assert scope.notes == ["condition: this form is unknown"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False)
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(JSON)
def test_every_value_equals_itself(value: Any) -> None:
    assert equal(value, value)


@given(
    JSON,
    st.sampled_from(["eq", "gt", "contains", "in", "before", "within_last", "starts_with"]),
    JSON,
)
def test_no_two_values_make_a_comparison_raise(left: Any, op: str, right: Any) -> None:
    scope = World({"customer": {"x": left}})
    assert holds({"field": "customer.x", "op": op, "value": right}, scope) in (True, False)


# --- Made ready -------------------------------------------------------------------------------

SIMPLE = st.sampled_from(
    [None, True, False, 0, 1, 1.0, 2.5, -3, "", "a", "ab", "b", "1", "P1D", "2026-03-01",
     "2026-03-02T09:00:00Z", ["a", 1, True], [], {"a": 1}, {"field": "customer.y"},
     {"field": "now"}]
)  # fmt: skip
VALUES = SIMPLE | JSON
COMPARISONS = st.fixed_dictionaries(
    {
        "field": st.sampled_from(["customer.x", "customer.y", "customer.y.a", "now", "gone.x"]),
        "op": st.sampled_from([*OPS, "like"]),
    },
    optional={"value": VALUES | st.lists(VALUES, max_size=3)},
)
CONDITIONS: st.SearchStrategy[Any] = st.recursive(
    COMPARISONS
    | st.fixed_dictionaries(
        {"did": st.just("bought")},
        optional={"at_least": st.sampled_from([1, 2]), "within": st.sampled_from(["P1D", "soon"])},
    )
    | st.sampled_from([{"in_segment": "vip"}, {"in_segment": "new"}, {}, {"all": 3}, "no object"]),
    lambda inner: (
        st.fixed_dictionaries({"all": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries({"any": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries({"not": inner})
    ),
    max_leaves=6,
)


@settings(max_examples=500)
@given(CONDITIONS, VALUES, VALUES)
def test_a_condition_made_ready_answers_and_notes_the_same(condition: Any, x: Any, y: Any) -> None:
    def here() -> World:
        return World({"customer": {"x": x, "y": y}}, [("bought", NOW)], {"vip"})

    asked, ready = here(), here()
    assert prepared(condition)(ready) is holds(condition, asked)
    assert ready.notes == asked.notes


@given(st.sampled_from(OPS), VALUES, VALUES)
def test_every_comparison_made_ready_is_the_same(op: str, found: Any, wanted: Any) -> None:
    condition = {"field": "customer.x", "op": op, "value": wanted}
    asked, ready = World({"customer": {"x": found}}), World({"customer": {"x": found}})
    assert prepared(condition)(ready) is holds(condition, asked)
    assert ready.notes == asked.notes


def test_explaining_gives_each_comparison_with_what_it_saw() -> None:
    condition: Condition = {
        "all": [
            {"field": "customer.age", "op": "gte", "value": 40},
            {"not": {"field": "customer.zip", "op": "exists"}},
            {"in_segment": "vip"},
        ]
    }
    found = [(e.ok, e.text, e.value) for e in explain(condition, world())]
    assert found == [
        (False, "customer.age is at least 40", "30"),
        (True, "not: customer.zip is known", ""),
        (False, "is in the segment vip", ""),
    ]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"field": "customer.plan", "op": "eq", "value": "pro"}, "customer.plan is “pro”"),
        ({"field": "customer.plan", "op": "missing"}, "customer.plan is not known"),
        ({"field": "a.b", "op": "in", "value": [1, True]}, "a.b is one of 1, yes"),
        ({"field": "a.b", "op": "within_last", "value": "P7D"}, "a.b is within the last 1 week"),
        ({"field": "a.b", "op": "gt", "value": {"field": "a.c"}}, "a.b is more than a.c"),
        ({"any": [{"in_segment": "x"}, {"all": [{"in_segment": "y"}, {"in_segment": "z"}]}]},
         "is in the segment x or (is in the segment y and is in the segment z)"),
        ({"not": {"in_segment": "x"}}, "not (is in the segment x)"),
        ({"did": "order.completed", "at_least": 2, "within": "P90D", "where": {"in_segment": "x"}},
         "did order.completed at least 2 times within the last 90 days where is in the segment x"),
    ],
)  # fmt: skip
def test_conditions_are_said_in_words(condition: Condition, said: str) -> None:
    assert words(condition) == said


def test_paths_lead_into_objects_and_lists() -> None:
    assert lookup({"a": [{"b": 1}]}, "a.0.b") == 1
    for path in ("a.1", "a.x", "a.-1", "b", "a.0.b.c", "a.0.c", "a.²"):
        assert lookup({"a": [{"b": 1}]}, path) is MISSING
    assert not MISSING
