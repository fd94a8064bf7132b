"""What becomes of an effect after it was tried: done, tried again, given up, or in doubt; and the
answer that its run gets by its inbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from runtime.ports.results import Done, Refused, Result
from runtime.store import inbox, outbox, runs
from runtime.store.database import Connection
from runtime.store.outbox import EffectRow

if TYPE_CHECKING:
    from runtime.work.effects import Landing

LONGEST_PAUSE = 7 * 86400.0  # seconds; a Retry-After beyond this is taken as this

IN_DOUBT = "The worker stopped while this was being sent, so nobody knows whether it went out."
BROKEN_OFF = "Nobody knows whether it went out."
WAITS = "Ask the provider, and say whether it did: the customer waits here until then."
NO_WAIT = (
    "Its journey does not wait for it any more. Ask the provider; if it did not go out, and still "
    "should, send it again."
)
UNKEPT = (
    "What came back cannot be kept: it is nested too deeply, or holds what is no text. Ask the "
    "provider to answer with plain JSON."
)
WORKER_DIED = "The worker stopped each time while this was being sent."


class Settled(NamedTuple):
    """What is written for an effect. `answer` {ok, data, error} is for its run; `dead`: why a
    person has to look at it."""

    row: outbox.Result
    answer: dict[str, Any] | None
    dead: str | None


def lost(one: EffectRow, now: int) -> Settled | None:
    """What to do about an effect over which a worker died, unless it may simply be tried again."""
    if one.state != "sending":
        return None
    if one.once:
        return _in_doubt(one, IN_DOUBT)
    if one.attempts > orjson.loads(one.retry_json)["attempts"]:
        answer = _answer(False, {}, "error", WORKER_DIED)
        return Settled(_row(one, "dead", answer, now), answer, WORKER_DIED)
    return None


def settle(one: EffectRow, result: Result, now: int) -> Settled:
    """What becomes of an effect after this result. What comes from outside and cannot be written
    must not be tried again for ever, with all that is to be committed with it."""
    try:
        return _settle(one, result, now)
    except TypeError:
        return _settle(one, Refused("answer", UNKEPT), now)


def _settle(one: EffectRow, result: Result, now: int) -> Settled:
    if isinstance(result, Done):
        answer = _answer(True, result.data)
        return Settled(_row(one, "done", answer, now), answer, None)
    if isinstance(result, Refused):
        answer = _answer(False, result.data, result.kind, result.message)
        return Settled(_row(one, "done", answer, now), answer, None)
    if one.once and result.uncertain:
        return _in_doubt(one, f"{result.message} {BROKEN_OFF}")
    retry: dict[str, float] = orjson.loads(one.retry_json)
    if one.attempts >= retry["attempts"]:
        answer = _answer(False, result.data, result.kind, result.message)
        reason = f"Gave up after {one.attempts} attempts: {result.message}"
        return Settled(_row(one, "dead", answer, now), answer, reason)
    pause = retry["first"] * retry["factor"] ** (one.attempts - 1)
    pause = max(min(pause, retry["longest"]), min(result.after or 0.0, LONGEST_PAUSE))
    error = orjson.dumps(_answer(False, result.data, result.kind, result.message)).decode()
    again = now + int(pause * 1e6)
    return Settled(outbox.Result("pending", again, error, None, one.key, one.fence), None, None)


def drop(settled: Settled, now: int) -> Settled:
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


def _in_doubt(one: EffectRow, why: str) -> Settled:
    """Nobody knows whether it went out, and it may not go twice: a person has to say, and the run
    waits for that."""
    said = orjson.dumps(_answer(False, {}, "unknown", why)).decode()
    row = outbox.Result("unknown", None, said, None, one.key, one.fence)
    return Settled(row, None, f"{why} {WAITS}")


def _row(one: EffectRow, state: str, answer: Mapping[str, Any], now: int) -> outbox.Result:
    text = orjson.dumps(answer).decode()
    return outbox.Result(state, None, text, now, one.key, one.fence)


def tell(
    conn: Connection,
    settled: Sequence[tuple[EffectRow, Settled]],
    over: Collection[str],
    now: int,
) -> None:
    """Put the answers into the inboxes of their runs, and what a person has to look at with the
    dead letters; a run whose effect goes on is seen to wait for it. `over`: effects whose runs have
    ended and take no answer any more."""
    told: list[tuple[str, str, str]] = []
    waits: list[tuple[int, str, int, int, str]] = []
    for effect, one in settled:
        if one.answer is None and effect.key not in over:
            at = outbox.place(effect.key)
            waits.append((at.token, at.node, at.visit, effect.created_at, effect.key))
        if one.dead is not None:
            runs.dead_letter(conn, effect.workspace, "effect", effect.key, one.dead, now)
        if one.answer is not None and effect.key not in over:
            body = {**outbox.place(effect.key)._asdict(), **one.answer}
            told.append((effect.run, "answer", orjson.dumps(body).decode()))
    inbox.put_all(conn, told, now)
    runs.await_effects(conn, waits)


def keep_messages(conn: Connection, landings: Sequence[Landing], now: int) -> None:
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
