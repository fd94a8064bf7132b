"""The node type of docs/nodes.md is a real one: it is checked like all others."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from nodes.fields import config_schema
from nodes.spec import NodeType
from runtime.journey.validate import validate
from runtime.testing import run_example

PAGE = Path(__file__).parents[2] / "docs" / "nodes.md"


@pytest.fixture
def documented() -> Iterator[NodeType]:
    code = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert code is not None
    module = ModuleType("documented_node")
    sys.modules[module.__name__] = module  # a dataclass looks its module up
    exec(compile(code[1], str(PAGE), "exec"), module.__dict__)
    yield module.NODE
    del sys.modules[module.__name__]


def test_the_documented_node_type_does_what_its_examples_say(documented: NodeType):
    assert len(documented.examples) >= 2
    for example in documented.examples:
        assert run_example(documented, example) == example.expect


def test_the_documented_node_type_can_be_placed_in_a_journey(documented: NodeType):
    from nodes.registry import node_types

    journey = {
        "format": 1,
        "name": "Hours",
        "stage": "retention",
        "nodes": [
            {"id": "hand", "type": "trigger.manual", "version": 1, "config": {}},
            {"id": "hours", "type": documented.type, "version": 1, "config": {"start": 8}},
        ],
        "edges": [{"from": "hand", "handle": "out", "to": "hours"}],
    }
    types = {**node_types(), documented.type: documented}
    assert [p for p in validate(journey, types) if p.severity == "error"] == []
    assert list(config_schema(documented.config)["properties"]) == ["start", "end"]


def test_every_field_of_a_type_is_documented():
    page = PAGE.read_text("utf-8")
    own = {"run", "resume", "start", "join"}
    for name in set(NodeType.__dataclass_fields__) - own:
        assert f"`{name}`" in page, name
