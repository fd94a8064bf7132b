"""Trying a draft: one event through the real engine on the virtual clock. Nothing is sent, kept or
counted, whatever the journey does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any, cast

import orjson

from runtime import templates
from runtime.engine.world import Customer, Event
from runtime.facade import timeline
from runtime.facade.desk import Desk, mapping
from runtime.facade.errors import NotFound, Refused
from runtime.facade.journeys import credentials, find, shown
from runtime.facade.shapes import TrialShape
from runtime.journey.problems import Problem, errors
from runtime.journey.times import zone
from runtime.journey.unchecked import objects
from runtime.journey.validate import validate
from runtime.simulate.starts import trigger_of
from runtime.simulate.trying import MOST_STEPS, Only, Pin, Trial, Tried, try_out
from runtime.store import customers, events, spaces
from runtime.store.clock import from_us
from runtime.store.database import Connection, rows
from runtime.work.people import looks_like_email, read

AT_ONCE = 2  # tries of one process at the same time
PATIENCE = 1.0  # seconds that a try waits for its turn: meanwhile it keeps a thread busy
LONGEST = 20.0  # seconds that a try may take; the first one loads the embedded model
LONGEST_TEXT = 20_000  # characters of one text that are shown
MOST_ITEMS = 500  # of one list or object that are shown
MOST_BYTES = 4 * 1024 * 1024  # of the whole answer
MOST_WORK = 2_000_000  # of all texts together: ten times what one may take
SHORT_TEXT = 500  # characters of one text when there is too much of everything
TOO_LONG = "The test took too long, and was stopped. Ask for less of the customer's past."
BUSY = "Other tests are under way. Try again in a moment."
_turns = threading.BoundedSemaphore(AT_ONCE)

Given = Mapping[str, Any]


def try_journey(desk: Desk, slug: str, given: Given) -> TrialShape:
    """Try the draft, or the `document` that is given: `{trigger, event: {name, properties},
    customer: an id or a record, pins, until?, only?, seed?}`."""
    desk.may("edit")
    with desk.read() as conn:
        journey = find(conn, desk.workspace, slug)
        known = credentials(conn, desk.workspace)
    with _turn():
        document = _object(given, "document") or journey.draft
        found = validate(document, desk.house.types, credentials=known)
        broken = _broken(found)
        with desk.read() as conn:
            trial = _trial(conn, desk, document, broken, given)
        with templates.budget(MOST_WORK):
            tried = try_out(trial)
        return _shown(desk, document, tried, found)


def _shown(desk: Desk, document: Given, tried: Tried, found: list[Problem]) -> TrialShape:
    kinds = {n["id"]: desk.house.types.get(str(n.get("type"))) for n in _nodes(document)}
    for step in tried.steps:
        step["output"] = timeline.redacted(kinds.get(step["node"]), step["output"])
        seen = step["input"]["steps"]
        step["input"]["steps"] = {k: timeline.redacted(kinds.get(k), v) for k, v in seen.items()}
    return {"steps": _small(tried.steps), "ends": tried.ends, "problems": shown(errors(found))}


@contextmanager
def _turn() -> Generator[None]:
    if not _turns.acquire(timeout=PATIENCE):
        raise Refused(BUSY)
    try:
        yield
    finally:
        _turns.release()


def limit() -> Callable[[], bool]:
    """Says when a try has made too many steps, or has taken too long."""
    end = time.monotonic() + LONGEST
    left = MOST_STEPS

    def tired() -> bool:
        nonlocal left
        left -= 1
        return left < 0 or time.monotonic() > end

    return tired


class _Past(list[Event]):
    """A customer's past: who goes through it too often is stopped."""

    end = 0.0

    def __iter__(self) -> Iterator[Event]:
        for event in super().__iter__():
            if time.monotonic() > self.end:
                raise Refused(TOO_LONG)
            yield event


def _watched() -> Callable[[Sequence[Event]], Sequence[Event]]:
    end = time.monotonic() + LONGEST

    def watched(past: Sequence[Event]) -> Sequence[Event]:
        made = _Past(past)
        made.end = end
        return made

    return watched


# --- What is asked ------------------------------------------------------------------------------


