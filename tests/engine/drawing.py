"""Journeys in a few lines: `draw("start: trigger.event event=go", "start.out > a b")`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nodes.spec import Answered
from runtime.engine.compiled import MOST_VISITS
from runtime.engine.state import Run
from runtime.simulate import simulate
from runtime.simulate.simulator import Simulation, Travel

Object = dict[str, Any]
NOON = "2026-03-02T12:00:00Z"
START = {"event": "go"}


def journey(
    nodes: Mapping[str, tuple[str, Mapping[str, Any]] | str], *edges: str, **settings: Any
) -> Object:
    """A document. A node is (type, config), or a type alone; `logic.…` may leave the `logic.` out.
    An edge is "from > to to" or "from.handle > to to". A trigger named `start` on the event `go`
    is added unless there is one."""
    placed = {"start": ("trigger.event", START), **nodes} if "start" not in nodes else dict(nodes)
    return {
        "format": 1,
        "name": "Test",
        "stage": "onboarding",
        "settings": settings,
        "nodes": [_node(name, given) for name, given in placed.items()],
        "edges": [e for text in edges for e in _edges(text)],
    }


def _node(name: str, given: tuple[str, Mapping[str, Any]] | str) -> Object:
    kind, config = given if isinstance(given, tuple) else (given, {})
    kind = kind if "." in kind else f"logic.{kind}"
    config = dict(config)
    placed: Object = {"id": name, "type": kind, "version": 1}
    if config.pop("disabled", False):
        placed["disabled"] = True
    return placed | {"config": config}


def _edges(text: str) -> Iterable[Object]:
    source, _, targets = text.partition(" > ")
    name, _, handle = source.partition(".")
    for target in targets.split():
        yield {"from": name, "handle": handle or "out", "to": target}


def wait(duration: str) -> tuple[str, Object]:
    return "wait", {"for": duration}


def wait_for(event: str, within: str = "P30D", **more: Any) -> tuple[str, Object]:
    return "wait_for_event", {"event": event, "within": within, **more}


def note(**values: Any) -> tuple[str, Object]:
    """A step that does nothing but be seen."""
    return "set", {"values": values or {"seen": True}}


def event(at: str, name: str = "go", customer: str | None = "maya", **more: Any) -> Object:
    """At a full time, a time of 2 March 2026 ("13:30"), or "+3" for so many days later."""
    if at.startswith("+"):
        at = f"2026-03-{2 + int(at[1:]):02}T12:00:00Z"
    elif len(at) == 5:
        at = f"2026-03-02T{at}:00Z"
    return {"at": at, "name": name, "customer": customer, "properties": {}, **more}


def silent(body: Mapping[str, Any]) -> Answered:
    """A model for tests that must not ask one."""
    raise AssertionError(f"the model was asked: {body}")


class Stored(Simulation):
    """Every call of the engine starts from stored text, as in a worker; accounts are checked."""

    def _advance(self, travel: Travel, *given: Any, **more: Any) -> Any:
        travel.run = Run.from_json(travel.run.to_json())
        progress = super()._advance(travel, *given, **more)
        self._check(travel.run)
        return progress

    @staticmethod
    def _check(run: Run) -> None:
        assert run.ended or run.tokens
        assert not (run.ended and run.tokens)
        assert all(t.kind is not None for t in run.tokens.values())
        assert run.moves == sum(run.visits.values()) <= MOST_VISITS
        assert all(number < run.next_token for number in run.tokens)
        assert not (run.tokens and all(t.kind == "join" for t in run.tokens.values()))
        live = set(run.tokens)
        assert all(late and late <= live for late in run.joins.values())


def trace(document: Object, *events: Object, **more: Any) -> list[Object]:
    """The simulator's lines: carried in memory, and the same from stored state."""
    more.setdefault("model", silent)
    told = list(simulate(document, events or [event(NOON)], **more))
    given = {"customers": [], "answers": [], "until": None, "seed": None, "start": None, **more}
    stored = Stored(document, events or [event(NOON)], **given)
    assert told == list(stored.lines())
    return told


def path(document: Object, *events: Object, **more: Any) -> list[str]:
    """The trace in short: "node.handle", "node!effect", "node: note", "= status", "~ skipped"."""
    return [short(line) for line in trace(document, *events, **more)]


def short(line: Object) -> str:
    if "status" in line:
        return f"= {line['status']}"
    if "skipped" in line:
        return f"~ {line['event']}"
    if "effect" in line:
        return f"{line['node']}!{line['effect']['kind']}"
    if "note" in line:
        return f"{line['node']}: {line['note']}"
    return f"{line['node']}.{line['handle']}"
