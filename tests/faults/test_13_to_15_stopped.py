"""13-15: processes that are held up past their lease, that hold the database's lock meanwhile, and
RQ's process killed with a job in its hands."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.harness import House, by_turns, on_both
from tests.faults.harness_books import Watch, reconcile
from tests.support.program import wait_until
from tests.support.provider import Rule

EVENTS = 12


def committed(house: House) -> list[Any]:
    """Everything that a late write could change."""
    return [
        house.rows("SELECT run, fence, steps_json FROM journal ORDER BY run, fence"),
        house.rows("SELECT id, status, state_json, fence, ended_at FROM run ORDER BY id"),
        house.rows("SELECT key, state, attempts, fence, done_at FROM outbox ORDER BY key"),
        house.rows("SELECT key, created_at FROM message ORDER BY key"),
    ]


@by_turns(
    "place",
    {"claim": "claim.after_commit", "before": "effect.before_send", "after": "effect.after_send"},
    slow=("after",),
)
def test_13_held_up_past_the_lease(house: House, place: str) -> None:
    """13: a worker is stopped with runs or effects in its hands, for longer than the lease (scaled
    30 s → 6 s); another one carries them to their end. When it goes on, its late writes change
    nothing, and what it had not sent yet it does not send any more."""
    house.own_redis()
    house.ingest()
    house.post(*range(EVENTS))
    late = house.worker("late", WAYLINE_FAILPOINT=place, WAYLINE_FAILPOINT_SIGNAL="SIGSTOP")
    late.wait_held_up()
    with Watch(house):
        successor = house.worker("successor")
        house.wait_quiet()
        before = committed(house)
        sent = house.provider.count()["total"]
        assert successor.stop() == 0
        late.go_on()
        house.post("after")  # only the late one can carry this
        found = reconcile(house)
    assert late.alive
    for now, then in zip(committed(house), before, strict=True):
        assert [line for line in then if line not in now] == []
    assert house.provider.count()["total"] == sent + 2
    if place != "effect.after_send":
        assert not found.twice


@pytest.mark.parametrize("who", ["worker", pytest.param("ingest", marks=pytest.mark.slow)])
def test_14_stopped_with_the_write_lock(house: House, who: str) -> None:
    """14 (SQLite): a process stops in the middle of a write transaction; all others wait for its
    ticket. A worker's watchdog ends it after ten seconds (not scaled), and everything goes on."""
    house.own_redis()
    house.env["WAYLINE_FAILPOINT_SIGNAL"] = "SIGSTOP"
    if who == "worker":
        house.ingest()
        house.post(*range(EVENTS))
        part = house.worker("stuck", WAYLINE_FAILPOINT="step.before_commit")
    else:
        part = house.ingest(WAYLINE_FAILPOINT="accept.before_commit:3")
        sender = house.sending(*range(EVENTS))
    part.wait_held_up()
    house.worker("other")
    if who == "worker":
        sender = house.sending(*range(EVENTS, EVENTS + 5))
    assert part.wait_dead(60) == -signal.SIGKILL
    if who == "ingest":
        house.ingest()
    sender.finish()
    found = reconcile(house)
    assert not found.twice


@pytest.mark.slow
def test_14_the_only_worker_stopped(house: House, tmp_path: Path) -> None:
    """14 (SQLite): the same with the whole program and one worker: there is no other one, so the
    supervisor ends it and starts it again."""
    house.up(
        WAYLINE_WORKERS="1",
        WAYLINE_FAILPOINT="step.before_commit",
        WAYLINE_FAILPOINT_SIGNAL="SIGSTOP",
        WAYLINE_FAILPOINT_ONCE=str(tmp_path / "once"),
    )
    stuck = house.children()["worker"]
    sender = house.sending(*range(EVENTS))
    wait_until(lambda: stuck.status() == psutil.STATUS_STOPPED, 60)
    wait_until(lambda: not stuck.is_running(), 60)
    sender.finish()
    found = reconcile(house)
    assert not found.twice


@on_both(quick="postgresql")
def test_15_kill_the_rq_process_only(house: House) -> None:
    """15: kill -9 of RQ's process in the middle of a job. RQ's own worker would leave a forked
    work-horse that goes on beside the retry; Wayline's is a SimpleWorker, which has no child: the
    job dies with it, RQ never hands it out again, and the other worker's sweep finds the work once
    the lease (scaled 30 s → 6 s) is over. What the provider had accepted comes twice, at most."""
    redis = house.own_redis()
    house.ingest()
    house.post(*range(EVENTS))
    house.provider.behave(Rule("/told", hold=True))
    doomed = house.worker("doomed")
    wait_until(lambda: house.provider.count()["held"] >= EVENTS, 60)
    with redis.client() as client:
        assert len(list(client.scan_iter("rq:executions:*"))) == 1  # it is inside a job
    assert psutil.Process(doomed.pid).children(recursive=True) == []
    with Watch(house):
        house.worker("other")
        doomed.kill()
        house.provider.behave()
        house.provider.release()
        found = reconcile(house)
    assert all(one.path == "/later" for one in found.twice)  # of the others it had accepted none
    assert len(found.twice) <= EVENTS
