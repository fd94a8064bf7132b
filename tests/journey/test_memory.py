"""A check that remembers the one before says the same as a check that remembers nothing."""

from __future__ import annotations

import dataclasses
import gc
import random
from typing import Any

import orjson
import pytest

from nodes.registry import node_types
from runtime.journey.known import Known
from runtime.journey.memory import MOST_HELD, Memory
from runtime.journey.operations import OperationRefused, apply
from runtime.journey.places import Spots
from runtime.journey.problems import Problem
from runtime.journey.validate import validate
from tests.journey.documents import Document, journey, node

TYPES = node_types()
KNOWN = Known(
    frozenset(("first_name", "plan")),
    40,
    {"trial.started": frozenset(("kind", "budget"))},
    {"trial.started": 40},
)
SECRETS = {"crm": "http"}
TEXTS = (
    "Hello {{ customer.first_name }}",
    "Hello {{ customer.first_nam }}, {{ event.properties.knd }}",
    "{{ steps.ask.status }} {{ steps.nobody.x }} {{ steps.n3.body }}",
    "{{ customer.score }} {{ oops",
    "plain",
    "",
)
CONDITIONS: tuple[Any, ...] = (
    {"field": "customer.plan", "op": "eq", "value": "pro"},
    {"field": "customer.paln", "op": "eq", "value": 3},
    {"all": [{"field": "steps.ask.status", "op": "gt", "value": 200}, {}]},
    {"did": "trial.started", "where": {"field": "event.properties.kind", "op": "exists"}},
    "no condition",
)
KINDS: dict[str, Any] = {
    "action.send_email": lambda d: {"subject": d.choice(TEXTS), "body": d.choice(TEXTS)},
    "logic.wait": lambda d: {"for": d.choice(("P1D", "tomorrow", 3))},
    "logic.branch": lambda d: {"condition": d.choice(CONDITIONS)},
    "action.http_request": lambda d: {
        "url": "https://example.com",
        "method": "GET",
        "credential": d.choice(("crm", "gone")),
    },
    "action.set_attributes": lambda d: {"values": {d.choice(("score", "plan")): d.choice(TEXTS)}},
    "logic.join": lambda d: {"wait_for": d.choice(("all", 2, 9))},
    "ai.classify": lambda d: {
        "text": d.choice(TEXTS),
        "labels": [{"name": d.choice(("a", "b", "c")), "description": "d"} for _ in range(2)],
    },
    "trigger.webhook": lambda d: d.choice(({}, {"customer": "body.email"})),
    "trigger.event": lambda d: {"event": d.choice(("trial.started", "other"))},
    "nothing.such": lambda d: {},
}
HANDLES = ("out", "yes", "no", "failed", "a", "b")


def begun() -> Document:
    nodes = [node("ask", "action.http_request", url="https://example.com", method="GET")]
    nodes += [node(f"n{i}", "logic.wait", for_="P1D") for i in range(6)]
    return journey(*nodes, ways=("start > ask > n0 > n1", "ask > n2 > n3 > n4"))


def operation(dice: random.Random, document: Document) -> dict[str, Any]:
    nodes = [n for n in document["nodes"] if isinstance(n, dict)]
    names = [n["id"] for n in nodes if isinstance(n["id"], str)] or ["ask"]
    one, other = dice.choice(names), dice.choice(names)
    kind = dice.choice(list(KINDS))
    config = KINDS[kind](dice)
    made = {"id": f"m{dice.randrange(40)}", "type": kind, "config": config}
    edge = {"from": one, "handle": dice.choice(HANDLES), "to": other}
    drawn = dice.choice(document["edges"]) if document["edges"] else edge
    keys = ("__proto__", "constructor")
    odd = dice.choice(({"text": "a\0b"}, {dice.choice(keys): 1}, {"x": 2**53}, {"deep": [[[1]]]}))
    twice = {**document, "nodes": [*document["nodes"], *document["nodes"][:1], 7, {"id": 4}]}
    return dice.choice(
        (
            {"op": "node.move", "id": one, "position": [dice.randrange(900), dice.randrange(900)]},
            {"op": "node.move", "id": one, "position": [1e6, 2]},
            {"op": "node.add", "node": made, "position": [1, 2], "at": dice.randrange(4)},
            {"op": "node.del", "id": one},
            {"op": "node.type", "id": one, "type": kind, "config": config},
            {"op": "node.patch", "id": one, "set": config},
            {"op": "node.patch", "id": one, "set": odd},
            {"op": "node.patch", "id": one, "unset": list(odd)},
            {"op": "node.title", "id": one, "title": dice.choice(("Ask", "Mail", ""))},
            {"op": "node.disable", "id": one, "disabled": dice.random() < 0.5},
            {"op": "edge.add", **edge},
            {"op": "edge.add", **edge},
            {"op": "edge.del", **drawn},
            {"op": "doc.set", "name": dice.choice(("Test", ""))},
            {"op": "doc.set", "settings": {"goal": {"event": "paid", "where": config}}},
            {"op": "note.set", "id": "note", "text": "x", "position": [1, 1]},
            {"op": "doc.replace", "document": dice.choice((begun(), twice))},
        )
    )


