"""Journeys in a few lines."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from nodes.registry import node_types
from runtime.journey.problems import Problem
from runtime.journey.validate import validate

Document = dict[str, Any]
START = {"id": "start", "type": "trigger.event", "config": {"event": "trial.started"}}
MAIL = {"id": "mail", "type": "action.send_email", "config": {"subject": "Hi", "body": "Hello"}}


def node(name: str, kind: str, **config: Any) -> Document:
    """A node; a trailing underscore of a config's name is cut (`for_`)."""
    return {"id": name, "type": kind, "config": {k.rstrip("_"): v for k, v in config.items()}}


def edges(*texts: str) -> list[Document]:
    """Edges from "start > a > b.no > c": the handle is `out` where none is named."""
    found: list[Document] = []
    for text in texts:
        stops = [s.strip() for s in text.split(">")]
        for here, there in pairwise(stops):
            name, _, handle = here.partition(".")
            found.append({"from": name, "handle": handle or "out", "to": there.split(".")[0]})
    return found


def journey(*nodes: Document, ways: tuple[str, ...] = (), **more: Any) -> Document:
    """A document; with a trigger `start` unless one of the nodes has that id."""
    placed = list(nodes) if any(n.get("id") == "start" for n in nodes) else [START, *nodes]
    return {"format": 1, "name": "Test", "nodes": placed, "edges": edges(*ways), **more}


GOOD = journey(MAIL, ways=("start > mail",))


def problems(document: Any, **more: Any) -> list[Problem]:
    return validate(document, node_types(), **more)


def codes(document: Any, **more: Any) -> set[str]:
    """The codes of the errors."""
    return {p.code for p in problems(document, **more) if p.severity == "error"}


def only(document: Any, code: str, **more: Any) -> Problem:
    """The one problem, which has this code."""
    found = problems(document, **more)
    assert [p.code for p in found] == [code], found
    return found[0]
