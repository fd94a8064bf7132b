"""Whose turn it is: how much of each workspace a worker does at once.

While only one workspace has work, many of its events share a commit. As soon as others have some,
each gets little turns, the flooding ones last; and a flood is left to one worker, so that the
others are there for everybody else.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from runtime.store.spaces import Due

EVENTS = 64  # events in a transaction
RUNS = 100  # due runs in a transaction
CROWD = 3  # times as many due runs go at once while there are very many and nobody else waits
LATELY = 2.0  # seconds in which a workspace that had work is expected to have some again
SLICE = 0.003  # seconds that a turn of a flooding workspace is to take
FIRST = 16  # events or runs of its first turn
FEW = 8  # … of any turn at least: a commit costs as much
FLOOD = 1_000_000  # microseconds that a worker has the flood of a workspace for itself


class Turns:
    """One worker's view. Batch sizes depend on measured time only while several workspaces have
    work."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._lately: dict[str, float] = {}  # when each workspace last had work
        self._flooding: set[str] = set()  # a whole batch of events was routed last time
        self._crowded: set[str] = set()  # a whole batch of due runs was claimed last time
        self._event_pace: dict[str, float] = {}  # seconds for each event, while not alone
        self._run_pace: dict[str, float] = {}  # … for each run
        self._said: dict[str, float] = {}  # until when the others know that we route its flood
        self._began = 0.0

    @property
    def alone(self) -> bool:
        """Whether at most one workspace has had work lately."""
        return len(self._lately) <= 1

    def look(self, due: Due) -> None:
        """What is due now."""
        now = time.monotonic()
        self._lately.update(dict.fromkeys((*due.events, *due.runs, *due.effects), now))
        if not self.alone:
            self._lately = {one: at for one, at in self._lately.items() if at > now - LATELY}
            for known in (self._event_pace, self._run_pace, self._said):
                for gone in known.keys() - self._lately.keys():
                    del known[gone]

    def of_events(self, due: Due) -> Iterable[str]:
        """The workspaces whose events are to be routed here, in their order."""
        for one in sorted(due.events, key=self._flooding.__contains__):
            if self.alone or due.floods.get(one, self._worker) == self._worker:
                yield one

    def of_runs(self, due: Due) -> Iterable[str]:
        """The workspaces whose runs are to be claimed, in their order."""
        return sorted(due.runs, key=self._crowded.__contains__)

    def events(self, workspace: str) -> tuple[int, bool]:
        """How many of its events go now, and whether to say that we route its flood."""
        self._began = time.perf_counter()
        if workspace not in self._flooding:
            return EVENTS, False
        if self.alone:
            return 2 * EVENTS, False
        now = time.monotonic()
        flood = now > self._said.get(workspace, 0.0)
        if flood:
            self._said[workspace] = now + FLOOD / 2e6
        return self._share(self._event_pace.get(workspace), EVENTS), flood

    def runs(self, workspace: str) -> int:
        """How many of its due runs go now."""
        self._began = time.perf_counter()
        if self.alone:
            return RUNS * (CROWD if workspace in self._crowded else 1)
        return self._share(self._run_pace.get(workspace), RUNS)

    def routed(self, workspace: str, most: int, done: int) -> None:
        """So many events were routed and their runs carried on, where `most` might have been."""
        (self._flooding.add if done >= most else self._flooding.discard)(workspace)
        self._measure(self._event_pace, workspace, done)

    def claimed(self, workspace: str, most: int, done: int) -> None:
        """The same of due runs."""
        (self._crowded.add if done >= most else self._crowded.discard)(workspace)
        self._measure(self._run_pace, workspace, done)

    def _share(self, pace: float | None, most: int) -> int:
        """As many as take little time, on this machine, in its journeys."""
        return FIRST if pace is None else max(FEW, min(most, int(SLICE / pace)))

    def _measure(self, paces: dict[str, float], workspace: str, done: int) -> None:
        if done and not self.alone:
            pace = (time.perf_counter() - self._began) / done
            old = paces.get(workspace, pace)
            paces[workspace] = 0.8 * old + 0.2 * pace