@pytest.mark.parametrize("seed", range(6))
def test_after_any_edits_the_problems_are_those_of_a_check_of_the_whole(seed: int) -> None:
    dice = random.Random(seed)
    document, memory = begun(), Memory()
    seen: dict[str, Any] = {"known": KNOWN, "credentials": SECRETS, "titles": True}
    for _ in range(120):
        try:
            document = apply(document, [operation(dice, document)])
        except OperationRefused:
            continue
        if dice.random() < 0.05:
            seen["known"] = dice.choice((KNOWN, None, Known(frozenset(("score",)), 40)))
            seen["credentials"] = dice.choice((SECRETS, {}, None))
        document = orjson.loads(orjson.dumps(document))
        assert validate(document, TYPES, **seen, memory=memory) == validate(document, TYPES, **seen)


def test_a_budget_of_texts_is_kept_by_a_check_that_remembers() -> None:
    long = TEXTS[0] + "x" * 150_000
    mails = [node(f"m{i}", "action.send_email", subject="x", body=long) for i in range(14)]
    document, memory = journey(*mails, ways=("start > m0",)), Memory()
    counts: set[int] = set()
    for body in (long, "short", long + "y" * 150_000, "short"):
        document = apply(document, [{"op": "node.patch", "id": "m3", "set": {"body": body}}])
        found = validate(document, TYPES, known=KNOWN, memory=memory)
        assert found == validate(document, TYPES, known=KNOWN)
        counts.add([p.code for p in found].count("too_large"))
    assert counts == {0, 1}


def test_lines_that_are_null_are_not_taken_for_none_at_all() -> None:
    memory = Memory()
    for lines in ({}, {"edges": None}, {}, {"edges": []}, {"edges": None}):
        document = {"format": 1, "name": "x", "nodes": [], **lines}
        found = validate(document, TYPES, memory=memory)
        assert found == validate(document, TYPES)


def held(memory: Memory) -> int:
    """Characters of the problems that can be reached from it."""
    seen: set[int] = set()
    around: list[Any] = [memory]
    total = 0
    while around:
        one = around.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        if isinstance(one, Problem):
            total += len(one.path) + len(one.message) + len(one.about or "")
        else:
            around += gc.get_referents(one)
    return total


def test_what_is_remembered_is_bounded_by_what_it_holds() -> None:
    """Nodes with many long problems each, and lines with as many."""
    text = " ".join(f"{{{{ customer.{'z' * 400}{n} }}}}" for n in range(90))
    nodes = [node(f"n{i}", "action.send_email", subject="x", body=text) for i in range(20)]
    document, memory = journey(*nodes, ways=("start > n0",)), Memory()
    line = {"from": "n0", "handle": "out", "to": "start"}
    document["edges"] += [{**line, f"{'q' * 600}{n}": 1} for n in range(1_000)]
    document = orjson.loads(orjson.dumps(document))
    for _ in range(2):
        found = validate(document, TYPES, known=KNOWN, titles=True, memory=memory)
        assert found == validate(document, TYPES, known=KNOWN, titles=True)
        assert held(memory) <= MOST_HELD
    few = apply(document, [{"op": "doc.replace", "document": begun()}])
    few = apply(few, [{"op": "node.patch", "id": "n1", "set": {"for": 3}}])
    for _ in range(2):  # what is gone makes room
        assert validate(few, TYPES, known=KNOWN, memory=memory)
        assert 0 < held(memory) <= MOST_HELD


def test_an_edit_of_one_node_checks_that_node() -> None:
    looked: list[str] = []

    def noted(config: Any) -> list[tuple[str, str]]:
        looked.append(config.for_)
        return []

    types = {**TYPES, "logic.wait": dataclasses.replace(TYPES["logic.wait"], check=noted)}
    document, memory = begun(), Memory()
    validate(document, types, known=KNOWN, titles=True, memory=memory)
    assert looked == ["P1D"] * 6
    looked.clear()
    for op in (
        {"op": "node.patch", "id": "n1", "set": {"for": "P2D"}},
        {"op": "node.move", "id": "n2", "position": [4, 5]},
    ):
        document = apply(document, [op])
        validate(document, types, known=KNOWN, titles=True, memory=memory)
    assert looked == ["P2D"]


def test_the_nearest_are_those_that_looking_at_all_of_them_finds() -> None:
    dice = random.Random(1)
    for _ in range(60):
        where = {f"n{i}": (dice.randrange(6) * 90.0, dice.randrange(9) * 60.0) for i in range(40)}
        where |= {f"f{i}": (0.0, dice.choice((-20_000.0, 20_000.0))) for i in range(3)}
        some = set(dice.sample(list(where), 12))
        x, y = where[dice.choice(list(where))]
        for down in (True, False):
            wanted = _all_sorted(where, some, (x, y), down)
            for most in (1, 2, 5, 20):
                spots = Spots(where)
                found = spots.nearest((x, y), some.__contains__, down=down, most=most)
                assert found == wanted[:most]


def _all_sorted(
    where: dict[str, tuple[float, float]], some: set[str], at: tuple[float, float], down: bool
) -> list[str]:
    def far(name: str) -> float:
        a, b = where[name]
        wrong = (b < at[1]) if down else (b > at[1])
        return abs(b - at[1]) + abs(a - at[0]) / 2 + (10_000 if wrong else 0)

    return sorted((name for name in where if name in some), key=far)
