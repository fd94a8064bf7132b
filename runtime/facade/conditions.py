"""How often a condition is true: tried on the latest customers or events by the engine's own
evaluator, so that what the form says is what a run would do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, Literal, TypedDict, cast

import orjson

from runtime.engine.compiled import Journey, compile_journey
from runtime.engine.context import Scope
from runtime.engine.world import Customer, Event, World
from runtime.facade.desk import Desk, mapping
from runtime.facade.errors import Refused
from runtime.journey import condition_checks
from runtime.journey.hostile import scan
from runtime.journey.report import Report
from runtime.journey.times import zone
from runtime.store.clock import from_us
from runtime.store.database import Connection, marks, rows

LATEST = 200  # customers or events that are tried
LOOK_BACK = 5_000  # events that are looked through for those of the wanted names
MOST_PAST = 20_000  # events of the customers that a "did" counts
MOST_NAMES = 50
MOST_PARTS = 500  # comparisons and questions in one condition
LONGEST = 3.0  # seconds that the counting may take
TOO_LONG = "This condition takes too long to count here. It still works in a run."

_HERE: dict[str, Any] = {
    "format": 1,
    "name": "",
    "nodes": [],
    "edges": [],
    "settings": {"time_zone": "customer"},
}
_NEVER = Event("", "", {}, from_us(0))


class Hits(TypedDict):
    """True for `hits` of `total`; `why` there when only a run can tell."""

    of: Literal["customers", "events"]
    hits: int
    total: int
    why: Literal["steps"] | None


def hits(desk: Desk, condition: Mapping[str, Any], events: Sequence[str] = ()) -> Hits:
    """For how many it is true. One that reads `event.*` is tried on the latest events of these
    names, each at its own time; any other on the customers who changed last. What only a run knows
    (`steps.*`, `entry.*`) makes it impossible to tell: `why`."""
    report = Report()
    if not scan(condition, report) or report.problems:
        raise Refused("This condition cannot be tried. Take out what is too large or forbidden.")
    flaws = condition_checks.check(condition, lambda _: None)
    if flaws:
        raise Refused(flaws[0][1])
    if sum("field" in part or "did" in part for part in _parts(condition)) > MOST_PARTS:
        raise Refused(TOO_LONG)
    roots = set(_roots(condition))
    of = "events" if "event" in roots else "customers"
    if roots & {"steps", "entry"}:
        return {"of": of, "hits": 0, "total": 0, "why": "steps"}
    journey = compile_journey(_HERE, desk.house.types)
    with desk.read() as conn:
        sql = "SELECT time_zone FROM workspace WHERE id = ?"
        home = zone(rows(conn, sql, (desk.workspace,))[0][0]) or UTC
        names = set(_done(condition))
        on_time = _on_time()
        if of == "events":
            tried = list(_events(conn, desk, journey, home, events, names, on_time))
        else:
            tried = list(_customers(conn, desk, journey, home, names, on_time))
    found = 0
    for scope in tried:
        on_time()
        found += scope.holds(condition)
    return {"of": of, "hits": found, "total": len(tried), "why": None}


def _on_time() -> Callable[[], None]:
    """Refuses when the counting has taken too long: it keeps a thread busy that others wait for."""
    end = time.monotonic() + LONGEST

    def check() -> None:
        if time.monotonic() > end:
            raise Refused(TOO_LONG)

    return check


class _Past(list[Event]):
    """What a customer did. A "did" in the `where` of a "did" goes through it for each event."""

    def __init__(self, made: Sequence[Event], on_time: Callable[[], None]) -> None:
        super().__init__(made)
        self._on_time = on_time

    def __iter__(self) -> Iterator[Event]:
        for event in super().__iter__():
            self._on_time()
            yield event


def _parts(condition: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(condition, list):
        for part in cast("list[Any]", condition):
            yield from _parts(part)
    elif isinstance(condition, dict):
        table = cast("dict[str, Any]", condition)
        yield table
        for part in table.values():
            yield from _parts(part)


def _roots(condition: Any, *, inner: bool = False) -> Iterator[str]:
    """What its paths begin with. In the `where` of a "did" `event` is the past one, which is
    known."""
    if isinstance(condition, list):
        for part in cast("list[Any]", condition):
            yield from _roots(part, inner=inner)
    elif isinstance(condition, dict):
        table = cast("dict[str, Any]", condition)
        if isinstance(path := table.get("field"), str):
            root = path.split(".")[0]
            if not (inner and root == "event"):
                yield root
        for key, part in table.items():
            yield from _roots(part, inner=inner or (key == "where" and "did" in table))


def _done(condition: Any) -> Iterator[str]:
    """The events whose number it asks."""
    if isinstance(condition, list):
        for part in cast("list[Any]", condition):
            yield from _done(part)
    elif isinstance(condition, dict):
        table = cast("dict[str, Any]", condition)
        if isinstance(name := table.get("did"), str):
            yield name
        for part in table.values():
            yield from _done(part)


# --- Whom it is tried on ----------------------------------------------------------------------

_CUSTOMER = "id, external_id, email, attributes_json, consent_json, segments_json"


def _customers(
    conn: Connection,
    desk: Desk,
    journey: Journey,
    home: tzinfo,
    names: set[str],
    on_time: Callable[[], None],
) -> Iterator[Scope]:
    sql = f"""SELECT {_CUSTOMER} FROM customer
 WHERE workspace = ? ORDER BY id DESC LIMIT ?"""
    people = [_customer(row) for row in rows(conn, sql, (desk.workspace, LATEST))]
    past = _past(conn, [one.id for one in people], names, on_time)
    now = from_us(desk.house.database.now_us(conn))
    for one in people:
        world = World(now, one, workspace_zone=home, history=past.get(one.id, ()))
        yield Scope(journey, world, _NEVER, {})


def _events(
    conn: Connection,
    desk: Desk,
    journey: Journey,
    home: tzinfo,
    wanted: Sequence[str],
    names: set[str],
    on_time: Callable[[], None],
) -> Iterator[Scope]:
    given = list(dict.fromkeys(wanted))[:MOST_NAMES]
    if not given:
        return
    sql = f"""SELECT id, name, properties_json, at, customer FROM
 (SELECT id, name, properties_json, at, customer, seq FROM event
 WHERE workspace = ? AND kind = 'track' ORDER BY seq DESC LIMIT ?) AS latest
 WHERE name IN ({marks(len(given))}) ORDER BY seq DESC LIMIT ?"""
    found = rows(conn, sql, (desk.workspace, LOOK_BACK, *given, LATEST))
    ids = list(dict.fromkeys(row[4] for row in found if row[4]))
    people: dict[str, Customer] = {}
    if ids:
        sql = f"SELECT {_CUSTOMER} FROM customer WHERE id IN ({marks(len(ids))})"
        people = {row[0]: _customer(row) for row in rows(conn, sql, tuple(ids))}
    past = _past(conn, ids, names, on_time)
    for id, name, properties, at, customer in found:
        event = Event(id, name, mapping(properties), from_us(at))
        world = World(
            event.at, people.get(customer), workspace_zone=home, history=past.get(customer, ())
        )
        yield Scope(journey, world, event, {})


def _customer(row: Sequence[Any]) -> Customer:
    id, external_id, email, attributes, consent, segments = row
    return Customer(
        id,
        mapping(attributes),
        mapping(consent),
        orjson.loads(segments or "[]"),
        external_id,
        email,
    )


def _past(
    conn: Connection, ids: Sequence[str], names: set[str], on_time: Callable[[], None]
) -> dict[str, _Past]:
    """The customers' events of these names, as far as they have been taken in."""
    if not ids or not names:
        return {}
    given = sorted(names)[:MOST_NAMES]
    sql = f"""SELECT customer, id, name, properties_json, at FROM event
 WHERE customer IN ({marks(len(ids))}) AND name IN ({marks(len(given))})
 AND routed_at IS NOT NULL ORDER BY seq DESC LIMIT ?"""
    found: dict[str, list[Event]] = {}
    for customer, id, name, properties, at in rows(conn, sql, (*ids, *given, MOST_PAST)):
        event = Event(id, name, mapping(properties), from_us(at))
        found.setdefault(customer, []).append(event)
    return {customer: _Past(made, on_time) for customer, made in found.items()}