def _broken(found: list[Problem]) -> dict[str, str]:
    """The nodes that cannot run, and why. What is wrong with the document itself refuses the
    try; what stands in its settings or edges does not."""
    wrong = errors(found)
    for problem in wrong:
        whole = problem.path in ("", "format") or problem.path.endswith(".id")
        if whole or (problem.node is None and problem.path.startswith("nodes[")):
            raise Refused(problem.message, shown(wrong))
    return faults(found)


def faults(found: list[Problem]) -> dict[str, str]:
    """The nodes whose own setup is wrong, with the first sentence about each."""
    broken: dict[str, str] = {}
    for problem in errors(found):
        place = problem.path.partition("].")[2]
        if problem.node is not None and place.startswith(("config", "type", "version")):
            broken.setdefault(problem.node, problem.message)
    return broken


def _trial(
    conn: Connection, desk: Desk, document: Given, broken: dict[str, str], given: Given
) -> Trial:
    types = desk.house.types
    nodes = {n["id"]: n for n in _nodes(document)}
    starts = [
        n for n, placed in nodes.items() if (t := types.get(str(placed.get("type")))) and t.start
    ]
    only = _only(given, nodes)
    trigger = _text(given, "trigger") or (starts[0] if starts else "")
    if only is None and trigger not in starts:
        raise Refused("Choose a trigger to start from. Without one, add a trigger first.")
    who, real = _customer(conn, desk, given)
    space = spaces.space(conn, desk.workspace)
    # a made-up customer has no past, also when its id is somebody's
    past = events.past(conn, who.id, 1_000) if who is not None and real else []
    return Trial(
        document=document,
        types=types,
        trigger=trigger,
        event=_event(conn, desk, document, trigger, broken, given),
        customer=who,
        pins={node: _pin(node, pin, nodes, desk) for node, pin in _pins(given).items()},
        until=_until(given, nodes),
        only=only,
        broken=broken,
        history=[Event(e.id, e.name, mapping(e.properties_json), from_us(e.at)) for e in past],
        zone=zone(space.time_zone) or UTC,
        opt_in=bool(mapping(space.settings_json).get("opt_in")),
        seed=_text(given, "seed"),
        tired=limit(),
        watched=_watched(),
    )


def _event(
    conn: Connection,
    desk: Desk,
    document: Given,
    trigger: str,
    broken: Mapping[str, str],
    given: Given,
) -> Event:
    event = _object(given, "event")
    at = from_us(desk.house.database.now_us(conn))
    name = _text(event, "name")
    if not name:
        name = event_name(desk, document, trigger, broken)
    return Event("try", name, _object(event, "properties"), at)


def event_name(desk: Desk, document: Given, trigger: str, broken: Mapping[str, str]) -> str:
    """What the events of a trigger are called: its own name, else `webhook.<node>` and the like."""
    found = trigger_of(document, desk.house.types, trigger, broken)
    if found is None:
        return f"manual.{trigger}"
    start = found[0].start
    return start.event or f"{start.source}.{trigger}"


def _customer(conn: Connection, desk: Desk, given: Given) -> tuple[Customer | None, bool]:
    """Who it is about, and whether that is a real customer."""
    wanted = given.get("customer", _object(given, "event").get("customer"))
    if wanted is None or wanted == "":
        return None, False
    if isinstance(wanted, str):
        return _known(conn, desk, wanted), True
    if not isinstance(wanted, Mapping):
        raise Refused("The customer is an id, or an object with id, email and attributes.")
    made = cast(Given, wanted)
    name = _text(made, "id") or "sample"
    made_up = Customer(
        id=name,
        attributes=_object(made, "attributes"),
        consent=_object(made, "consent"),
        segments=_names(made, "segments"),
        external_id=name,
        email=_text(made, "email") or None,
    )
    return made_up, False


def _names(given: Given, name: str) -> list[str]:
    value = given.get(name)
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [one for one in items if isinstance(one, str)]


def _known(conn: Connection, desk: Desk, name: str) -> Customer:
    sql = "SELECT id FROM customer WHERE workspace = ? AND (id = ? OR external_id = ?)"
    found = [row[0] for row in rows(conn, sql, (desk.workspace, name, name))]
    if not found:
        kind = "email" if looks_like_email(name) else "id"
        value = name.lower() if kind == "email" else name
        found = list(customers.known(conn, desk.workspace, [(kind, value)]).values())
    loaded = customers.load(conn, found[:1])
    if not loaded:
        raise NotFound(f"There is no customer {name[:200]}. Choose one from the list.")
    return read(loaded[0])


