"""Erasing a customer: nothing more goes out to them, then everything personal is taken out of all
tables. What only counts stays: each run keeps a row without a name, its steps without their
outputs, its effects without their bytes, each event its place without what it said.

A chore in small transactions. Its stages:

| stage | does |
| --- | --- |
| stop | ends open runs, drops what was to be sent, empties unrouted events; then their names go |
| settle | waits for sends that are on their way to land, or for their leases to end |
| runs | empties their runs with all that hangs on them |
| events | empties their events |
| room | SQLite: pages that were freed leave the file, and the log is emptied |

`erased` keeps hashes of their names, so that a backup from before erases them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from runtime.store import chores, emptying
from runtime.store.chores import Chore
from runtime.store.customers import Name
from runtime.store.database import Connection, Database, many, marks, rows, run
from runtime.store.emptying import external_id, names_in
from runtime.store.runs import OVER

REASON, FEW, EMPTIED = emptying.REASON, emptying.FEW, emptying.EMPTIED
TAIL = 500  # unrouted events looked through inside of a write transaction
PAGE = 2000  # unrouted events looked through at a time
SOON = 200_000  # microseconds between two looks whether sends have landed


def digest(workspace: str, name: Name) -> str:
    """What the ledger keeps of a name."""
    return hashlib.sha256("\0".join((workspace, *name)).encode()).hexdigest()


def request(conn: Connection, workspace: str, customer: str, now: int) -> bool:
    """Make the chore that erases them; False when it is asked for already."""
    names = names_of(conn, workspace, customer)
    for name in names:
        remember(conn, workspace, digest(workspace, name), now)
    return chores.add(conn, workspace, chores.ERASE, customer, _start(names), now, now)


def _start(names: Sequence[Name]) -> dict[str, Any]:
    return {"stage": "stop", "names": names, "seen": 0, "runs": 0, "events": 0}


def names_of(conn: Connection, workspace: str, customer: str) -> list[Name]:
    """Every name that they are known by."""
    sql = "SELECT kind, value FROM identity WHERE workspace = ? AND customer = ?"
    found = {(kind, value) for kind, value in rows(conn, sql, (workspace, customer))}
    sql = "SELECT external_id, email FROM customer WHERE workspace = ? AND id = ?"
    for own, email in rows(conn, sql, (workspace, customer)):
        found |= {("id", own)} if own else set()
        found |= {("email", email.strip().lower())} if email else set()
    return sorted(found)


def remember(conn: Connection, workspace: str, hashed: str, at: int) -> None:
    """Put it into the ledger; the latest instant counts."""
    run(
        conn,
        """INSERT INTO erased (workspace, digest, at) VALUES (?,?,?)
 ON CONFLICT (workspace, digest) DO UPDATE SET at = excluded.at WHERE excluded.at > erased.at""",
        (workspace, hashed, at),
    )


def known(conn: Connection, workspace: str, name: str) -> bool:
    """Whether somebody of this id or address was erased."""
    kinds = (("id", name), ("anonymous", name), ("email", name.strip().lower()))
    digests = [digest(workspace, one) for one in kinds]
    sql = f"SELECT 1 FROM erased WHERE workspace = ? AND digest IN ({marks(len(digests))})"
    return bool(rows(conn, sql, (workspace, *digests)))


def took(conn: Connection, of: str) -> bool:
    """Whether this run belongs, or belonged, to a customer who is or was erased: of one that had
    failed before, nothing but that is left."""
    sql = """SELECT 1 FROM run r LEFT JOIN chore c
 ON c.kind = 'erase' AND c.workspace = r.workspace AND c.ref = r.customer
 WHERE r.id = ? AND (c.id IS NOT NULL OR r.reason = ? OR r.status = 'failed' AND r.state_json = ?
 OR EXISTS (SELECT 1 FROM outbox o WHERE o.run = r.id AND o.body = ?))"""
    return bool(rows(conn, sql, (of, REASON, OVER, EMPTIED)))


# --- After a backup was brought back ----------------------------------------------------------


class Line(NamedTuple):
    """A name in the ledger, by its hash, and when it was erased."""

    workspace: str
    digest: str
    at: int


def ledger(conn: Connection) -> list[Line]:
    """Everybody who was erased."""
    sql = "SELECT workspace, digest, at FROM erased ORDER BY at, workspace, digest"
    return [Line(*row) for row in rows(conn, sql)]


def again(database: Database, lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Ask for the erasure of whoever is there again though they were erased; (workspace, customer)
    of each. Who came after that stays."""
    erased = {(one.workspace, one.digest): one.at for one in lines}
    with database.read() as conn:
        found = _returned(conn, erased)
        events = _returned_events(conn, erased)

    def work(conn: Connection) -> None:
        now = database.now_us(conn)
        spaces = {row[0] for row in rows(conn, "SELECT id FROM workspace")}
        for workspace, hashed, at in lines:
            if workspace in spaces:
                remember(conn, workspace, hashed, at)
        for workspace, customer in found:
            if not request(conn, workspace, customer, now):  # begun, or done, in the backup
                chore = chores.find(conn, workspace, chores.ERASE, customer)
                if chore is not None and chore.done_at is not None:
                    names = names_of(conn, workspace, customer)
                    chores.save(conn, chore, _start(names), now)
        for seq, event, external, names in events:
            _empty_unrouted(conn, [(seq, event, external)], names, now)

    database.transact(work)
    return found


