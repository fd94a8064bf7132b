"""The in-memory world: runs a node's examples, and whole journeys, without a database or a
network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from nodes.spec import Example, Leave, NodeType, Outcome, Perform, Wait
from runtime.engine.calls import call
from runtime.engine.compiled import Journey, Node, compile_journey, heard
from runtime.engine.context import Scope, StepContext
from runtime.engine.world import Customer, Event, World
from runtime.journey import times


def run_example(node_type: NodeType, example: Example) -> Outcome:
    """What the node type does in its example: what `run` returns, or `resume` when the example has
    a signal.

    `customer` may hold `consent` and `segments` beside the attributes, `event` any of {id, name,
    properties, at}. A trigger leaves by `out` with its event as output when the event matches, and
    raises ValueError when not; a join leaves by `out`.
    """
    node = _placed(node_type, example)
    now = datetime.fromisoformat(example.now).astimezone(UTC)
    world = World(now, _customer(example), times.zone(example.time_zone) or UTC)
    event = event_of(example.event, now)
    steps = {"entry": event.output(), **example.steps}
    if node_type.run is None:
        return _unrun(node_type, node, world, event)
    context = StepContext(
        _journey(node), world, event, steps, run_id="example", node_id=node.id, visit=1
    )
    outcome = call(node, context, None)
    if example.signal is None:
        return outcome
    if not isinstance(outcome, (Wait, Perform)):
        raise ValueError(
            f"{example.title}: the node did not wait, so it cannot be resumed: {outcome}"
        )
    return call(node, context, example.signal)


def event_of(given: Mapping[str, Any], now: datetime) -> Event:
    """An event from its parts; what is missing gets a plain value."""
    at = given.get("at")
    return Event(
        id=str(given.get("id", "event-1")),
        name=str(given.get("name", "example")),
        properties=given.get("properties", {}),
        at=datetime.fromisoformat(at).astimezone(UTC) if isinstance(at, str) else now,
    )


def _placed(node_type: NodeType, example: Example) -> Node:
    config = example.config
    typed = node_type.read(config)
    exits = frozenset(h.name for h in node_type.exits(config))
    join = node_type.join(typed) if node_type.join else None
    return Node("example", node_type, typed, exits, {}, join)


def _journey(node: Node) -> Journey:
    """An empty journey that hears what the node waits for."""
    empty = compile_journey({"name": "Example", "nodes": [], "edges": []}, {})
    return replace(empty, listens=frozenset(heard(node)))


def _customer(example: Example) -> Customer | None:
    if example.customer is None:
        return None
    given = dict(example.customer)
    known = str(given.pop("id", "customer-1"))
    email = given.pop("email", None)
    return Customer(
        id=known,
        external_id=known,
        email=email,
        consent=given.pop("consent", {}),
        segments=given.pop("segments", ()),
        attributes=given,
    )


def _unrun(node_type: NodeType, node: Node, world: World, event: Event) -> Outcome:
    if node_type.start is None:
        return Leave("out")
    start = node_type.start(node.config)
    if start.event is not None and start.event != event.name:
        raise ValueError(f"The event {event.name} does not start this trigger.")
    if start.where is not None and not Scope(_journey(node), world, event, {}).holds(start.where):
        raise ValueError("The event does not meet the trigger's condition.")
    return Leave("out", event.output())
