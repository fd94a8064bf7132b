"""Conditions and templates made ready say what their plain forms say."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime import templates
from runtime.engine.compiled import compile_journey
from runtime.engine.context import Scope, StepContext
from runtime.engine.world import Customer, Event, World
from runtime.journey import conditions
from tests.engine.drawing import journey
from tests.engine.types import types

TYPES = types()
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEAVES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 3, 1.5, 10**30, "", "a", "Grüße", "<b>", [], ["x", 1], {}, {"k": "deep"}]
)
TABLES = st.dictionaries(st.sampled_from(["a", "b", "k", "name", "size"]), LEAVES, max_size=3)
PATHS = st.sampled_from(
    [
        "customer", "customer.a", "customer.id", "customer.a.k", "customer.a.0", "event",
        "event.name", "event.at", "event.properties", "event.properties.a", "event.properties.a.k",
        "event.properties.b.1", "event.gone.a", "entry.properties.a", "entry.name", "entry",
        "steps", "steps.s", "steps.s.a", "steps.s.a.k", "steps.gone.a", "steps.s.name.0",
        "now", "now.a", "elsewhere.a", "customer.", "event..a", "steps.s.",
    ]
)  # fmt: skip


def context(
    config: Any, event: Any, attributes: Any, output: Any, *, arriving: Event | None = None
) -> tuple[Scope, StepContext, Any]:
    """A scope and a step's context in a journey whose node sets these values."""
    document = journey({"s": ("set", {"values": config})}, "start > s")
    compiled = compile_journey(document, TYPES)
    customer = None if attributes is None else Customer("c1", attributes)
    world, entry = World(NOW, customer), Event("e1", "go", event, NOW)
    step = StepContext(compiled, world, entry, {"s": output}, run_id="r1", node_id="s", visit=1)
    scope = Scope(compiled, world, entry, {"s": output}, arriving)
    return scope, step, compiled.nodes["s"].config.values


def asked_plainly(template: Any, here: StepContext) -> Any:
    """The values as they are rendered without anything made ready."""
    if isinstance(template, str):
        named = {
            "customer": here.customer or {},
            "event": here.event,
            "steps": here.steps,
            "now": "2026-03-02T12:00:00Z",
        }
        return templates.render(template, named, zone=UTC)
    if isinstance(template, dict):
        return {k: asked_plainly(v, here) for k, v in template.items()}
    if isinstance(template, list):
        return [asked_plainly(v, here) for v in template]
    return template


@settings(max_examples=200)
@given(
    PATHS,
    st.sampled_from(["eq", "exists", "in", "gt", "contains"]),
    LEAVES | st.fixed_dictionaries({"field": PATHS}),
    TABLES,
    TABLES | st.none(),
    TABLES,
    st.booleans(),
)
def test_a_condition_of_the_journey_reads_every_path_as_any_other(
    path: str, op: str, value: Any, event: Any, customer: Any, output: Any, arrives: bool
):
    condition = {"field": path, "op": op, "value": value}
    arriving = Event("e2", "came", {"a": "other"}, NOW) if arrives else None
    ready, _, own = context({"c": condition}, event, customer, output, arriving=arriving)
    plain = context({}, event, customer, output, arriving=arriving)[0]
    assert ready.holds(own["c"]) is conditions.holds(condition, plain)
    assert ready.notes == plain.notes


OUTPUTS = st.builds(
    lambda path, more: f"{{{{ {path}{more} }}}}",
    st.sampled_from(
        ["customer.a", "customer.k.k", "event.properties.a", "event.name", "event.properties.b.k",
         "steps.s.a", "steps.s.k.k", "steps.gone.a", "now", "entry.name", "event.properties.size",
         "event.properties"]
    ),
    st.sampled_from(
        ["", " | default: 'none'", " | default: customer.b", " | default: '' | default: now",
         " | date: '%Y'", " | upcase"]
    ),
)  # fmt: skip
TEXTS = st.lists(OUTPUTS | st.sampled_from(["Hello ", "", "ü", "{", "%}"]), max_size=4).map("".join)
TEMPLATES: st.SearchStrategy[Any] = st.recursive(
    TEXTS | LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "{{ now }}"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(TEMPLATES, TABLES, TABLES | st.none(), TABLES)
def test_a_template_of_the_journey_renders_as_any_other(
    template: Any, event: Any, customer: Any, output: Any
):
    _, here, own = context({"t": template}, event, customer, output)
    kept = copy.deepcopy(own)
    try:
        wanted = asked_plainly(template, here)
    except templates.TemplateFailed:
        with pytest.raises(templates.TemplateFailed):
            here.render(own["t"])
        return
    for _ in range(2):
        assert here.render(own["t"]) == wanted
        assert here.render(own) == {"t": wanted}
    assert own == kept


def test_what_was_rendered_is_the_nodes_own_to_change():
    _, here, own = context({"n": 1, "deep": {"list": [1]}, "t": "{{ event.name }}"}, {}, {}, {})
    here.render(own)["deep"]["list"].append(2)
    assert here.render(own) == {"n": 1, "deep": {"list": [1]}, "t": "go"}


def test_a_template_that_cannot_be_liquid_fails_when_it_is_rendered():
    _, here, own = context({"t": "{{ customer.a"}, {}, {}, {})
    with pytest.raises(templates.TemplateFailed, match="not closed"):
        here.render(own)


def test_objects_of_another_kind_are_read_too():
    strange = MappingProxyType({"a": MappingProxyType({"k": "deep"})})
    _, here, own = context({"t": "{{ event.properties.a.k }}"}, strange, {}, {})
    assert here.render(own["t"]) == "deep"
    assert here.holds({"field": "event.properties.a.k", "op": "eq", "value": "deep"})


def test_the_condition_of_a_stored_wait_is_made_ready_once():
    ready = compile_journey(journey({}), types()).ready
    first = ready.where({"field": "event.name", "op": "exists"})
    assert ready.where({"field": "event.name", "op": "exists"}) is first
    assert ready.where({"field": "event.name", "op": "missing"}) is not first
