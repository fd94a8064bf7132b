"""Waits until a date, or goes another way when the date has passed already."""

from __future__ import annotations

from dataclasses import dataclass

from nodes import fields
from nodes.spec import Context, Example, Handle, Leave, NodeType, Outcome, Signal, TimedOut, Wait

ORDER = 60

ROOTS = ("customer", "event", "steps", "now")


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    at: str = fields.moment(
        "Date or time",
        required=True,
        placeholder="event.properties.starts_at",
        help="A date, or the place where one stands.",
    )
    offset: str | None = fields.duration(
        "Moved by",
        signed=True,
        placeholder="-P1D",
        help="-P1D is a day before, PT2H two hours after.",
    )


def run(config: Config, ctx: Context) -> Outcome:
    given = ctx.value(config.at) if config.at.split(".")[0] in ROOTS else config.at
    if given is None:
        ctx.note(f"{config.at} is missing, so there is no date to wait for.")
        return Leave("past")
    moment = ctx.instant(given) if isinstance(given, str) else None
    if moment is None:
        ctx.note(f"{config.at} is not a date or time, so there is nothing to wait for.")
        return Leave("past")
    if config.offset:
        moment = ctx.after(config.offset, moment)
    return Wait(until=moment) if moment > ctx.now else Leave("past")


def resume(config: Config, ctx: Context, signal: Signal) -> Outcome:
    return Leave("out")


NODE = NodeType(
    type="logic.wait_until",
    category="logic",
    title="Wait until a date",
    icon="calendar-days",
    summary="Go on at a date, say of a booking",
    help="""Goes on at the date, moved by the offset: `-P1D` is the day before at the same time of
day. A date without a zone is in the customer's zone.

When that moment has passed already, or there is no date, it leaves by **past** at once.""",
    config=Config,
    run=run,
    resume=resume,
    waits=True,
    waits_by=("out",),
    handles=(Handle("out"), Handle("past", "past", hoped=False)),
    sentences=(
        "Waits until {at|text}, moved by {offset|duration}",
        "Waits until {at|text}",
        "Choose the date to wait for",
    ),
    told={"out": "The date came", "past": "The date had passed already"},
    examples=(
        Example(
            "The day before a booking",
            {"at": "event.properties.starts_at", "offset": "-P1D"},
            Leave("out"),
            event={
                "name": "booking.made",
                "properties": {"starts_at": "2026-03-10T15:00:00"},
            },
            signal=TimedOut(),
            time_zone="Europe/Lisbon",
        ),
        Example(
            "A booking for this very moment is too late for that",
            {"at": "event.properties.starts_at", "offset": "-P1D"},
            Leave("past"),
            event={
                "name": "booking.made",
                "properties": {"starts_at": "2026-03-02T15:00:00Z"},
            },
        ),
        Example(
            "No date at all",
            {"at": "customer.renews_at"},
            Leave("past"),
        ),
    ),
)
