"""A short memory: look-ups on the hot path that may be that old, and that many callers
share."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


FRESH = 0.2  # seconds that a pause, a publish or a revoked key may take to be seen


class Recall(Generic[V]):
    """Remembers what `read` (run in a thread) gave for a name, unless it gave None; at most `most`
    names."""

    def __init__(
        self,
        read: Callable[[str], V],
        *,
        fresh: float = FRESH,
        most: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._fresh = fresh
        self._most = most
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, V]] = OrderedDict()
        self._reading: dict[str, asyncio.Task[V]] = {}

    def known(self, name: str) -> V | None:
        """What stands behind this name, if that is fresh; None: ask `find`. A name that is asked
        for all the time is read again in good time, so that nobody has to wait for it."""
        known = self._known.get(name)
        if known is None:
            return None
        age = self._clock() - known[0]
        if age >= self._fresh:
            return None
        if age >= self._fresh / 2 and name not in self._reading:
            self._begin(name).add_done_callback(_heard)
        return known[1]

    async def find(self, name: str) -> V:
        """What stands behind this name, at most `fresh` seconds old."""
        known = self.known(name)
        if known is not None:
            return known
        return await asyncio.shield(self._reading.get(name) or self._begin(name))

    def again(self, name: str) -> tuple[V | None, asyncio.Task[V] | None]:
        """What stood behind a name that was known, and the reading of it that is under way now;
        None and None for any other name."""
        known = self._known.get(name)
        if known is None:
            return None, None
        return known[1], self._reading.get(name) or self._begin(name)

    def _begin(self, name: str) -> asyncio.Task[V]:
        task = self._reading[name] = asyncio.create_task(self._refresh(name))
        return task

    async def _refresh(self, name: str) -> V:
        try:
            asked = self._clock()
            found = await asyncio.to_thread(self._read, name)
            if found is None:  # what is not there may be made at any moment
                self._known.pop(name, None)
                return found
            self._known[name] = (asked, found)
            self._known.move_to_end(name)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
            return found
        finally:
            del self._reading[name]


def _heard(task: asyncio.Task[V]) -> None:
    """Nobody waits for a reading ahead of time: who needs it next meets its error again."""
    if not task.cancelled():
        task.exception()
