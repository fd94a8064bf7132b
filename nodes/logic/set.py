"""Keeps values under names for later steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nodes import fields
from nodes.spec import Context, Example, Json, Leave, NodeType, Outcome

ORDER = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    values: Mapping[str, Json] = fields.values(
        "Values", required=True, help="Texts may use Liquid, say {{ customer.first_name }}."
    )


def run(config: Config, ctx: Context) -> Outcome:
    return Leave("out", ctx.render(config.values))


NODE = NodeType(
    type="logic.set",
    category="logic",
    title="Set values",
    icon="variable",
    summary="Keep values for later steps",
    help="""Works out values once and keeps them for this run. Later steps read them as
`steps.<this node>.<name>`. To change the customer for good, use **Update customer**.""",
    config=Config,
    run=run,
    output_of="values",
    sentences=("Sets {values|names}", "Add values to keep"),
    told={"out": "Set {config.values|names}"},
    examples=(
        Example(
            "A greeting and a limit",
            {"values": {"greeting": "Hello {{ customer.first_name }}", "limit": 3}},
            Leave("out", {"greeting": "Hello Maya", "limit": 3}),
            customer={"id": "maya", "first_name": "Maya"},
        ),
    ),
)
