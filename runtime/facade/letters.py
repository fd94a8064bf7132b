"""Dead letters: what could not be done, and what a person does about it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Literal

from runtime.facade import history, reasons
from runtime.facade.desk import Desk, when
from runtime.facade.errors import NotFound, Refused
from runtime.facade.shapes import DeadLetter, Resent
from runtime.store import erase
from runtime.store import letters as store
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, marks, rows
from runtime.store.letters import Effect, Letter
from runtime.store.outbox import Place, place
from runtime.store.reopen import reopen
from runtime.work.settling import NO_WAIT, WAITS

MOST = 200
LONGEST_WHY = 500
TITLES = {
    "run": "A customer’s journey stopped",
    "effect": "Something could not be sent",
    "event": "An event could not be read",
}
IN_DOUBT = "Nobody knows whether this went out"
GONE = "There is no such dead letter, or somebody has settled it already."
CHANGED = "This cannot be tried again: what it belongs to has changed since."

Choice = Literal["replay", "resend", "confirm", "dismiss"]


def dead_letters(desk: Desk) -> list[DeadLetter]:
    """What waits for somebody to look at it, the newest first."""
    with desk.read() as conn:
        found = store.letters(conn, desk.workspace, MOST)
        states = _states(conn, [one.ref for one in found if one.kind == "effect"])
        about = _runs(conn, desk.workspace, [run for one in found if (run := _run_of(one))])
        names = history.names(conn, [customer for _, _, customer in about.values()])
        waiting = _waiting(conn, [key for key, state in states.items() if state == "unknown"])
    return [
        _shape(_as_it_is_now(one, waiting), states.get(one.ref, ""), about, names) for one in found
    ]


def _as_it_is_now(one: Letter, waiting: Collection[str]) -> Letter:
    """A run that waited when this was written may be over, or may have gone on."""
    if one.kind != "effect" or one.ref in waiting:
        return one
    return one._replace(reason=one.reason.replace(WAITS, NO_WAIT))


def _waiting(conn: Connection, keys: list[str]) -> set[str]:
    """Those of these effects that their runs wait to hear of."""
    runs = sorted({key.partition(":")[0] for key in keys})
    if not runs:
        return set()
    sql = f"""SELECT run, token, node, visit FROM timer
 WHERE kind = 'effect' AND run IN ({marks(len(runs))})"""
    held = {(of, Place(*at)) for of, *at in rows(conn, sql, runs)}
    return {key for key in keys if (key.partition(":")[0], place(key)) in held}


def _shape(
    one: Letter,
    state: str,
    about: dict[str, tuple[str, str, str | None]],
    names: dict[str, str],
) -> DeadLetter:
    of = _run_of(one)
    kind = "run" if one.kind == "run" else "effect" if one.kind == "effect" else "event"
    said = reasons.told(kind, one.reason)
    journey, name, customer = about.get(of or "", (None, None, None))
    return {
        "id": one.id,
        "kind": kind,
        "ref": one.ref,
        "reason": said.text,
        "details": said.details,
        "title": IN_DOUBT if state == "unknown" else TITLES.get(one.kind, "Something failed"),
        "choices": choices(one.kind, state),
        "run": of,
        "journey": journey,
        "journey_name": name,
        "customer": customer,
        "customer_name": names.get(customer) if customer else None,
        "created_at": rfc3339(one.created_at),
        "resolved_at": when(one.resolved_at),
    }


def choices(kind: str, state: str) -> list[Choice]:
    """What makes sense for a letter; `state` is that of its effect."""
    if kind == "effect" and state == "unknown":
        return ["confirm", "resend", "dismiss"]
    if kind == "effect" and state != "dead":
        return ["dismiss"]
    return ["replay", "dismiss"]


def _run_of(one: Letter) -> str | None:
    return {"run": one.ref, "effect": one.ref.partition(":")[0]}.get(one.kind)


def _states(conn: Connection, keys: list[str]) -> dict[str, str]:
    if not keys:
        return {}
    sql = f"SELECT key, state FROM outbox WHERE key IN ({marks(len(keys))})"
    return {key: state for key, state in rows(conn, sql, keys)}


def _runs(
    conn: Connection, workspace: str, runs: Iterable[str]
) -> dict[str, tuple[str, str, str | None]]:
    """(journey's slug, its name, customer) of each run."""
    ids = sorted(set(runs))
    if not ids:
        return {}
    sql = f"""SELECT r.id, j.slug, j.name, r.customer FROM run r JOIN journey j ON j.id = r.journey
 WHERE r.workspace = ? AND r.id IN ({marks(len(ids))})"""
    found = rows(conn, sql, (workspace, *ids))
    return {one: (slug, name, customer) for one, slug, name, customer in found}


# --- Choosing ---------------------------------------------------------------------------------


def replay(desk: Desk, letter_id: str) -> None:
    """Try it again: a run goes on from where it stood, an effect goes out with the same key and
    the same bytes, an event is routed again."""

    def act(conn: Connection, one: Letter, now: int) -> None:
        if of := _run_of(one):
            _refuse_erased(conn, of)
        if one.kind == "run":
            if why := reopen(conn, one.ref, now):
                raise Refused(why)
        elif one.kind == "event":
            if not store.reroute(conn, one.ref):
                raise Refused(CHANGED)
        elif not store.replay_effect(conn, one.ref, now):
            found = store.effect(conn, desk.workspace, one.ref)
            if found is not None and found.state == "unknown":
                raise Refused(
                    "Nobody knows whether this went out. Say that it did, or send it again."
                )
            raise Refused(CHANGED)
        desk.audit(conn, now, "dead_letter.replayed", one.id, {"kind": one.kind, "ref": one.ref})

    _settle(desk, letter_id, act)


def confirm(desk: Desk, letter_id: str) -> None:
    """It went out after all: the run goes on as if the provider had said so."""

    def act(conn: Connection, one: Letter, now: int) -> None:
        found = _in_doubt(conn, desk, one)
        no_headers: dict[str, str] = {}
        data: dict[str, object] = {"status": 200, "headers": no_headers, "body": ""}
        if found.kind != "http":
            data = {"message_id": None}
        said = {"ok": True, "data": data, "error": None, "by": desk.who}
        store.answer(conn, found, "done", said, now)
        desk.audit(conn, now, "effect.confirmed", one.ref, {"letter": one.id})

    _settle(desk, letter_id, act)


def dismiss(desk: Desk, letter_id: str) -> None:
    """Leave it as it is. A run that waits to hear of an effect goes on by its way for failures."""

    def act(conn: Connection, one: Letter, now: int) -> None:
        found = store.effect(conn, desk.workspace, one.ref) if one.kind == "effect" else None
        if found is not None and found.state == "unknown":
            error = {"kind": "unknown", "message": f"{desk.who} chose to go on without it."}
            said = {"ok": False, "data": {}, "error": error, "by": desk.who}
            store.answer(conn, found, "dead", said, now)
        desk.audit(conn, now, "dead_letter.dismissed", one.id, {"kind": one.kind, "ref": one.ref})

    _settle(desk, letter_id, act)


def resend(desk: Desk, letter_id: str, why: str = "") -> Resent:
    """Send what is in doubt again, under a new key: the other side may get it twice."""
    made: list[str] = []

    def act(conn: Connection, one: Letter, now: int) -> None:
        _in_doubt(conn, desk, one)
        made.append(_resend(conn, desk, one.ref, why, now))

    _settle(desk, letter_id, act)
    return {"key": made[-1]}


def resend_effect(desk: Desk, key: str, why: str = "") -> Resent:
    """Send an email or web call once more that went out, or is in doubt, under a new key."""

    def work(conn: Connection, now: int) -> str:
        made = _resend(conn, desk, key, why, now)
        store.resolve(conn, "effect", key, now)
        return made

    made = desk.write("edit", work)
    desk.house.bell.ring()
    return {"key": made}


def _resend(conn: Connection, desk: Desk, key: str, why: str, now: int) -> str:
    if len(why) > LONGEST_WHY:
        raise Refused(f"The reason is too long. Use at most {LONGEST_WHY} characters.")
    found = store.effect(conn, desk.workspace, key)
    if found is None:
        raise NotFound("There is no such effect.")
    if found.kind not in store.RESENDS:
        raise Refused("Only emails and web calls can be sent again.")
    if found.state in ("pending", "sending"):
        raise Refused("This is being sent now. Wait until it is done.")
    if found.state == "dead":
        raise Refused("This was given up. Try it again instead: it keeps its key.")
    if found.state == "dropped":
        raise Refused("This was never sent, because its run had ended. It cannot be sent again.")
    _refuse_erased(conn, found.run)
    made = store.resend(conn, key, now)
    if made is None:
        raise Refused("This is being sent again already. Wait until it is done.")
    detail = {"as": made, "why": why.strip()}
    desk.audit(conn, now, "effect.resent", key, detail)
    return made


def _refuse_erased(conn: Connection, run_id: str) -> None:
    if erase.took(conn, run_id):
        raise Refused("The customer was erased, so nothing is sent to them any more.")


def _in_doubt(conn: Connection, desk: Desk, one: Letter) -> Effect:
    found = store.effect(conn, desk.workspace, one.ref) if one.kind == "effect" else None
    if found is None or found.state != "unknown":
        raise Refused("There is no doubt about this. Try it again, or leave it.")
    return found


def _settle(desk: Desk, letter_id: str, act: Callable[[Connection, Letter, int], None]) -> None:
    """Resolve a letter and act on it in one transaction; of two people the first one counts."""

    def work(conn: Connection, now: int) -> None:
        one = store.take(conn, desk.workspace, letter_id, now)
        if one is None:
            raise NotFound(GONE)
        act(conn, one, now)

    desk.write("edit", work)
    desk.house.bell.ring()
