"""docs/engine.md is true: its journey prints its trace."""

from __future__ import annotations

import json
import re
from pathlib import Path

import orjson

from nodes.registry import node_types
from runtime.journey.validate import validate
from runtime.simulate import simulate

PAGE = (Path(__file__).parents[2] / "docs" / "engine.md").read_text("utf-8")


def test_the_example_in_the_docs_prints_the_trace_in_the_docs():
    journey, events, customers, trace = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    document = json.loads(journey)
    assert not [p for p in validate(document, node_types()) if p.severity == "error"]
    told = simulate(
        document,
        [json.loads(line) for line in events.splitlines()],
        [json.loads(line) for line in customers.splitlines()],
    )
    assert b"".join(orjson.dumps(x) + b"\n" for x in told).decode() == trace
