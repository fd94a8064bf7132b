"""Ends the whole journey for this customer."""

from __future__ import annotations

from dataclasses import dataclass

from nodes import fields
from nodes.spec import Context, End, Example, NodeType, Outcome

ORDER = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    reason: str | None = fields.template(
        "Reason", placeholder="The call is booked", help="Shown in the customer's timeline."
    )


def run(config: Config, ctx: Context) -> Outcome:
    return End(ctx.render(config.reason) if config.reason else None)


NODE = NodeType(
    type="logic.exit",
    category="logic",
    title="End journey",
    icon="flag",
    summary="End the journey for this customer at once",
    help="""Ends the whole run at once, also what still waits in other branches. A branch that
just stops needs no end: leave its last handle unconnected.""",
    config=Config,
    run=run,
    handles=(),
    sentences=("Ends the journey: {reason|text}", "Ends the journey"),
    told={"": "The journey ended"},
    examples=(
        Example("Without a word", {}, End()),
        Example(
            "With a reason",
            {"reason": "{{ customer.first_name }} booked"},
            End("Maya booked"),
            customer={"id": "maya", "first_name": "Maya"},
        ),
    ),
)
