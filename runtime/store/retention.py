"""The retention rule: what finished so many days ago is taken out, with all that hangs on it.

Never touched: open runs, what waits for a person (dead letters, effects in doubt, open tasks), the
memory of the reentry rules (`entry`), the counters, the audit, events that are not routed or whose
runs are still there. A chore in small transactions; its stages are runs, events, fires,
edits (of drafts) and room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from runtime.store import chores, past_edits
from runtime.store.chores import Chore
from runtime.store.database import Connection, Database, many, marks, rows

DEFAULT = 365  # days
LEAST = 7  # days: senders repeat an event for at most so long
DAY = 86_400_000_000
MOST_RUNS = 25  # deleted in a transaction
MOST_EVENTS = 150
FEW = 200  # runs read at a time
PAGE = 1000  # rows looked through between two transactions
PATIENCE = 5.0  # seconds in which readers of an older state should be done
PAGES_BACK = 100  # of SQLite's file that are given back in a transaction
MOST_EDITS = 100
TOLD = ("before", "runs", "events", "edits", "pages")  # of a pass that is over
ENDED = ("completed", "exited", "failed")


def days_of(settings_json: str) -> int:
    """The workspace's rule in days; 0: everything is kept."""
    found = orjson.loads(settings_json).get("retention_days")
    return found if isinstance(found, int) and found >= 0 else DEFAULT


def arrange(conn: Connection, workspace: str, now: int) -> None:
    """Every workspace keeps to its rule once a day, the first time a day from now."""
    chores.add(conn, workspace, chores.RETAIN, "", {}, now, now + DAY)


def begin(conn: Connection, workspace: str, now: int, before: int | None = None) -> Chore:
    """Start over now, by the rule or with another instant; whatever was under way is left."""
    chores.add(conn, workspace, chores.RETAIN, "", {}, now, now)
    chore = chores.find(conn, workspace, chores.RETAIN, "")
    if chore is None:
        raise LookupError(f"The retention chore of {workspace} is gone.")
    state = {"before": before} if before is not None else dict[str, Any]()
    chores.save(conn, chore, state, now)
    return chore


def step(database: Database, chore: Chore) -> int:
    """Go on by one short transaction; how many rows that took out, at least 1."""
    stage = {"runs": _runs, "events": _events, "fires": _fires, "edits": _edits, "room": _room}
    return stage.get(chore.state.get("stage", ""), _first)(database, chore)


def _first(database: Database, chore: Chore) -> int:
    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        before = chore.state.get("before")
        if before is None:
            sql = "SELECT settings_json FROM workspace WHERE id = ?"
            days = days_of(rows(conn, sql, (chore.workspace,))[0][0])
            if days == 0:
                chores.save(conn, chore, {}, now + DAY)
                return 1
            before = now - days * DAY
        state = {"stage": "runs", "before": before, "at": 0, "runs": 0, "events": 0, "pages": 0}
        chores.save(conn, chore, state, now)
        return 1

    return database.transact(work)


# --- Runs -------------------------------------------------------------------------------------


class _Place(NamedTuple):
    """How far the runs were looked through: by journey, status, start and id."""

    journey: str
    status: str
    at: int
    id: str


def _runs(database: Database, chore: Chore) -> int:
    state = chore.state
    before = state["before"]
    place = _Place(*state.get("place", ("", ENDED[0], -1, "")))
    with database.read() as conn:
        found, after = _finished(conn, chore.workspace, place, before)

    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        gone = _delete_runs(conn, found, before)
        state["runs"] += gone
        if after is None:
            state["stage"] = "events"
        else:
            state["place"] = list(after)
        chores.save(conn, chore, state, now)
        return max(1, gone)

    return database.transact(work)


def _finished(
    conn: Connection, workspace: str, place: _Place, before: int
) -> tuple[list[str], _Place | None]:
    """Some runs that ended before, and where to go on; None: that was all."""
    found: list[str] = []
    looked = 0
    while True:
        if place.journey:
            sql = """SELECT id, started_at, ended_at FROM run
 WHERE journey = ? AND status = ? AND started_at >= ? AND started_at < ?
 AND (started_at > ? OR id > ?) ORDER BY started_at, id LIMIT ?"""
            at = (place.journey, place.status, place.at, before, place.at, place.id, FEW)
            page = rows(conn, sql, at)
            for one, started, ended in page:
                place = place._replace(at=started, id=one)
                if ended is not None and ended < before:
                    found.append(one)
                    if len(found) == MOST_RUNS:
                        return found, place
            looked += len(page)
            if len(page) == FEW:
                if looked >= PAGE:
                    return found, place
                continue
        following = _next(conn, workspace, place)
        if following is None:
            return found, None
        place = following


