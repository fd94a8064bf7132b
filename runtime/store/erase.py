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

`erased` keeps hashes of their names, so that a backup from before erases them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import orjson

from runtime.store import chores, trail
from runtime.store.chores import Chore
from runtime.store.customers import Name
from runtime.store.database import Connection, Database, many, marks, rows, run

REASON = "The customer was erased."
OVER = '{"over":true}'  # the state of a run of which nothing is left
EMPTIED = b"{}"  # the bytes of an effect of which nothing is left
FEW = 100  # runs ended, or events emptied, in a transaction
MOST = 250  # rows rewritten in a transaction
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
    state = {"stage": "stop", "names": names, "seen": 0, "runs": 0, "events": 0}
    return chores.add(conn, workspace, chores.ERASE, customer, state, now, now)


def names_of(conn: Connection, workspace: str, customer: str) -> list[Name]:
    """Every name that they are known by."""
    sql = "SELECT kind, value FROM identity WHERE workspace = ? AND customer = ?"
    found = {(kind, value) for kind, value in rows(conn, sql, (workspace, customer))}
    sql = "SELECT external_id, email FROM customer WHERE workspace = ? AND id = ?"
    for external_id, email in rows(conn, sql, (workspace, customer)):
        found |= {("id", external_id)} if external_id else set()
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
    """Whether this run belongs, or belonged, to a customer who is or was erased."""
    sql = """SELECT 1 FROM run r LEFT JOIN chore c
 ON c.kind = 'erase' AND c.workspace = r.workspace AND c.ref = r.customer
 WHERE r.id = ? AND (c.id IS NOT NULL OR r.reason = ? OR EXISTS
 (SELECT 1 FROM outbox o WHERE o.run = r.id AND o.body = ?))"""
    return bool(rows(conn, sql, (of, REASON, EMPTIED)))


# --- Going on ---------------------------------------------------------------------------------


def step(database: Database, chore: Chore) -> int:
    """Go on by one short transaction; how many rows that touched, at least 1."""
    stage = {"stop": _stop, "settle": _settle, "runs": _runs, "events": _events}
    return stage[chore.state["stage"]](database, chore)


def _stop(database: Database, chore: Chore) -> int:
    state = chore.state
    names = _names(state)
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


def _names(state: Mapping[str, Any]) -> set[Name]:
    return {(kind, value) for kind, value in cast("list[list[str]]", state["names"])}


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


def _is_named(kind: str, who: str | None, properties: str, names: set[Name]) -> bool:
    """Whether an event is about one of these names (see `runtime.work.people`)."""
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
        [(now, _external(event, ext, names), outcome, seq) for seq, event, ext in found],
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


# --- Emptying ---------------------------------------------------------------------------------


def _runs(database: Database, chore: Chore) -> int:
    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        state, touched = chore.state, 0
        sql = "SELECT id FROM run WHERE customer = ? ORDER BY started_at, id LIMIT 20"
        found = [row[0] for row in rows(conn, sql, (chore.ref,))]
        for one in found:
            fence = state.pop("fence", -1)
            lines, last = _empty_journal(conn, one, fence, MOST - touched)
            touched += lines
            if touched >= MOST:
                state["fence"] = last
                break
            touched += _empty_run(conn, chore.workspace, one, now)
            state["runs"] += 1
        if not found:
            state["stage"] = "events"
        chores.save(conn, chore, state, now)
        return max(1, touched)

    return database.transact(work)


def _empty_journal(conn: Connection, of: str, after: int, most: int) -> tuple[int, int]:
    """Which way a run went stays; what its steps said goes. (How many rows, the last fence.)"""
    sql = """SELECT fence, steps_json FROM journal WHERE run = ? AND fence > ?
 ORDER BY fence LIMIT ?"""
    found = rows(conn, sql, (of, after, max(1, most)))
    emptied: list[tuple[str, str, int]] = []
    for fence, text in found:
        lines: list[list[Any]] = [[*line[:6], {}] for line in orjson.loads(text)]
        emptied.append((orjson.dumps(lines).decode(), of, fence))
    many(conn, "UPDATE journal SET steps_json = ? WHERE run = ? AND fence = ?", emptied)
    return len(emptied), found[-1][0] if found else after


