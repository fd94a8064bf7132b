"""What happened to runs, as it was recorded: steps, entry events, versions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from nodes.spec import NodeType
from runtime.engine.world import Event
from runtime.facade import words
from runtime.facade.desk import listing, mapping
from runtime.facade.shapes import Document
from runtime.store.clock import from_us
from runtime.store.database import Connection, marks, rows


@dataclass(frozen=True, slots=True)
class Step:
    """One visit of a run to a node that is over. `at` in microseconds."""

    run: str
    at: int
    token: int
    node: str
    type: str
    visit: int
    handle: str | None
    output: dict[str, Any]
    notes: list[str]

    @property
    def key(self) -> str:
        """The key of the visit's effect, message or task."""
        return f"{self.run}:{self.token}:{self.node}:{self.visit}"


@dataclass(frozen=True, slots=True)
class Version:
    """A published version a run is on."""

    id: str
    journey: str
    slug: str
    name: str
    number: int
    document: Document
    nodes: Mapping[str, Document]

    def config(self, node: str) -> Mapping[str, Any]:
        """A node's config as it stands in the document."""
        found = self.nodes.get(node, {}).get("config")
        return cast("Document", found) if isinstance(found, dict) else {}

    def title(self, node: str, kind: NodeType | None) -> str:
        """What the node is called on the canvas."""
        given = self.nodes.get(node, {}).get("title")
        if isinstance(given, str) and given:
            return given
        return kind.title if kind else node

    def titles(self, types: Mapping[str, NodeType]) -> dict[str, str]:
        """What each node is called on the canvas."""
        return {
            node: self.title(node, types.get(str(placed.get("type"))))
            for node, placed in self.nodes.items()
        }

    def next(self, node: str, handle: str) -> list[str]:
        """The nodes that a handle leads to."""
        edges = cast("list[Document]", self.document.get("edges") or [])
        return [e["to"] for e in edges if e.get("from") == node and e.get("handle") == handle]


def steps(conn: Connection, runs: Collection[str]) -> dict[str, list[Step]]:
    """The steps of these runs, each in their order."""
    found: dict[str, list[Step]] = {run: [] for run in runs}
    for some in _chunks(runs):
        sql = f"""SELECT run, steps_json FROM journal WHERE run IN ({marks(len(some))})
 ORDER BY run, fence"""
        for run, text in rows(conn, sql, some):
            found[run] += [_read(run, item) for item in listing(text)]
    return found


def _read(run: str, line: list[Any]) -> Step:
    """A step as the journal keeps it: [at, token, node, type, visit, handle, output] and notes."""
    at, token, node, kind, visit, handle, output, *notes = line
    return Step(run, at, token, node, kind, visit, handle, output, list(*notes))


def versions(conn: Connection, ids: Iterable[str]) -> dict[str, Version]:
    """These versions by id."""
    found: dict[str, Version] = {}
    for some in _chunks(set(ids)):
        sql = f"""SELECT v.id, v.journey, j.slug, j.name, v.number, v.document_json
 FROM journey_version v JOIN journey j ON j.id = v.journey WHERE v.id IN ({marks(len(some))})"""
        for one, journey, slug, name, number, text in rows(conn, sql, some):
            document = mapping(text)
            nodes = {n["id"]: n for n in cast("list[Document]", document.get("nodes") or [])}
            found[one] = Version(one, journey, slug, name, number, document, nodes)
    return found


def events(conn: Connection, ids: Iterable[str]) -> dict[str, Event]:
    """These events by id, as the engine sees them."""
    found: dict[str, Event] = {}
    for some in _chunks(set(ids)):
        sql = f"SELECT id, name, properties_json, at FROM event WHERE id IN ({marks(len(some))})"
        for one, name, properties, at in rows(conn, sql, some):
            found[one] = Event(one, name, mapping(properties), from_us(at))
    return found


def names(conn: Connection, ids: Iterable[str | None]) -> dict[str, str]:
    """What these customers are called."""
    found: dict[str, str] = {}
    for some in _chunks({one for one in ids if one}):
        sql = f"""SELECT id, external_id, email, attributes_json FROM customer
 WHERE id IN ({marks(len(some))})"""
        for one, external_id, email, attributes in rows(conn, sql, some):
            found[one] = name_of(mapping(attributes), email, external_id)
    return found


def name_of(attributes: Mapping[str, Any], email: str | None, external_id: str | None) -> str:
    """A customer's name: as given, else the company, the address, or the id."""
    first, last = _text(attributes, "first_name"), _text(attributes, "last_name")
    full = " ".join(part for part in (first, last) if part)
    return (
        _text(attributes, "name")
        or full
        or _text(attributes, "company")
        or email
        or external_id
        or "A customer without a name"
    )


def _text(attributes: Mapping[str, Any], name: str) -> str:
    value = attributes.get(name) or attributes.get(_camel(name))
    return words.shown(value) if isinstance(value, str) and value.strip() else ""


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _chunks(ids: Iterable[str]) -> Iterable[tuple[str, ...]]:
    """In portions that every database takes as parameters."""
    every = sorted(ids)
    return [tuple(every[i : i + 500]) for i in range(0, len(every), 500)]
