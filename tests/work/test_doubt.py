"""Effects over which a worker died: how they are taken up again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.settings import Settings
from runtime.store import outbox
from runtime.work import drain
from runtime.work.aloft import Aloft
from tests.support.postgres import elsewhere
from tests.work.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    # a lease is of real time: on a busy machine 1,500 sends take longer than the usual one
    house = House(tmp_path, settings=Settings(tmp_path, database=elsewhere(), lease_seconds=600.0))
    house.publish(
        {
            "in": ("trigger.event", {"event": "order"}),
            "call": ("action.http_request", {"method": "POST", "url": "https://shop.test/"}),
        },
        [("in", "out", "call")],
    )
    yield house
    house.close()


def leave_behind(house: House, count: int, attempts: int) -> None:
    """A worker has claimed so many effects and died."""
    house.worker().close()  # it has no room for a send, so its effects stay in the outbox
    for n in range(count):
        house.say("order", f"c{n}")
    work = house.worker()
    work.stop()
    routed, batch = work.route("w")
    assert routed == count
    assert batch is not None
    work.carry(batch, 0)
    house.set(
        "UPDATE outbox SET state = 'sending', attempts = ?, next_at = ?", attempts, house.now - 1
    )


@pytest.mark.parametrize(("attempts", "together"), [(1, outbox.IN_DOUBT), (2, 1)])
def test_some_of_one_dead_worker_go_together_and_each_of_two_alone(
    house: House, attempts: int, together: int
) -> None:
    leave_behind(house, outbox.IN_DOUBT + 2, attempts)
    with house.database.write() as conn:
        taken = outbox.claim(conn, "w", house.now, house.now + 1, 32)
    assert len(taken) == together
    assert {one.attempts for one in taken} == {attempts + 1}


@pytest.mark.parametrize(("left", "careful"), [(0, False), (1, True)])
def test_a_worker_is_careful_where_another_was_killed(
    house: House, monkeypatch: pytest.MonkeyPatch, left: int, careful: bool
) -> None:
    shaken: list[bool] = []
    monkeypatch.setattr(Aloft, "shaken", lambda self: shaken.append(True))
    if left:
        leave_behind(house, left, 1)
    work = house.worker()
    for _ in range(2):  # only its start is a question: a second drain looks for nothing more
        work.drain(time.monotonic() + 0.2)
    assert shaken == [True] * careful


@pytest.mark.parametrize(("looked", "found"), [(4, True), (3, False)])
def test_of_many_that_wait_only_the_last_are_looked_at(
    house: House, monkeypatch: pytest.MonkeyPatch, looked: int, found: bool
) -> None:
    monkeypatch.setattr(outbox, "LOOKED", looked)
    leave_behind(house, 4, 1)
    house.set("UPDATE outbox SET next_at = next_at - 1 WHERE key = (SELECT min(key) FROM outbox)")
    house.set("UPDATE outbox SET state = 'pending' WHERE key > (SELECT min(key) FROM outbox)")
    with house.database.read() as conn:
        assert outbox.in_doubt(conn, house.now) is found
        assert not outbox.in_doubt(conn, house.now - 10)  # only what stands there by then


def test_what_a_dead_worker_left_is_sent_while_new_work_never_ends(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "AHEAD", 0.0)  # so that the lanes are always full
    leave_behind(house, 1, 1)
    left = house.one("SELECT key FROM outbox")
    house.set("UPDATE outbox SET next_at = ?", house.now + 1)
    for n in range(1_500):
        house.say("order", f"d{n}")

    def lapse() -> None:
        if len(house.outside.sent) == 10:
            house.set("UPDATE outbox SET next_at = 0 WHERE key = ?", left)

    house.outside.before = lapse
    worker = house.worker()
    worker.drain(1e12)
    order = [key for _, key, _ in house.outside.sent]
    assert len(order) == len(set(order)) == 1_501
    assert order.index(left) < 60
