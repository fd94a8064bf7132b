"""Commits what became of sends, each with what its run makes of the answer.

The worker that sent an effect mostly has its run in memory still. Then the run is carried on with
the answer at once, and one commit marks the effect and writes the run's next steps. That commit
holds only for runs that nobody has touched meanwhile: same fence, no lease, nothing in the inbox,
the customer unchanged. For all others the answer goes into the run's inbox and wakes it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from nodes.spec import Answered
from runtime.engine.advance import AnswerSignal, World, advance
from runtime.ports.results import Refused
from runtime.store import customers, inbox, outbox
from runtime.store.clock import from_us
from runtime.store.database import Connection, Database, also, away
from runtime.store.failpoints import failpoint
from runtime.store.outbox import Held
from runtime.store.runs import Claimed
from runtime.work import effects, settling, writing
from runtime.work.advance import Batch, claim
from runtime.work.effects import Flights, Landing, Taking
from runtime.work.settling import Settled
from runtime.work.turns import RUNS
from runtime.work.writing import Carried

UNREADABLE = "The answer came, and could not be kept."
_FENCE = Claimed._fields.index("fence")

log = logging.getLogger("wayline.work")


class Landed(NamedTuple):
    """What came of a commit: effects that are to be sent now, and runs that were claimed."""

    flights: Flights
    batches: list[Batch]
    carried: int


def land(
    database: Database, landings: Sequence[Landing], taking: Taking, *, claims: bool
) -> Landed:
    """Commit what became of the effects that are still ours. With `claims`, runs that found their
    answers in the inbox are claimed in the same commit."""
    now = database.about_us()
    at = from_us(now)
    landings = _newest(landings)
    ahead: dict[str, Carried] = {}  # by the effect's key
    settled: dict[str, Settled] = {}
    for one in landings:
        key = one.effect.key
        settled[key] = settling.settle(one.effect, one.result, now)
        carried = _carry_on(one, settled[key], at)
        if carried is not None:
            ahead[key] = carried

    def work(conn: Connection) -> Landed:
        landed = _commit(database, conn, landings, settled, ahead, taking, claims)
        failpoint("effect.before_mark_commit")
        if landed.carried:
            failpoint("step.before_commit")
        return landed

    landed = database.transact(work)
    taking.providers.told()
    failpoint("effect.after_mark_commit")
    if landed.carried:
        failpoint("step.after_commit")
    return landed


def land_alone(database: Database, one: Landing, taking: Taking) -> Landed | None:
    """The same for one that may be what the others failed by: its run is carried on by a claim,
    which is charged; and an answer that cannot be kept becomes a failure of its node. None: nothing
    of it can be kept. Its lease ends, and it is tried again as often as its node allows."""
    plain = one._replace(carried=None)
    refused = plain._replace(result=Refused("unreadable", UNREADABLE))
    for landing in (plain, refused):
        try:
            return land(database, [landing], taking, claims=False)
        except Exception as error:
            if away(error):
                raise
            log.exception("What became of the effect %s could not be kept.", one.effect.key)
    return None


def _newest(landings: Sequence[Landing]) -> list[Landing]:
    """One attempt of each effect. A worker that was stopped for longer than a lease takes its own
    effect again, and both attempts may come back together: only the newer still holds it."""
    newest = {one.effect.key: one for one in sorted(landings, key=lambda one: one.effect.fence)}
    if len(newest) == len(landings):
        return list(landings)
    return list(newest.values())


def _carry_on(one: Landing, settled: Settled, at: datetime) -> Carried | None:
    """The run as it goes on with the answer, if this worker has it in memory. Deadlines are left
    to the next claim, which asks the database's clock."""
    before, answer = one.carried, settled.answer
    if before is None or before.spent or answer is None or settled.dead is not None:
        return None
    journey, run, claimed = before.journey, before.run, before.claimed
    known, space = before.customer, before.space
    if journey.needs_history:
        return None
    before.spent = True  # the run is changed in place, whatever becomes of this
    world = World(
        now=at,
        customer=known.record if known else None,
        workspace_zone=space.zone,
        opt_in=space.opt_in,
    )
    token, node, visit = outbox.place(one.effect.key)
    answered = Answered(answer["ok"], answer["data"], answer["error"])
    try:
        signal = AnswerSignal(token, node, visit, answered)
        progress = advance(journey, run, [signal], world, timers=False)
    except Exception:
        log.exception("Run %s could not be carried on at once; it is tried again.", claimed.id)
        return None
    fence = claimed.fence
    grown = Claimed._make((*claimed[:_FENCE], fence + 1, *claimed[_FENCE + 1 :]))
    return Carried(grown, fence, run, journey, progress, [], known, space)


def _commit(
    database: Database,
    conn: Connection,
    landings: Sequence[Landing],
    settled: Mapping[str, Settled],
    ahead: Mapping[str, Carried],
    taking: Taking,
    claims: bool,
) -> Landed:
    now = database.now_us(conn)
    held = outbox.hold(conn, {one.effect.key: one.effect.fence for one in landings})
    kept = [one for one in landings if one.effect.key in held]
    fast = _untouched(conn, held, ahead)
    marks: list[outbox.Result] = []
    told: list[tuple[outbox.EffectRow, Settled]] = []
    for one in kept:
        effect, became = one.effect, settled[one.effect.key]
        if held[effect.key].void:
            became = settling.drop(became, now)
        marks.append(became.row)
        if effect.key in fast:
            continue
        told.append((effect, became))
    outbox.mark(conn, marks)
    taking.providers.tell(conn, now)
    settling.keep_messages(conn, kept, now)
    flights = effects.NONE
    for space in {one.space.id: one.space for one in fast.values()}.values():
        written = writing.Rows()
        for one in fast.values():
            if one.claimed.workspace == space.id:
                writing.add(written, one, [], now)
        room = taking._replace(room=taking.room - len(flights.flights))
        flights = flights.plus(writing.write(database, conn, space, written, now, room))
    # after the runs are written: what this puts into an inbox wakes its run
    ended = {one.claimed.id for one in fast.values() if one.run.ended}
    over = {key for key, one in held.items() if one.run_over}
    over.update(effect.key for effect, _ in told if effect.run in ended)
    settling.tell(conn, told, over, now)
    answered = dict.fromkeys(one.workspace for one, became in told if became.answer is not None)
    batches = [
        also(
            conn,
            lambda name=name: claim(database, conn, taking.journeys, name, taking.lease_us, RUNS),
        )
        for name in (answered if claims else ())
    ]
    return Landed(flights, [one for one in batches if one is not None], len(fast))


def _untouched(
    conn: Connection, held: Mapping[str, Held], ahead: Mapping[str, Carried]
) -> dict[str, Carried]:
    """Those of the runs carried ahead that are still as they were when they were carried."""
    found = {key: one for key, one in ahead.items() if key in held and held[key].fence == one.was}
    if not found:
        return {}
    stirred = {run for _, run, _ in inbox.kinds(conn, [one.claimed.id for one in found.values()])}
    who = {one.customer.row.id for one in found.values() if one.customer is not None}
    stored = {row.id: row for row in customers.load(conn, who)}
    return {
        key: one
        for key, one in found.items()
        if one.claimed.id not in stirred
        and (one.customer is None or stored.get(one.customer.row.id) == one.customer.row)
    }