def _empty_run(conn: Connection, workspace: str, one: str, now: int) -> int:
    """Take everything personal out of a run that has ended."""
    sql = "SELECT key, asked_at FROM outbox WHERE run = ?"
    effects = rows(conn, sql, (one,))
    keys = [(key,) for key, _ in effects]
    for table in ("signal", "timer", "task"):
        run(conn, f"DELETE FROM {table} WHERE run = ?", (one,))
    many(conn, "DELETE FROM message WHERE key = ?", keys)
    many(conn, "DELETE FROM dead_letter WHERE kind = 'effect' AND ref = ?", keys)
    run(conn, "DELETE FROM dead_letter WHERE kind = 'run' AND ref = ?", (one,))
    run(
        conn,
        """UPDATE outbox SET body = ?, answer_json = NULL, next_at = NULL,
 state = CASE WHEN state IN ('pending', 'sending') THEN 'dropped' ELSE state END WHERE run = ?""",
        (EMPTIED, one),
    )
    _empty_approvals(conn, one)
    run(
        conn,
        """UPDATE run SET customer = NULL, entry_key = '', state_json = ?,
 reason = CASE WHEN reason = ? THEN reason ELSE NULL END WHERE id = ?""",
        (OVER, REASON, one),
    )
    if any(asked is not None for _, asked in effects):
        for (key,) in keys:  # the reason that a person gave may name the customer
            trail.redact(conn, workspace, key)
    return 2 + 2 * len(keys)


def _empty_approvals(conn: Connection, of: str) -> None:
    """That it was approved stays; the draft and the text go."""
    sql = "SELECT id, decision_json FROM approval WHERE run = ?"
    emptied: list[tuple[str | None, str]] = []
    for one, decision in rows(conn, sql, (of,)):
        made: dict[str, Any] = orjson.loads(decision) if decision else {}
        kept = {"decision": made["decision"], "by": made.get("by"), "text": None} if made else None
        emptied.append((orjson.dumps(kept).decode() if kept else None, one))
    many(
        conn,
        "UPDATE approval SET customer = NULL, ask_json = '{}', decision_json = ? WHERE id = ?",
        emptied,
    )


def _events(database: Database, chore: Chore) -> int:
    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        state = chore.state
        sql = """SELECT seq, id, external_id, outcome_json FROM event
 WHERE customer = ? ORDER BY seq LIMIT ?"""
        found = rows(conn, sql, (chore.ref, FEW))
        names = _names(state)
        many(
            conn,
            """UPDATE event SET customer = NULL, who_json = NULL, properties_json = '{}',
 external_id = ?, outcome_json = ? WHERE seq = ?""",
            [
                (_external(event, external, names), _outcome(outcome), seq)
                for seq, event, external, outcome in found
            ],
        )
        many(
            conn,
            "DELETE FROM dead_letter WHERE kind = 'event' AND ref = ?",
            [(event,) for _, event, _, _ in found],
        )
        state["events"] += len(found)
        if found:
            chores.save(conn, chore, state, now)
        else:
            chores.finish(conn, chore, {k: state[k] for k in ("runs", "events")}, now)
        return max(1, len(found))

    return database.transact(work)


def _external(event: str, external: str, names: Iterable[Name]) -> str:
    """The sender's id is kept, so that a late repetition is still known, unless it holds a name."""
    text = external.lower()
    return event if any(name.lower() in text for _, name in names if len(name) > 2) else external


def _outcome(text: str | None) -> str | None:
    """Which runs it started stays; the words of an error may quote the customer."""
    if text is None or '"error"' not in text:
        return text
    outcome: list[dict[str, Any]] = orjson.loads(text)
    return orjson.dumps([{"error": REASON} if "error" in one else one for one in outcome]).decode()
