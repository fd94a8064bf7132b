"""Starts runs at fixed times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nodes import fields
from nodes.spec import Example, Leave, NodeType, Start
from nodes.triggers.event import OUTPUT

ORDER = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    cron: str = fields.cron(
        "When",
        required=True,
        placeholder="0 9 * * 1",
        help="Minute, hour, day of month, month, day of week. “0 9 * * 1” is Mondays at 09:00.",
    )
    time_zone: str | None = fields.time_zone(
        "Time zone", placeholder="Europe/Lisbon", help="Empty: your workspace's time zone."
    )
    segment: str | None = fields.segment(
        "For everyone in",
        placeholder="quiet",
        help="One run for each customer of this segment. Empty: one run without a customer.",
    )
    missed: Literal["latest", "all", "skip"] = fields.choice(
        "When Wayline was off",
        {
            "latest": "Make up for the latest time",
            "all": "Make up for every time, at most 100",
            "skip": "Leave missed times out",
        },
        default="latest",
        help="What happens when a time comes and Wayline, or its computer, is switched off.",
    )


def start(config: Config) -> Start:
    return Start(
        "schedule",
        cron=config.cron,
        time_zone=config.time_zone,
        segment=config.segment,
        missed=config.missed,
    )


NODE = NodeType(
    type="trigger.schedule",
    category="trigger",
    title="On a schedule",
    icon="calendar-clock",
    summary="Start at fixed times",
    help="""Starts at the times of a cron expression. Nine o'clock stays nine o'clock when the
clocks change, and no time fires twice.

With a segment it starts one run for each of its customers; your programs say who is in one, by the
trait `segments`. Without a segment it starts a single run that has no customer, good for reports
and reminders to yourself.

Times that pass while Wayline is off are made up for once, by the latest of them; or by every one,
or not at all, as you choose.""",
    config=Config,
    start=start,
    output=OUTPUT,
    sentences=(
        "{cron|schedule}, for everyone in {segment}",
        "{cron|schedule}",
        "Choose when it starts",
    ),
    told={"out": "Started by the schedule"},
    examples=(
        Example(
            "Every Monday at nine, for quiet clients",
            {"cron": "0 9 * * 1", "time_zone": "Europe/Lisbon", "segment": "quiet"},
            Leave(
                "out",
                {"name": "schedule.monday", "properties": {}, "at": "2026-03-02T09:00:00Z"},
            ),
            event={"name": "schedule.monday", "properties": {}, "at": "2026-03-02T09:00:00Z"},
        ),
        Example(
            "A report on the first of the month",
            {"cron": "0 8 1 * *", "time_zone": "UTC"},
            Leave(
                "out",
                {"name": "schedule.first", "properties": {}, "at": "2026-03-01T08:00:00Z"},
            ),
            event={"name": "schedule.first", "properties": {}, "at": "2026-03-01T08:00:00Z"},
            customer=None,
            now="2026-03-01T08:00:00Z",
        ),
    ),
)
