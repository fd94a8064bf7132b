"""Holds what was accepted, what the database says and what the sink got against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from runtime.store.database import Database, rows
from tests.bench.sink import Seen
from tests.soak.killer import Kill

WINDOW = 5.0  # seconds after a call in which a kill may have come before our commit
ENDING = 9.0  # seconds that the children of a killed supervisor may still need to end
FATAL = ("worker", "supervisor", "postgres")  # whose death can lose the commit after a call


@dataclass
class Result:
    """What the books show. `lost` and `wrong` in words, at most a few of each."""

    runs: int = 0
    effects: int = 0
    given_up: int = 0  # runs with the dead letters
    lost: int = 0
    two_bodies: int = 0
    duplicates: int = 0
    outside: int = 0  # duplicates that no kill explains
    examples: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """One of the first that are wrong."""
        if len(self.examples) < 10:
            self.examples.append(text)


def marks_of(n: int) -> tuple[str, ...]:
    """The calls that message `n` leads to."""
    return (f"first-{n}", f"last-{n}") if n % 3 == 0 else (f"once-{n}",)


def check(database: Database, seen: Seen, count: int, kills: Sequence[Kill]) -> Result:
    """Everything; `count` messages were accepted."""
    found = Result(two_bodies=seen.two_bodies)
    _events(database, found, count)
    _runs(database, found)
    _effects(database, found, seen, count)
    _duplicates(found, seen, kills)
    return found


def _lose(found: Result, text: str) -> None:
    found.lost += 1
    found.note(text)


def _events(database: Database, found: Result, count: int) -> None:
    """One row for each message, routed, with one run."""
    sql = """SELECT e.external_id, e.routed_at, count(r.id) FROM event e
 LEFT JOIN run r ON r.event = e.id GROUP BY e.seq, e.external_id, e.routed_at"""
    with database.read() as conn:
        stored = {name: (routed, runs) for name, routed, runs in rows(conn, sql)}
    for n in range(count):
        routed, runs = stored.pop(f"soak-{n}", (None, 0))
        if routed is None or runs != 1:
            _lose(found, f"soak-{n}: routed {routed}, {runs} runs")
    for name in stored:
        _lose(found, f"{name}: a row that nobody sent")


def _runs(database: Database, found: Result) -> None:
    """Each has completed with each of its steps once; else it is with the dead letters."""
    with database.read() as conn:
        dead = {ref for (ref,) in rows(conn, "SELECT ref FROM dead_letter WHERE kind = 'run'")}
        steps: dict[str, list[tuple[str, int, int]]] = {}
        for run, text in rows(conn, "SELECT run, steps_json FROM journal ORDER BY run, fence"):
            steps.setdefault(run, []).extend((s[2], s[1], s[4]) for s in orjson.loads(text))
        told = rows(conn, "SELECT id, status, reason FROM run")
    found.runs = len(told)
    for run, status, reason in told:
        nodes = [node for node, _, _ in steps.get(run, [])]
        if status == "failed" and run in dead:
            found.given_up += 1
            found.note(f"run {run} is with the dead letters: {reason}")
        elif status != "completed":
            _lose(found, f"run {run} is {status}: {reason}")
        elif nodes not in (["hook", "way", "once"], ["hook", "way", "first", "pause", "last"]):
            _lose(found, f"run {run} has the steps {nodes}")


def _effects(database: Database, found: Result, seen: Seen, count: int) -> None:
    """Each in the outbox is done, each call that should be at the sink is there under one key."""
    with database.read() as conn:
        states = Counter(dict(rows(conn, "SELECT state, count(*) FROM outbox GROUP BY state")))
        dead = rows(conn, "SELECT count(*) FROM dead_letter WHERE kind = 'effect'")[0][0]
    found.effects = states.total()
    open_ = states.total() - states["done"] - dead
    if open_ > 0 and not found.given_up:
        found.lost += open_
        found.note(f"effects: {dict(states)}")
    missing = [mark for n in range(count) for mark in marks_of(n) if mark not in seen.marks]
    # a run that was given up makes no further calls: those are with the dead letters
    if len(missing) > 2 * found.given_up + dead:
        found.lost += len(missing)
        found.note(f"never at the sink: {missing[:5]}")
    if seen.keys != len(seen.marks):
        found.lost += abs(seen.keys - len(seen.marks))
        found.note(f"{seen.keys} keys for {len(seen.marks)} different calls")


def _duplicates(found: Result, seen: Seen, kills: Sequence[Kill]) -> None:
    """Each call that came again must have been followed by a kill before our commit."""
    found.duplicates = len(seen.again)
    for key, first, again, _ in seen.again:
        if not any(_explains(kill, first, again) for kill in kills):
            found.outside += 1
            found.note(f"{key} came again after {again - first:.2f} s, and nothing was killed")


def _explains(kill: Kill, first: float, again: float) -> bool:
    if kill.kind not in FATAL or kill.at > again:
        return False
    # the children of a killed supervisor end a little later
    begin = first - (ENDING if kill.kind == "supervisor" else 0.05)
    return begin <= kill.at <= first + WINDOW
