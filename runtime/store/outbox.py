"""The outbox: effects with frozen bytes and one key each (run:token:node:visit), until they are
acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from runtime.store.database import Connection, many, marks, new_id, rows

IN_DOUBT = 8  # effects over which a worker died that are taken together
LOOKED = 200  # effects that are looked at for one that is being sent
AGAIN = "~"  # between an effect's key and the number of the send; node ids never hold it


class Place(NamedTuple):
    """Where in its run an effect was asked for."""

    token: int
    node: str
    visit: int


def place(key: str) -> Place:
    """The place that an effect's key names: run:token:node:visit, and `~2` and so on behind it
    when a person has sent it again under a new key."""
    _, token, rest = key.partition(AGAIN)[0].split(":", 2)
    node, _, visit = rest.rpartition(":")
    return Place(int(token), node, int(visit))


class EffectRow(NamedTuple):
    """An effect that is ours until its lease ends, if its fence still is. `state` is as it was
    found: pending, or sending when a worker died over it. `void`: its run has ended, or was
    told to, so it is not to be sent any more (unless a person asked for it again). `run_over`: its
    run has ended and takes no answer."""

    key: str
    workspace: str
    run: str
    kind: str
    once: bool
    credential: str | None
    body: bytes
    retry_json: str
    state: str
    attempts: int
    fence: int
    created_at: int
    customer: str | None
    sample: bool
    void: bool
    run_over: bool


class Result(NamedTuple):
    """What became of an effect: done, dead, unknown or dropped; or pending, to be tried again."""

    state: str
    next_at: int | None
    answer_json: str | None
    done_at: int | None
    key: str
    fence: int


_VOID = "r.ended_at IS NOT NULL AND o.asked_at IS NULL"
_CANCELLED = """o.asked_at IS NULL AND EXISTS
 (SELECT 1 FROM signal s WHERE s.run = o.run AND s.kind = 'cancel')"""


class NewEffect(NamedTuple):
    """An effect as a run's commit puts it into the outbox; its bytes are frozen here."""

    key: str
    workspace: str
    run: str
    kind: str
    once: bool
    credential: str | None
    body: bytes
    retry_json: str


def add(conn: Connection, new: list[tuple[NewEffect, int]], now: int) -> None:
    """Effects, and when they are due."""
    _insert(conn, [(*one, "pending", 0, due, 0, 0, now) for one, due in new])


def put_off(conn: Connection, held: list[tuple[int, str, int]]) -> None:
    """(when they are due again, key, fence) of effects that were claimed and may not be sent yet;
    the attempt is not counted."""
    many(
        conn,
        """UPDATE outbox SET state = 'pending', attempts = attempts - 1, next_at = ?,
 lease_until = 0 WHERE key = ? AND fence = ?""",
        held,
    )


def add_taken(conn: Connection, new: list[EffectRow], lease: int) -> None:
    """Effects that are claimed in the same breath by whoever commits them: marked sending until
    `lease`, with the first attempt charged."""
    _insert(
        conn,
        [
            (*one[:8], "sending", one.attempts, lease, one.fence, lease, one.created_at)
            for one in new
        ],
    )


def taken(new: NewEffect, customer: str | None, sample: bool, now: int) -> EffectRow:
    """An effect as `add_taken` inserts it."""
    return EffectRow(*new, "pending", 1, 1, now, customer, sample, False, False)


def _insert(conn: Connection, lines: list[tuple[Any, ...]]) -> None:
    many(
        conn,
        """INSERT INTO outbox (key, workspace, run, kind, once, credential, body, retry_json,
 state, attempts, next_at, fence, lease_until, created_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)""",
        lines,
    )


def drop(conn: Connection, keys: list[str], now: int) -> None:
    """Effects whose run has ended before they were sent."""
    many(
        conn,
        """UPDATE outbox SET state = 'dropped', next_at = NULL, done_at = ?
 WHERE key = ? AND state = 'pending'""",
        [(now, key) for key in keys],
    )


