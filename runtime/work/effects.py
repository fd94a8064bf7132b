"""Sends effects: claims a few of the outbox, marks them sending, sends them side by side, and
commits what became of each together with the answer for its run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson

from runtime.ports.results import Done, Later, Refused, Result
from runtime.store import inbox, outbox, runs
from runtime.store.database import Connection, Database, also
from runtime.store.failpoints import failpoint
from runtime.store.outbox import EffectRow
from runtime.work.journeys import Journeys, Space

T = TypeVar("T")

CHUNK = 32  # effects that a dead worker leaves in doubt at most
LONGEST_PAUSE = 7 * 86400.0  # seconds; a Retry-After beyond this is taken as this
WITHIN = 0.8  # of the lease: when a send counts as lost

log = logging.getLogger("wayline.work")

IN_DOUBT = (
    "The worker stopped while this was being sent, so nobody knows whether it went out. "
    "Ask the provider, and send it again from the dead letters if it did not."
)
WORKER_DIED = "The worker stopped each time while this was being sent."


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
    """An effect on its way out."""

    effect: EffectRow
    sealed: Sealed | None
    sender: Mapping[str, Any]


class Landing(NamedTuple):
    """An effect that was tried."""

    effect: EffectRow
    result: Result
    via: str  # of an email: mailbox or smtp


class _Settled(NamedTuple):
    """What is written for an effect."""

    row: outbox.Result
    answer: dict[str, Any] | None
    dead: str | None


# --- Claiming ---------------------------------------------------------------------------------


def claim(
    database: Database, journeys: Journeys, workspace: str, lease_us: int, most: int = CHUNK
) -> tuple[int, list[Flight]]:
    """Claim due effects of a workspace; how many, and those that are to be sent. What needs no
    sending is finished in the same commit."""
    claimed, flights = database.transact(
        lambda conn: take(database, conn, journeys, workspace, lease_us, most)
    )
    if claimed:
        failpoint("effect.after_claim_commit")
    return claimed, flights


def take(
    database: Database,
    conn: Connection,
    journeys: Journeys,
    workspace: str,
    lease_us: int,
    most: int,
) -> tuple[int, list[Flight]]:
    """The same in the caller's transaction: send nothing before it is committed."""
    now = database.now_us(conn)
    found = outbox.claim(conn, workspace, now, now + lease_us, min(most, CHUNK))
    if not found:
        return 0, []
    space = journeys.space(conn, workspace)
    flights: list[Flight] = []
    landings: list[Landing] = []
    dropped: list[outbox.Result] = []
    settled: list[tuple[EffectRow, _Settled]] = []
    for one in found:
        if one.void:
            dropped.append(outbox.Result("dropped", None, None, now, one.key, one.fence))
        elif (lost := _lost(one, now)) is not None:
            settled.append((one, lost))
        else:
            ready = _prepare(conn, space, one)
            if isinstance(ready, Flight):
                flights.append(ready)
            else:
                landings.append(ready)
    outbox.mark(conn, dropped)
    settled += [(one.effect, _settle(one, now)) for one in landings]
    _write(conn, settled, set[str](), now)
    _write_messages(conn, landings, now)
    failpoint("effect.before_claim_commit")
    return len(found), flights


def _lost(one: EffectRow, now: int) -> _Settled | None:
    """What to do about an effect over which a worker died, unless it may simply be tried again."""
    if one.state != "sending":
        return None
    if one.once:
        answer = _answer(False, {}, "unknown", IN_DOUBT)
        return _Settled(_row(one, "unknown", answer, now), answer, IN_DOUBT)
    if one.attempts > orjson.loads(one.retry_json)["attempts"]:
        answer = _answer(False, {}, "error", WORKER_DIED)
        return _Settled(_row(one, "dead", answer, now), answer, WORKER_DIED)
    return None


def _prepare(conn: Connection, space: Space, one: EffectRow) -> Flight | Landing:
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
        return Flight(one, None, sender)
    found = outbox.credential(conn, space.id, name)
    if found is None:
        message = f"There is no credential named {name}: add it in the settings."
        return Landing(one, Refused("credential", message), "")
    return Flight(one, Sealed(*found), sender)


# --- Sending ----------------------------------------------------------------------------------


async def send(ports: Sends, vault: Opens, flight: Flight, seconds: float) -> Landing:
    """Try one effect once, within so many seconds. Never raises for what the outside does."""
    one = flight.effect
    try:
        credential = _open(vault, flight)
    except Exception as error:
        return Landing(one, Refused("credential", str(error)), "smtp")
    failpoint("effect.before_send")
    try:
        async with asyncio.timeout(seconds):
            result = await ports.send(
                one.kind,
                orjson.loads(one.body),
                key=one.key,
                credential=credential,
                sender=flight.sender,
            )
    except TimeoutError:
        result = Later("timeout", f"No answer came within {seconds:.0f} s.", uncertain=True)
    except Exception as error:
        log.exception("The effect %s raised an error.", one.key)
        result = Later("error", f"{type(error).__name__}: {error}", uncertain=True)
    failpoint("effect.after_send")
    return Landing(one, result, "smtp")


