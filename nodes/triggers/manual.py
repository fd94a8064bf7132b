"""Starts a run when a person of the team adds a customer."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec import Example, Leave, NodeType, Start
from nodes.triggers.event import OUTPUT

ORDER = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Nothing to set."""


def start(config: Config) -> Start:
    return Start("manual")


NODE = NodeType(
    type="trigger.manual",
    category="trigger",
    title="Added by hand",
    icon="user-round-plus",
    summary="Start when someone of your team adds a customer",
    help="""A person of your team adds a customer to the journey: from the editor or from the
customer's page. What they fill in becomes `event.properties`.""",
    config=Config,
    start=start,
    output=OUTPUT,
    sentences=("Someone of your team adds a customer",),
    told={"out": "Added by hand"},
    examples=(
        Example(
            "Ines adds a client after a phone call",
            {},
            Leave(
                "out",
                {
                    "name": "manual.added",
                    "properties": {"note": "Called on Monday"},
                    "at": "2026-03-02T09:00:00Z",
                },
            ),
            event={
                "name": "manual.added",
                "properties": {"note": "Called on Monday"},
                "at": "2026-03-02T09:00:00Z",
            },
        ),
    ),
)
