"""How many sends a worker has in the air: what a kill would send again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from runtime.ports.results import Done, Later
from runtime.store.outbox import EffectRow
from runtime.work import aloft
from runtime.work.aloft import FEW, LANES, Aloft
from runtime.work.effects import Flight, Landing

FAR = 1e9  # an instant of the loop's clock that does not come


class Outside:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.learnt: list[str] = []
        self.answers = asyncio.Event()

    async def send(self, flight: Flight) -> Landing:
        self.asked.append(flight.effect.key)
        await self.answers.wait()
        return Landing(flight.effect, Done({}), "")

    def learn(self, landing: Landing) -> None:
        self.learnt.append(landing.effect.key)


def flights(count: int, first: int = 0, until: float = FAR) -> list[Flight]:
    blank = dict.fromkeys(EffectRow._fields)
    return [
        Flight(EffectRow(**{**blank, "key": str(first + i), "workspace": "w"}), None, {}, until)
        for i in range(count)
    ]


def play(story: Callable[[Aloft, Outside], Awaitable[None]]) -> None:
    async def main() -> None:
        outside = Outside()
        await story(Aloft(outside.send, outside.learn), outside)

    asyncio.run(main())


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_calm_worker_has_all_its_lanes_in_the_air() -> None:
    async def story(air: Aloft, outside: Outside) -> None:
        air.launch(flights(LANES + 10))
        await settled()
        assert len(outside.asked) == LANES
        assert (len(air), air.count("w"), air.count("other")) == (LANES + 10, LANES + 10, 0)

    play(story)


def test_after_a_shake_few_are_in_the_air_and_they_are_committed_before_the_next_go() -> None:
    async def story(air: Aloft, outside: Outside) -> None:
        air.shaken()
        air.launch(flights(3 * FEW))
        await settled()
        assert outside.asked == [str(i) for i in range(FEW)]
        outside.answers.set()
        await settled()
        air.begin()  # the first have come back, and nobody has committed them
        await settled()
        assert len(outside.asked) == FEW
        assert len(air.take()) == FEW
        air.begin()
        await settled()
        assert outside.asked == [str(i) for i in range(2 * FEW)]
        assert outside.learnt == outside.asked

    play(story)


def test_what_could_not_be_committed_is_still_in_the_air(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(air: Aloft, outside: Outside) -> None:
        air.shaken()
        outside.answers.set()
        air.launch(flights(2 * FEW))
        await settled()
        air.give_back(air.take())
        air.begin()
        await settled()
        assert len(outside.asked) == FEW

    play(story)


def test_the_longer_it_is_calm_the_more_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(air: Aloft, outside: Outside) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        now = start
        monkeypatch.setattr(loop, "time", lambda: now)
        air.shaken()
        seen = []
        for calm in (0, 1, 2, 3, 40):
            now = start + calm * aloft.CALM
            before = len(outside.asked)
            air.launch(flights(2 * LANES, first=1000 * calm))
            await settled()
            seen.append(len(outside.asked) - before)
            outside.answers.set()
            await settled()
            air.take()
            air._claimed.clear()  # pyright: ignore[reportPrivateUsage]
            outside.answers.clear()
        assert seen == [FEW, 2 * FEW, 4 * FEW, 8 * FEW, LANES]

    play(story)


def test_nobody_waits_for_slow_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(air: Aloft, outside: Outside) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        monkeypatch.setattr(loop, "time", lambda: now)
        air.shaken()
        air.launch(flights(2 * FEW))
        await settled()
        assert len(outside.asked) == FEW
        now += 2 * aloft.YOUNG
        air.begin()
        await settled()
        assert len(outside.asked) == 2 * FEW

    play(story)


def test_what_waited_too_long_to_begin_is_not_sent() -> None:
    async def story(air: Aloft, outside: Outside) -> None:
        air.launch(flights(1, until=-1.0))
        await settled()
        (landing,) = air.take()
        assert outside.asked == []
        assert isinstance(landing.result, Later)
        assert not landing.result.uncertain

    play(story)


def test_a_worker_that_stops_gives_back_what_it_has_not_begun() -> None:
    async def story(air: Aloft, outside: Outside) -> None:
        air.shaken()
        air.launch(flights(FEW + 2))
        await settled()
        stopping = asyncio.ensure_future(air.stop())
        await settled()
        outside.answers.set()
        await stopping
        back = {one.effect.key: one.result for one in air.take()}
        assert len(back) == FEW + 2
        assert [key for key, result in back.items() if isinstance(result, Done)] == outside.asked
        left = [result for result in back.values() if isinstance(result, Later)]
        assert [result.uncertain for result in left] == [False, False]
        assert not air.busy

    play(story)
