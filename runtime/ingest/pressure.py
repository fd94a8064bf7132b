"""Backpressure: says no before accepting when too many events wait to be routed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from runtime.ingest.problems import Refusal

_log = logging.getLogger(__name__)

HIGH_WATER = 50_000  # events accepted and not yet routed
EVERY = 0.5  # seconds between two counts
RETRY_AFTER = 2


class Pressure:
    """Counts in a thread, at most every half second; between two counts it adds what came in."""

    def __init__(
        self,
        count: Callable[[int], int],
        high_water: int = HIGH_WATER,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count = count
        self._high_water = high_water
        self._clock = clock
        self._at = float("-inf")
        self._counting: asyncio.Task[None] | None = None
        self.backlog = 0

    async def check(self) -> None:
        """Raises `Refusal` (429) over the mark. Only the first call of all waits for a count."""
        if self._counting is None and self._clock() - self._at >= EVERY:
            first = self._at == float("-inf")
            self._counting = asyncio.create_task(self._refresh())
            if first:
                await asyncio.shield(self._counting)
        if self.backlog >= self._high_water:
            raise Refusal(
                "busy",
                f"More than {self._high_water:,} events wait to be worked on: send it again later.",
                headers={"retry-after": str(RETRY_AFTER)},
            )

    def added(self, events: int) -> None:
        """So many were accepted since."""
        self.backlog += events

    async def _refresh(self) -> None:
        try:
            self._at = self._clock()
            self.backlog = await asyncio.to_thread(self._count, self._high_water + 1)
        except Exception as error:  # accepting will say what is wrong, if it is still wrong then
            _log.warning("the backlog could not be counted: %s", type(error).__name__)
        finally:
            self._counting = None
