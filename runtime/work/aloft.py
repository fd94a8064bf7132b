"""The sends of one worker: which have begun, which wait to begin, and which have come back.

What has arrived and is not committed is sent again after a kill. So a worker that starts
where another was killed, or had to wait for the database, has only a few in the air at once, each
few committed before the next; the longer all is calm, the more go together, which costs fewer
commits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import NamedTuple

from runtime.work import effects
from runtime.work.effects import Flight, Landing

LANES = 128  # sends of one worker at a time
FEW = 3  # … that are young or not committed, at first
CALM = 10.0  # seconds after which twice as many may be
YOUNG = 0.05  # seconds after which a send is slow: others need not wait for it
BACK = 0.03  # seconds that sends which began together get to come back together, at most
QUIET = 0.003  # … as long as they come back one after the other
GRACE = 4.0  # seconds that sends get to end when the worker stops


class _Begun(NamedTuple):
    flight: Flight
    at: float


class Aloft:
    """`send` tries one and never raises but for being cancelled; `learn` hears what became of each.
    All by the clock of the event loop."""

    def __init__(
        self, send: Callable[[Flight], Awaitable[Landing]], learn: Callable[[Landing], None]
    ) -> None:
        self._send = send
        self._learn = learn
        self._claimed: deque[Flight] = deque()
        self._begun: dict[asyncio.Task[None], _Begun] = {}  # the first began first
        self._back: list[Landing] = []
        self._landing = asyncio.Event()
        self._calm_since = float("-inf")
        self._stopping = False

    @property
    def busy(self) -> bool:
        """Whether something is on its way, or waits to be committed."""
        return bool(self._claimed or self._begun or self._back)

    @property
    def waiting(self) -> bool:
        """Whether something waits to begin."""
        return bool(self._claimed)

    def __len__(self) -> int:
        return len(self._claimed) + len(self._begun)

    def count(self, workspace: str) -> int:
        """How many of them are of a workspace."""
        flights = [*self._claimed, *(one.flight for one in self._begun.values())]
        return sum(one.effect.workspace == workspace for one in flights)

    def shaken(self) -> None:
        """A worker was killed just now, or the database was away: it may happen again."""
        self._calm_since = asyncio.get_running_loop().time()

    def launch(self, flights: Sequence[Flight], *, late: bool = False) -> None:
        """They are claimed: send them as soon as there is room in the air; late ones first."""
        if late:
            self._claimed.extendleft(reversed(flights))
        else:
            self._claimed.extend(flights)
        self.begin()

    def begin(self) -> None:
        """Let go of as many as may be in the air."""
        if not self._claimed:
            return
        now = asyncio.get_running_loop().time()
        young = sum(1 for _ in takewhile(lambda one: one.at > now - YOUNG, self._newest_first()))
        room = self._window(now) - young - len(self._back)
        while self._claimed and room > 0:
            flight = self._claimed.popleft()
            if flight.until <= now:  # the database was away meanwhile
                self._back.append(effects.not_begun(flight))
                continue
            self._begun[asyncio.ensure_future(self._fly(flight))] = _Begun(flight, now)
            room -= 1

    def _newest_first(self) -> Iterable[_Begun]:
        return reversed(self._begun.values())

    def _window(self, now: float) -> int:
        doubled = min((now - self._calm_since) / CALM, LANES)
        return min(LANES, FEW << int(doubled))

    async def _fly(self, flight: Flight) -> None:
        try:
            landing = await self._send(flight)
        except asyncio.CancelledError:
            landing = effects.cut_off(flight, stopping=self._stopping)
        task = asyncio.current_task()
        if task is not None:
            self._begun.pop(task, None)
        self._back.append(landing)
        self._learn(landing)
        self._landing.set()

    async def wait(self, seconds: float, *, patient: bool) -> None:
        """For the first send to end, and for those that end with it, to share a commit before other
        work goes on; slow ones are not waited for. `patient`: nobody else waits for this worker."""
        if not self._back:
            await self._one_more(seconds)
        loop = asyncio.get_running_loop()
        until = loop.time() + (BACK if patient else QUIET)
        while self._back and self._begun and loop.time() < until:
            if not await self._one_more(QUIET if patient else QUIET / 3):
                break
        self._end_late()

    async def _one_more(self, seconds: float) -> bool:
        """Whether a send ended in time."""
        self._landing.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._landing.wait()
        return False

    def _end_late(self) -> None:
        """A send may not outlast its lease: then another worker sends it again."""
        now = asyncio.get_running_loop().time()
        for task, one in self._begun.items():
            if one.flight.until > now:
                break
            task.cancel()

    def take(self) -> list[Landing]:
        """What has come back since the last time."""
        landed, self._back = self._back, []
        self._landing.clear()
        return landed

    def give_back(self, landed: list[Landing]) -> None:
        """They could not be committed."""
        self._back = landed + self._back

    async def stop(self) -> None:
        """Nothing more begins; let those end that can. The others are cut off and tried again."""
        self._stopping = True
        self._back += [effects.not_begun(one) for one in self._claimed]
        self._claimed.clear()
        if not self._begun:
            return
        await asyncio.wait(list(self._begun), timeout=GRACE)
        left = list(self._begun)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
        for one in self._begun.values():  # cancelled before their first step
            self._back.append(effects.cut_off(one.flight, stopping=True))
        self._begun.clear()