def _open(vault: Opens, flight: Flight) -> dict[str, Any] | None:
    if flight.sealed is None:
        return None
    sealed = flight.sealed
    secret = vault.open(flight.effect.workspace, sealed.id, sealed.sealed)
    hosts: list[str] = orjson.loads(sealed.hosts_json)
    return {**secret, "hosts": hosts} if hosts or flight.effect.kind == "http" else secret


def cut_off(flight: Flight) -> Landing:
    """An effect whose sending was broken off because the worker stops."""
    return Landing(flight.effect, Later("stopped", "The worker stopped.", uncertain=True), "")


# --- Marking ----------------------------------------------------------------------------------


def mark(
    database: Database,
    landings: Sequence[Landing],
    then: Callable[[Connection], T] | None = None,
) -> T | None:
    """Commit what became of the effects that are still ours, with the answers for their runs.
    `then` is called in the same transaction; what it gave."""

    def work(conn: Connection) -> T | None:
        now = database.now_us(conn)
        ours = outbox.hold(conn, {one.effect.key: one.effect.fence for one in landings})
        kept = [one for one in landings if one.effect.key in ours]
        over = {key for key, held in ours.items() if held.run_over}
        settled = [(one.effect, _settle(one, now)) for one in kept]
        settled = [(e, _drop(one, now) if ours[e.key].void else one) for e, one in settled]
        _write(conn, settled, over, now)
        _write_messages(conn, kept, now)
        found = None if then is None else also(conn, partial(then, conn))
        failpoint("effect.before_mark_commit")
        return found

    found = database.transact(work)
    failpoint("effect.after_mark_commit")
    return found


def _settle(landing: Landing, now: int) -> _Settled:
    """What becomes of an effect after this result."""
    one, result = landing.effect, landing.result
    if isinstance(result, Done):
        answer = _answer(True, result.data)
        return _Settled(_row(one, "done", answer, now), answer, None)
    if isinstance(result, Refused):
        answer = _answer(False, result.data, result.kind, result.message)
        return _Settled(_row(one, "done", answer, now), answer, None)
    if one.once and result.uncertain:
        answer = _answer(False, result.data, "unknown", f"{result.message} {IN_DOUBT}")
        return _Settled(_row(one, "unknown", answer, now), answer, IN_DOUBT)
    retry: dict[str, float] = orjson.loads(one.retry_json)
    if one.attempts >= retry["attempts"]:
        answer = _answer(False, result.data, result.kind, result.message)
        reason = f"Gave up after {one.attempts} attempts: {result.message}"
        return _Settled(_row(one, "dead", answer, now), answer, reason)
    pause = retry["first"] * retry["factor"] ** (one.attempts - 1)
    pause = max(min(pause, retry["longest"]), min(result.after or 0.0, LONGEST_PAUSE))
    error = orjson.dumps(_answer(False, result.data, result.kind, result.message)).decode()
    again = now + int(pause * 1e6)
    return _Settled(outbox.Result("pending", again, error, None, one.key, one.fence), None, None)


def _drop(settled: _Settled, now: int) -> _Settled:
    """The run ended while it was sent: what would be tried again is let go."""
    if settled.row.state != "pending":
        return settled
    row = settled.row._replace(state="dropped", next_at=None, done_at=now)
    return settled._replace(row=row)


def _answer(
    ok: bool, data: Mapping[str, Any], kind: str | None = None, message: str = ""
) -> dict[str, Any]:
    error = {"kind": kind, "message": message} if kind else None
    return {"ok": ok, "data": data, "error": error}


def _row(one: EffectRow, state: str, answer: Mapping[str, Any], now: int) -> outbox.Result:
    text = orjson.dumps(answer).decode()
    return outbox.Result(state, None, text, now, one.key, one.fence)


def _write(
    conn: Connection, settled: Sequence[tuple[EffectRow, _Settled]], over: set[str], now: int
) -> None:
    """`over`: effects whose runs have ended and take no answer any more."""
    outbox.mark(conn, [one.row for _, one in settled])
    signals: list[tuple[str, str, str]] = []
    for effect, one in settled:
        if one.dead is not None:
            runs.dead_letter(conn, effect.workspace, "effect", effect.key, one.dead, now)
        if one.answer is not None and effect.key not in over:
            _, token, place = effect.key.split(":", 2)
            node, _, visit = place.rpartition(":")
            body = {"token": int(token), "node": node, "visit": int(visit), **one.answer}
            signals.append((effect.run, "answer", orjson.dumps(body).decode()))
    inbox.put_all(conn, signals, now)


def _write_messages(conn: Connection, landings: Sequence[Landing], now: int) -> None:
    """A copy of each email that went out, for the mailbox and the timeline."""
    messages: list[tuple[Any, ...]] = []
    for one in landings:
        effect, result = one.effect, one.result
        if effect.kind != "email" or not isinstance(result, Done):
            continue
        body: dict[str, Any] = orjson.loads(effect.body)
        text = (body.get("to", ""), body.get("subject", ""), body.get("text", ""), body.get("html"))
        about = (effect.workspace, effect.key, effect.run, effect.customer)
        message_id = str(result.data.get("message_id", ""))
        messages.append((*about, *text, message_id, one.via, bool(effect.sample), now))
    outbox.add_messages(conn, messages)
