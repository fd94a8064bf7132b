"""Runs with their steps, as the checks read them: with what was taken out or emptied since."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from tests.interleave import business
from tests.interleave.store import Memory

GAVE_UP = "gave up"  # what the engine says of a run whose worker died three times


class Step(NamedTuple):
    """A line of the journal."""

    at: int
    token: int
    node: str
    type: str
    visit: int
    handle: str | None
    output: dict[str, Any]


class Reopened(NamedTuple):
    """Somebody asked for a failed run to go on, and it did."""

    ended_at: int
    at: int
    reason: str | None

    @property
    def node(self) -> str | None:
        """Which had failed it; None when the engine had given up on it."""
        return failing(self.reason)


def failing(reason: str | None) -> str | None:
    """The node that failed a run, by the run's reason."""
    said = reason or ""
    return None if GAVE_UP in said else said.partition(":")[0].removesuffix(" failed")


@dataclass(slots=True)
class Travel:
    """A run with its steps."""

    id: str
    journey: str
    event: str
    customer: str | None
    key: str
    status: str
    reason: str | None
    started_at: int
    ended_at: int | None
    seq: int  # of its event
    erased: bool  # somebody asked for the erasure of its customer
    steps: list[Step] = field(default_factory=list[Step])
    reopened: list[Reopened] = field(default_factory=list[Reopened])

    def of(self, node: str) -> list[Step]:
        """The steps at a node."""
        return [one for one in self.steps if one.node == node]

    @property
    def buried(self) -> bool:
        """Whether the engine gave up on it, after its worker died three times."""
        return self.status == "failed" and GAVE_UP in (self.reason or "")

    @property
    def cut_short(self) -> bool:
        """Whether something ended it from outside."""
        return self.buried or self.erased or self.status == "exited"

    @property
    def left_open(self) -> bool:
        """Whether its end has cut off what it waited for: from outside, or at one of its places
        while it stood at others."""
        splits = business.BY_SLUG[self.journey].splits
        return self.cut_short or (self.status == "failed" and splits)

    @property
    def inside(self) -> list[tuple[int, int]]:
        """From when to when it went on."""
        starts = [self.started_at, *(one.at for one in self.reopened)]
        ends = [*(one.ended_at for one in self.reopened), self.ended_at or 1 << 62]
        return list(zip(starts, ends, strict=True))


def read(memory: Memory) -> dict[str, Travel]:
    """All runs in the order of their events."""
    erased = {row[0] for row in memory.rows("SELECT ref FROM chore WHERE kind = 'erase'")}
    found: dict[str, Travel] = {}
    for row in memory.rows(
        """SELECT r.id, r.journey, r.event, r.customer, r.entry_key, r.status, r.reason,
 r.started_at, r.ended_at, e.seq FROM all_run r JOIN all_event e ON e.id = r.event
 ORDER BY e.seq, r.id"""
    ):
        found[row[0]] = Travel(*row, erased=row[3] in erased)
    lines = memory.rows("SELECT run, fence, steps_json FROM all_journal ORDER BY run, fence")
    for run, _, steps in lines:
        for step in orjson.loads(steps):
            found[run].steps.append(Step(*step[:7]))
    sql = "SELECT run, ended_at, at, reason FROM reopened ORDER BY rowid"
    for run, *about in memory.rows(sql):
        found[run].reopened.append(Reopened(*about))
    return found


def came_at(travel: Travel, step: Step) -> int:
    """When the token came to the step: when the step before it was made."""
    before = [s.at for s in travel.steps[: travel.steps.index(step)] if _leads(travel, s, step)]
    return max(before, default=travel.started_at)


def _leads(travel: Travel, start: Step, end: Step) -> bool:
    edges = business.BY_SLUG[travel.journey].edges
    return (start.node, start.handle, end.node) in edges