def _next(conn: Connection, workspace: str, place: _Place) -> _Place | None:
    if place.journey and place.status != ENDED[-1]:
        status = ENDED[ENDED.index(place.status) + 1]
        return _Place(place.journey, status, -1, "")
    sql = "SELECT id FROM journey WHERE workspace = ? AND id > ? ORDER BY id LIMIT 1"
    found = rows(conn, sql, (workspace, place.journey))
    return _Place(found[0][0], ENDED[0], -1, "") if found else None


def _delete_runs(conn: Connection, found: Sequence[str], before: int) -> int:
    """Those that are still finished and wait for nobody; how many."""
    if not found:
        return 0
    some = marks(len(found))
    lock = "" if conn.dialect.name == "sqlite" else " FOR UPDATE"
    sql = f"SELECT id FROM run WHERE id IN ({some}) AND ended_at < ?{lock}"
    ended = {row[0] for row in rows(conn, sql, (*found, before))}
    sql = f"SELECT key, run, state FROM outbox WHERE run IN ({some})"
    effects = rows(conn, sql, tuple(found))
    busy = {run for _, run, state in effects if state in ("pending", "sending", "unknown")}
    busy |= _lamented(conn, "run", list(found))
    lamented = _lamented(conn, "effect", [key for key, _, _ in effects])
    busy |= {run for key, run, _ in effects if key in lamented}
    gone = sorted((one,) for one in ended - busy)
    keys = [(key,) for key, of, _ in effects if (of,) in set(gone)]
    for table in ("journal", "signal", "timer", "approval"):
        many(conn, f"DELETE FROM {table} WHERE run = ?", gone)
    many(conn, "DELETE FROM task WHERE run = ? AND done_at IS NOT NULL", gone)
    many(conn, "DELETE FROM message WHERE key = ?", keys)
    many(conn, "DELETE FROM dead_letter WHERE kind = 'effect' AND ref = ?", keys)
    many(conn, "DELETE FROM dead_letter WHERE kind = 'run' AND ref = ?", gone)
    many(conn, "DELETE FROM outbox WHERE run = ?", gone)
    many(conn, "DELETE FROM run WHERE id = ?", gone)
    return len(gone)


def _lamented(conn: Connection, kind: str, refs: Sequence[str]) -> set[str]:
    """Those that a person still has to look at."""
    if not refs:
        return set()
    sql = f"""SELECT ref FROM dead_letter
 WHERE kind = ? AND resolved_at IS NULL AND ref IN ({marks(len(refs))})"""
    return {row[0] for row in rows(conn, sql, (kind, *refs))}


# --- Events -----------------------------------------------------------------------------------


def _events(database: Database, chore: Chore) -> int:
    state = chore.state
    with database.read() as conn:
        found, seen, whole = _past(conn, chore.workspace, state.get("seq", 0), state["before"])

    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        kept = _lamented(conn, "event", [event for _, event in found])
        gone = [(seq, event) for seq, event in found if event not in kept]
        sql = "DELETE FROM event WHERE seq = ? AND routed_at IS NOT NULL"
        many(conn, sql, [(seq,) for seq, _ in gone])
        sql = "DELETE FROM dead_letter WHERE kind = 'event' AND ref = ?"
        many(conn, sql, [(event,) for _, event in gone])
        state["events"] += len(gone)
        state["seq"] = seen
        if whole:
            state["stage"] = "fires"
        chores.save(conn, chore, state, now)
        return max(1, len(gone))

    return database.transact(work)


def _past(
    conn: Connection, workspace: str, after: int, before: int
) -> tuple[list[tuple[int, str]], int, bool]:
    """((seq, id) of events that nothing needs any more, how far was looked, whether that was all).
    The seq grows with the instant of acceptance, so the first that is younger ends it."""
    sql = """SELECT seq, id, workspace, received_at, routed_at, outcome_json FROM event
 WHERE seq > ? ORDER BY seq LIMIT ?"""
    found: list[tuple[int, str]] = []
    page = rows(conn, sql, (after, PAGE))
    old = [row for row in page if row[3] < before]
    alive = _alive(conn, [row[5] for row in old if row[2] == workspace])
    for seq, event, space, _, routed, outcome in old:
        if len(found) == MOST_EVENTS:
            return found, after, False
        after = seq
        if space == workspace and routed is not None and alive.isdisjoint(_started(outcome)):
            found.append((seq, event))
    return found, after, len(old) < PAGE


def _started(outcome: str | None) -> list[str]:
    """The runs that an event started."""
    if not outcome or '"run"' not in outcome:
        return []
    return [one["run"] for one in orjson.loads(outcome) if one.get("run")]


