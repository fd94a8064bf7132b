"""Whether an event starts a trigger of a draft, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nodes.spec import NodeType
from runtime.engine.compiled import Journey, Trigger, compile_journey
from runtime.engine.context import Scope
from runtime.engine.world import Event, World
from runtime.journey import conditions
from runtime.journey.unchecked import objects

Doc = Mapping[str, Any]


def trigger_of(
    document: Doc, types: Mapping[str, NodeType], node: str, broken: Mapping[str, str]
) -> tuple[Trigger, Journey] | None:
    """A trigger of the document, alone; None when it cannot be read."""
    placed = next((n for n in objects(document.get("nodes")) if n.get("id") == node), None)
    if placed is None or node in broken or str(placed.get("type")) not in types:
        return None
    alone = {"name": "", "nodes": [{**placed, "disabled": False}], "edges": []}
    journey = compile_journey(alone, types)
    return (journey.triggers[0], journey) if journey.triggers else None


def why_not(journey: Journey, trigger: Trigger, event: Event, world: World) -> str | None:
    """Why an event starts nothing at this trigger, in a sentence."""
    start = trigger.start
    if start.event is not None and event.name != start.event:
        return f"This trigger starts with {start.event}, and this is {event.name}."
    if start.where is None:
        return None
    scope = Scope(journey, world, event, {})
    if scope.holds(start.where):
        return None
    told = [e for e in conditions.explain(start.where, scope) if not e.ok]
    because = "; ".join(f"{e.text} (here: {e.value or 'missing'})" for e in told[:3])
    return f"The event does not meet the trigger's condition: {because}."
