"""Carries claimed runs on in memory, as far as they get without an outside answer, and commits the
whole batch at once. Nothing of a run is written that lost its fence meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import orjson

from runtime.engine.advance import (
    CancelSignal,
    Event,
    Progress,
    Run,
    RunSignal,
    World,
    advance,
    begin,
)
from runtime.engine.compiled import Journey
from runtime.store import customers, events, inbox, runs
from runtime.store.clock import from_us
from runtime.store.database import Connection, Database, DBAPIError, away
from runtime.store.failpoints import failpoint
from runtime.store.inbox import SignalRow
from runtime.store.runs import Claimed
from runtime.work import effects, people, signals, writing
from runtime.work.effects import Flights, Taking
from runtime.work.journeys import Journeys, Space
from runtime.work.people import Known
from runtime.work.writing import Carried

MOST_ATTEMPTS = 3  # claims without a commit before a run goes to the dead letters
AGAIN = 1_000_000  # microseconds until a run whose carrying raised an error is tried again

log = logging.getLogger("wayline.work")

GAVE_UP = "Wayline gave up on this run after {} tries: {}"
DIED = "the worker stopped each time, without an error."


@dataclass(slots=True)
class Batch:
    """Claimed runs with all that is needed to carry them on without the database. `entries` are
    the entry events of runs that have not begun; `unread`, events and customers whose record
    cannot be read, which fails their own runs only."""

    now: int
    space: Space
    claimed: list[Claimed]
    journeys: dict[str, Journey]
    inbox: dict[str, list[SignalRow]]
    entries: dict[str, Event]
    customers: dict[str, Known]
    pasts: dict[str, list[Event]]
    unread: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def size(self) -> int:
        """How many were claimed; a run that was given up counts too."""
        return max(1, len(self.claimed))


def finish(database: Database, batch: Batch, taking: Taking) -> Flights:
    """Carry a committed claim on and commit; the effects of it that are to be sent now. What cannot
    be written harms no other run of the batch."""
    failpoint("claim.after_commit")
    try:
        return _finish(database, batch, taking)
    except Exception as error:
        if away(error):
            raise
        log.exception("Runs that could not be written together are written one by one.")
    flights = effects.NONE
    for one in batch.claimed:
        room = taking._replace(room=taking.room - len(flights.flights))
        flights = flights.plus(_finish_alone(database, replace(batch, claimed=[one]), room))
    return flights


def _finish_alone(database: Database, batch: Batch, taking: Taking) -> Flights:
    try:
        return _finish(database, batch, taking)
    except Exception as error:
        if away(error):
            raise
        (one,) = batch.claimed
        log.exception("Run %s could not be written.", one.id)
        failed = {one.id: (one.fence, _said(error))}

        def work(conn: Connection) -> None:
            runs.stumble(conn, failed, database.now_us(conn) + AGAIN)

        database.transact(work)
        return effects.NONE


def _finish(database: Database, batch: Batch, taking: Taking) -> Flights:
    carried, failed = _carry(batch)

    def work(conn: Connection) -> Flights:
        flights = _commit(database, conn, batch, carried, failed, taking)
        failpoint("step.before_commit")
        return flights

    flights = database.transact(work)
    failpoint("step.after_commit")
    return flights


# --- Claiming ---------------------------------------------------------------------------------


def claim(
    database: Database,
    conn: Connection,
    journeys: Journeys,
    workspace: str,
    lease_us: int,
    most: int,
) -> Batch | None:
    """Take due runs of a workspace, with all that is needed to carry them on."""
    now = database.now_us(conn)
    claimed, tried = runs.claim(conn, workspace, now, now + lease_us, most)
    if not claimed:
        return None
    space = journeys.space(conn, workspace)
    if tried >= MOST_ATTEMPTS:
        poison = claimed.pop()
        reason = GAVE_UP.format(tried, poison.reason or DIED)
        runs.bury(conn, poison, reason, now)
        return Batch(now, space, [], {}, {}, {}, {}, {})
    batch = Batch(now, space, claimed, {}, {}, {}, {}, {})
    read_inbox(conn, batch)
    fresh = {one.event for one in claimed if one.state_json == runs.FRESH}
    for event in events.by_id(conn, fresh).values() if fresh else ():
        with _apart(batch, event.id):
            batch.entries[event.id] = past_event(event)
    who = {one.customer for one in claimed if one.customer is not None}
    for row in customers.load(conn, who):
        with _apart(batch, row.id):
            batch.customers[row.id] = Known(row, people.read(row))
    read_journeys(conn, journeys, batch)
    failpoint("claim.before_commit")
    return batch


def read_inbox(conn: Connection, batch: Batch) -> None:
    """What waits for the batch's runs."""
    for signal in inbox.read(conn, [one.id for one in batch.claimed]):
        batch.inbox.setdefault(signal.run, []).append(signal)


def read_journeys(conn: Connection, journeys: Journeys, batch: Batch) -> None:
    """The versions that the batch's runs are on, and the pasts of customers where these ask for
    them."""
    for one in batch.claimed:
        journey = batch.journeys.get(one.version)
        if journey is None:
            try:
                journey = journeys.version(conn, one.version)
            except Exception:
                log.exception("The version %s of run %s cannot be read.", one.version, one.id)
                continue
            batch.journeys[one.version] = journey
        who = one.customer
        if journey.needs_history and who is not None and who not in batch.pasts:
            with _apart(batch, who):
                batch.pasts[who] = past(conn, who)


@contextmanager
def _apart(batch: Batch, record: str) -> Generator[None]:
    """What of this record cannot be read harms its own runs only."""
    try:
        yield
    except DBAPIError:
        raise
    except Exception as error:
        log.exception("The record %s cannot be read.", record)
        batch.unread[record] = (
            f"its record {record} cannot be read ({type(error).__name__}: {error})"
        )