def _returned(conn: Connection, erased: Mapping[tuple[str, str], int]) -> list[tuple[str, str]]:
    sql = """SELECT c.workspace, c.id, c.created_at, i.kind, i.value FROM customer c
 JOIN identity i ON i.customer = c.id"""
    return sorted(
        {
            (workspace, customer)
            for workspace, customer, created, kind, value in rows(conn, sql)
            if created <= erased.get((workspace, digest(workspace, (kind, value))), -1)
        }
    )


def _returned_events(
    conn: Connection, erased: Mapping[tuple[str, str], int]
) -> list[tuple[int, str, str, set[Name]]]:
    sql = """SELECT seq, id, external_id, workspace, received_at, who_json FROM event
 WHERE routed_at IS NULL AND who_json IS NOT NULL ORDER BY seq"""
    found: list[tuple[int, str, str, set[Name]]] = []
    for seq, event, external, workspace, received, who in rows(conn, sql):
        names = _possible(orjson.loads(who))
        if any(received <= erased.get((workspace, digest(workspace, n)), -1) for n in names):
            found.append((seq, event, external, names))
    return found


def _possible(who: Mapping[str, Any]) -> set[Name]:
    """The names that an event may mean."""
    names: set[Name] = set()
    for kind, value in who.items():
        text = str(value)
        for one in ("id", "anonymous", "email") if kind == "any" else (kind,):
            names.add((one, text.strip().lower() if one == "email" else text))
    return names


# --- Going on ---------------------------------------------------------------------------------


def step(database: Database, chore: Chore) -> int:
    """Go on by one short transaction; how many rows that touched, at least 1."""
    stage = {
        "stop": _stop,
        "settle": _settle,
        "runs": emptying.runs,
        "events": emptying.events,
        "room": emptying.room,
    }
    return stage[chore.state["stage"]](database, chore)


def _stop(database: Database, chore: Chore) -> int:
    state = chore.state
    names = names_in(state)
    with database.read() as conn:
        page = _unrouted(conn, chore, names, state["seen"], PAGE)
        asked = _outgoing(conn, chore, "pending")

    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if conn.dialect.name != "sqlite":  # nothing is routed meanwhile
            rows(conn, "SELECT pg_advisory_xact_lock(772301, hashtext(?))", (chore.workspace,))
        if not chores.hold(conn, chore):
            return 1
        ended = _end_runs(conn, chore.ref, now)
        _drop(conn, [key for key, _ in asked], now)
        _empty_unrouted(conn, page.found, names, now)
        _empty_failed(conn, chore, names)
        last = page
        if page.whole and len(ended) < FEW:
            last = _unrouted(conn, chore, names, page.seen, TAIL)
            _empty_unrouted(conn, last.found, names, now)
        if last is not page and last.whole:
            _forget_names(conn, chore)
            chores.save(conn, chore, state | {"stage": "settle"}, now)
        else:
            chores.save(conn, chore, state | {"seen": last.seen}, now)
        return 1 + len(ended) + len(page.found)

    return database.transact(work)


class _Page(NamedTuple):
    """What was found among the events that are not routed: (seq, id, external id) of those that
    name the customer, how far was looked, and whether that was the end."""

    found: list[tuple[int, str, str]]
    seen: int
    whole: bool


def _unrouted(conn: Connection, chore: Chore, names: set[Name], after: int, most: int) -> _Page:
    sql = """SELECT seq, id, external_id, kind, who_json, customer, properties_json FROM event
 WHERE workspace = ? AND routed_at IS NULL AND seq > ? ORDER BY seq LIMIT ?"""
    looked = rows(conn, sql, (chore.workspace, after, most))
    found: list[tuple[int, str, str]] = []
    for seq, event, external, kind, who, customer, properties in looked:
        after = seq
        if customer == chore.ref or _is_named(kind, who, properties, names):
            found.append((seq, event, external))
            if len(found) == FEW:
                return _Page(found, after, False)
    return _Page(found, after, len(looked) < most)


def _empty_failed(conn: Connection, chore: Chore, names: set[Name]) -> None:
    """Events that could not be routed name nobody but in what they say: those that name them are
    few, and go at once."""
    found = emptying.failed_events(conn, chore.workspace)
    named = [row for row in found if _is_named(row[3], row[4], row[5], names)]
    emptying.empty_events(conn, [(*row[:3], row[6]) for row in named], names)


