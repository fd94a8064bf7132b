"""What validation takes from the node type: versions, bounds of a loop, own checks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest

from nodes import fields
from nodes.registry import node_types
from nodes.spec import Handle, Leave, NodeType
from runtime.journey.problems import Problem
from runtime.journey.validate import validate
from tests.journey.documents import MAIL, journey, node


@dataclass(frozen=True, kw_only=True)
class Config:
    """One of everything that the built-in types do not use."""

    count: int = fields.number("Count", default=1, least=1)
    of: str | None = fields.node("Of", category="ai")
    handle: str | None = fields.slug("Handle")
    zone: str | None = fields.time_zone("Zone")
    kinds: Mapping[str, Any] | None = fields.group("Kinds", {"at": fields.moment("At")})
    code: str | None = fields.text("Code", most=4)


def _old(config: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"count": config["times"]}


def _check(config: Config) -> list[tuple[str, str]]:
    return [(".count", "13 brings bad luck: choose 12.")] if config.count == 13 else []


REPEAT = NodeType(
    type="test.repeat",
    category="logic",
    title="Repeat",
    icon="repeat",
    summary="Goes round a few times",
    help="",
    config=Config,
    run=lambda config, ctx: Leave("out"),
    version=3,
    handles=(Handle("again"), Handle("out")),
    waits=True,
    waits_by=("again",),  # a bounded repeat
    upgrades={1: _old},
    check=_check,
)
TYPES = MappingProxyType({**node_types(), REPEAT.type: REPEAT})


def found(placed: dict[str, Any], *ways: str) -> list[Problem]:
    ways = ways or ("start > x > mail", "x.again > mail")
    return validate(journey(placed, MAIL, ways=ways), TYPES)


def test_a_bounded_repeat_counts_as_a_wait_by_its_own_handle() -> None:
    assert found(node("x", "test.repeat"), "start > x", "x.again > x", "x > mail") == []
    codes = {
        p.code for p in found(node("x", "test.repeat"), "start > x", "x > x", "x.again > mail")
    }
    assert codes == {"endless_loop"}


def test_an_old_config_is_read_as_the_new_version_reads_it() -> None:
    assert found({**node("x", "test.repeat", times=3), "version": 1}) == []
    assert found({**node("x", "test.repeat", count=3), "version": 2}) == []
    old = found({**node("x", "test.repeat", count=3), "version": 1})
    assert [p.code for p in old] == ["wrong_config"]
    assert "version 1 cannot be read any more" in old[0].message


def test_a_newer_version_asks_for_an_update() -> None:
    problem = found({**node("x", "test.repeat"), "version": 4})[0]
    assert "version 4 of test.repeat, and this Wayline has version 3: update" in problem.message


@pytest.mark.parametrize(
    ("config", "code", "words"),
    [
        ({"count": 13}, "config", "13 brings bad luck"),
        ({"count": 0}, "config", "The field count is 0: write a number of at least 1"),
        ({"of": "start"}, "node", "“start” is no node of the kind ai"),
        ({"handle": "a\n"}, "name|config", "cannot"),
        ({"handle": "constructor"}, "name", "“constructor” cannot name a handle"),
        ({"zone": "Mars"}, "time_zone", "There is no time zone “Mars”"),
        ({"kinds": {"at": "soon"}}, "moment", "“soon” is not a date or time"),
        ({"kinds": {"on": 1}}, "config", "There is no field “on” here: remove it (it has at)"),
        ({"code": "12345"}, "config", "is longer than 4 characters: shorten it"),
    ],
)
def test_kinds_of_fields(config: dict[str, Any], code: str, words: str) -> None:
    problems = found(node("x", "test.repeat", **config))
    assert problems
    assert problems[0].code in code.split("|")
    assert words in problems[0].message


def test_nodes_of_unknown_types_bring_no_second_problem() -> None:
    placed = node("x", "test.unknown")
    problems = validate(journey(placed, MAIL, ways=("start > x > x", "x.any > mail")), TYPES)
    assert [p.code for p in problems] == ["unknown_type"]
    trigger = {"id": "start", "type": "trigger.unknown"}
    problems = validate(journey(trigger, MAIL, ways=("start > mail",)), TYPES)
    assert [p.code for p in problems] == ["unknown_type"]


def test_webhooks_that_would_refuse_everybody_are_errors() -> None:
    def verified(verify: Any) -> list[str]:
        hook = node("start", "trigger.webhook", verify=verify)
        problems = validate(
            journey(hook, MAIL, ways=("start > mail",)), TYPES, credentials={"k": "hook"}
        )
        return [p.path for p in problems]

    assert verified({}) == verified({"kind": "none"}) == []
    assert verified({"kind": "hmac", "credential": "k"}) == []
    assert verified({"kind": "hmac"}) == ["nodes[0].config.verify.credential"]
    assert verified({"credential": "k"}) == ["nodes[0].config.verify.kind"]


def test_a_split_without_a_share_is_an_error() -> None:
    split = node("x", "logic.split", ways=[{"handle": "a", "weight": 0}])
    problems = found(split, "start > x", "x.a > mail")
    assert [(p.code, p.path) for p in problems] == [("config", "nodes[1].config.ways")]


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_fields_of_a_wrong_type_are_left_to_the_schema(kind: str) -> None:
    for value in (3, [1], {"a": 1}, True):
        names = [f.name.rstrip("_") for f in dataclasses.fields(TYPES[kind].config)]
        placed = {"id": "x", "type": kind, "config": dict.fromkeys(names, value)}
        assert found(placed, "start > x")
