"""Virtual time and virtual processes. One heap says who goes next; a process runs in its greenlet
until it rests, so everything happens in one thread and in one order."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from random import Random
from typing import Any

import greenlet

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 1_772_442_000_000_000  # 2026-03-02T09:00:00Z
MOST_TURNS = 60_000  # of a seed; the stormiest take 35,000, and more is a livelock


class Died(greenlet.GreenletExit):
    """The process was killed: nothing may catch this and go on, and every seam raises it again."""


class Stuck(Exception):
    """The virtual world does not come to rest."""


class Hub:
    """The heap. `now` is true time in microseconds; the host's clock may differ by `skew`."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = Random(seed)
        self.now = START
        self.skew = 0
        self.lines: list[str] = []
        self.turns = 0
        self._heap: list[tuple[int, float, int, Callable[[], None]]] = []
        self._count = 0
        self._here = greenlet.getcurrent()
        self.current: Process | None = None

    def host_us(self) -> int:
        """The host's clock, which may be wrong."""
        return self.now + self.skew

    def tell(self, who: str, what: str) -> None:
        """A line of the trace."""
        self.lines.append(f"{(self.now - START) / SECOND:.6f} {who} {what}")

    def at(self, when: int, call: Callable[[], None]) -> None:
        """Call it at that instant; dice order what happens at one instant."""
        self._count += 1
        entry = (max(when, self.now), self.dice.random(), self._count, call)
        heapq.heappush(self._heap, entry)

    def after(self, pause: int, call: Callable[[], None]) -> None:
        """Call it so many microseconds from now."""
        self.at(self.now + pause, call)

    def run(self, until: int) -> None:
        """Let happen what happens up to this instant."""
        while self._heap and self._heap[0][0] <= until:
            self.turns += 1
            if self.turns > MOST_TURNS:
                raise Stuck(f"more than {MOST_TURNS} turns")
            when, _, _, call = heapq.heappop(self._heap)
            self.now = when
            call()
        self.now = max(self.now, until)

    def enter(self, process: Process, *thrown: Any) -> None:
        """Let a process go on from the hub's own greenlet."""
        self.current = process
        try:
            if thrown:
                process.green.throw(*thrown)
            else:
                process.green.switch()
        finally:
            self.current = None

    def leave(self) -> None:
        """Back to the hub, from a process's greenlet."""
        self._here.switch()


class Process:
    """A virtual process with one thread. It dies as by kill -9: whatever it holds in memory is
    gone, and nothing of it touches the world any more."""

    def __init__(self, hub: Hub, name: str) -> None:
        self.hub = hub
        self.name = name
        self.alive = True
        self.done = False
        self.stopped_until = 0
        self.stops: list[tuple[int, int]] = []  # when it was stopped, from and to
        self.broken: list[int] = []  # when the database failed it
        self.ends: list[Callable[[], None]] = []  # what is called when it is over
        self._rest = 0  # counts rests, so that an old alarm wakes nobody
        self._waiting = False
        self._rung = False
        self.green = greenlet.greenlet(lambda: None)

    def start(self, main: Callable[[], None], pause: int = 0) -> None:
        """Run this in the process, from a moment on."""

        def body() -> None:
            try:
                main()
            except Died:
                pass
            finally:
                self.done = True
                for end in self.ends:
                    end()

        self.green = greenlet.greenlet(body)
        self.hub.after(pause, lambda: self._go_on(self._rest))

    def sleep(self, us: int) -> None:
        """Rest for so long, whoever rings."""
        self._suspend(self.hub.now + us)

    def wait(self, us: int | None) -> None:
        """Rest until somebody wakes us, at most so long (None: as long as it takes)."""
        if self._rung:
            us = 0
        self._waiting = True
        try:
            self._suspend(None if us is None else self.hub.now + us)
        finally:
            self._waiting = self._rung = False

    def wake(self) -> None:
        """End a `wait` now (or the next one, when it is busy)."""
        self._rung = True
        if self._waiting:
            self.hub.after(0, self._alarm(self._rest))

    def kill(self, why: str) -> None:
        """kill -9, from outside or by itself."""
        if not self.alive or self.done:
            return
        self.alive = False
        self.hub.tell(self.name, f"dies: {why}")
        if self.hub.current is self:
            raise Died
        self.hub.enter(self, Died)

    def stop(self, us: int) -> None:
        """SIGSTOP, and SIGCONT after so long."""
        self.hub.tell(self.name, f"is stopped for {us / SECOND:.1f} s")
        self.stopped_until = max(self.stopped_until, self.hub.now + us)
        self.stops.append((self.hub.now, self.stopped_until))

    def here(self) -> None:
        """A dead process goes nowhere."""
        if not self.alive:
            raise Died

    # --- Switching ----------------------------------------------------------------------------

    def _alarm(self, rest: int) -> Callable[[], None]:
        return lambda: self._go_on(rest)

    def _suspend(self, until: int | None) -> None:
        self.here()
        self._rest += 1
        if until is not None:
            self.hub.at(until, self._alarm(self._rest))
        loop = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        try:
            self.hub.leave()
        finally:
            asyncio._set_running_loop(loop)
        self.here()

    def _go_on(self, rest: int) -> None:
        if rest != self._rest or not self.alive or self.done:
            return
        if self.hub.now < self.stopped_until:
            self.hub.at(self.stopped_until, self._alarm(rest))
            return
        self._rest += 1
        self.hub.enter(self)
