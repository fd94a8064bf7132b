"""Carries claimed runs on in memory, as far as they get without an outside answer, and commits the
whole batch at once. Nothing of a run is written that lost its fence meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import orjson

from runtime.engine.advance import (
    CancelSignal,
    Customer,
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
from runtime.store.database import Connection, Database, also
from runtime.store.failpoints import failpoint
from runtime.store.inbox import SignalRow
from runtime.store.runs import Claimed
from runtime.work import people, signals, writing
from runtime.work.journeys import Journeys, Space
from runtime.work.route import past
from runtime.work.writing import Carried

T = TypeVar("T")
Then = Callable[[Connection], T]

BATCH = 200  # runs in a transaction
MOST_ATTEMPTS = 3  # claims without a commit before a run goes to the dead letters
AGAIN = 1_000_000  # microseconds until a run whose carrying raised an error is tried again

log = logging.getLogger("wayline.work")

GAVE_UP = "Wayline gave up on this run after {} tries: {}"
DIED = "the worker stopped each time, without an error."


@dataclass(slots=True)
class Batch:
    """Claimed runs with all that is needed to carry them on without the database."""

    now: int
    space: Space
    claimed: list[Claimed]
    journeys: dict[str, Journey]
    inbox: dict[str, list[SignalRow]]
    entries: dict[str, events.EventRow]
    customers: dict[str, Customer]
    pasts: dict[str, list[Event]]

    @property
    def size(self) -> int:
        """How many were claimed; a run that was given up counts too."""
        return max(1, len(self.claimed))


def carry(
    database: Database, journeys: Journeys, workspace: str, lease_us: int, most: int = BATCH
) -> int:
    """Claim due runs of a workspace, carry them on and commit; how many were claimed."""
    batch = database.transact(
        lambda conn: claim(database, conn, journeys, workspace, lease_us, most)
    )
    if batch is None:
        return 0
    finish(database, batch)
    return batch.size


def finish(database: Database, batch: Batch, then: Then[T] | None = None) -> T | None:
    """Carry a committed claim on and commit. When that makes effects, `then` is called in the same
    transaction; what it gave."""
    failpoint("claim.after_commit")
    carried, failed = _carry(batch)

    def work(conn: Connection) -> T | None:
        effects = _commit(database, conn, batch, carried, failed)
        found = also(conn, partial(then, conn)) if then is not None and effects else None
        failpoint("step.before_commit")
        return found

    found = database.transact(work)
    failpoint("step.after_commit")
    return found


# --- Claiming ---------------------------------------------------------------------------------


def claim(
    database: Database,
    conn: Connection,
    journeys: Journeys,
    workspace: str,
    lease_us: int,
    most: int = BATCH,
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
    for signal in inbox.read(conn, [one.id for one in claimed]):
        batch.inbox.setdefault(signal.run, []).append(signal)
    fresh = {one.event for one in claimed if one.state_json == runs.FRESH}
    if fresh:
        batch.entries = events.by_id(conn, fresh)
    who = {one.customer for one in claimed if one.customer is not None}
    batch.customers = {row.id: people.read(row) for row in customers.load(conn, who)}
    for one in claimed:
        _read_journey(conn, journeys, batch, one)
    failpoint("claim.before_commit")
    return batch


def _read_journey(conn: Connection, journeys: Journeys, batch: Batch, one: Claimed) -> None:
    if one.version in batch.journeys:
        journey = batch.journeys[one.version]
    else:
        try:
            journey = journeys.version(conn, one.version)
        except Exception:
            log.exception("The version %s of run %s cannot be read.", one.version, one.id)
            return
        batch.journeys[one.version] = journey
    if journey.needs_history and one.customer is not None and one.customer not in batch.pasts:
        batch.pasts[one.customer] = past(conn, one.customer)


# --- Carrying ---------------------------------------------------------------------------------


def _carry(batch: Batch) -> tuple[list[Carried], dict[str, tuple[int, str]]]:
    """Carry each run on in memory. An error of one harms no other: it is tried again, alone."""
    carried: list[Carried] = []
    failed: dict[str, tuple[int, str]] = {}
    for one in batch.claimed:
        try:
            carried.append(_carry_one(batch, one))
        except Exception as error:
            log.exception("Run %s could not be carried on.", one.id)
            failed[one.id] = (one.fence, f"{type(error).__name__}: {error}"[:2000])
    return carried, failed


def _carry_one(batch: Batch, one: Claimed) -> Carried:
    journey = batch.journeys.get(one.version)
    if journey is None:
        raise LookupError(f"the published version {one.version} cannot be read")
    waiting = batch.inbox.get(one.id, ())
    received: list[RunSignal] = [signals.read(signal) for signal in waiting]
    cancels = [signal for signal in received if isinstance(signal, CancelSignal)]
    world = World(
        now=from_us(batch.now),
        customer=batch.customers.get(one.customer) if one.customer else None,
        workspace_zone=batch.space.zone,
        opt_in=batch.space.opt_in,
        history=batch.pasts.get(one.customer or "", ()),
    )
    if one.state_json != runs.FRESH:
        run = Run.from_json(one.state_json)
        progress = advance(journey, run, cancels[:1] or received, world)
        return Carried(one, run, journey, progress, [signal.seq for signal in waiting])
    row = batch.entries[one.event]
    entry = Event(row.id, row.name, orjson.loads(row.properties_json), from_us(row.at))
    trigger = next(t for t in journey.triggers if t.node_id == one.trigger)
    run, progress = begin(journey, run_id=one.id, trigger=trigger, event=entry, world=world)
    if received and not run.ended:
        _add(progress, advance(journey, run, cancels[:1] or received, world))
    return Carried(one, run, journey, progress, [signal.seq for signal in waiting])


def _add(first: Progress, more: Progress) -> None:
    """One progress of two calls; a wait opened by the first and closed by the second is in
    neither list."""
    over = {(c.token, c.node, c.visit) for c in more.closed}
    opened = {(w.token, w.node, w.visit) for w in first.opened}
    first.opened = [w for w in first.opened if (w.token, w.node, w.visit) not in over]
    first.closed += [c for c in more.closed if (c.token, c.node, c.visit) not in opened]
    first.opened += more.opened
    first.steps += more.steps
    first.effects += more.effects
    first.changes += more.changes
    first.notes += more.notes
    first.arrivals += more.arrivals
    first.status, first.reason = more.status, more.reason


# --- Committing -------------------------------------------------------------------------------


def _commit(
    database: Database,
    conn: Connection,
    batch: Batch,
    carried: Sequence[Carried],
    failed: Mapping[str, tuple[int, str]],
) -> bool:
    """Write every run that is still ours; whether that made effects. What came into a run's inbox
    meanwhile wakes it again; a cancel, or a decision about an approval that just expired, undoes
    this round for it."""
    now = database.now_us(conn)
    if failed:
        runs.stumble(conn, failed, now + AGAIN)
    if not carried:
        return False
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
        taken = set(one.taken)
        new = [(seq, kind) for seq, kind in late.get(one.claimed.id, ()) if seq not in taken]
        if any(_undoes(kind, one.progress) for _, kind in new):
            again[one.claimed.id] = one.claimed.fence
        else:
            writing.add(written, one, [seq for seq, _ in new], batch.now)
    if again:
        runs.hand_back(conn, again, now)
    writing.write(conn, batch.space.id, written, now)
    return bool(written.effects)


def _undoes(kind: str, progress: Progress) -> bool:
    """Whether a signal that came meanwhile makes this round void."""
    if kind == "cancel":
        return True
    return kind == "decision" and any(
        closed.kind == "approval" and closed.by == "time" for closed in progress.closed
    )
