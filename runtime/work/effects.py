"""Sends effects. Most are taken in the very commit that makes them: the worker that carried the run
marks them sending and keeps the run in memory until the answer is there (`landing`). The others are
claimed from the outbox: those for which there was no room, that are tried again, or over which a
worker died."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import orjson

from runtime.ports.results import Done, Later, Refused, Result
from runtime.store import outbox
from runtime.store.database import Connection, Database, also
from runtime.store.failpoints import failpoint
from runtime.store.outbox import EffectRow, NewEffect
from runtime.work import settling
from runtime.work.journeys import Journeys, Space
from runtime.work.providers import Providers

if TYPE_CHECKING:
    from runtime.work.writing import Carried

CHUNK = 32  # effects that a dead worker leaves in doubt at most
WITHIN = 0.8  # of the lease: when a send counts as lost

TOO_LONG = "No answer came in time."
NOT_BEGUN = "The worker stopped before it was sent."

log = logging.getLogger("wayline.work")


class Sends(Protocol):
    """The part of `runtime.ports.Ports` that is used here."""

    async def send(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        key: str,
        credential: Mapping[str, Any] | None,
        sender: Mapping[str, Any],
    ) -> Result: ...

    async def close(self) -> None: ...


class Opens(Protocol):
    """The part of `runtime.vault.Vault` that is used here."""

    def open(self, workspace: str, id: str, sealed: bytes) -> dict[str, Any]: ...


class Sealed(NamedTuple):
    """A credential as it is stored."""

    id: str
    sealed: bytes
    hosts_json: str


class Flight(NamedTuple):
    """An effect on its way out. `until` is the instant of the event loop's clock at which it has to
    be over, well before its lease. `carried` is its run as it was committed with it, when this
    worker has done that."""

    effect: EffectRow
    sealed: Sealed | None
    sender: Mapping[str, Any]
    until: float
    carried: Carried | None = None


class Landing(NamedTuple):
    """An effect that was tried."""

    effect: EffectRow
    result: Result
    via: str  # of an email: mailbox or smtp
    carried: Carried | None = None


class Flights(NamedTuple):
    """Effects that were claimed: how many, and those of them that are to be sent."""

    claimed: int
    flights: list[Flight]

    def plus(self, more: Flights) -> Flights:
        """Both."""
        return Flights(self.claimed + more.claimed, self.flights + more.flights)


NONE = Flights(0, [])


class Taking(NamedTuple):
    """What a commit may take to be sent at once: `room` effects, under a lease of so many
    microseconds, to be over at `until` (by the clock of the event loop, counted from before the
    claim: a busy machine may take long to get to the send)."""

    journeys: Journeys
    lease_us: int
    room: int
    until: float
    providers: Providers


# --- Taking off with the commit that makes them ------------------------------------------------


def board(
    conn: Connection,
    space: Space,
    made: Sequence[tuple[NewEffect, Carried]],
    now: int,
    taking: Taking,
) -> tuple[list[Flight], list[tuple[NewEffect, int]]]:
    """Which of a commit's new effects are sent at once, and which are left in the outbox, with the
    instant at which they are due."""
    flights: list[Flight] = []
    left: list[tuple[NewEffect, int]] = []
    for new, carried in made:
        due = now
        if len(flights) < taking.room and not carried.run.ended:
            claimed = carried.claimed
            row = outbox.taken(new, claimed.customer, bool(claimed.sample), now)
            ready = _prepare(conn, space, row, taking.until, carried)
            if isinstance(ready, Flight):
                about = (new.kind, new.credential, new.body)
                held = taking.providers.held(conn, space, *about, now)
                if held is None:
                    flights.append(ready)
                    continue
                due = held
        left.append((new, due))
    return flights, left


def put(
    database: Database,
    conn: Connection,
    space: Space,
    flights: list[Flight],
    left: list[tuple[NewEffect, int]],
    now: int,
    taking: Taking,
) -> Flights:
    """Put a commit's effects into the outbox: those that `board` has chosen as taken; of the others
    some may need no sending, and are settled here."""
    outbox.add_taken(conn, [one.effect for one in flights], now + taking.lease_us)
    outbox.add(conn, left, now)
    if flights:
        failpoint("effect.before_claim_commit")
    room = taking.room - len(flights)
    if room <= 0 or not any(due <= now for _, due in left):
        return Flights(len(flights), flights)
    more = also(conn, lambda: take(database, conn, space.id, taking._replace(room=room)))
    return Flights(len(flights), flights).plus(more or NONE)


# --- Claiming ---------------------------------------------------------------------------------


def claim(database: Database, workspace: str, taking: Taking) -> Flights:
    """Claim due effects of a workspace. What needs no sending is finished in the same commit."""
    found = database.transact(lambda conn: take(database, conn, workspace, taking))
    if found.claimed:
        failpoint("effect.after_claim_commit")
    return found


def take(database: Database, conn: Connection, workspace: str, taking: Taking) -> Flights:
    """The same in the caller's transaction: send nothing before it is committed."""
    now = database.now_us(conn)
    most = min(taking.room, CHUNK)
    found = outbox.claim(conn, workspace, now, now + taking.lease_us, most)
    if not found:
        return NONE
    space = taking.journeys.space(conn, workspace)
    flights: list[Flight] = []
    landings: list[Landing] = []
    dropped: list[outbox.Result] = []
    held: list[tuple[int, str, int]] = []
    settled: list[tuple[EffectRow, settling.Settled]] = []
    for one in found:
        lost = settling.lost(one, now)
        if one.void and (lost is None or not one.once):  # else a retry of its run would send twice
            dropped.append(outbox.Result("dropped", None, None, now, one.key, one.fence))
        elif lost is not None:
            settled.append((one, lost))
        else:
            ready = _prepare(conn, space, one, taking.until)
            if isinstance(ready, Flight):
                about = (one.kind, one.credential, one.body)
                due = taking.providers.held(conn, space, *about, now, in_line=True)
                if due is None:
                    flights.append(ready)
                else:
                    held.append((due, one.key, one.fence))
            else:
                landings.append(ready)
    settled += [(one.effect, settling.settle(one.effect, one.result, now)) for one in landings]
    outbox.mark(conn, [*dropped, *(one.row for _, one in settled)])
    outbox.put_off(conn, held)
    settling.tell(conn, settled, {one.key for one in found if one.run_over}, now)
    settling.keep_messages(conn, landings, now)
    failpoint("effect.before_claim_commit")
    return Flights(len(found), flights)


