"""Decisions can be taken back for a moment, and are carried out once."""

from __future__ import annotations

import asyncio

import pytest

from builder import pending

pytestmark = pytest.mark.anyio


class Done:
    """Counts what was carried out."""

    def __init__(self) -> None:
        self.times = 0
        self.event = asyncio.Event()

    async def __call__(self) -> None:
        self.times += 1
        self.event.set()


def hold(act: Done, seconds: float, approval: str = "a") -> bool:
    return pending.hold(approval, workspace="w", by="p", act=act, seconds=seconds)


async def test_a_decision_is_carried_out_after_its_moment() -> None:
    act = Done()
    assert hold(act, 0)
    await asyncio.wait_for(act.event.wait(), 5)
    assert not pending.is_held("a")


async def test_a_decision_taken_back_never_happens() -> None:
    act = Done()
    assert hold(act, 60)
    assert pending.take_back("a", "p")
    await pending.flush()
    assert act.times == 0


async def test_only_who_decided_takes_it_back() -> None:
    act = Done()
    assert hold(act, 60)
    assert not pending.take_back("a", "somebody else")
    assert pending.take_back("a", "p")


async def test_the_second_decision_about_one_approval_is_refused() -> None:
    first, second = Done(), Done()
    assert hold(first, 60)
    assert not hold(second, 60)
    await pending.flush()
    assert (first.times, second.times) == (1, 0)


async def test_a_clean_stop_carries_out_what_waits() -> None:
    acts = [Done(), Done()]
    for number, act in enumerate(acts):
        hold(act, 60, f"a{number}")
    assert pending.count("w") == 2
    await pending.flush()
    assert [a.times for a in acts] == [1, 1]
    assert pending.count("w") == 0


async def test_a_failure_leaves_the_approval_to_be_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        raise RuntimeError("the database is away")

    assert pending.hold("a", workspace="w", by="p", act=fail, seconds=60)
    await pending.flush()
    assert not pending.is_held("a")
    assert "stays open" in caplog.text
