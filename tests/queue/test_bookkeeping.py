"""What our scripts leave in Redis is what RQ itself reads there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from rq import Queue, Worker
from rq.exceptions import StopRequested
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from runtime.queue.connection import connect
from runtime.queue.jobs import DATA, FAILURE_TTL, RESULT_TTL, TTL
from runtime.queue.roster import Roster
from runtime.queue.rqworker import BUSY, KNOWN, RqWorker
from tests.queue.conftest import Server
from tests.support.program import wait_until

pytestmark = pytest.mark.service


class Bench:
    """An RqWorker in a thread whose drain waits to be let go."""

    def __init__(self, server: Server) -> None:
        self.redis = server.client
        self.begun, self.go, self.stopping = threading.Event(), threading.Event(), threading.Event()
        self.error: BaseException | None = None
        self._own = connect(server.settings, patience=3)
        self.worker = RqWorker("w", self._own, self._drain, self.stopping, self._wait)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        wait_until(lambda: server.client.hget("rq:worker:w", "state") == b"idle", 10, 0.01)

    def _run(self) -> None:
        # RQ guards a job's time by a signal, which only a process's first thread may set
        self.worker.death_penalty_class = NoPenalty  # type: ignore[assignment]
        self.worker.work(logging_level="CRITICAL")

    def _wait(self, waiting: bool) -> None:
        if waiting and self.stopping.is_set():
            raise StopRequested

    def _drain(self) -> None:
        self.begun.set()
        assert self.go.wait(20)
        self.go.clear()
        if self.error is not None:
            raise self.error

    def ring(self) -> Job:
        """Ring; the job while it runs, as RQ sees it."""
        assert Roster(self.redis).ring("w") == "w"
        assert self.begun.wait(20)
        self.begun.clear()
        (found,) = self.queue.started_job_registry.get_job_ids()
        return self.job(found)

    def end(self) -> None:
        self.go.set()
        wait_until(lambda: self.redis.hget("rq:worker:w", "state") == b"idle", 10, 0.01)

    @property
    def queue(self) -> Queue:
        return Queue("w", connection=self.redis, serializer=JSONSerializer)

    def job(self, id: str) -> Job:
        return Job.fetch(id, connection=self.redis, serializer=JSONSerializer)

    def shown(self) -> Worker:
        """The worker as `rq info` reads it."""
        (found,) = Worker.all(connection=self.redis)
        return found

    def close(self) -> None:
        self.stopping.set()
        self.go.set()
        self._thread.join(20)
        self._own.close()


class NoPenalty:
    def __init__(self, *args: object, **named: object) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *args: object) -> None:
        pass


@pytest.fixture
def bench(server: Server) -> Iterator[Bench]:
    made = Bench(server)
    yield made
    made.close()


def test_a_wake_up_that_waits_is_a_queued_job(server: Server) -> None:
    assert Roster(server.client).ring("w") == "w"
    (queue,) = Queue.all(connection=server.client, serializer=JSONSerializer)
    (job,) = queue.jobs
    assert (queue.name, queue.count) == ("w", 1)
    assert (job.get_status(), job.origin) == (JobStatus.QUEUED, "w")
    assert (job.func_name, job.args, job.kwargs) == ("runtime.queue.jobs.drain", [], {})
    assert (job.result_ttl, job.failure_ttl, job.ttl) == (RESULT_TTL, FAILURE_TTL, TTL)
    assert job.enqueued_at is not None
    assert abs(datetime.now(UTC) - job.enqueued_at) < timedelta(minutes=1)
    assert 0 < ttl(server.client, job) <= TTL


def test_no_two_wake_ups_have_one_id(server: Server) -> None:
    for _ in range(50):
        Roster(server.client).ring("w")
    ids = Queue("w", connection=server.client).get_job_ids()
    assert len(set(ids)) == 50


def test_a_wake_up_that_runs_is_a_started_job_of_a_busy_worker(bench: Bench) -> None:
    job = bench.ring()
    worker = bench.shown()
    assert (worker.name, worker.get_state(), worker.queue_names()) == ("w", "busy", ["w"])
    assert worker.get_current_job_id() == job.id
    assert (job.get_status(), job.worker_name) == (JobStatus.STARTED, "w")
    assert job.started_at is not None
    (execution,) = job.get_executions()
    assert execution.worker_name == "w"
    assert (bench.queue.count, bench.queue.started_job_registry.count) == (0, 1)
    assert 0 < ttl(bench.redis, job) <= BUSY
    assert 0 < int(bench.redis.ttl("rq:worker:w")) <= BUSY  # type: ignore[arg-type]
    bench.end()


def test_a_wake_up_that_ended_is_a_finished_job_for_a_minute(bench: Bench) -> None:
    job = bench.ring()
    bench.end()
    job.refresh()
    worker = bench.shown()
    assert (job.get_status(), job.get_executions()) == (JobStatus.FINISHED, [])
    assert job.ended_at is not None
    assert job.started_at is not None
    assert job.ended_at >= job.started_at
    assert (worker.get_state(), worker.get_current_job_id()) == ("idle", None)
    assert (worker.successful_job_count, worker.failed_job_count) == (1, 0)
    assert worker.total_working_time > 0
    queue = bench.queue
    assert queue.finished_job_registry.get_job_ids() == [job.id]
    assert (queue.started_job_registry.count, queue.failed_job_registry.count) == (0, 0)
    assert 0 < ttl(bench.redis, job) <= RESULT_TTL
    assert 0 < int(bench.redis.ttl("rq:worker:w")) <= KNOWN  # type: ignore[arg-type]
    assert bench.redis.llen(queue.intermediate_queue_key) == 0


def test_what_finished_long_ago_goes_as_new_ones_come(bench: Bench) -> None:
    bench.redis.zadd("rq:finished:w", {"old": 1})
    bench.ring()
    bench.end()
    assert bench.redis.zscore("rq:finished:w", "old") is None


def test_a_drain_that_raises_is_a_failed_job(bench: Bench) -> None:
    bench.error = RuntimeError("no")
    job = bench.ring()
    bench.go.set()
    wait_until(lambda: job.get_status(refresh=True) == JobStatus.FAILED, 10)
    assert bench.queue.failed_job_registry.count == 1
    assert 0 < ttl(bench.redis, job) <= FAILURE_TTL


def test_nothing_is_left_for_ever(bench: Bench) -> None:
    for _ in range(3):
        bench.ring()
        bench.end()
    bench.ring()
    forever = {
        *(b"rq:queues", b"rq:workers", b"rq:workers:w", b"rq:wip:w", b"rq:finished:w"),
    }
    kept: list[bytes] = [k for k in bench.redis.keys("*") if int(bench.redis.ttl(k)) < 0]  # type: ignore[union-attr, arg-type]
    assert set(kept) <= forever
    bench.end()


def test_a_worker_of_which_redis_lost_everything_is_shown_again(bench: Bench) -> None:
    bench.ring()
    bench.redis.flushall()
    bench.end()
    wait_until(lambda: bench.redis.scard("rq:workers") == 1, 10)
    bench.redis.flushall()
    bench.ring()
    assert bench.shown().get_state() == "busy"
    bench.end()
    assert bench.shown().queue_names() == ["w"]


@pytest.mark.parametrize("key", ["rq:job:odd", "rq:queue:w:intermediate"])
def test_what_is_no_job_at_all_is_dropped(bench: Bench, key: str) -> None:
    if key == "rq:job:odd":
        bench.redis.hset(key, "data", b"")
    bench.redis.rpush("rq:queue:w", "odd")
    wait_until(lambda: bench.redis.llen("rq:queue:w") == 0, 10)
    bench.ring()
    bench.end()
    assert bench.redis.llen("rq:queue:w:intermediate") == 0


def test_a_wake_up_that_rq_itself_enqueued_is_carried_out(bench: Bench) -> None:
    job = bench.queue.enqueue_call("runtime.queue.jobs.drain", result_ttl=60)
    assert bench.redis.hget(job.key, "data") is not None
    assert job.data == DATA
    assert bench.begun.wait(20)
    bench.end()
    wait_until(lambda: job.get_status(refresh=True) == JobStatus.FINISHED, 10)


def ttl(client: redis.Redis, job: Job) -> int:
    return int(client.ttl(job.key))  # type: ignore[arg-type]
