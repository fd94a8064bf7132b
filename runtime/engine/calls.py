"""Calling a node's own code: what it returns is checked, and whatever goes wrong in there is a
failed step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orjson import dumps, loads

from nodes.spec import Answered, End, Fail, Leave, Outcome, Perform, SetAttributes, Signal, Wait
from runtime.engine.compiled import Node
from runtime.engine.context import StepContext, TooMuchPast
from runtime.templates import TemplateFailed


def call(
    node: Node, context: StepContext, signal: Signal | None, handle: str | None = None
) -> Outcome:
    """The outcome of `run`, or of `resume` when there is a signal, with plain JSON in it.

    `handle` is the way out that a scripted answer asks for."""
    kind = node.type
    try:
        if signal is None:
            if kind.run is None:
                return Fail("error", f"A node of the type {kind.type} cannot be run.")
            outcome = kind.run(node.config, context)
        elif kind.resume is None:
            return Fail("error", f"The type {kind.type} waits but has no resume.")
        else:
            outcome = kind.resume(node.config, context, signal)
        if handle is not None:
            outcome = _scripted(outcome, signal, handle)
        if type(outcome) is Leave and not outcome.changes and outcome.handle in node.exits:
            # What nearly every step is, written out because it is the hottest place of all.
            output = outcome.output
            return Leave(outcome.handle, loads(dumps(output))) if output else outcome
        return _checked(node, context, signal, outcome)
    except TemplateFailed as problem:
        return Fail("template", str(problem))
    except TooMuchPast as problem:
        return Fail("condition", str(problem))
    except Exception as problem:  # a mistake in a node type ends one run, never the worker
        return Fail("error", f"{type(problem).__name__}: {problem}")


def plain(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The value as JSON keeps it. Raises TypeError for what JSON cannot hold."""
    return loads(dumps(value)) if value else {}


def _scripted(outcome: Outcome, signal: Signal | None, handle: str) -> Outcome:
    """Leave by the scripted handle, also when the scripted output alone would not do."""
    match outcome:
        case Leave():
            return replace(outcome, handle=handle)
        case Fail() if isinstance(signal, Answered) and signal.ok:
            return Leave(handle, signal.data)
        case _:
            return outcome


def _checked(node: Node, context: StepContext, signal: Signal | None, outcome: Outcome) -> Outcome:
    match outcome:
        case Leave(handle, output, changes):
            if handle not in node.exits:
                return Fail("error", f"The type {node.type.type} has no handle {handle}.")
            if context.world.customer is None and any(
                isinstance(c, SetAttributes) for c in changes
            ):
                return Fail("no_customer", "This run has no customer to update.")
            made = tuple(
                SetAttributes(plain(c.values)) if isinstance(c, SetAttributes) else c
                for c in changes
            )
            return Leave(handle, plain(output), made)
        case End(reason, output):
            return End(reason, plain(output))
        case Wait(until, event, where, ask):
            if until is None and event is None and ask is None:
                return Fail("error", "The node waits for nothing.")
            if event is not None and event not in context.journey.listens:
                return Fail("error", f"The node waits for {event}, which its config does not name.")
            if ask is not None:
                ask = replace(ask, draft=plain(ask.draft))
            return Wait(until, event, plain(where) if where is not None else None, ask)
        case Perform(kind, body, credential, once):
            if node.type.effect == "none":
                return Fail("error", f"The type {node.type.type} may not reach outside.")
            if isinstance(signal, Answered):
                return Fail("error", "A visit can have one effect only.")
            return Perform(kind, plain(body), credential, once)
        case Fail():
            return outcome
        case _:
            return Fail("error", f"The type {node.type.type} does not say what happens next.")
