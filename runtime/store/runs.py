"""Runs: started by the router, claimed with a lease and a fence, written back in one commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from runtime.store.database import Connection, many, marks, new_id, rows, run

FRESH = "{}"  # the state of a run that has not begun
OVER = '{"over":true}'  # … of one that has come to its end: nothing is left to carry on

Place = tuple[str, int, str, int]  # run, token, node, visit


class OpenRow(NamedTuple):
    """A run that goes on, as the router sees it."""

    id: str
    journey: str
    version: str
    event: str
    customer: str
    wake_at: int | None


class NewRun(NamedTuple):
    """A run to start."""

    id: str
    workspace: str
    journey: str
    version: str
    event: str
    customer: str | None
    entry_key: str
    trigger: str
    sample: bool


class Claimed(NamedTuple):
    """A run that is ours until its lease ends, if its fence still is."""

    id: str
    workspace: str
    journey: str
    version: str
    event: str
    customer: str | None
    entry_key: str
    trigger: str
    sample: bool
    state_json: str
    started_at: int
    fence: int
    attempts: int
    reason: str | None


# --- Starting ---------------------------------------------------------------------------------


def open_of(conn: Connection, customers: Collection[str]) -> list[OpenRow]:
    """The runs of these customers that go on."""
    sql = f"""SELECT id, journey, version, event, customer, wake_at FROM run
 WHERE ended_at IS NULL AND customer IN ({marks(len(customers))}) ORDER BY id"""
    return [OpenRow._make(row) for row in rows(conn, sql, tuple(customers))]


def start(conn: Connection, new: list[NewRun], now: int, lease: int = 0) -> None:
    """Insert runs that are due at once. With a `lease` they are claimed in the same breath, and
    the first attempt is charged (`claimed` says what that makes of them). One that an event has
    started before stays as it is."""
    claim = (1, lease, 1) if lease else (0, 0, 0)
    many(
        conn,
        """INSERT INTO run (id, workspace, journey, version, event, customer, entry_key, "trigger",
 sample, wake_at, started_at, fence, lease_until, attempts) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)
 ON CONFLICT (workspace, journey, event) DO NOTHING""",
        [(*one, now, now, *claim) for one in new],
    )


def claimed(new: NewRun, now: int) -> Claimed:
    """A run as `start` has inserted it with a lease."""
    return Claimed(*new, FRESH, now, 1, 1, None)


def entries(
    conn: Connection, journey: str, customers: Collection[str]
) -> list[tuple[str, str, int, bool]]:
    """(customer, key, last_at, open) of each time one of them entered the journey."""
    sql = f"""SELECT customer, key, last_at, open FROM entry
 WHERE journey = ? AND customer IN ({marks(len(customers))})"""
    found = rows(conn, sql, (journey, *customers))
    return [(row[0], row[1], row[2], bool(row[3])) for row in found]


def enter(conn: Connection, new: list[NewRun], now: int) -> None:
    """Remember when each customer entered; the reentry rule reads it."""
    many(
        conn,
        """INSERT INTO entry (journey, customer, key, run, last_at, open) VALUES (?,?,?,?,?,?)
 ON CONFLICT (journey, customer, key) DO UPDATE
 SET run = excluded.run, last_at = excluded.last_at, open = excluded.open""",
        [(r.journey, r.customer, r.entry_key, r.id, now, True) for r in new if r.customer],
    )


def leave(conn: Connection, ended: Collection[Claimed]) -> None:
    """These runs no longer keep their customers inside."""
    many(
        conn,
        "UPDATE entry SET open = ? WHERE journey = ? AND customer = ? AND key = ? AND run = ?",
        sorted((False, r.journey, r.customer, r.entry_key, r.id) for r in ended if r.customer),
    )


def without_goal(conn: Connection, journey: str, customer: str, before: int) -> list[OpenRow]:
    """The customer's runs of a journey, ended or not, that an event before this seq started and
    that have not reached the goal; `wake_at` is when the run started."""
    sql = """SELECT r.id, r.journey, r.version, r.event, r.customer, r.started_at
 FROM run r JOIN event e ON e.id = r.event
 WHERE r.customer = ? AND r.journey = ? AND r.goal_at IS NULL AND e.seq < ?"""
    return [OpenRow._make(row) for row in rows(conn, sql, (customer, journey, before))]


def reach_goal(conn: Connection, reached: list[tuple[int, str]]) -> None:
    """(instant, run) of each."""
    many(conn, "UPDATE run SET goal_at = ? WHERE id = ? AND goal_at IS NULL", reached)


GOAL = ("", "goal")  # the node and handle under which reached goals are counted
LEFT = "left:"  # before a handle: how many runs ended there; no handle has a colon in its name


def left_by(handle: str) -> str:
    """Under what it is counted that a run ended by this handle, or at the node itself ("")."""
    return LEFT + handle


# --- Claiming ---------------------------------------------------------------------------------


def claim(
    conn: Connection, workspace: str, now: int, lease: int, most: int
) -> tuple[list[Claimed], int]:
    """Take due runs until `lease`, and charge each an attempt. One that was claimed before and
    never came back is taken alone, so that it can harm no neighbour. Also says how often the
    first of them has been tried before."""
    sql = """SELECT id, workspace, journey, version, event, customer, entry_key, "trigger", sample,
 state_json, started_at, fence, attempts, reason FROM run
 WHERE workspace = ? AND wake_at <= ? AND lease_until <= ? ORDER BY wake_at LIMIT ?"""
    if conn.dialect.name != "sqlite":
        sql += " FOR UPDATE SKIP LOCKED"
    found = [Claimed._make(row) for row in rows(conn, sql, (workspace, now, now, most))]
    if not found:
        return [], 0
    tried = found[0].attempts
    taken = found[:1] if tried else [one for one in found if not one.attempts]
    many(
        conn,
        "UPDATE run SET fence = fence + 1, attempts = attempts + 1, lease_until = ? WHERE id = ?",
        [(lease, one.id) for one in taken],
    )
    return [one._replace(fence=one.fence + 1, attempts=one.attempts + 1) for one in taken], tried


def hold(conn: Connection, fences: Mapping[str, int]) -> set[str]:
    """Those of the runs that are still ours: their fence is the one we claimed with, and nothing
    was committed under it yet (that ends the lease)."""
    # `ended_at IS NULL` would let PostgreSQL read the whole index of open runs while that is small
    sql = f"""SELECT id, fence FROM run
 WHERE coalesce(ended_at, 0) = 0 AND lease_until <> 0 AND id IN ({marks(len(fences))})"""
    if conn.dialect.name != "sqlite":
        sql += " ORDER BY id FOR UPDATE"
    return {row[0] for row in rows(conn, sql, tuple(fences)) if fences[row[0]] == row[1]}


def hand_back(conn: Connection, given: Mapping[str, int], now: int) -> None:
    """Give up the lease without a result; the attempt is not counted."""
    many(
        conn,
        """UPDATE run SET lease_until = 0, attempts = 0, wake_at = ?
 WHERE id = ? AND fence = ? AND ended_at IS NULL""",
        [(now, one, fence) for one, fence in sorted(given.items())],
    )


def stumble(conn: Connection, failed: Mapping[str, tuple[int, str]], again: int) -> None:
    """Carrying these runs raised an error ({run: (fence, error)}): try again later, each alone."""
    many(
        conn,
        "UPDATE run SET lease_until = ?, reason = ? WHERE id = ? AND fence = ?",
        [(again, error, one, fence) for one, (fence, error) in sorted(failed.items())],
    )


# --- Writing ----------------------------------------------------------------------------------


class Written(NamedTuple):
    """A run as it stands after it was carried on. `fence` is the one it is written with, `was` the
    one it must have had until now: the same under a claim, one less when a run that nobody holds
    takes the answer of its effect."""

    status: str
    reason: str | None
    state_json: str
    wake_at: int | None
    ended_at: int | None
    fence: int
    id: str
    was: int


def write(conn: Connection, written: list[Written]) -> None:
    """The runs' new states; their leases end."""
    many(
        conn,
        """UPDATE run SET status = ?, reason = ?, state_json = ?, wake_at = ?, ended_at = ?,
 fence = ?, lease_until = 0, attempts = 0 WHERE id = ? AND fence = ?""",
        sorted((one for one in written if one.ended_at is not None), key=attrgetter("id")),
    )
    many(  # a column that is not written leaves its indexes alone
        conn,
        """UPDATE run SET status = ?, reason = ?, state_json = ?, wake_at = ?, fence = ?,
 lease_until = 0, attempts = 0 WHERE id = ? AND fence = ?""",
        sorted(
            (
                (one.status, one.reason, one.state_json, one.wake_at, *one[5:])
                for one in written
                if one.ended_at is None
            ),
            key=itemgetter(5),
        ),
    )


