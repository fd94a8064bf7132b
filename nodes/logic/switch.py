"""Goes the first of several ways whose condition is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nodes import fields
from nodes.spec import Context, Example, Handle, HandlesOf, Json, Leave, NodeType, Outcome

ORDER = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    cases: Sequence[Mapping[str, Json]] = fields.listing(
        "Ways",
        {
            "handle": fields.slug("Name", required=True, placeholder="large"),
            "condition": fields.condition("When", required=True),
        },
        required=True,
        most=20,
    )


def run(config: Config, ctx: Context) -> Outcome:
    for case in config.cases:
        if ctx.holds(case["condition"]):
            return Leave(case["handle"])
    return Leave("else")


CASES = [
    {
        "handle": "large",
        "condition": {"field": "event.properties.total", "op": "gte", "value": 1000},
    },
    {"handle": "small", "condition": {"field": "event.properties.total", "op": "gt", "value": 0}},
]

NODE = NodeType(
    type="logic.switch",
    category="logic",
    title="Several ways",
    icon="signpost",
    summary="Go the first way whose condition is true",
    help="""Looks at the ways from top to bottom and takes the first whose condition is true. When
none is, it leaves by **else**.""",
    config=Config,
    run=run,
    handles=(HandlesOf("cases", "handle"), Handle("else", "else")),
    sentences=("The first that is true: {cases|names}", "Add the ways it may go"),
    told={"else": "None of the ways fitted"},
    examples=(
        Example(
            "A large order",
            {"cases": CASES},
            Leave("large"),
            event={"name": "order.completed", "properties": {"total": 2400}},
        ),
        Example(
            "No total at all",
            {"cases": CASES},
            Leave("else"),
            event={"name": "order.completed", "properties": {}},
        ),
    ),
)
