"""Documents of any shape: always a list of problems, soon, never an exception."""

from __future__ import annotations

import copy
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nodes.registry import node_types
from runtime.gallery import templates
from runtime.journey import known
from runtime.journey.known import Known
from runtime.journey.problems import Problem
from runtime.journey.validate import validate
from tests.journey.documents import MAIL, START, codes, journey, node, only, problems

NAMES = st.sampled_from(
    ["format", "name", "nodes", "edges", "settings", "ui", "id", "type", "config", "from", "to",
     "handle", "event", "where", "all", "any", "not", "field", "op", "value", "did", "within",
     "for", "cases", "labels", "condition", "mode", "out", "disabled", "version", "__proto__"]
)  # fmt: skip
SCRAPS = st.sampled_from(
    ["start", "mail", "out", "trigger.event", "logic.wait", "logic.join", "action.send_email",
     "P1D", "customer.plan", "steps.x.y", "{{ customer.x", "{% if %}", "eq", "0 9 * * *", "all",
     "", "\0"]
)  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | SCRAPS
    | st.text(st.characters(codec=None), max_size=6)
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)


def checked(document: Any) -> list[Problem]:
    found = validate(document, node_types(), credentials={"a": "smtp"})
    for problem in found:
        assert problem.message
        assert len(problem.message) < 1500
        assert problem.message.isprintable(), problem
        assert problem.message[-1] in ".?…", problem
    return found


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_any_json_value_is_answered_with_problems(value: Any) -> None:
    assert checked(value)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(templates()),
    st.lists(st.tuples(st.integers(0, 400), JSON), min_size=1, max_size=3),
)
def test_a_journey_with_anything_anywhere_is_answered(template: Any, changes: Any) -> None:
    document = template.document
    for place, value in changes:
        _put(document, place, value)
    checked(document)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(node_types())), st.dictionaries(NAMES, JSON, max_size=4), JSON)
@example("logic.split", {}, [{"handle": "\0"}])
def test_any_config_of_any_type_is_answered(kind: str, config: dict[str, Any], value: Any) -> None:
    own = node_types()[kind].examples
    mixed = {**(dict(own[0].config) if own else {}), **config}
    for key in list(mixed)[:1]:
        mixed[key] = value
    placed = {"id": "x", "type": kind, "config": mixed}
    checked(journey(START, placed, MAIL, ways=("start > x > mail",)))


def _put(document: Any, place: int, value: Any) -> None:
    """Replaces the n-th value of the document."""
    stack: list[tuple[Any, Any]] = [(document, k) for k in document]
    count = 0
    while stack:
        parent, key = stack.pop()
        if count == place:
            parent[key] = copy.deepcopy(value)
            return
        count += 1
        child = parent[key]
        if isinstance(child, dict):
            stack.extend((child, k) for k in child)
        elif isinstance(child, list):
            stack.extend((child, i) for i in range(len(child)))


@pytest.mark.parametrize("key", ["__proto__", "constructor"])
def test_forbidden_keys_are_errors_wherever_they_stand(key: str) -> None:
    good = journey(MAIL, ways=("start > mail",))
    call = node("x", "action.http_request", method="POST", url="u", body={"a": [{key: 1}]})
    for document in (
        {**good, "ui": {"positions": {key: [0, 0]}}},
        {**good, "settings": {"goal": {"event": "x", key: {}}}},
        journey(call, ways=("start > x",)),
    ):
        found = [p for p in problems(document) if p.code == "hostile"]
        assert [p.message for p in found] == [f"The key “{key}” is forbidden: rename it."]


def test_a_forbidden_key_names_its_node() -> None:
    call = node("x", "action.http_request", method="POST", url="u", body={"__proto__": 1})
    problem = only(journey(call, ways=("start > x",)), "hostile")
    assert (problem.node, problem.path) == ("x", "nodes[1].config.body")