def _is_named(kind: str, who: str | None, properties: str, names: set[Name]) -> bool:
    """Whether an event is about one of these names (see `runtime.work.people`); one that cannot be
    read, when a name stands in it."""
    try:
        return _names_one(kind, who, properties, names)
    except (ValueError, TypeError, AttributeError):
        text = f"{who} {properties}".lower()
        return any(value.lower() in text for _, value in names)


def _names_one(kind: str, who: str | None, properties: str, names: set[Name]) -> bool:
    given: dict[str, Any] = orjson.loads(who) if who else {}
    if any(_fits(k, str(value), names) for k, value in given.items()):
        return True
    if kind not in ("identify", "alias"):
        return False
    said: dict[str, Any] = orjson.loads(properties)
    if kind == "identify":
        return isinstance(said.get("email"), str) and _fits("email", said["email"], names)
    return _fits("any", str(said.get("previousId")), names)


def _fits(kind: str, value: str, names: set[Name]) -> bool:
    if kind == "any":
        return any(_fits(k, value, names) for k in ("id", "anonymous", "email"))
    return (kind, value.strip().lower() if kind == "email" else value) in names


def _end_runs(conn: Connection, customer: str, now: int) -> list[str]:
    """End open runs now: whoever carries one finds another fence. Pending effects are dropped."""
    sql = "SELECT id FROM run WHERE customer = ? AND ended_at IS NULL ORDER BY id LIMIT ?"
    if conn.dialect.name != "sqlite":
        sql += " FOR UPDATE"
    ended = [row[0] for row in rows(conn, sql, (customer, FEW))]
    many(
        conn,
        """UPDATE run SET status = 'exited', reason = ?, wake_at = NULL, lease_until = 0,
 attempts = 0, ended_at = ?, fence = fence + 1 WHERE id = ?""",
        [(REASON, now, one) for one in ended],
    )
    many(
        conn,
        """UPDATE outbox SET state = 'dropped', next_at = NULL, done_at = ?
 WHERE run = ? AND state = 'pending'""",
        [(now, one) for one in ended],
    )
    many(
        conn,
        "UPDATE approval SET state = 'cancelled', decided_at = ? WHERE run = ? AND state = 'open'",
        [(now, one) for one in ended],
    )
    return ended


def _outgoing(conn: Connection, chore: Chore, state: str) -> list[tuple[str, int]]:
    """(key, lease) of their effects in this state."""
    sql = """SELECT o.key, o.lease_until FROM run r JOIN outbox o ON o.run = r.id
 WHERE r.customer = ? AND o.state = ?"""
    return [(key, lease) for key, lease in rows(conn, sql, (chore.ref, state))]


def _drop(conn: Connection, keys: Sequence[str], now: int) -> None:
    """Effects that nobody is sending; late news about them finds another fence."""
    many(
        conn,
        """UPDATE outbox SET state = 'dropped', next_at = NULL, done_at = ?, fence = fence + 1
 WHERE key = ? AND state IN ('pending', 'sending') AND lease_until <= ?""",
        [(now, key, now) for key in keys],
    )


def _empty_unrouted(
    conn: Connection, found: Sequence[tuple[int, str, str]], names: set[Name], now: int
) -> None:
    outcome = orjson.dumps([{"skipped": REASON}]).decode()
    many(
        conn,
        """UPDATE event SET routed_at = ?, customer = NULL, who_json = NULL, external_id = ?,
 properties_json = '{}', outcome_json = ? WHERE seq = ? AND routed_at IS NULL""",
        [(now, external_id(event, ext, names), outcome, seq) for seq, event, ext in found],
    )


def _forget_names(conn: Connection, chore: Chore) -> None:
    """From here on whoever comes by one of their names is somebody new."""
    run(conn, "DELETE FROM identity WHERE customer = ?", (chore.ref,))
    sql = "SELECT id FROM journey WHERE workspace = ?"
    many(
        conn,
        "DELETE FROM entry WHERE journey = ? AND customer = ?",
        [(row[0], chore.ref) for row in rows(conn, sql, (chore.workspace,))],
    )
    run(conn, "DELETE FROM customer WHERE id = ?", (chore.ref,))


# --- What is on its way -----------------------------------------------------------------------


def _settle(database: Database, chore: Chore) -> int:
    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        flying = _outgoing(conn, chore, "sending")
        _drop(conn, [key for key, _ in flying], now)
        wait = [lease for _, lease in flying if lease > now]
        if wait:
            chores.save(conn, chore, chore.state, min(now + SOON, *wait))
            return 0
        chores.save(conn, chore, chore.state | {"stage": "runs"}, now)
        return 1

    return database.transact(work)
