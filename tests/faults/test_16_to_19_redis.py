"""16-19: Redis loses everything, is emptied, goes away, and comes back as an older self. It only
carries wake-ups."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.harness import House, on_both
from tests.faults.harness_books import Found, Watch, reconcile
from tests.support.gateway import Gateway
from tests.support.program import wait_until
from tests.support.redis_server import RedisServer

LATE = 5.0  # seconds that a timer may be late


def late(found: Found) -> float:
    """How late the last timer of the journey with a wait of a second fired."""
    started = {run.id: run.started_at for run in found.runs}
    fired = [
        (step[0] - started[run]) / 1e6 - 1
        for run, lines in found.steps.items()
        for step in lines
        if step[2] == "pause"
    ]
    assert len(fired) == len(found.events)
    assert min(fired) >= 0
    return max(fired)


@contextmanager
def flushing(redis: RedisServer, every: float = 0.2) -> Iterator[list[int]]:
    """FLUSHALL again and again."""
    over, done = threading.Event(), [0]

    def run() -> None:
        with redis.client() as client:
            while not over.wait(every):
                client.flushall()
                done[0] += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join(10)


def furnish(house: House, *, persistent: bool = False) -> RedisServer:
    redis = house.own_redis(persistent=persistent)
    house.ingest()
    for n in (1, 2):
        house.worker(f"worker {n}")
    wait_until(lambda: at_work(redis) == 2, 60)
    return redis


def at_work(redis: RedisServer) -> int:
    with redis.client() as client:
        return int(client.scard("rq:workers"))  # type: ignore[arg-type]


def test_16_redis_dies_without_persistence(house: House) -> None:
    """16: kill -9 of a Redis that keeps nothing, three times under load, and it comes back empty.
    No request fails meanwhile, and no timer is more than 5 s late."""
    redis = furnish(house)
    with Watch(house):
        sender = house.sending(*range(60), every=0.1)
        for n in range(3):
            wait_until(lambda n=n: len(house.posts) > 15 * (n + 1), 60)
            redis.kill()
            redis.start()
        sender.finish()
        found = reconcile(house)
    assert all(len(post.tries) == 1 for post in house.posts)
    assert late(found) <= LATE
    assert not found.twice


@on_both(quick="postgresql")
def test_17_flushall_in_the_middle(house: House) -> None:
    """17: FLUSHALL five times a second under load: queues, jobs, registries and the roster of the
    workers are gone each time."""
    redis = furnish(house, persistent=True)
    with Watch(house), flushing(redis) as done:
        house.sending(*range(40), every=0.05).finish()
        found = reconcile(house)
    assert done[0] >= 10
    assert all(len(post.tries) == 1 for post in house.posts)
    assert late(found) <= LATE
    assert not found.twice


@pytest.mark.parametrize(
    "seconds", [pytest.param(12, id="quick"), pytest.param(70, id="long", marks=pytest.mark.slow)]
)
def test_18_redis_is_down(house: House, seconds: int) -> None:
    """18: Redis is down for 12 s (which RQ's own scheduler does not survive), and for 70 s: longer
    than every time-out that matters (3 s of a read, 5 s until a worker counts as gone, 60 s of RQ's
    worker and job keys; 10 min in the table). Events are accepted and carried meanwhile, timers at
    most 5 s late, and when it is back the wake-ups go through it again."""
    redis = furnish(house)
    redis.kill()
    with Watch(house):
        sender = house.sending(*range(seconds * 4), every=0.25)
        sender.finish(seconds * 5)
        found = reconcile(house)  # all done without it
        assert all(len(post.tries) == 1 for post in house.posts)
        assert late(found) <= LATE
        assert not found.twice
        redis.start()
        wait_until(lambda: at_work(redis) == 2, 60)
        with redis.client() as client:
            house.post("after")
            wait_until(lambda: list(client.scan_iter("rq:job:*")), 30)
        reconcile(house)


def test_19_redis_fails_over_to_a_lagging_replica(house: House, tmp_path: Path) -> None:
    """19: the replica has stopped following; the primary dies, the address leads to the replica.
    Old jobs, workers and roster are back, new ones are missing: nothing is lost or done twice."""
    primary = RedisServer(tmp_path / "primary").start()
    replica = RedisServer(tmp_path / "replica", replica_of=primary.port).start()
    with Gateway(primary.port) as gateway:
        house.env["REDIS_URL"] = f"redis://127.0.0.1:{gateway.port}/0"
        house.ingest()
        for n in (1, 2):
            house.worker(f"worker {n}")
        wait_until(lambda: at_work(primary) == 2, 60)
        with Watch(house):
            house.sending(*range(20), every=0.05).finish()
            wait_until(lambda: at_work(replica) == 2, 60)
            with replica.client() as client:
                client.replicaof("NO", "ONE")  # lags from here on
            sender = house.sending(*range(20, 60), every=0.05)
            wait_until(lambda: len(house.posts) > 40, 60)
            primary.kill()
            gateway.lead_to(replica.port)
            sender.finish()
            found = reconcile(house)
        assert all(len(post.tries) == 1 for post in house.posts)
        assert late(found) <= LATE
        assert not found.twice
        house.redis = replica
        reconcile(house)
        house.close()
    replica.kill()
    primary.kill()
