"""12: kill -9 at random, all the time, under load."""

from __future__ import annotations

import os
import random
import time

import httpx
import pytest

from tests.faults.harness import House, both
from tests.faults.harness_books import Watch, reconcile
from tests.faults.harness_parts import Part
from tests.support.program import wait_until

PARTS = ("ingest", "worker 1", "worker 2", "worker 3")
EVERY = 0.15


def start(house: House, name: str) -> Part:
    return house.ingest(wait=False) if name == "ingest" else house.worker(name)


def at_work(house: House, part: Part) -> bool:
    """Whether it has loaded: a kill while it still imports its modules would hit nothing."""
    if part.name == "ingest":
        try:
            return (
                httpx.get(
                    house.url + "/healthz", timeout=1, trust_env=False, verify=False
                ).status_code
                == 200
            )
        except httpx.HTTPError:
            return False
    assert house.redis is not None
    with house.redis.client() as client:
        pids = [client.hget(name, "pid") for name in client.scan_iter("rq:worker:*", _type="hash")]
    return str(part.pid).encode() in pids


@both
@pytest.mark.parametrize(
    "kills", [pytest.param(8, id="quick"), pytest.param(60, id="long", marks=pytest.mark.slow)]
)
def test_12_random_kills_under_load(house: House, kills: int) -> None:
    """12: while events come in, every 150 ms one of an intake and three workers is killed, as soon
    as it is at work again; each is started again at once. Runs that three workers in a row died
    over are with the dead letters, by design; nothing else is missing, and what came twice came
    beside a kill."""
    seed = int(os.environ.get("WAYLINE_SEED") or random.randrange(10**6))
    print(f"WAYLINE_SEED={seed}")
    dice = random.Random(seed)
    house.own_redis()
    for name in PARTS:
        start(house, name)
    with Watch(house):
        senders = [
            house.sending(*(f"{lane}-{n}" for n in range(kills * 8)), every=0.03)
            for lane in range(3)
        ]
        for _ in range(kills):
            name = dice.choice(PARTS)
            part = house.parts[name]
            try:
                wait_until(lambda part=part: at_work(house, part), 60, 0.02)
            except AssertionError:
                raise AssertionError(f"{part.name} is not at work: {part.printed()}") from None
            time.sleep(dice.uniform(0, 2 * EVERY))
            house.parts[name].kill()
            start(house, name)
        for sender in senders:
            sender.enough()
            sender.finish()
        found = reconcile(house, failed=None, states=("done", "dropped"), quiet=120)
    assert len(house.deaths) == kills
    assert len(found.events) > kills
    assert len(found.twice) <= 64 * kills