def journal(conn: Connection, lines: list[tuple[str, int, str]]) -> None:
    """(run, fence, steps JSON) of each commit that made steps."""
    many(conn, "INSERT INTO journal (run, fence, steps_json) VALUES (?,?,?)", lines)


def count(conn: Connection, counted: Mapping[tuple[str, str, str], int]) -> None:
    """Add to the counters of (version, node, handle); always in one order, against deadlocks."""
    many(
        conn,
        """INSERT INTO counter (version, node, handle, n) VALUES (?,?,?,?)
 ON CONFLICT (version, node, handle) DO UPDATE SET n = counter.n + excluded.n""",
        [(*key, n) for key, n in sorted(counted.items())],
    )


def open_timers(conn: Connection, opened: list[tuple[Any, ...]]) -> None:
    """(run, token, node, visit, journey, kind, deadline_at, event, since_at) of each wait."""
    many(
        conn,
        """INSERT INTO timer (run, token, node, visit, journey, kind, deadline_at, event, since_at)
 VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (run, token, node, visit) DO NOTHING""",
        opened,
    )


def await_effects(conn: Connection, waits: list[tuple[int, str, int, int, str]]) -> None:
    """(token, node, visit, since_at, key) of waits for effects that did not end at once. The wait
    for one that a person asked for again stands there already, or is over."""
    many(
        conn,
        """INSERT INTO timer (run, token, node, visit, journey, kind, since_at)
 SELECT r.id, ?, ?, ?, r.journey, 'effect', ? FROM outbox o JOIN run r ON r.id = o.run
 WHERE o.key = ? AND o.asked_at IS NULL ON CONFLICT (run, token, node, visit) DO NOTHING""",
        waits,
    )


