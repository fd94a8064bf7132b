"""Starts a run when an event with a certain name happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nodes import fields
from nodes.spec import Example, Json, Leave, NodeType, Start

ORDER = 10

OUTPUT = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Event name"},
        "properties": {"type": "object", "title": "Properties"},
        "at": {"type": "string", "format": "date-time", "title": "When it happened"},
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    event: str = fields.event_name(
        "Event",
        required=True,
        placeholder="order.completed",
        help="The name under which your shop or website reports it.",
    )
    where: Mapping[str, Json] | None = fields.condition(
        "Only when", scope="arriving", help="Leave it empty to take every such event."
    )
    key: str | None = fields.path(
        "Once for each",
        group="more",
        placeholder="event.properties.order_id",
        help="With a key, the rule for coming back holds for each value of it, say each order.",
    )


def start(config: Config) -> Start:
    return Start("event", event=config.event, where=config.where, key=config.key)


NODE = NodeType(
    type="trigger.event",
    category="trigger",
    title="Event happens",
    icon="zap",
    summary="Start when a customer does something",
    help="""Starts a run for the customer whenever the event arrives: from your website or shop by
`/v1/track`, or from another program by the API.

**Only when** looks at the event (`event.properties.…`) and at the customer. Whether the same
customer may come back is the journey's own setting.""",
    config=Config,
    start=start,
    output=OUTPUT,
    sentences=(
        "When {event} happens and {where|condition}",
        "When {event} happens",
        "Choose the event that starts it",
    ),
    told={"out": "Started by {output.name}"},
    examples=(
        Example(
            "A trial starts",
            {"event": "trial.started"},
            Leave(
                "out",
                {
                    "name": "trial.started",
                    "properties": {"plan": "pro"},
                    "at": "2026-03-02T09:00:00Z",
                },
            ),
            event={
                "name": "trial.started",
                "properties": {"plan": "pro"},
                "at": "2026-03-02T09:00:00Z",
            },
        ),
        Example(
            "Only large orders, once for each order",
            {
                "event": "order.completed",
                "where": {"field": "event.properties.total", "op": "gte", "value": 100},
                "key": "event.properties.order_id",
            },
            Leave(
                "out",
                {
                    "name": "order.completed",
                    "properties": {"total": 120, "order_id": "1042"},
                    "at": "2026-03-02T09:00:00Z",
                },
            ),
            event={
                "name": "order.completed",
                "properties": {"total": 120, "order_id": "1042"},
                "at": "2026-03-02T09:00:00Z",
            },
        ),
    ),
)
