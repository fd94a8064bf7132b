"""Workers on a real Redis: woken by it, not dependent on it, and not commanded by it."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from rq import Queue

from runtime.queue.connection import redis_url
from runtime.queue.doorbell import Doorbell
from runtime.queue.jobs import DATA, FUNCTION, queue_of
from runtime.queue.roster import Roster
from tests.queue.conftest import FolderWorker, Server
from tests.support.program import wait_until
from tests.support.unruly import unruly

pytestmark = pytest.mark.service
Make = Callable[..., FolderWorker]


def idle(server: Server, worker: FolderWorker) -> None:
    """Until the worker has signed and waits for wake-ups."""
    wait_until(lambda: server.client.hget(f"rq:worker:{worker.name}", "state") == b"idle", 10)
    wait_until(lambda: server.client.zscore("wayline:workers", worker.name), 10)


def jobs_done(server: Server, worker: FolderWorker) -> int:
    return int(server.client.hget(f"rq:worker:{worker.name}", "successful_job_count") or 0)  # type: ignore[arg-type]


def test_a_ring_alone_wakes_a_worker(server: Server, folder_worker: Make) -> None:
    worker = folder_worker(server.data, "blind")
    idle(server, worker)
    bell = Doorbell(server.settings)
    worker.give("a", "b")
    bell.ring()
    worker.wait_done("a", "b")
    bell.close()
    wait_until(lambda: jobs_done(server, worker) == 1)


def test_a_lost_ring_costs_a_second(server: Server, folder_worker: Make) -> None:
    worker = folder_worker(server.data)
    idle(server, worker)
    worker.give("a")
    worker.wait_done("a", seconds=5)
    wait_until(lambda: jobs_done(server, worker) >= 1)


def test_work_that_takes_longer_than_a_slice_goes_on_at_once(
    server: Server, folder_worker: Make
) -> None:
    worker = folder_worker(server.data, "blind", "slow")
    idle(server, worker)
    names = [f"{n:02}" for n in range(12)]  # 2.4 seconds
    worker.give(*names)
    bell = Doorbell(server.settings)
    bell.ring()
    worker.wait_done(*names)
    bell.close()
    wait_until(lambda: jobs_done(server, worker) >= 3)


def test_many_rings_are_few_jobs(server: Server, folder_worker: Make) -> None:
    worker = folder_worker(server.data, "blind", "slow")
    idle(server, worker)
    worker.give("a", "b", "c")
    bell = Doorbell(server.settings)
    for _ in range(1000):
        bell.ring()
    worker.wait_done("a", "b", "c")
    bell.close()
    assert len(queue_of(worker.name, server.client)) <= 1
    assert jobs_done(server, worker) <= 5


def test_without_redis_the_worker_polls_and_with_it_takes_wake_ups_again(
    server: Server, folder_worker: Make
) -> None:
    worker = folder_worker(server.data)
    idle(server, worker)
    server.kill()
    worker.give("a")
    worker.wait_done("a", seconds=5)
    server.start()
    wait_until(lambda: server.client.zscore("wayline:workers", worker.name), 10)
    before = jobs_done(server, worker)
    worker.give("b")
    worker.wait_done("b", seconds=5)
    wait_until(lambda: jobs_done(server, worker) > before)
    assert worker.process.poll() is None


def test_a_redis_that_hangs_is_noticed_within_seconds(server: Server, folder_worker: Make) -> None:
    worker = folder_worker(server.data)
    idle(server, worker)
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    worker.give("a")
    worker.wait_done("a", seconds=12)
    server.process.send_signal(signal.SIGCONT)
    worker.give("b")
    worker.wait_done("b", seconds=12)


def test_a_worker_starts_without_redis(tmp_path: Path, folder_worker: Make) -> None:
    worker = folder_worker(tmp_path / "data")
    worker.give("a")
    worker.wait_done("a")
    assert worker.stop()[0] == 0


def test_everything_in_redis_may_be_lost(server: Server, folder_worker: Make) -> None:
    worker = folder_worker(server.data, "slow")
    idle(server, worker)
    for n in range(6):
        worker.give(f"{n}")
        server.client.flushall()
    worker.wait_done(*"012345")
    worker.give("after")
    worker.wait_done("after")


def test_of_two_workers_the_idle_one_is_rung(server: Server, folder_worker: Make) -> None:
    busy = folder_worker(server.data, "blind", "slow", folder="one")
    idle(server, busy)
    busy.give(*(f"{n:03}" for n in range(300)))  # busy for a minute
    bell = Doorbell(server.settings)
    bell.ring()
    wait_until(lambda: server.client.hget(f"rq:worker:{busy.name}", "state") == b"busy", every=0.01)
    free = folder_worker(server.data, "blind", folder="two")
    idle(server, free)
    free.give("a")
    bell.ring()
    free.wait_done("a")
    bell.close()


def test_a_worker_that_was_killed_is_rung_no_more_and_its_queue_goes(
    server: Server, folder_worker: Make
) -> None:
    dead = folder_worker(server.data, folder="one")
    idle(server, dead)
    dead.stop(signal.SIGKILL)
    server.client.zadd("wayline:workers", {dead.name: 1})  # long ago
    server.client.rpush(f"rq:queue:{dead.name}", "left-over")
    worker = folder_worker(server.data, "blind", folder="two")
    idle(server, worker)
    assert server.client.zscore("wayline:workers", dead.name) is None
    assert [key for key in server.client.keys("*") if dead.name.encode() in key] == []  # type: ignore[union-attr]
    worker.give("a")
    bell = Doorbell(server.settings)
    bell.ring()
    worker.wait_done("a")
    bell.close()


# --- stopping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker_stops_at_once_and_signs_off(
    server: Server, folder_worker: Make, number: int
) -> None:
    worker = folder_worker(server.data)
    idle(server, worker)
    code, out = worker.stop(number)
    assert (code, out) == (0, "")
    assert server.client.zscore("wayline:workers", worker.name) is None
    assert [key for key in server.client.keys("*") if worker.name.encode() in key] == []  # type: ignore[union-attr]
    assert server.client.smembers("rq:workers") == server.client.smembers("rq:queues") == set()


def test_a_busy_worker_finishes_its_step_and_stops(server: Server, folder_worker: Make) -> None:
    worker = folder_worker(server.data, "slow")
    idle(server, worker)
    names = [f"{n:02}" for n in range(50)]
    worker.give(*names)
    wait_until(lambda: worker.done)
    code, _ = worker.stop()
    assert code == 0
    left = {f.name for f in (worker.folder / "todo").iterdir()}
    assert left
    assert left | worker.done == set(names)


def test_more_signals_do_no_harm(server: Server, folder_worker: Make) -> None:
    worker = folder_worker(server.data, "slow")
    idle(server, worker)
    worker.give("a")
    for _ in range(100):  # some come while the one before is still being handled
        worker.process.send_signal(signal.SIGTERM)
    assert worker.stop()[0] == 0


# --- hostile Redis ----------------------------------------------------------------------------


def plant(server: Server, worker: FolderWorker, **fields: bytes | str) -> None:
    """A job as somebody with access to Redis would write it."""
    planted = {"data": DATA, "origin": worker.name, "status": "queued", "created_at": "x", **fields}
    server.client.hset("rq:job:planted", mapping=planted)  # type: ignore[arg-type]
    server.client.rpush(f"rq:queue:{worker.name}", "planted")


def test_another_function_is_not_run(server: Server, folder_worker: Make, tmp_path: Path) -> None:
    worker = folder_worker(server.data, "blind")
    idle(server, worker)
    mark = tmp_path / "owned"
    for payload in (
        json.dumps(["os.system", None, [f"touch {mark}"], {}]).encode(),
        json.dumps([FUNCTION, None, [f"touch {mark}"], {}]).encode(),
        json.dumps(["os.mkdir", None, [str(mark)], {}]).encode(),
        pickle.dumps((os.mkdir, None, (str(mark),), {})),
        b"\x80\x04cos\nsystem\n(X\x05\x00\x00\x00touchtR.",
        b"",
        zlib.compress(b"x" * 50_000_000),
    ):
        plant(server, worker, data=zlib.compress(payload) if len(payload) < 10_000 else payload)
        wait_until(lambda: server.client.hget("rq:job:planted", "status") in (b"failed", None), 10)
    worker.give("a")
    server.client.delete("rq:job:planted")
    plant(server, worker)
    worker.wait_done("a")
    assert not mark.exists()
    assert worker.process.poll() is None


def test_callbacks_web_addresses_and_retries_from_redis_are_not_used(
    server: Server, folder_worker: Make, tmp_path: Path
) -> None:
    worker = folder_worker(server.data, "blind")
    idle(server, worker)
    with unruly() as outside:
        for data in (DATA, b"other"):
            hook = [{"url": outside.url, "job_status": s} for s in ("finished", "failed")]
            plant(
                server,
                worker,
                data=data,
                success_callback_name="os.abort",
                failure_callback_name="os.abort",
                stopped_callback_name="os.abort",
                webhooks=json.dumps(hook),
                retries_left="5",
                repeats_left="5",
                timeout="not a number",
                meta=pickle.dumps(object),
            )
            wait_until(
                lambda: server.client.hget("rq:job:planted", "status") in (b"finished", b"failed")
            )
            server.client.delete("rq:job:planted")
        assert outside.seen() == []
    assert worker.process.poll() is None


def test_strange_job_ids_stop_nothing(server: Server, folder_worker: Make) -> None:
    worker = folder_worker(server.data)
    idle(server, worker)
    for n, job_id in enumerate(["../x", "a b", "a:b", "\x00", "x" * 5000]):
        server.client.hset(f"rq:job:{job_id}", "data", DATA)  # type: ignore[arg-type]
        server.client.rpush(f"rq:queue:{worker.name}", job_id)
        worker.give(f"{n}")
        worker.wait_done(f"{n}")
    assert worker.process.poll() is None


def test_a_failing_drain_is_logged_without_what_it_was_about_and_tried_again(
    server: Server, folder_worker: Make
) -> None:
    worker = folder_worker(server.data)
    idle(server, worker)
    worker.give("poison")
    wait_until(lambda: jobs_done(server, worker) >= 1)
    (worker.folder / "todo" / "poison").unlink()
    worker.give("a")
    worker.wait_done("a")
    keys = server.client.keys("*")
    kept = b"".join(server.client.dump(key) or b"" for key in keys)  # type: ignore[union-attr]
    assert b"canary" not in kept
    _, out = worker.stop()
    assert "RuntimeError" in out
    assert "canary" not in out


def test_redis_keeps_nothing_for_ever(server: Server, folder_worker: Make) -> None:
    worker = folder_worker(server.data)
    idle(server, worker)
    plant(server, worker, data="other")
    worker.give("a")
    worker.wait_done("a")
    wait_until(lambda: server.client.hget(f"rq:worker:{worker.name}", "state") == b"idle", 10)
    jobs = server.client.keys("rq:job:*") + server.client.keys("rq:results:*")  # type: ignore[operator]
    assert jobs
    times = [int(server.client.ttl(key)) for key in jobs if key != b"rq:job:planted"]  # type: ignore[arg-type]
    assert all(0 < seconds <= 3600 for seconds in times)


def test_rq_info_shows_the_worker(server: Server, folder_worker: Make) -> None:
    worker = folder_worker(server.data)
    idle(server, worker)
    shown = subprocess.run(
        [str(Path(sys.executable).with_name("rq")), "info", "--url", redis_url(server.settings)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert worker.name in shown


def test_rqs_own_worker_cannot_carry_a_wake_up_out(server: Server) -> None:
    from rq import SimpleWorker
    from rq.serializers import JSONSerializer

    Roster(server.client).ring("somebody")
    queue = Queue("somebody", connection=server.client, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=server.client, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="CRITICAL")
    assert worker.failed_job_count == 0
    assert queue.failed_job_registry.count == 1
