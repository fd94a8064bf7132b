"""50: no descriptor is left."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil

from tests.faults.harness import House, on_both
from tests.faults.harness_books import Watch, reconcile
from tests.faults.harness_parts import Part
from tests.support.program import wait_until
from tests.support.provider import Rule


def files(part: Part) -> int:
    """How many descriptors it has open."""
    return len(os.listdir(f"/proc/{part.pid}/fd"))


def limit(part: Part, more: int) -> int:
    """It may open only so many more; how many in all."""
    most = files(part) + more
    process = psutil.Process(part.pid)
    process.rlimit(resource.RLIMIT_NOFILE, (most, process.rlimit(resource.RLIMIT_NOFILE)[1]))
    return most


@on_both(quick="postgresql")
def test_50_descriptors_run_out(house: House) -> None:
    """50: the intake may open 24 more files and the worker 12 (65,536 scaled down), while 500
    connections stand open and 16 effects want to go out at once to a slow provider. Both live; when
    the connections have gone, everything that was sent meanwhile is accepted and carried on."""
    house.own_redis()
    intake, worker = house.ingest(), house.worker()
    house.provider.behave(Rule(delay=0.3))
    with Watch(house), ThreadPoolExecutor(1) as senders, contextlib.ExitStack() as crowd:
        house.post("before")
        house.wait_quiet()
        most = limit(intake, 24)
        limit(worker, 12)
        for _ in range(500):
            one = socket.socket()
            crowd.callback(one.close)
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", house.port))
        wait_until(lambda: files(intake) >= most - 2, 30)
        sent = senders.submit(house.post, *range(16))
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"{house.url}/healthz", timeout=2, trust_env=False, verify=False)
        assert intake.alive
        crowd.close()
        sent.result()
        limit(worker, 1000)
        wait_until(lambda: files(intake) < most - 10, 30)
        found = reconcile(house)
    assert intake.alive
    assert worker.alive
    assert len(found.events) == 17
    assert not found.twice
