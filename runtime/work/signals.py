"""What lies in an inbox, as the engine takes it."""

from __future__ import annotations

from typing import Any

import orjson

from nodes.spec import Answered, Decided
from runtime.engine.advance import (
    AnswerSignal,
    CancelSignal,
    DecisionSignal,
    Event,
    EventSignal,
    RetrySignal,
    RunSignal,
)
from runtime.store.clock import from_us
from runtime.store.events import EventRow
from runtime.store.inbox import SignalRow


def body(row: EventRow) -> str:
    """An event as it lies in an inbox."""
    properties = orjson.Fragment(row.properties_json)
    return orjson.dumps(
        {
            "id": row.id,
            "name": row.name,
            "at": row.at,
            "in": row.received_at,
            "properties": properties,
        }
    ).decode()


def read(row: SignalRow) -> RunSignal:
    """The engine's form of a stored signal."""
    body: dict[str, Any] = orjson.loads(row.body_json)
    match row.kind:
        case "event":
            event = Event(body["id"], body["name"], body["properties"], from_us(body["at"]))
            return EventSignal(event, from_us(body["in"]))
        case "answer":
            answered = Answered(body["ok"], body.get("data") or {}, body.get("error"))
            return AnswerSignal(body["token"], body["node"], body["visit"], answered)
        case "decision":
            decided = Decided(body["decision"], body.get("by"), body.get("text"))
            at = from_us(body["at"]) if body.get("at") is not None else None
            return DecisionSignal(body["token"], body["node"], body["visit"], decided, at)
        case "cancel":
            return CancelSignal(body.get("reason"))
        case "retry":
            return RetrySignal()
        case _:
            raise ValueError(f"A signal of the unknown kind {row.kind} is in the inbox.")
