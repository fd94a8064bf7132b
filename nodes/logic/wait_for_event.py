"""Waits for the customer to do something, for a limited time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nodes import fields
from nodes.spec import (
    Arrived,
    Context,
    Example,
    Handle,
    Json,
    Leave,
    NodeType,
    Outcome,
    Signal,
    TimedOut,
    Wait,
)
from nodes.triggers.event import OUTPUT

ORDER = 70


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    event: str = fields.event_name("Event", required=True, placeholder="call.booked")
    within: str = fields.duration("Wait at most", required=True, placeholder="P3D")
    where: Mapping[str, Json] | None = fields.condition(
        "Only when",
        scope="arriving",
        help="event.… is the event that arrives, entry.… the one that started the run.",
    )


def run(config: Config, ctx: Context) -> Outcome:
    return Wait(until=ctx.after(config.within), event=config.event, where=config.where)


def resume(config: Config, ctx: Context, signal: Signal) -> Outcome:
    if isinstance(signal, Arrived):
        event = signal.event
        return Leave(
            "out",
            {"name": event["name"], "properties": event["properties"], "at": event["at"]},
        )
    return Leave("timed_out")


NODE = NodeType(
    type="logic.wait_for_event",
    category="logic",
    title="Wait for an event",
    icon="hourglass",
    summary="Wait until the customer does something",
    help="""Waits for the event of this same customer. It leaves by the plain way as soon as the
event comes, and by **timed out** when the time is over. An event that comes later changes
nothing any more.""",
    config=Config,
    run=run,
    resume=resume,
    waits=True,
    handles=(Handle("out", "it came"), Handle("timed_out", "timed out", hoped=False)),
    output=OUTPUT,
    sentences=(
        "Waits up to {within|duration} for {event} with {where|condition}",
        "Waits up to {within|duration} for {event}",
        "Choose the event to wait for",
    ),
    told={
        "out": "{output.name} came",
        "timed_out": "No {config.event} within {config.within|duration}",
    },
    examples=(
        Example(
            "The call is booked",
            {"event": "call.booked", "within": "P3D"},
            Leave(
                "out",
                {
                    "name": "call.booked",
                    "properties": {"day": "Thursday"},
                    "at": "2026-03-03T10:00:00Z",
                },
            ),
            signal=Arrived(
                {
                    "id": "e2",
                    "name": "call.booked",
                    "properties": {"day": "Thursday"},
                    "at": "2026-03-03T10:00:00Z",
                }
            ),
        ),
        Example(
            "Nothing happens for three days",
            {"event": "call.booked", "within": "P3D"},
            Leave("timed_out"),
            signal=TimedOut(),
        ),
    ),
)
