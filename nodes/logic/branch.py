"""Asks a question about the customer, the event or an earlier step: yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nodes import fields
from nodes.spec import Context, Example, Handle, Json, Leave, NodeType, Outcome

ORDER = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    condition: Mapping[str, Json] = fields.condition("Is it true that", required=True)


def run(config: Config, ctx: Context) -> Outcome:
    return Leave("yes" if ctx.holds(config.condition) else "no")


NODE = NodeType(
    type="logic.branch",
    category="logic",
    title="Yes or no",
    icon="split",
    summary="Ask a question and go one of two ways",
    help="""Leaves by **yes** when the condition is true at that moment, else by **no**. A field
that is missing makes its comparison false, so doubt goes to **no**.""",
    config=Config,
    run=run,
    handles=(Handle("yes", "yes"), Handle("no", "no")),
    sentences=("{condition|condition}", "Say what should be true"),
    told={
        "yes": "Yes: {config.condition|condition}",
        "no": "No, it is not so: {config.condition|condition}",
    },
    examples=(
        Example(
            "A large budget",
            {"condition": {"field": "customer.budget", "op": "gt", "value": 10000}},
            Leave("yes"),
            customer={"id": "maya", "budget": 12000},
        ),
        Example(
            "An unknown budget is a no",
            {"condition": {"field": "customer.budget", "op": "gt", "value": 10000}},
            Leave("no"),
            customer={"id": "maya"},
        ),
        Example(
            "The label of an earlier step",
            {
                "condition": {
                    "all": [
                        {"field": "steps.about.label", "op": "eq", "value": "project"},
                        {"not": {"field": "customer.plan", "op": "eq", "value": "vip"}},
                    ]
                }
            },
            Leave("yes"),
            steps={"about": {"label": "project"}},
        ),
    ),
)
