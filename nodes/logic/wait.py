"""Waits for a while."""

from __future__ import annotations

from dataclasses import dataclass

from nodes import fields
from nodes.spec import Context, Example, Leave, NodeType, Outcome, Signal, TimedOut, Wait

ORDER = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    for_: str = fields.duration("For", required=True, placeholder="P3D")


def run(config: Config, ctx: Context) -> Outcome:
    return Wait(until=ctx.after(config.for_))


def resume(config: Config, ctx: Context, signal: Signal) -> Outcome:
    return Leave("out")


NODE = NodeType(
    type="logic.wait",
    category="logic",
    title="Wait",
    icon="timer",
    summary="Let some time pass",
    help="""Waits, for minutes or for months. `P3D` is three calendar days in the customer's zone:
who comes at 09:00 goes on at 09:00. `PT72H` is 72 hours on the clock.""",
    config=Config,
    run=run,
    resume=resume,
    waits=True,
    sentences=("Waits {for|duration}", "Choose how long to wait"),
    told={"out": "Waited {config.for|duration}"},
    examples=(
        Example("Three days", {"for": "P3D"}, Leave("out"), signal=TimedOut()),
        Example(
            "Half an hour, in Lisbon",
            {"for": "PT30M"},
            Leave("out"),
            signal=TimedOut(),
            time_zone="Europe/Lisbon",
        ),
    ),
)
