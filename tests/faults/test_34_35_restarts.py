"""34, 35: restarts in the middle of a long wait, and in the middle of the load."""

from __future__ import annotations

import contextlib
import random
import signal
import sqlite3
import time
from typing import Any

import httpx
import psutil
import pytest
import redis

from runtime.queue.place import socket_path
from tests.faults.harness import House, on_both
from tests.faults.harness_books import Watch, reconcile
from tests.faults.harness_journeys import edge, node
from tests.support.program import wait_until

DAY = 86_400_000_000  # microseconds


def patience(url: str, how_long: str) -> dict[str, Any]:
    return {
        "format": 1,
        "name": "Patience",
        "stage": "onboarding",
        "settings": {"reentry": {"mode": "always"}},
        "nodes": [
            node("placed", "trigger.event", event="order.placed"),
            node("days", "logic.wait", **{"for": how_long}),
            node("remind", "action.http_request", method="POST", url=f"{url}/reminded",
                 body={"n": "{{ event.properties.n }}"}),
        ],
        "edges": [edge("placed", "days"), edge("days", "remind")],
    }  # fmt: skip


def waiting(house: House) -> bool:
    """Whether of all runs only those of the long wait go on."""
    events = house.one("SELECT count(*) FROM event")
    return not any(house.backlog(waiting=events).values())


@on_both(quick=None)
def test_34_restart_during_a_long_wait(house: House) -> None:
    """34: everything is stopped in order, started, killed, and is still down when the deadline
    comes (scaled 3 days → 12 s). The wait ends once, and not early."""
    house.publish(patience(house.provider.url, "PT12S"))
    house.own_redis()
    house.ingest()
    house.worker()
    house.post(*range(5))
    posted = time.time()
    wait_until(lambda: waiting(house), 60, 0.2)
    with Watch(house):
        for name in ("worker", "ingest"):
            house.parts[name].stop()
        house.ingest()
        house.worker()
        house.parts["worker"].kill()
        house.parts["ingest"].kill()
        wait_until(lambda: time.time() > posted + 12.5, 20)
        assert house.provider.book("/reminded") == []
        house.worker()
        found = reconcile(house, journeys={*house.journeys, "patience"})
    times = {run.id: run.started_at / 1e6 + 12 for run in found.runs}
    reminded = house.provider.book("/reminded")
    assert len(reminded) == 5
    assert all(one.at >= times[one.key.partition(":")[0]] for one in reminded)
    assert not found.twice


def test_34_restart_during_three_days(house: House) -> None:
    """34 (SQLite): three real days. While nothing runs the engine's clock, which is the last
    committed instant when that is later than the host's, is set on to shortly before the deadline
    and then past it."""
    house.publish(patience(house.provider.url, "P3D"))
    house.own_redis()
    house.ingest()
    house.worker()
    house.post(*range(5))
    wait_until(lambda: waiting(house), 60, 0.2)
    house.parts["worker"].stop()
    house.parts["ingest"].kill()
    now = house.one("SELECT last_at FROM workspace")

    def later(days: float) -> None:
        with contextlib.closing(sqlite3.connect(house.data / "wayline.db")) as conn:
            conn.execute("UPDATE workspace SET last_at = ?", (now + int(days * DAY),))
            conn.commit()

    with Watch(house):
        later(2.99)
        house.worker()
        house.ingest()
        house.post("meanwhile")
        wait_until(lambda: len(house.provider.book("/told")) == 6, 60, 0.2)
        assert house.provider.book("/reminded") == []
        house.parts["worker"].kill()
        later(3.01)
        house.worker()
        wait_until(lambda: len(house.provider.book("/reminded")) == 5, 60, 0.2)
        house.parts["worker"].stop()
        house.worker()
        found = reconcile(house, journeys={*house.journeys, "patience"}, waiting=1)
    assert len(house.provider.book("/reminded")) == 5
    assert not found.twice


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_35_sigterm_under_load_twenty_times(house: House) -> None:
    """35: under load one process of the whole program after the other gets SIGTERM, twenty times,
    each when all are at work: no request fails, no run fails, nothing is sent twice. (The third
    time that the studio ends so soon, an intake takes its place.)"""
    dice = random.Random(35)
    house.up()
    with Watch(house):
        senders = [
            house.sending(*(f"{lane}-{n}" for n in range(100_000)), every=0.1) for lane in range(2)
        ]
        for _ in range(20):
            wait_until(lambda: all_at_work(house), 60, 0.2)
            victim = house.children()[dice.choice(["web", "worker", "worker 2"])]
            victim.send_signal(signal.SIGTERM)
            wait_until(lambda victim=victim: not _lives(victim), 30)
        for sender in senders:
            sender.enough()
            sender.finish()
        found = reconcile(house)
    assert not found.twice
    failed = [(post.id, post.tries) for post in house.posts if len(post.tries) != 1]
    assert failed == []


def all_at_work(house: House) -> bool:
    """Whether the web process serves and both workers have signed in with Redis."""
    children = house.children()
    if len(children) != 4:
        return False
    answer = httpx.get(
        f"{house.url}/healthz", trust_env=False, verify=False, timeout=60
    )  # it may be starting
    assert answer.status_code == 200
    with redis.Redis(unix_socket_path=str(socket_path(house.data)), socket_timeout=5) as client:
        pids = {client.hget(name, "pid") for name in client.scan_iter("rq:worker:*", _type="hash")}
    return {str(children[name].pid).encode() for name in ("worker", "worker 2")} <= pids


@on_both(quick="postgresql")
def test_35_sigterm_to_the_workers_under_load(house: House) -> None:
    """35: the quick part of it: each of two workers gets SIGTERM three times under load, and ends
    with code 0. None of their runs fails, nothing is sent twice."""
    house.own_redis()
    house.ingest()
    names = ("worker 1", "worker 2")
    for name in names:
        house.worker(name)
    with Watch(house):
        sender = house.sending(*range(100_000), every=0.05)
        for n in range(6):
            name = names[n % 2]
            done = house.provider.count()["total"]
            wait_until(lambda done=done: house.provider.count()["total"] > done + 3, 60)
            assert house.parts[name].stop() == 0
            house.worker(name)
        sender.enough()
        sender.finish()
        found = reconcile(house)
    assert not found.twice
    assert all(len(post.tries) == 1 for post in house.posts)


def _lives(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.status() != psutil.STATUS_ZOMBIE
    return False