@pytest.mark.parametrize(
    "value",
    ["a\0b", "\ud800", 2**53, -(2**53), 10**5000, float("inf"), float("nan"), b"x", {1: 2}],
    ids=lambda v: type(v).__name__,
)
def test_values_that_json_cannot_carry_are_errors(value: Any) -> None:
    good = journey(MAIL, ways=("start > mail",))
    assert "hostile" in {p.code for p in checked({**good, "ui": {"x": value}})}


def test_a_value_that_is_200000_levels_deep_is_one_problem() -> None:
    deep: Any = []
    for _ in range(200_000):
        deep = [deep]
    assert codes({"format": 1, "x": deep}) == {"too_deep"}
    while deep:  # taken apart by hand: the interpreter would recurse
        deep = deep.pop()


def test_too_many_values_nodes_or_edges_are_refused_at_once() -> None:
    assert codes({"format": 1, "x": [0] * 300_000}) == {"too_large"}
    many = [{**MAIL, "id": f"n{i}"} for i in range(10_000)]
    assert "too_many" in codes({"format": 1, "name": "x", "nodes": many})
    edge = {"from": "start", "handle": "out", "to": "mail"}
    document = journey(MAIL, ways=("start > mail",))
    assert "too_many" in codes({**document, "edges": [edge] * 30_000})


def ring(count: int) -> dict[str, Any]:
    nodes = [node(f"n{i}", "logic.set", values={"n": 1}) for i in range(count)]
    way = " > ".join(n["id"] for n in nodes)
    return journey(*nodes, ways=(f"start > {way} > n0",))


def test_the_largest_ring_is_one_problem() -> None:
    found = [p for p in problems(ring(1999)) if p.severity == "error"]
    assert [p.code for p in found] == ["endless_loop"]
    assert "…" in found[0].message


def test_the_largest_journeys_are_checked_in_seconds() -> None:
    nodes = [node(f"n{i}", "logic.join", mode=i + 2) for i in range(1999)]
    ways = tuple(f"n{i} > n{j}" for i in range(1990) for j in range(i + 1, i + 4))
    started = time.process_time()
    checked(journey(*nodes, ways=("start > n0", *ways)))
    refers = [
        node(f"n{i}", "logic.set", values={"a": "{{ steps.n0.x }}{% if a %}{% endif %}"})
        for i in range(1999)
    ]
    checked(journey(*refers, ways=("start > n0", *ways)))
    assert time.process_time() - started < 40


def test_a_thousand_mistakes_are_counted_not_listed() -> None:
    bad = [node(f"n{i}", "logic.wait", for_="x", a=1) for i in range(600)]
    found = problems(journey(*bad))
    assert len(found) == 501
    assert "more problems" in found[-1].message


@pytest.mark.parametrize("own", [400, 1_200])
def test_the_right_names_are_not_looked_for_without_end(
    own: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every text speaks of a name of its own that nobody has, beside hundreds that the journey
    gives: each compared with all was hours of work, at every look at the journey."""
    compared = 0

    def counted(name: str, among: list[str], *more: Any, cutoff: float) -> list[str]:
        nonlocal compared
        compared += len(among)
        return []

    monkeypatch.setattr(known, "get_close_matches", counted)
    sets = [
        node(f"s{i}", "action.update_customer", set={f"a{i}x{k}": "x" for k in range(100)})
        for i in range(own // 100)
    ]
    text = " ".join(f"{{{{ customer.nobody{n} }}}}" for n in range(600))
    mails = [
        node(f"m{i}", "action.send_email", subject="x", body=text.replace("nobody", f"nobody{i}"))
        for i in range(4)
    ]
    document = journey(*sets, *mails, ways=("start > s0",))
    seen = Known(frozenset(("plan",)), 200)
    found = validate(document, node_types(), known=seen, titles=True)
    assert len(found) == 501
    assert compared <= 1_500 * own if own < known.MOST_NAMES else compared == 0
