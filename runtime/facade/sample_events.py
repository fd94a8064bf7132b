"""Events to try a draft with: the last real ones that fit a trigger, the samples of its template,
the examples of its type, and one made up from the fields that are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from runtime.engine.compiled import Journey, Trigger
from runtime.engine.routing import fire_properties
from runtime.engine.world import Customer, Event, World
from runtime.facade import catalogue, customers, history, template_samples
from runtime.facade.desk import Desk, mapping
from runtime.facade.journeys import find, problems
from runtime.facade.shapes import FieldsShape, SampleEvent, SamplesShape, SampleTrigger
from runtime.facade.trying import cut, event_name, faults
from runtime.journey.spots import texts
from runtime.journey.times import rfc3339
from runtime.journey.unchecked import objects
from runtime.simulate.starts import trigger_of, why_not
from runtime.store import customers as records
from runtime.store.clock import from_us
from runtime.store.database import Connection, marks, rows
from runtime.work.people import read

REAL = 5  # real events of a trigger
NEWEST_RUNS = 100  # of each status, in which those of a trigger are looked for
LOOK_BACK = 2_000  # of the newest events, in which those of a trigger are looked for
PEOPLE = 20
_SPOKEN = re.compile(r"\bevent\.properties((?:\.[A-Za-z0-9_-]+)+)")
_OWN = ("id", "email", "attributes", "consent", "segments")
_MADE_UP: Mapping[str, Any] = {
    "email": "maya@example.com",
    "name": "Maya Lindqvist",
    "first_name": "Maya",
    "message": "Hello, I would like to know more.",
    "text": "Hello, I would like to know more.",
    "amount": 120,
    "total": 120,
    "budget": 2000,
    "plan": "pro",
}


@dataclass(frozen=True, slots=True)
class _Place:
    """A trigger with all that says which events fit it."""

    node: str
    name: str
    found: tuple[Trigger, Journey] | None
    now: datetime

    def fits(self, event: Event, customer: Customer | None) -> str | None:
        if self.found is None:
            return None
        trigger, journey = self.found
        return why_not(journey, trigger, event, World(self.now, customer, history=[event]))


def sample_events(desk: Desk, slug: str, search: str = "") -> SamplesShape:
    """What the draft can be tried with. `search` looks for customers."""
    with desk.read() as conn:
        journey = find(conn, desk.workspace, slug)
        draft = journey.draft
        broken = faults(problems(conn, desk, journey))
        known = catalogue.fields(conn, desk.workspace)
        now = from_us(desk.house.database.now_us(conn))
        triggers: list[SampleTrigger] = []
        for placed in objects(draft.get("nodes")):
            kind = desk.house.types.get(str(placed.get("type")))
            node = placed.get("id")
            if kind is None or kind.start is None or not isinstance(node, str):
                continue
            name = event_name(desk, draft, node, broken)
            found = trigger_of(draft, desk.house.types, node, broken)
            place = _Place(node, name, found, now)
            made = [
                *_real(conn, desk, journey.id, place),
                *_of_template(desk, draft, place),
                *_examples(kind.examples, place),
                _made_up(draft, known, place),
            ]
            title = placed.get("title")
            triggers.append(
                {
                    "node": node,
                    "title": title if isinstance(title, str) and title else kind.title,
                    "event": name,
                    "samples": made,
                }
            )
    people = customers.customers(desk, search)["customers"][:PEOPLE]
    return {
        "triggers": triggers,
        "customers": [{k: p[k] for k in ("id", "name", "email")} for p in people],
    }


# --- Real ones ----------------------------------------------------------------------------------

_COLUMNS = "id, name, customer, properties_json, at"
_STATUSES = ("running", "waiting", "completed", "exited", "failed")


def _real(conn: Connection, desk: Desk, journey: str, place: _Place) -> list[SampleEvent]:
    """The events that have started the journey here, and the newest ones of the name."""
    ids: list[str] = []
    for status in _STATUSES:
        sql = """SELECT event, "trigger" FROM run WHERE journey = ? AND status = ?
 ORDER BY started_at DESC LIMIT ?"""
        newest = rows(conn, sql, (journey, status, NEWEST_RUNS))
        ids += [event for event, trigger in newest if trigger == place.node][:REAL]
    found: dict[str, tuple[Any, ...]] = {}
    if ids:
        sql = f"""SELECT {_COLUMNS} FROM event WHERE id IN ({marks(len(ids))})
 ORDER BY seq DESC LIMIT ?"""
        found |= {row[0]: row for row in rows(conn, sql, (*ids, REAL))}
    # the newest by their number alone, and of those the ones of this name: no index has the name
    sql = f"""SELECT {_COLUMNS} FROM event WHERE seq IN (SELECT seq FROM
 (SELECT seq, workspace, name FROM event ORDER BY seq DESC LIMIT ?) AS newest
 WHERE workspace = ? AND name = ?) ORDER BY seq DESC LIMIT ?"""
    named = rows(conn, sql, (LOOK_BACK, desk.workspace, place.name, 4 * REAL))
    found |= {row[0]: row for row in named}
    people = _people(conn, [row[2] for row in found.values()])
    names = history.names(conn, people)
    made: list[SampleEvent] = []
    for one, name, customer, properties, at in found.values():
        event = Event(one, name, mapping(properties), from_us(at))
        why = place.fits(event, people.get(customer))
        who = {"id": customer, "name": names[customer]} if customer in names else None
        title = who["name"] if who else name
        made.append(_sample(one, "real", title, rfc3339(event.at), who, event, why))
    made.sort(key=lambda sample: sample["at"] or "", reverse=True)
    return [sample for sample in made if sample["fits"] is None][:REAL]


def _people(conn: Connection, ids: Iterable[str | None]) -> dict[str, Customer]:
    wanted = sorted({one for one in ids if one})
    return {row.id: read(row) for row in records.load(conn, wanted)} if wanted else {}


def _sample(
    id: str,
    origin: Any,
    title: str,
    at: str | None,
    customer: dict[str, Any] | None,
    event: Event,
    fits: str | None,
) -> SampleEvent:
    properties = cut(event.properties)
    return {
        "id": id,
        "origin": origin,
        "title": title,
        "at": at,
        "customer": customer,
        "event": {"name": event.name, "properties": properties},
        "fits": fits,
        "way": None,
        "pins": {},
    }


# --- The template's, examples, and one made up ---------------------------------------------------


def _of_template(desk: Desk, draft: Any, place: _Place) -> Iterator[SampleEvent]:
    for number, one in enumerate(
        template_samples.of(draft, place.node, desk.house.types, place.now), 1
    ):
        event = Event(f"template-{number}", place.name, one.properties, place.now)
        why = place.fits(event, _customer(one.customer))
        node, handle = one.way
        yield {
            **_sample(event.id, "template", one.name, None, dict(one.customer), event, why),
            "way": {"node": node, "handle": handle},
            "pins": dict(one.pins),
        }


def _examples(given: Iterable[Any], place: _Place) -> list[SampleEvent]:
    made: list[SampleEvent] = []
    for number, example in enumerate(given, 1):
        properties = dict(example.event.get("properties") or {})
        if not properties:
            continue
        event = Event(f"example-{number}", place.name, properties, place.now)
        customer = None if example.customer is None else dict(example.customer)
        why = place.fits(event, _customer(customer))
        made.append(_sample(event.id, "example", example.title, None, customer, event, why))
    return made


def _made_up(document: Any, known: FieldsShape, place: _Place) -> SampleEvent:
    """From the properties that events of the name had, and those that the draft speaks of."""
    properties: dict[str, Any] = {}
    if place.found is not None and place.found[0].start.source == "schedule":
        properties |= fire_properties(f"{place.now:%Y-%m-%dT%H:%M}", place.now)
    for choice in known["events"]:
        if choice["name"] == place.name:
            for field in choice["properties"]:
                path = field["path"].removeprefix("event.properties.")
                if path != field["path"]:
                    _put(properties, path, field["sample"])
    for path in spoken(document):
        if _get(properties, path) is None:
            _put(properties, path, _plausible(path.rpartition(".")[2], place.now))
    customer: dict[str, Any] = {"id": "maya", "email": "maya@example.com", "attributes": {}}
    for field in known["customer"]:
        name = field["path"].removeprefix("customer.")
        if name not in ("id", "email") and field["sample"] is not None:
            customer["attributes"][name] = field["sample"]
    customer["attributes"].setdefault("first_name", "Maya")
    event = Event("made", place.name, properties, place.now)
    why = place.fits(event, _customer(customer))
    return _sample("made", "made", "", None, customer, event, why)


def _plausible(name: str, now: datetime) -> Any:
    """A value that a property of this name could have."""
    if name in _MADE_UP:
        return _MADE_UP[name]
    words = name.lower().replace("-", "_").split("_")
    if words[-1] in ("at", "date", "day", "on", "until", "deadline", "start", "end"):
        return rfc3339(now + timedelta(days=7))
    if words[-1] in ("count", "seats", "number", "quantity", "days", "price", "value", "score"):
        return 3
    if words[0] in ("is", "has"):
        return True
    return "https://example.com" if words[-1] in ("url", "link") else "example"


def spoken(document: Any) -> list[str]:
    """The properties of the event that the draft's texts and conditions name."""
    found: dict[str, None] = {}
    for _, text in texts(document.get("nodes"), ""):
        for path in _SPOKEN.findall(text):
            found.setdefault(path[1:])
    return list(found)[:100]


def _get(properties: dict[str, Any], path: str) -> Any:
    found: Any = properties
    for part in path.split("."):
        found = cast("dict[str, Any]", found).get(part) if isinstance(found, dict) else None
    return found


def _put(properties: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    into = properties
    for part in parents:
        inner = into.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        into = cast("dict[str, Any]", inner)
    into[last] = value


def _customer(made: Mapping[str, Any] | None) -> Customer | None:
    if made is None:
        return None
    more = {k: v for k, v in made.items() if k not in _OWN}
    return Customer(
        str(made.get("id")),
        {**more, **dict(made.get("attributes") or {})},
        consent=made.get("consent") or {},
        segments=made.get("segments") or [],
        email=made.get("email"),
    )
