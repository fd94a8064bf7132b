"""Writes down what was learnt about the customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nodes import fields
from nodes.spec import Context, Example, Fail, Json, Leave, NodeType, Outcome, SetAttributes

ORDER = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    set: Mapping[str, Json] = fields.values(
        "Attributes", required=True, help="Texts may use Liquid. Null removes an attribute."
    )


def run(config: Config, ctx: Context) -> Outcome:
    if ctx.customer is None:
        return Fail(
            "no_customer",
            "This run has no customer, so there is nobody to update. "
            "Start the journey with a customer, or take this node out.",
        )
    values = ctx.render(config.set)
    return Leave("out", values, changes=(SetAttributes(values),))


NODE = NodeType(
    type="action.update_customer",
    category="action",
    title="Update customer",
    icon="user-round-pen",
    summary="Write down what you learnt about the customer",
    help="""Sets attributes of the customer for good. Every later step and every other journey sees
them as `customer.<name>`.""",
    config=Config,
    run=run,
    output_of="set",
    sentences=("Sets {set|names}", "Add the attributes to set"),
    told={"out": "Updated {config.set|names}"},
    examples=(
        Example(
            "Remember the kind of enquiry",
            {"set": {"kind": "{{ steps.about.label }}", "asked": True}},
            Leave(
                "out",
                {"kind": "project", "asked": True},
                changes=(SetAttributes({"kind": "project", "asked": True}),),
            ),
            steps={"about": {"label": "project"}},
        ),
        Example(
            "Nobody to update",
            {"set": {"seen": True}},
            Fail(
                "no_customer",
                "This run has no customer, so there is nobody to update. "
                "Start the journey with a customer, or take this node out.",
            ),
            customer=None,
        ),
    ),
)