def _prepare(
    conn: Connection,
    space: Space,
    one: EffectRow,
    until: float,
    carried: Carried | None = None,
) -> Flight | Landing:
    """What is needed to send it; or its result, when nothing has to leave the house."""
    sender: Mapping[str, Any] = space.settings.get("sender") or {}
    if one.sample and one.kind == "http":
        return Landing(one, Done({"status": 200, "headers": {}, "body": ""}), "")
    default = {"email": "smtp", "model": "ai"}.get(one.kind, "")
    name = one.credential or space.settings.get(default)
    if one.kind == "email" and (one.sample or not name):
        from runtime.ports.email import message_id

        return Landing(one, Done({"message_id": message_id(one.key, sender)}), "mailbox")
    if not name or one.sample:
        return Flight(one, None, sender, until, carried)
    found = outbox.credential(conn, space.id, name)
    if found is None:
        message = f"There is no credential named {name}: add it in the settings."
        return Landing(one, Refused("credential", message), "")
    return Flight(one, Sealed(*found), sender, until, carried)


# --- Sending ----------------------------------------------------------------------------------


async def send(ports: Sends, vault: Opens, flight: Flight) -> Landing:
    """Try one effect once. Never raises for what the outside does; whoever calls ends it at its
    time (`cut_off`)."""
    one = flight.effect
    try:
        credential = _open(vault, flight)
    except Exception as error:
        return Landing(one, Refused("credential", str(error)), "smtp", flight.carried)
    failpoint("effect.before_send")
    if asyncio.get_running_loop().time() >= flight.until:  # the last look before it leaves
        late = Later("late", "The worker was too busy to send this in time.")
        return Landing(one, late, "", flight.carried)
    try:
        result = await ports.send(
            one.kind,
            orjson.loads(one.body),
            key=one.key,
            credential=credential,
            sender=flight.sender,
        )
    except Exception as error:
        log.exception("The effect %s raised an error.", one.key)
        result = Later("error", f"{type(error).__name__}: {error}", uncertain=True)
    failpoint("effect.after_send")
    return Landing(one, result, "smtp", flight.carried)


def _open(vault: Opens, flight: Flight) -> dict[str, Any] | None:
    if flight.sealed is None:
        return None
    sealed = flight.sealed
    secret = vault.open(flight.effect.workspace, sealed.id, sealed.sealed)
    hosts: list[str] = orjson.loads(sealed.hosts_json)
    return {**secret, "hosts": hosts} if hosts or flight.effect.kind == "http" else secret


def cut_off(flight: Flight, *, stopping: bool) -> Landing:
    """An effect whose sending was broken off: the worker stops, or its time is over."""
    kind, why = ("stopped", "The worker stopped.") if stopping else ("timeout", TOO_LONG)
    return Landing(flight.effect, Later(kind, why, uncertain=True), "", flight.carried)


def not_begun(flight: Flight) -> Landing:
    """An effect that was claimed here and never sent: the worker stops, or its time is over."""
    return Landing(flight.effect, Later("stopped", NOT_BEGUN), "", flight.carried)