def _only(given: Given, nodes: Mapping[str, Given]) -> Only | None:
    value = given.get("only")
    if value is None:
        return None
    asked: Given = {"node": value} if isinstance(value, str) else _object(given, "only")
    node = _text(asked, "node")
    if node not in nodes:
        raise Refused("The step to run is not in the journey any more. Choose another.")
    steps = _object(asked, "steps")
    seen = {k: cast("dict[str, Any]", v) for k, v in steps.items() if isinstance(v, dict)}
    return Only(node, seen)


def _until(given: Given, nodes: Mapping[str, Given]) -> str | None:
    until = _text(given, "until")
    if until and until not in nodes:
        raise Refused("The step to run to is not in the journey any more. Choose another.")
    return until or None


def _pins(given: Given) -> dict[str, Given]:
    return {
        node: cast(Given, pin)
        for node, pin in _object(given, "pins").items()
        if isinstance(pin, Mapping)
    }


def _pin(node: str, pin: Given, nodes: Mapping[str, Given], desk: Desk) -> Pin:
    placed = nodes.get(node, {})
    kind = desk.house.types.get(str(placed.get("type")))
    handle, decision = _text(pin, "handle") or None, _text(pin, "decision")
    config = placed.get("config")
    exits = (
        {h.name for h in kind.exits(cast(Given, config))}
        if kind and isinstance(config, Mapping)
        else set[str]()
    )
    if handle is not None and kind is not None and handle not in exits:
        said = ", ".join(sorted(exits)) or "none"
        raise Refused(f"{node} has no way out called {handle}. It has {said}: pin one of them.")
    if decision not in ("", "approve", "reject"):
        raise Refused(f"A pinned decision is approve or reject, not {decision[:60]}.")
    error = pin.get("error")
    words = {k: str(v)[:2000] for k, v in _object(pin, "error").items()} if error else None
    return Pin(
        handle=handle,
        output=_object(pin, "output") if "output" in pin else None,
        error=words,
        decision=cast(Any, decision) or None,
        text=_text(pin, "text") or None,
    )


def _nodes(document: Given) -> list[Given]:
    return [n for n in objects(document.get("nodes")) if isinstance(n.get("id"), str)]


def _object(given: Given, name: str) -> dict[str, Any]:
    value = given.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Refused(f"{name} has to be an object, say {{}}.")
    return dict(cast(Given, value))


def _text(given: Given, name: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(f"{name} has to be a text.")
    return value


# --- What is shown ------------------------------------------------------------------------------


def _small(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps with very long texts cut; without what they saw if that is too much, and then
    without what they put out. Each step is counted before the next one is copied."""
    made: list[dict[str, Any]] = []
    for left_out, text in ((), LONGEST_TEXT), (("input",), LONGEST_TEXT), (_MUCH, SHORT_TEXT):
        made, size = [], 0
        for step in steps:
            one = {key: value for key, value in step.items() if key not in left_out}
            if "input" in left_out:
                one["input"] = {"reads": step["input"]["reads"]}
            if "output" in left_out:
                one["output"] = {}
            one = cut(one, text=text)
            size += len(orjson.dumps(one))
            if size > MOST_BYTES:
                break
            made.append(one)
        else:
            break
    return made


_MUCH = ("input", "output", "effect")


def cut(value: Any, deep: int = 20, text: int = LONGEST_TEXT) -> Any:
    """A JSON value of which no text, list or object is too long to be shown."""
    if isinstance(value, str):
        return value if len(value) <= text else value[:text] + "…"
    if isinstance(value, Mapping):
        table = list(cast(Given, value).items())[:MOST_ITEMS]
        return {k: cut(v, deep - 1, text) for k, v in table} if deep else {}
    if isinstance(value, (list, tuple)):
        items = cast("list[Any]", value)[:MOST_ITEMS]
        return [cut(v, deep - 1, text) for v in items] if deep else []
    return value