def past(conn: Connection, customer: str) -> list[Event]:
    """The customer's earlier events."""
    return [past_event(row) for row in events.past(conn, customer)]


def past_event(row: events.PastRow | events.EventRow) -> Event:
    """A stored event as the engine knows it."""
    return Event(row.id, row.name, orjson.loads(row.properties_json), from_us(row.at))


# --- Carrying ---------------------------------------------------------------------------------


def _carry(batch: Batch) -> tuple[list[Carried], dict[str, tuple[int, str]]]:
    """Carry each run on in memory. An error of one harms no other: it is tried again, alone."""
    carried: list[Carried] = []
    failed: dict[str, tuple[int, str]] = {}
    worlds: dict[str | None, World] = {}
    for one in batch.claimed:
        try:
            carried.append(_carry_one(batch, one, worlds))
        except Exception as error:
            log.exception("Run %s could not be carried on.", one.id)
            failed[one.id] = (one.fence, _said(error))
    return carried, failed


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2000]


def _world(batch: Batch, customer: str | None, worlds: dict[str | None, World]) -> World:
    found = worlds.get(customer)
    if found is None:
        known = batch.customers.get(customer) if customer else None
        found = worlds[customer] = World(
            now=from_us(batch.now),
            customer=known.record if known else None,
            workspace_zone=batch.space.zone,
            opt_in=batch.space.opt_in,
            history=batch.pasts.get(customer or "", ()),
        )
    return found


def _carry_one(batch: Batch, one: Claimed, worlds: dict[str | None, World]) -> Carried:
    journey = batch.journeys.get(one.version)
    if journey is None:
        raise LookupError(f"the published version {one.version} cannot be read")
    if why := batch.unread.get(one.event) or batch.unread.get(one.customer or ""):
        raise LookupError(why)
    waiting = batch.inbox.get(one.id, ())
    received: list[RunSignal] = [signals.read(signal) for signal in waiting]
    cancels = [signal for signal in received if isinstance(signal, CancelSignal)]
    world = _world(batch, one.customer, worlds)
    taken = [signal.seq for signal in waiting]
    known = batch.customers.get(one.customer) if one.customer else None
    if one.state_json != runs.FRESH:
        run = Run.from_json(one.state_json)
        progress = advance(journey, run, cancels[:1] or received, world)
        _leave_unheard(run, progress, waiting, taken)
        return Carried(one, one.fence, run, journey, progress, taken, known, batch.space)
    entry = batch.entries[one.event]
    trigger = next(t for t in journey.triggers if t.node_id == one.trigger)
    run, progress = begin(journey, run_id=one.id, trigger=trigger, event=entry, world=world)
    if received:
        _add(progress, advance(journey, run, cancels[:1] or received, world))
    if not cancels:
        _leave_unheard(run, progress, waiting, taken)
    return Carried(one, one.fence, run, journey, progress, taken, known, batch.space)


def _leave_unheard(
    run: Run, progress: Progress, waiting: Sequence[SignalRow], taken: list[int]
) -> None:
    """What a run that failed has not heard stays in its inbox, for when it is let go on (which
    makes another `retry`)."""
    if run.left is not None and progress.unheard:
        unheard = waiting[-progress.unheard :]
        taken[-progress.unheard :] = [one.seq for one in unheard if one.kind == "retry"]


def _add(first: Progress, more: Progress) -> None:
    """One progress of two calls; a wait opened by the first and closed by the second is in
    neither of the two."""
    for closed in more.closed:
        if first.opened.pop((closed.token, closed.node, closed.visit), None) is None:
            first.closed.append(closed)
    first.opened |= more.opened
    first.steps += more.steps
    first.effects += more.effects
    first.changes += more.changes
    first.notes += more.notes
    first.arrivals += more.arrivals
    first.unheard = more.unheard
    first.status, first.reason = more.status, more.reason


# --- Committing -------------------------------------------------------------------------------


def _commit(
    database: Database,
    conn: Connection,
    batch: Batch,
    carried: Sequence[Carried],
    failed: Mapping[str, tuple[int, str]],
    taking: Taking,
) -> Flights:
    """Write every run that is still ours, and take off with its effects as far as there is room.
    What came into a run's inbox meanwhile wakes it again; a cancel, or a decision about an approval
    that just expired, undoes this round for it."""
    now = database.now_us(conn)
    if failed:
        runs.stumble(conn, failed, now + AGAIN)
    if not carried:
        return effects.NONE
    fences = {one.claimed.id: one.claimed.fence for one in carried}
    ours = runs.hold(conn, fences)
    late: dict[str, list[tuple[int, str]]] = {}
    for seq, run, kind in inbox.kinds(conn, list(ours)) if ours else ():
        late.setdefault(run, []).append((seq, kind))
    written = writing.Rows()
    again: dict[str, int] = {}
    for one in carried:
        if one.claimed.id not in ours:
            continue
        new: list[int] = []
        if one.claimed.id in late:
            taken = set(one.taken)
            came = [(seq, kind) for seq, kind in late[one.claimed.id] if seq not in taken]
            if any(_undoes(kind, one.progress) for _, kind in came):
                again[one.claimed.id] = one.claimed.fence
                continue
            new = [seq for seq, _ in came]
        writing.add(written, one, new, batch.now)
    if again:
        runs.hand_back(conn, again, now)
    return writing.write(database, conn, batch.space, written, now, taking)


def _undoes(kind: str, progress: Progress) -> bool:
    """Whether a signal that came meanwhile makes this round void."""
    if kind == "cancel":
        return True
    return kind == "decision" and any(
        closed.kind == "approval" and closed.by == "time" for closed in progress.closed
    )
