"""What often comes after what: counted in the templates and in the workspace's own journeys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

from runtime.facade.desk import Desk, mapping
from runtime.gallery import templates
from runtime.journey.unchecked import objects
from runtime.store.database import rows

MOST_JOURNEYS = 200  # the latest ones say how this workspace works
MOST_PAIRS = 500

Step = tuple[str, str, str]


Pair = TypedDict("Pair", {"from": str, "handle": str, "to": str, "own": int, "gallery": int})
"""`to` came after the way `handle` of `from`; an empty `from` stands for the beginning."""


class Suggestions(TypedDict):
    """What the editor ranks for a place."""

    pairs: list[Pair]


class JourneyName(TypedDict):
    """A journey in a list to go to."""

    slug: str
    name: str


def suggestions(desk: Desk) -> Suggestions:
    """How often each type followed each way of another type, the most frequent first."""
    sql = """SELECT draft_json FROM journey WHERE workspace = ? AND deleted_at IS NULL
 AND sample = ? ORDER BY draft_at DESC LIMIT ?"""
    with desk.read() as conn:
        found = [
            mapping(text) for (text,) in rows(conn, sql, (desk.workspace, False, MOST_JOURNEYS))
        ]
    own = Counter(_steps(found))
    gallery = Counter(_steps(one.document for one in templates()))
    pairs: list[Pair] = [
        {"from": start, "handle": handle, "to": end, "own": own[step], "gallery": gallery[step]}
        for step in own.keys() | gallery.keys()
        for start, handle, end in (step,)
    ]
    pairs.sort(key=lambda p: (-3 * p["own"] - p["gallery"], p["from"], p["handle"], p["to"]))
    return {"pairs": pairs[:MOST_PAIRS]}


def _steps(documents: Iterable[dict[str, Any]]) -> Iterator[Step]:
    """The types at both ends of every line, and those that begin a journey. Drafts may hold
    anything: what is no node or line is passed over."""
    for document in documents:
        types: dict[str, str] = {}
        for node in objects(document.get("nodes")):
            name, kind = node.get("id"), node.get("type")
            if isinstance(name, str) and isinstance(kind, str):
                types[name] = kind
        reached: set[str] = set()
        for edge in objects(document.get("edges")):
            start, handle, end = (edge.get(key) for key in ("from", "handle", "to"))
            if not (isinstance(start, str) and isinstance(end, str) and isinstance(handle, str)):
                continue
            if start in types and end in types:
                reached.add(end)
                yield types[start], handle, types[end]
        for name in types.keys() - reached:
            yield "", "", types[name]


def names(desk: Desk) -> list[JourneyName]:
    """The workspace's journeys by name, to go to one."""
    sql = "SELECT slug, name FROM journey WHERE workspace = ? AND deleted_at IS NULL ORDER BY name"
    with desk.read() as conn:
        return [{"slug": slug, "name": name} for slug, name in rows(conn, sql, (desk.workspace,))]
