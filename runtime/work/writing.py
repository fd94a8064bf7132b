"""What a commit writes for the runs that were carried on, gathered by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import orjson

from nodes.spec import Retry, SetAttributes
from runtime.engine.advance import Changed, Progress, Run, Step
from runtime.engine.compiled import Journey
from runtime.store import customers, inbox, outbox, runs
from runtime.store.clock import to_us
from runtime.store.database import Connection, Database
from runtime.store.outbox import NewEffect
from runtime.store.runs import OVER, Claimed, Place, Written
from runtime.work import effects, leaving, people
from runtime.work.effects import Flights, Taking
from runtime.work.journeys import Space
from runtime.work.people import Known

HIDDEN = "•••"


@dataclass(slots=True)
class Carried:
    """A run after it was carried on, not yet written. `was` is the fence that it must still have
    in the database, and `claimed.fence` the one it is written with. `taken`: the signals it took;
    `customer`: its customer as it was read for this."""

    claimed: Claimed
    was: int
    run: Run
    journey: Journey
    progress: Progress
    taken: list[int]
    customer: Known | None
    space: Space
    spent: bool = False  # carried on from memory already: `run` is not as it was committed

    @property
    def landed(self) -> bool:
        """Whether it was carried on from memory, with the answer of an effect."""
        return self.was != self.claimed.fence


@dataclass(slots=True)
class Rows:
    """What a commit writes."""

    runs: list[Written] = field(default_factory=list[Written])
    journal: list[tuple[str, int, str]] = field(default_factory=list[tuple[str, int, str]])
    effects: list[tuple[NewEffect, Carried]] = field(
        default_factory=list[tuple[NewEffect, Carried]]
    )
    dropped: list[str] = field(default_factory=list[str])
    opened: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    awaited: dict[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    closed: list[Place] = field(default_factory=list[Place])
    asked: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    decided: list[tuple[str, int, Place]] = field(default_factory=list[tuple[str, int, Place]])
    tasks: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    attributes: dict[str, list[Mapping[str, Any]]] = field(
        default_factory=dict[str, list[Mapping[str, Any]]]
    )
    counted: dict[tuple[str, str, str], int] = field(
        default_factory=dict[tuple[str, str, str], int]
    )
    ended: list[Claimed] = field(default_factory=list[Claimed])
    taken: list[int] = field(default_factory=list[int])


def add(written: Rows, one: Carried, new: list[int], now: int) -> None:
    """Gather what is written for a run. `new`: the signals that came while it was carried; they
    wake it again, when a person lets it go on if a node has failed it."""
    claimed, run, progress = one.claimed, one.run, one.progress
    wake = _us(run.wake_at)
    if run.ended:
        wake = None
        written.ended.append(claimed)
        if run.left is None:
            written.taken += new
    elif new:
        wake = now
    written.taken += one.taken
    written.runs.append(
        Written(
            run.status,
            run.reason,
            OVER if run.status in ("completed", "exited") else run.to_json(),
            wake,
            now if run.ended else None,
            claimed.fence,
            claimed.id,
            one.was,
        )
    )
    counted = written.counted
    for node in progress.arrivals:
        key = (claimed.version, node, "in")
        counted[key] = counted.get(key, 0) + 1
    for step in progress.steps:
        if step.handle is not None:
            key = (claimed.version, step.node, step.handle)
            counted[key] = counted.get(key, 0) + 1
    if run.ended and (at := leaving.place(run, one.journey, progress)) is not None:
        key = (claimed.version, at[0], runs.left_by(at[1]))
        counted[key] = counted.get(key, 0) + 1
    if progress.steps:
        written.journal.append((claimed.id, claimed.fence, _lines(one.journey, progress.steps)))
    if progress.effects or (run.ended and progress.closed):
        _add_effects(written, one)
    if progress.opened or progress.closed:
        _add_waits(written, one, now)
    for index, changed in enumerate(progress.changes):
        _add_change(written, claimed, changed, index, now)


def _lines(journey: Journey, steps: list[Step]) -> str:
    """Steps as the journal keeps them: [at (microseconds), token, node, type, visit, handle,
    output] each, and its notes, if there are any."""
    lines: list[list[Any]] = []
    nodes = journey.nodes
    at, us = None, 0
    for step in steps:
        if step.at is not at:
            at, us = step.at, to_us(step.at)
        output = step.output
        hidden = nodes[step.node].type.redact
        if hidden:
            output = {k: HIDDEN if k in hidden else v for k, v in output.items()}
        line: list[Any] = [us, step.token, step.node, step.type, step.visit, step.handle, output]
        if step.notes:
            line.append(step.notes)
        lines.append(line)
    return orjson.dumps(lines).decode()


def _add_effects(written: Rows, one: Carried) -> None:
    claimed = one.claimed
    for effect in one.progress.effects:
        new = NewEffect(
            f"{claimed.id}:{effect.token}:{effect.node}:{effect.visit}",
            claimed.workspace,
            claimed.id,
            effect.kind,
            effect.once,
            effect.credential,
            orjson.dumps(effect.body),
            _retry(effect.retry),
        )
        written.effects.append((new, one))
    if one.run.ended:
        sent = {(e.token, e.node, e.visit) for e in one.progress.effects}
        for closed in one.progress.closed:
            if closed.kind == "effect" and closed.by == "cancelled":
                sent.add((closed.token, closed.node, closed.visit))
        written.dropped += [f"{claimed.id}:{t}:{n}:{v}" for t, n, v in sorted(sent)]


@cache
def _retry(retry: Retry) -> str:
    return orjson.dumps(retry).decode()


def _add_waits(written: Rows, one: Carried, now: int) -> None:
    claimed = one.claimed
    for wait in one.progress.opened.values():
        place = (claimed.id, wait.token, wait.node, wait.visit)
        deadline = _us(wait.deadline)
        line = (*place, claimed.journey, wait.kind, deadline, wait.event, now)
        if wait.kind == "effect":
            written.awaited[f"{claimed.id}:{wait.token}:{wait.node}:{wait.visit}"] = line
        else:
            written.opened.append(line)
        if wait.kind == "approval":
            ask = orjson.dumps(wait.ask).decode()
            about = (claimed.journey, claimed.customer, ask, now, deadline)
            written.asked.append((claimed.workspace, *place, *about))
    for closed in one.progress.closed:
        if one.landed and closed.by == "answer":
            continue  # it was never written: what is sent at once stands in the outbox only
        place = (claimed.id, closed.token, closed.node, closed.visit)
        written.closed.append(place)
        if closed.kind == "approval" and closed.by != "decision":
            state = "expired" if closed.by == "time" else "cancelled"
            written.decided.append((state, now, place))


def _add_change(written: Rows, claimed: Claimed, changed: Changed, index: int, now: int) -> None:
    change = changed.change
    if isinstance(change, SetAttributes):
        if claimed.customer is not None:
            written.attributes.setdefault(claimed.customer, []).append(change.values)
        return
    key = f"{claimed.id}:{changed.token}:{changed.node}:{changed.visit}:{index}"
    about = (key, change.title, change.notes, change.assignee, _us(change.due), now)
    written.tasks.append((claimed.workspace, claimed.id, claimed.customer, *about))


def write(
    database: Database,
    conn: Connection,
    space: Space,
    written: Rows,
    now: int,
    taking: Taking,
) -> Flights:
    """Write it all; the effects that are to be sent at once."""
    flights, left = effects.board(conn, space, written.effects, now, taking)
    for one in flights:
        written.awaited.pop(one.effect.key, None)
    runs.write(conn, written.runs)
    runs.journal(conn, written.journal)
    inbox.remove(conn, written.taken)
    runs.open_timers(conn, [*written.opened, *written.awaited.values()])
    runs.close_timers(conn, written.closed)
    runs.open_approvals(conn, written.asked)
    runs.close_approvals(conn, written.decided)
    runs.add_tasks(conn, written.tasks)
    runs.leave(conn, written.ended)
    _change_customers(conn, space.id, written.attributes, now)
    runs.count(conn, written.counted)
    found = effects.put(database, conn, space, flights, left, now, taking)
    outbox.drop(conn, written.dropped, now)
    return found


def _change_customers(
    conn: Connection,
    workspace: str,
    attributes: Mapping[str, list[Mapping[str, Any]]],
    now: int,
) -> None:
    """Apply the changes to the records as they are now; others may have changed them too."""
    changed: list[customers.CustomerRow] = []
    links: list[tuple[customers.Name, str]] = []
    for row in customers.load(conn, sorted(attributes), lock=True):
        record = people.read(row)
        for values in attributes[row.id]:
            record.set(values)
        changed.append(people.row(record))
        if record.email and record.email != row.email:
            links.append((people.email_name(record.email), record.id))
    customers.save(conn, changed, now)
    customers.link(conn, workspace, links)


def _us(at: datetime | None) -> int | None:
    return None if at is None else to_us(at)
