"""Reading what a simulation is given: events, customers and answers, one JSON object a line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

import orjson

from runtime.engine.world import Customer, Event
from runtime.journey import durations, times

Object = Mapping[str, Any]
LONGEST_LINE = 4 * 1024 * 1024


class BadInput(Exception):
    """What was given cannot be used; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event and the customer it is about (None: no customer)."""

    event: Event
    customer: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A scripted answer. `data` None and `error` None: only the handle is given, or the default is
    meant.
    """

    node: str
    customer: str | None
    handle: str | None
    where: str  # where it was given, for messages
    data: Object | None = None
    error: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A scripted decision about an approval, `after` its asking."""

    node: str
    customer: str | None
    handle: str | None
    where: str
    decision: Literal["approve", "reject"]
    by: str | None = None
    text: str | None = None
    after: durations.Duration = field(default_factory=durations.Duration)


def read_lines(path: Path) -> list[Object]:
    """The objects of a JSON Lines file. Raises BadInput."""
    found: list[Object] = []
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise BadInput(f"{path}: cannot be read ({problem.strerror or problem}).") from None
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            raise BadInput(f"{path} line {number}: is longer than 4 MiB. Shorten it.")
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as problem:
            raise BadInput(f"{path} line {number}: is not JSON ({problem.msg}).") from None
        if not isinstance(value, dict):
            raise BadInput(f"{path} line {number}: is not a JSON object. Write one a line.")
        found.append(cast(Object, value))
    return found


def read_instant(value: object, what: str) -> datetime:
    """An ISO 8601 time, UTC when it has no offset. Raises BadInput."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    found = times.parse_instant(value, UTC) if isinstance(value, str) else None
    if found is None:
        raise BadInput(f"{what}: {value!r} is not a time. Write it like 2026-03-02T09:00:00Z.")
    return found


def read_events(given: Iterable[Object]) -> list[Happening]:
    """The events in the order of their time, then of the lines. Raises BadInput."""
    found: list[Happening] = []
    lines = list(given)
    taken = {one.get("id") for one in lines if isinstance(one.get("id"), str)}
    for number, one in enumerate(lines, 1):
        where = f"event {number}"
        name = one.get("name")
        if not isinstance(name, str) or not name:
            raise BadInput(f"{where}: has no name. Add one, say order.completed.")
        event = Event(
            id=_text(one, "id", where) or _own_id(number, taken),
            name=name,
            properties=_object(one, "properties", where),
            at=read_instant(one.get("at"), f"{where}: at"),
        )
        found.append(Happening(event, _text(one, "customer", where)))
    found.sort(key=lambda h: h.event.at)
    return found


def _own_id(number: int, taken: Collection[Any]) -> str:
    """An id for an event that brings none, and that no other event brings."""
    name = f"event-{number}"
    while name in taken:
        name += "'"
    return name


def read_customers(given: Iterable[Object]) -> dict[str, Customer]:
    """The customers by id, in the order of the lines. Raises BadInput."""
    found: dict[str, Customer] = {}
    for number, one in enumerate(given, 1):
        where = f"customer {number}"
        known = _text(one, "id", where)
        if known is None:
            raise BadInput(f"{where}: has no id. Add one.")
        if known in found:
            raise BadInput(f"{where}: {known} was given before. Keep one line for each customer.")
        attributes = {k: v for k, v in _object(one, "attributes", where).items() if v is not None}
        found[known] = Customer(
            id=known,
            external_id=known,
            attributes=attributes,
            consent=_object(one, "consent", where),
            segments=_names(one, "segments", where),
        )
    return found


def read_answers(given: Iterable[Object]) -> list[Answer | Decision]:
    """The scripted answers in the order of the lines. Raises BadInput."""
    return [_answer(one, f"answer {number}") for number, one in enumerate(given, 1)]


def _answer(one: Object, where: str) -> Answer | Decision:
    node, approval = _text(one, "node", where), _text(one, "approval", where)
    customer, handle = _text(one, "customer", where), _text(one, "handle", where)
    if (node is None) == (approval is None):
        raise BadInput(f"{where}: name either a node or an approval.")
    if approval is not None:
        return _decision(one, where, approval, customer, handle)
    error = _error(one["error"]) if one.get("error") is not None else None
    data = _object(one, "output", where) if "output" in one else None
    if error is None and data is None and handle is None:
        raise BadInput(f"{where}: has neither output nor error. Add one of them.")
    return Answer(cast(str, node), customer, handle, where, data, error)


def _decision(
    one: Object, where: str, node: str, customer: str | None, handle: str | None
) -> Decision:
    decision = one.get("decision")
    if decision not in ("approve", "reject"):
        raise BadInput(f"{where}: decision is {decision!r}. Write approve or reject.")
    after = _text(one, "after", where)
    try:
        delay = durations.parse(after, signed=True) if after else durations.Duration()
    except ValueError as problem:
        raise BadInput(f"{where}: after: {problem}") from None
    if delay.negative:
        raise BadInput(f"{where}: after is negative. A decision comes after its asking.")
    by, text = _text(one, "by", where), _text(one, "text", where)
    return Decision(node, customer, handle, where, decision, by, text, delay)


def _error(value: Any) -> Mapping[str, str]:
    if isinstance(value, str):
        return {"kind": "error", "message": value}
    if isinstance(value, Mapping):
        given = cast(Object, value)
        kind, message = given.get("kind", "error"), given.get("message", "")
        return {"kind": str(kind), "message": str(message)}
    return {"kind": "error", "message": orjson.dumps(value).decode()}


def _text(one: Object, name: str, where: str) -> str | None:
    value = one.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadInput(f"{where}: {name} is {value!r}. Write it as a text, in quotes.")
    return value


def _names(one: Object, name: str, where: str) -> list[str]:
    value = one.get(name)
    if value is None:
        return []
    items: list[Any] = cast(list[Any], value) if isinstance(value, list) else [None]
    if not all(isinstance(item, str) for item in items):
        raise BadInput(f"{where}: {name} is not a list of names.")
    return items


def _object(one: Object, name: str, where: str) -> dict[str, Any]:
    value = one.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadInput(f"{where}: {name} is not a JSON object.")
    return dict(cast(Object, value))


def year_after(at: datetime) -> datetime:
    """The same day a year on (29 February: the 28th)."""
    try:
        return at.replace(year=at.year + 1)
    except ValueError:
        return at.replace(year=at.year + 1, day=28) if at.year < 9999 else at