def close_timers(conn: Connection, closed: list[Place]) -> None:
    """Waits that are over."""
    many(conn, "DELETE FROM timer WHERE run = ? AND token = ? AND node = ? AND visit = ?", closed)


def open_approvals(conn: Connection, opened: list[tuple[Any, ...]]) -> None:
    """(workspace, run, token, node, visit, journey, customer, ask_json, created_at, expires_at)."""
    many(
        conn,
        """INSERT INTO approval (id, workspace, run, token, node, visit, journey, customer,
 ask_json, created_at, expires_at) VALUES (?,?,?,?,?,?,?,?,?,?,?)""",
        [(new_id(), *one) for one in opened],
    )


def close_approvals(conn: Connection, closed: list[tuple[str, int, Place]]) -> None:
    """(state, instant, place) of each that nobody has decided."""
    many(
        conn,
        """UPDATE approval SET state = ?, decided_at = ?
 WHERE run = ? AND token = ? AND node = ? AND visit = ? AND state = 'open'""",
        [(state, at, *place) for state, at, place in closed],
    )


def add_tasks(conn: Connection, tasks: list[tuple[Any, ...]]) -> None:
    """(workspace, run, customer, key, title, notes, assignee, due_at, created_at) of each."""
    many(
        conn,
        """INSERT INTO task (id, workspace, run, customer, key, title, notes, assignee, due_at,
 created_at) VALUES (?,?,?,?,?,?,?,?,?,?)""",
        [(new_id(), *one) for one in tasks],
    )


# --- Giving up --------------------------------------------------------------------------------


def bury(conn: Connection, one: Claimed, reason: str, now: int) -> None:
    """The run is failed and goes to the dead letters; its waits and pending effects end. State and
    inbox stay as they are, for a replay."""
    run(
        conn,
        """UPDATE run SET status = 'failed', reason = ?, wake_at = NULL, lease_until = 0,
 ended_at = ? WHERE id = ?""",
        (reason, now, one.id),
    )
    run(conn, "DELETE FROM timer WHERE run = ?", (one.id,))
    run(
        conn,
        "UPDATE approval SET state = 'cancelled', decided_at = ? WHERE run = ? AND state = 'open'",
        (now, one.id),
    )
    run(
        conn,
        """UPDATE outbox SET state = 'dropped', next_at = NULL, done_at = ?
 WHERE run = ? AND state = 'pending'""",
        (now, one.id),
    )
    leave(conn, [one])
    dead_letter(conn, one.workspace, "run", one.id, reason, now)


def dead_letter(
    conn: Connection, workspace: str, kind: str, ref: str, reason: str, now: int
) -> None:
    """Something that a person has to look at. `kind`: run, effect or event."""
    run(
        conn,
        """INSERT INTO dead_letter (id, workspace, kind, ref, reason, created_at)
 VALUES (?,?,?,?,?,?) ON CONFLICT (kind, ref) DO UPDATE
 SET reason = excluded.reason, created_at = excluded.created_at, resolved_at = NULL""",
        (new_id(), workspace, kind, ref, reason, now),
    )
