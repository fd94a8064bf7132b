"""Effects over which a worker died: how they are taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.store import outbox
from runtime.work import drain
from tests.work.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
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