def _alive(conn: Connection, outcomes: Sequence[str | None]) -> set[str]:
    runs = [one for outcome in outcomes for one in _started(outcome)]
    alive: set[str] = set()
    for start in range(0, len(runs), 500):
        some = runs[start : start + 500]
        sql = f"SELECT id FROM run WHERE id IN ({marks(len(some))})"
        alive |= {row[0] for row in rows(conn, sql, tuple(some))}
    return alive


# --- Firings, and the room on the disk --------------------------------------------------------


def _fires(database: Database, chore: Chore) -> int:
    state = chore.state

    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        sql = """SELECT f.schedule, f.nominal FROM schedule_fire f
 LEFT JOIN schedule s ON s.id = f.schedule
 WHERE f.at < ? AND (s.id IS NULL OR s.workspace = ?) LIMIT ?"""
        old = min(state["before"], now - LEAST * DAY)  # a local time may come again for a day
        found = rows(conn, sql, (old, chore.workspace, MOST_EVENTS))
        sql = "DELETE FROM schedule_fire WHERE schedule = ? AND nominal = ?"
        many(conn, sql, [(schedule, nominal) for schedule, nominal in found])
        if len(found) < MOST_EVENTS:
            state["stage"] = "edits"
        chores.save(conn, chore, state, now)
        return max(1, len(found))

    return database.transact(work)


def _edits(database: Database, chore: Chore) -> int:
    """Older edits of drafts, a journey at a time; the drafts and their versions stay."""
    state = chore.state

    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        lock = "" if conn.dialect.name == "sqlite" else " FOR UPDATE"
        sql = f"SELECT id FROM journey WHERE workspace = ? AND id >= ? ORDER BY id LIMIT 2{lock}"
        found = [row[0] for row in rows(conn, sql, (chore.workspace, state.get("draft", "")))]
        gone = 0
        if found:
            gone = past_edits.drop_before(conn, found[0], state["before"], MOST_EDITS)
        if gone < MOST_EDITS and found[1:]:
            state["draft"] = found[1]
        elif gone < MOST_EDITS:
            state["stage"] = "room"
        state["edits"] = state.get("edits", 0) + gone
        chores.save(conn, chore, state, now)
        return max(1, gone)

    return database.transact(work)


def _room(database: Database, chore: Chore) -> int:
    """SQLite: give some pages back to the disk; PostgreSQL does so by itself."""

    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        state, given = chore.state, give_back(conn)
        state["pages"] += given
        if given > 0:
            chores.save(conn, chore, state, now)
        else:
            told = {name: state.get(name, 0) for name in TOLD}
            chores.save(conn, chore, {"last": told | {"at": now}}, now + DAY)
        return max(1, given)

    return database.transact(work)


def give_back(conn: Connection) -> int:
    """Give some free pages of an SQLite file back to the disk; how many."""
    if conn.dialect.name != "sqlite":
        return 0
    before = _pages(conn)
    rows(conn, f"PRAGMA incremental_vacuum({PAGES_BACK})")
    return before - _pages(conn)


def swept(database: Database) -> bool:
    """What was taken out leaves SQLite's files now, the pages that became free and the log;
    whether nobody stood in the way."""
    while database.transact(give_back) > 0:
        pass
    return database.empty_log(PATIENCE)


def _pages(conn: Connection) -> int:
    return int(rows(conn, "PRAGMA page_count")[0][0])


# --- What it costs ----------------------------------------------------------------------------


class Storage(NamedTuple):
    """What the database takes: bytes in use, bytes free in its file, and how many runs and events
    it holds."""

    used: int
    free: int
    runs: int
    finished: int
    events: int


def storage(conn: Connection) -> Storage:
    """Measured now. Counts every run: not for hot paths."""
    counts = "SELECT count(*), count(ended_at) FROM run"
    total, finished = rows(conn, counts)[0]
    events = rows(conn, "SELECT count(*) FROM event")[0][0]
    if conn.dialect.name == "sqlite":
        size = rows(conn, "PRAGMA page_size")[0][0]
        free = rows(conn, "PRAGMA freelist_count")[0][0] * size
        return Storage(_pages(conn) * size - free, free, total, finished, events)
    used = rows(conn, "SELECT pg_database_size(current_database())")[0][0]
    return Storage(used, 0, total, finished, events)


def empty_room(conn: Connection) -> tuple[int, int]:
    """(bytes of an SQLite file that are empty and cannot be given back step by step, its bytes)."""
    if space_comes_back(conn):
        return 0, 0
    size = rows(conn, "PRAGMA page_size")[0][0]
    return rows(conn, "PRAGMA freelist_count")[0][0] * size, _pages(conn) * size


def space_comes_back(conn: Connection) -> bool:
    """Whether the file of this SQLite database can shrink step by step."""
    return conn.dialect.name != "sqlite" or rows(conn, "PRAGMA auto_vacuum")[0][0] == 2
