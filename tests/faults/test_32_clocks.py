"""32: the clocks of the workers' hosts are wrong by an hour; only the database's clock counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.harness import House
from tests.faults.harness_books import Watch, reconcile

HOUR = 3600
SECOND = 1_000_000
# what a process with a wrong clock would read; Python loads it before anything else
WRONG = """
import os, time
_wrong, _s, _ns = int(os.environ["WRONG_CLOCK"]), time.time, time.time_ns
time.time = lambda: _s() + _wrong
time.time_ns = lambda: _ns() + _wrong * 10**9
"""


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_32_clocks_that_are_wrong_by_an_hour(house: House, tmp_path: Path) -> None:
    """32: one worker's clock is an hour ahead and another's an hour behind, and the intake's, too.
    Waits (scaled to 1 s) end neither early nor twice, leases hold, and one customer's events keep
    their order, whoever routes them."""
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "sitecustomize.py").write_text(WRONG)
    wrong = {"PYTHONPATH": str(tmp_path / "wrong")}
    house.own_redis()
    house.ingest(**wrong, WRONG_CLOCK=str(HOUR))
    house.worker("ahead", **wrong, WRONG_CLOCK=str(HOUR))
    house.worker("behind", **wrong, WRONG_CLOCK=str(-HOUR))
    with Watch(house):
        one = house.sending(*range(30), every=0.05, customer="one")
        house.sending(*range(30, 60), every=0.05).finish()
        one.finish()
        found = reconcile(house)
    assert not found.twice
    now = house.one("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    received = {event.id: event.received_at for event in found.events}
    assert all(0 <= now - at < HOUR * SECOND / 2 for at in received.values())
    waits = 0
    for run in found.runs:
        for step in found.steps[run.id]:
            if step[3] == "logic.wait" and step[5] == "out":
                waits += 1
                assert step[0] >= run.started_at + SECOND
                assert step[0] <= now
    assert waits == 60
    assert house.one("SELECT count(*) FROM message") == 60
