"""Backpressure: says no before accepting when too many events wait to be routed.

Each workspace has a mark of its own, so that a noisy one is stopped and a quiet one is not; a
larger mark stands for all of them together, because they share one disk.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from runtime.ingest.problems import Refusal

_log = logging.getLogger(__name__)

EVERY = 0.5  # seconds between two counts, or more:
SHARE = 50  # a count may take this part of the time, so that a long one is not made often
RETRY_AFTER = 2

# events of a workspace (None: of all) that wait, counted up to a number
Count = Callable[[str | None, int], int]


class _Gauge:
    """What waits of one workspace, or (None) of all."""

    def __init__(self, workspace: str | None, mark: int) -> None:
        self.workspace = workspace
        self.mark = mark
        self.waiting = 0
        self.since = 0  # added since the count that is under way began
        self.next = float("-inf")
        self.counting: asyncio.Task[None] | None = None


class Pressure:
    """Counts in a thread, at most every half second; between two counts it adds what came in."""

    def __init__(
        self,
        count: Count,
        high_water: int,
        total: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count = count
        self._high_water = high_water
        self._clock = clock
        self._all = _Gauge(None, total)
        self._each: dict[str, _Gauge] = {}

    @property
    def backlog(self) -> int:
        """What waits of all workspaces, as counted last."""
        return self._all.waiting

    async def check(self, workspace: str) -> None:
        """Raises `Refusal` (429) over a mark. Only the first call of all waits for a count."""
        if not self.check_now(workspace):
            counts = [g.counting for g in (self._all, self._each[workspace]) if g.counting]
            await asyncio.gather(*map(asyncio.shield, counts))
            self.check_now(workspace)

    def check_now(self, workspace: str) -> bool:
        """The same at once; False when nothing was counted yet and `check` has to wait."""
        mine = self._each.get(workspace)
        if mine is None:
            mine = self._each[workspace] = _Gauge(workspace, self._high_water)
        now = self._clock()
        first = False
        for gauge in (mine, self._all):
            if now >= gauge.next and gauge.counting is None:
                first = first or gauge.next == float("-inf")
                gauge.counting = asyncio.create_task(self._refresh(gauge))
            elif gauge.next == float("-inf"):
                first = True
            if gauge.waiting >= gauge.mark:
                raise Refusal(
                    "busy",
                    f"More than {gauge.mark:,} events wait to be worked on: send it again later.",
                    headers={"retry-after": str(RETRY_AFTER)},
                )
        return not first

    def added(self, workspace: str, events: int) -> None:
        """So many were accepted since."""
        for gauge in (self._each[workspace], self._all):
            gauge.waiting += events
            gauge.since += events

    async def _refresh(self, gauge: _Gauge) -> None:
        began = self._clock()
        gauge.since = 0
        try:
            counted = await asyncio.to_thread(self._count, gauge.workspace, gauge.mark + 1)
            gauge.waiting = counted + gauge.since
        except Exception as error:  # accepting will say what is wrong, if it is still wrong then
            _log.warning("the backlog could not be counted: %s", type(error).__name__)
        finally:
            gauge.counting = None
            gauge.next = began + max(EVERY, SHARE * (self._clock() - began))