def claim(conn: Connection, workspace: str, now: int, lease: int, most: int) -> list[EffectRow]:
    """Take due effects until `lease`, mark them sending and charge each an attempt. Some over which
    one worker died are taken together, since most of them had not even begun; one over which two
    died is taken alone: it may be what they died of."""
    sql = f"""SELECT o.key, o.workspace, o.run, o.kind, o.once, o.credential, o.body, o.retry_json,
 o.state, o.attempts, o.fence, o.created_at, r.customer, r.sample,
 {_VOID} OR {_CANCELLED}, r.ended_at IS NOT NULL
 FROM outbox o JOIN run r ON r.id = o.run
 WHERE o.workspace = ? AND o.next_at <= ? ORDER BY o.next_at LIMIT ?"""
    if conn.dialect.name != "sqlite":
        sql += " FOR UPDATE OF o SKIP LOCKED"
    found = [EffectRow._make(row) for row in rows(conn, sql, (workspace, now, most))]
    if not found:
        return []
    if found[0].state == "pending":
        taken = [one for one in found if one.state == "pending"]
    elif found[0].attempts > 1:
        taken = found[:1]
    else:
        taken = [one for one in found if one.state == "sending" and one.attempts == 1][:IN_DOUBT]
    many(
        conn,
        """UPDATE outbox SET state = 'sending', attempts = attempts + 1, fence = fence + 1,
 lease_until = ?, next_at = ? WHERE key = ?""",
        [(lease, lease, one.key) for one in taken],
    )
    return [one._replace(fence=one.fence + 1, attempts=one.attempts + 1) for one in taken]


def in_doubt(conn: Connection, until: int) -> bool:
    """Whether effects are being sent, by a worker that is there or by one that died over them;
    `until`: an instant that no lease outlasts. Of many that wait only the last are looked at."""
    sql = """SELECT 1 FROM workspace w WHERE EXISTS (SELECT 1 FROM (
 SELECT o.state FROM outbox o WHERE o.workspace = w.id AND o.next_at <= ?
 ORDER BY o.next_at DESC LIMIT ?) s WHERE s.state = 'sending') LIMIT 1"""
    return bool(rows(conn, sql, (until, LOOKED)))


class Held(NamedTuple):
    """An effect that is still ours: whether its run has ended, whether it is void by that, and the
    fence of its run when nobody holds that (else None)."""

    run_over: bool
    void: bool
    fence: int | None


def hold(conn: Connection, fences: Mapping[str, int]) -> dict[str, Held]:
    """Those of the effects that are still ours; neither they nor their runs change until the
    transaction ends."""
    sql = f"""SELECT o.key, o.fence, r.ended_at IS NOT NULL, {_VOID}, r.fence, r.lease_until
 FROM outbox o JOIN run r ON r.id = o.run
 WHERE o.state = 'sending' AND o.key IN ({marks(len(fences))})"""
    if conn.dialect.name != "sqlite":
        sql += " ORDER BY o.key FOR UPDATE OF o, r"
    return {
        key: Held(bool(over), bool(void), None if over or lease else fence)
        for key, own, over, void, fence, lease in rows(conn, sql, tuple(fences))
        if fences[key] == own
    }


def mark(conn: Connection, results: list[Result]) -> None:
    """What became of them."""
    many(
        conn,
        """UPDATE outbox SET state = ?, next_at = ?, answer_json = ?, done_at = ?, lease_until = 0
 WHERE key = ? AND fence = ?""",
        results,
    )


def add_messages(conn: Connection, messages: list[tuple[Any, ...]]) -> None:
    """(workspace, key, run, customer, to, subject, text, html, message_id, via, sample,
    created_at) of each email that was sent or put into the mailbox."""
    many(
        conn,
        """INSERT INTO message (id, workspace, key, run, customer, "to", subject, "text", html,
 message_id, via, sample, created_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)
 ON CONFLICT (key) DO NOTHING""",
        [(new_id(), *one) for one in messages],
    )


def credential(conn: Connection, workspace: str, name: str) -> tuple[str, bytes, str] | None:
    """(id, sealed, hosts JSON) of the credential with this name."""
    sql = "SELECT id, sealed, hosts_json FROM credential WHERE workspace = ? AND name = ?"
    found = rows(conn, sql, (workspace, name))
    return (found[0][0], bytes(found[0][1]), found[0][2]) if found else None
