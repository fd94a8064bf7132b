"""For whom a text of a draft is shown: a customer, the event that began it, what earlier steps
gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from runtime.engine.world import Customer, Event
from runtime.facade import history
from runtime.facade.customers import card
from runtime.facade.desk import Desk, mapping
from runtime.facade.errors import NotFound
from runtime.facade.journeys import Row
from runtime.facade.shapes import Document
from runtime.facade.timeline import redacted
from runtime.journey.graph_checks import graph_of
from runtime.journey.outline import Outline, read_outline
from runtime.journey.report import Report
from runtime.journey.unchecked import objects
from runtime.store.clock import from_us
from runtime.store.database import Connection, rows

LOOK_BACK = 500  # events that are looked through for one that could have begun it
NAMELESS = "someone@example.com"

Outputs = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Reader:
    """`name` None: a customer about whom nothing is known. `stands_in` are the titles of earlier
    steps without a real output; theirs is made up, each text as ⟨step: name⟩.
    """

    id: str | None
    name: str | None
    customer: Customer
    event: Event
    outputs: Outputs
    stands_in: dict[str, str] = field(default_factory=dict[str, str])


def reader(
    conn: Connection, desk: Desk, journey: Row, node: str, who: str | None, *, nameless: bool
) -> Reader:
    """Who reads: the one with this id; None: whoever came last. What really happened to them in
    this journey is taken, and made up only where nothing has happened yet."""
    found = None if nameless else card(conn, desk.workspace, who or _latest(conn, desk, journey))
    if found is None and who and not nameless:
        raise NotFound("There is no such customer. They may have been removed.")
    outline = read_outline(journey.draft, desk.house.types, Report())
    event, outputs = None, Outputs()
    if found is not None:
        event, outputs = _past(conn, desk, journey, outline, found["id"])
    event = event or _like(conn, desk, outline, found["id"] if found else None)
    made, titles = made_up(journey.draft, outline, node, outputs)
    if found is None:
        customer = Customer("nobody", email=NAMELESS)
    else:
        customer = Customer(
            found["id"],
            found["attributes"],
            found["consent"],
            found["segments"],
            found["external_id"],
            found["email"],
        )
    return Reader(
        found["id"] if found else None,
        found["name"] if found else None,
        customer,
        event,
        {**made, **outputs},
        titles,
    )


def _latest(conn: Connection, desk: Desk, journey: Row) -> str | None:
    for sql, params in (
        (
            """SELECT customer FROM run WHERE journey = ? AND customer IS NOT NULL
 ORDER BY started_at DESC, id DESC LIMIT 1""",
            (journey.id,),
        ),
        (
            """SELECT id FROM customer WHERE workspace = ?
 ORDER BY updated_at DESC, id DESC LIMIT 1""",
            (desk.workspace,),
        ),
    ):
        for (one,) in rows(conn, sql, params):
            return one
    return None


def _past(
    conn: Connection, desk: Desk, journey: Row, outline: Outline, customer: str
) -> tuple[Event | None, Outputs]:
    """What the customer's last run of this journey began with, and what its steps gave."""
    sql = """SELECT id, event FROM run WHERE customer = ? AND journey = ?
 ORDER BY started_at DESC, id DESC LIMIT 1"""
    for run, event in rows(conn, sql, (customer, journey.id)):
        outputs: Outputs = {}
        for step in history.steps(conn, [run])[run]:
            placed = outline.nodes.get(step.node)
            if placed is not None and placed.type is not None:
                outputs[step.node] = redacted(placed.type, step.output)
        return history.events(conn, [event]).get(event), outputs
    return None, {}


def _like(conn: Connection, desk: Desk, outline: Outline, customer: str | None) -> Event:
    """The latest event that could begin the journey, the customer's own before others'; an empty
    one when none has come."""
    names = {_event_name(n.id, n.type.type, n.config) for n in outline.nodes.values() if n.type}
    best: tuple[Any, ...] | None = None
    sql = """SELECT id, name, properties_json, at, customer FROM event
 WHERE workspace = ? AND kind = 'track' ORDER BY seq DESC LIMIT ?"""
    for row in rows(conn, sql, (desk.workspace, LOOK_BACK)):
        if row[1] in names and (best is None or row[4] == customer):
            best = row
            if row[4] == customer:
                break
    if best is None:
        now = from_us(desk.house.database.now_us(conn))
        return Event("", min(names, default=""), {}, now)
    return Event(best[0], best[1], mapping(best[2]), from_us(best[3]))


def _event_name(node: str, kind: str, config: Mapping[str, Any]) -> str:
    named = config.get("event")
    return named if isinstance(named, str) and named else f"{kind.rpartition('.')[2]}.{node}"


def made_up(
    document: Document, outline: Outline, node: str, real: Outputs
) -> tuple[Outputs, dict[str, str]]:
    """What stands in for the earlier steps without a real output, and their titles."""
    if node not in outline.nodes:
        return {}, {}
    outputs: Outputs = {}
    titles: dict[str, str] = {}
    given = {str(n.get("id")): n.get("title") for n in objects(document.get("nodes"))}
    for one in graph_of(outline).upstream(node):
        placed = outline.nodes[one]
        if one in real or placed.type is None or placed.is_trigger or one == node:
            continue
        named = given.get(one)
        title = named if isinstance(named, str) and named else placed.type.title
        made = _output(title, placed.type.output, placed.config, placed.type.output_of)
        if made:
            outputs[one], titles[one] = made, title
    return outputs, titles


def _output(
    title: str, schema: Mapping[str, Any], config: Mapping[str, Any], own: str | None
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    fields = cast("Mapping[str, Mapping[str, Any]]", schema.get("properties") or {})
    for name, field_schema in fields.items():
        if "string" in str(field_schema.get("type", "string")):
            made[name] = f"⟨{title}: {name.replace('_', ' ')}⟩"
    values = config.get(own) if own else None
    if isinstance(values, dict):
        for name, value in cast("dict[str, Any]", values).items():
            computed = isinstance(value, str) and "{" in value
            made[name] = f"⟨{title}: {name.replace('_', ' ')}⟩" if computed else value
    return made
