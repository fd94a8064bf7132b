"""Runs with their steps, as the checks read them: with what was taken out or emptied since."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from tests.interleave import business
from tests.interleave.store import Memory


class Step(NamedTuple):
    """A line of the journal."""

    at: int
    token: int
    node: str
    type: str
    visit: int
    handle: str | None
    output: dict[str, Any]


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

    def of(self, node: str) -> list[Step]:
        """The steps at a node."""
        return [one for one in self.steps if one.node == node]

    @property
    def buried(self) -> bool:
        """Whether the engine gave up on it, after its worker died three times."""
        return self.status == "failed" and "gave up" in (self.reason or "")

    @property
    def cut_short(self) -> bool:
        """Whether something ended it from outside."""
        return self.buried or self.erased or self.status == "exited"


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
    return found


def came_at(travel: Travel, step: Step) -> int:
    """When the token came to the step: when the step before it was made."""
    before = [s.at for s in travel.steps[: travel.steps.index(step)] if _leads(travel, s, step)]
    return max(before, default=travel.started_at)


def _leads(travel: Travel, start: Step, end: Step) -> bool:
    edges = business.BY_SLUG[travel.journey].edges
    return (start.node, start.handle, end.node) in edges
