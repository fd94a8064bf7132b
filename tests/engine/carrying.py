"""Runs that a test begins and carries on itself, call by call, for one customer at noon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from runtime.engine.advance import (
    Customer,
    Event,
    EventSignal,
    Progress,
    Run,
    World,
    begin,
)
from runtime.engine.compiled import Journey, compile_journey
from tests.engine.types import types

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def world(now: datetime = NOON, **more: Any) -> World:
    more.setdefault("customer", Customer("maya", {"plan": "pro"}))
    return World(now, **more)


def go(document: dict[str, Any], **more: Any) -> tuple[Journey, Run, Progress]:
    compiled = compile_journey(document, types())
    event = Event("e1", "go", {"n": 1}, NOON)
    run, progress = begin(
        compiled,
        run_id="r1",
        trigger=compiled.triggers[0],
        event=event,
        world=more.pop("world", None) or world(),
        **more,
    )
    return compiled, run, progress


def told(progress: Progress) -> list[str]:
    return [f"{s.node}.{s.handle}" for s in progress.steps]


def came(name: str, at: datetime = NOON + HOUR, **properties: Any) -> EventSignal:
    return EventSignal(Event(f"{name}-{at}", name, properties, at))
