"""What is known from what has come in: attributes of customers and properties of events, what kind
of value they hold, and a few values that were seen."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from typing import Any, cast

from runtime.facade.desk import Desk, listing, mapping
from runtime.facade.shapes import EventChoice, FieldChoice, FieldKind, FieldsShape
from runtime.journey.known import Known
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows

LOOK_BACK = 500  # customers and events that are read
MOST_SAMPLES = 8
LONGEST_SAMPLE = 80
DEEP = 3  # levels of objects in an attribute or property
KEPT = 15.0  # seconds that what is known for the checks stays as it is

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}.*)?")
_lock = threading.Lock()
_known: dict[tuple[int, str], tuple[float, Known]] = {}

Leaves = dict[str, list[Any]]  # path → distinct values, the latest first


def fields(conn: Connection, workspace: str) -> FieldsShape:
    """Attributes of customers, properties of events, and the segments there are."""
    customer: Leaves = {"customer.id": [], "customer.email": []}
    segments: dict[str, None] = {}
    for external_id, email, attributes, within in _customers(conn, workspace):
        own = {"id": external_id, "email": email}
        for name, value in {**mapping(attributes), **own}.items():
            _leaves(customer, f"customer.{name}", value, DEEP)
        segments.update((one, None) for one in listing(within) if isinstance(one, str))
    events: dict[str, Leaves] = {}
    for name, properties, at in _events(conn, workspace):
        seen = events.setdefault(name, {"event.at": [rfc3339(at)]})
        _leaves(seen, "event.properties", mapping(properties), DEEP)
    made: list[EventChoice] = [
        {"name": name, "properties": [_choice(path, found) for path, found in seen.items()]}
        for name, seen in sorted(events.items())
    ]
    return {
        "customer": [_choice(path, found) for path, found in customer.items()][:200],
        "events": made[:200],
        "segments": sorted(segments)[:200],
    }


def known(conn: Connection, desk: Desk) -> Known:
    """What the checks compare names with. It is kept for a moment: a draft is checked at every
    edit, and a name that has just come in for the first time can wait."""
    key = (id(desk.house), desk.workspace)
    now = time.monotonic()
    with _lock:
        kept = _known.get(key)
    if kept is not None and now - kept[0] < KEPT:
        return kept[1]
    found = looked_up(conn, desk.workspace)
    with _lock:
        if len(_known) > 100:
            _known.clear()
        _known[key] = (now, found)
    return found


def looked_up(conn: Connection, workspace: str) -> Known:
    """The same, read now."""
    people = _customers(conn, workspace)
    names = frozenset(name for row in people for name in mapping(row[2]))
    events: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    for name, properties, _ in _events(conn, workspace):
        events.setdefault(name, set()).update(mapping(properties))
        counts[name] = counts.get(name, 0) + 1
    return Known(names, len(people), {n: frozenset(p) for n, p in events.items()}, counts)


def _customers(conn: Connection, workspace: str) -> list[tuple[Any, ...]]:
    """The latest ones: ids sort by the time they were made."""
    sql = """SELECT external_id, email, attributes_json, segments_json FROM customer
 WHERE workspace = ? ORDER BY id DESC LIMIT ?"""
    return rows(conn, sql, (workspace, LOOK_BACK))


def _events(conn: Connection, workspace: str) -> list[tuple[Any, ...]]:
    sql = """SELECT name, properties_json, at FROM event
 WHERE workspace = ? AND kind = 'track' ORDER BY seq DESC LIMIT ?"""
    return rows(conn, sql, (workspace, LOOK_BACK))


def _leaves(found: Leaves, path: str, value: Any, deep: int) -> None:
    if isinstance(value, Mapping) and deep:
        for key, inner in cast("Mapping[str, Any]", value).items():
            _leaves(found, f"{path}.{key}", inner, deep - 1)
        return
    if path not in found and len(found) >= 200:
        return
    values = found.setdefault(path, [])
    fresh = value is not None and not isinstance(value, Mapping) and value not in values
    if fresh and len(values) < MOST_SAMPLES:
        values.append(value)


def _choice(path: str, values: list[Any]) -> FieldChoice:
    label = path.split(".")[-1].replace("_", " ")
    samples = [_short(one) for one in values if isinstance(one, (str, int, float, bool))]
    sample = samples[0] if samples else None
    return {
        "path": path,
        "label": label,
        "sample": sample,
        "kind": _kind(values),
        "samples": samples,
    }


def _short(value: str | float | bool) -> str | float | bool:
    if isinstance(value, str) and len(value) > LONGEST_SAMPLE:
        return value[: LONGEST_SAMPLE - 1] + "…"
    return value


def _kind(values: list[Any]) -> FieldKind:
    """What all of them are; "any" for a mixture."""
    kinds: set[FieldKind] = {_kind_of(value) for value in values}
    if kinds == {"date", "text"}:
        return "text"
    return kinds.pop() if len(kinds) == 1 else "any"


def _kind_of(value: Any) -> FieldKind:
    if isinstance(value, bool):
        return "yesno"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, list):
        return "list"
    if isinstance(value, str):
        return "date" if _DATE.fullmatch(value) else "text"
    return "any"
