"""RQ's worker without its signals, its commands from Redis and its own waiting for Redis; and with
little bookkeeping: a wake-up takes three trips to Redis instead of thirty (see `scripts`).

Whatever is not a wake-up, byte for byte, goes RQ's own long way, at the end of which it is refused.
"""

# pyright: reportUnknownMemberType=false
# (rq and redis leave some arguments untyped)

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

import redis
from rq import Queue, SimpleWorker
from rq.defaults import RQ_KEY_PREFIX
from rq.exceptions import NoSuchJobError, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException
from rq.utils import now, utcformat
from rq.worker.base import WorkerStatus

from runtime.queue.connection import NO_REDIS
from runtime.queue.jobs import FAILURE_TTL, PACKED, RESULT_TTL, TIMEOUT, WakeUp, queue_of
from runtime.queue.scripts import BEGIN, END

_log = logging.getLogger("wayline.worker")

BLOCK = 1  # seconds of one blocking read: how soon a silent Redis is noticed
BEAT = 15.0  # seconds between two signs of life of an idle worker
KNOWN = 120  # seconds after the last one in which RQ shows it
BUSY = TIMEOUT + 60  # the same while a job runs


class RqWorker(SimpleWorker):
    """One queue, one job at a time, in this thread."""

    def __init__(
        self,
        name: str,
        connection: redis.Redis,
        drain: Callable[[], None],
        stopping: threading.Event,
        wait: Callable[[bool], None],
    ) -> None:
        """`wait(True)` before and `wait(False)` after each wait for a wake-up."""
        super().__init__(
            [queue_of(name, connection)],
            name=name,
            connection=connection,
            default_result_ttl=RESULT_TTL,
            job_class=WakeUp,
            serializer=JSONSerializer,
            worker_ttl=KNOWN - 60,  # RQ adds a minute
            log_job_description=False,
        )
        self._drain, self._stopping, self._wait = drain, stopping, wait
        self._begin = connection.register_script(BEGIN)
        self._end = connection.register_script(END)
        self._beaten = 0.0

    # --- What RQ's loop asks for --------------------------------------------------------------

    @property
    def dequeue_timeout(self) -> int:
        return BLOCK

    @property
    def connection_timeout(self) -> int:
        return BLOCK + 2

    def _install_signal_handlers(self) -> None:
        """The process has its own."""

    def subscribe(self) -> None:
        """Takes no commands from Redis."""

    def unsubscribe(self) -> None:
        """Nothing to end."""

    def teardown(self) -> None:
        """Signs off; not when Redis is the reason for the end."""
        if self._stopping.is_set():
            super().teardown()

    def check_for_suspension(self, burst: bool) -> None:
        """Before each job."""
        if self._stopping.is_set():
            raise StopRequested

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """A sign of life, when the last one is not fresh any more."""
        if timeout is None and pipeline is None:
            if time.monotonic() - self._beaten < BEAT:
                return
            if not self.connection.exists(self.key):
                self._introduce(WorkerStatus.IDLE)
        self._beaten = time.monotonic()
        super().heartbeat(timeout, pipeline)

    def _introduce(self, state: str) -> None:
        """Redis lost what it knew of this worker: tell it again, so that it is shown."""
        self.connection.delete(self.key)
        self.register_birth()
        self.set_state(state)

    # --- Jobs ---------------------------------------------------------------------------------

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """As RQ's, but what goes wrong with Redis is raised, so that the worker can do without."""
        if self._state != WorkerStatus.IDLE:
            self.set_state(WorkerStatus.IDLE)
        queue = self.queues[0]
        while True:
            self.heartbeat()
            if self.should_run_maintenance_tasks:
                self.run_maintenance_tasks()
            try:
                self._wait(True)
                found: Any = self.connection.blmove(
                    queue.key, queue.intermediate_queue_key, timeout or BLOCK
                )
            finally:
                self._wait(False)
            if found is None:
                continue
            job = self._begun(found, queue) or self._fetched(found, queue)
            if job is not None:
                return job, queue

    def _begun(self, found: bytes, queue: Queue) -> WakeUp | None:
        """The wake-up, marked as begun; None when it is something else."""
        id, execution, at = found.decode("utf-8", "replace"), uuid4().hex, now()
        args = [RQ_KEY_PREFIX, self.name, found, execution, PACKED, *_both(at), BUSY]
        ours, known = cast("list[int]", self._begin(args=args))
        if not ours:
            return None
        if not known:
            self._introduce(WorkerStatus.BUSY)
        job = WakeUp(id, connection=self.connection, serializer=JSONSerializer)
        job.execution, job.started_at, job.origin = execution, at, queue.name
        self._state = WorkerStatus.BUSY
        return job

    def _fetched(self, found: bytes, queue: Queue) -> Job | None:
        """Any other job, as RQ reads it; what cannot be read is dropped."""
        try:
            return WakeUp.fetch(
                found.decode(), connection=self.connection, serializer=JSONSerializer
            )
        except NO_REDIS:
            raise
        except NoSuchJobError:
            pass
        except Exception as error:
            _log.error("A job in Redis cannot be read (%s).", type(error).__name__)
        self._drop(found, queue)
        return None

    def _drop(self, id: bytes, queue: Queue) -> None:
        """RQ removes it from the queue that the job names, which may be any."""
        self.connection.lrem(queue.intermediate_queue_key, 0, cast("str", id))

    def execute_job(self, job: Job, queue: Queue) -> None:
        """A wake-up is carried out here; RQ refuses the rest."""
        if not isinstance(job, WakeUp) or job.execution is None or job.started_at is None:
            job.redis_server_version = self.get_redis_server_version()
            if isinstance(job, WakeUp):
                job.work = self._drain
            self._drop(job.id.encode(), queue)
            super().execute_job(job, queue)
            return
        failed = True
        try:
            with self.death_penalty_class(TIMEOUT, JobTimeoutException, job_id=job.id):
                self._drain()
            failed = False
        finally:
            self._ended(job.id, job.execution, job.started_at, failed=failed)

    def _ended(self, id: str, execution: str, began: datetime, *, failed: bool) -> None:
        at = now()
        status, counter, kept = (
            ("failed", "failed_job_count", FAILURE_TTL)
            if failed
            else ("finished", "successful_job_count", RESULT_TTL)
        )
        took = (at - began).total_seconds()
        args = [RQ_KEY_PREFIX, self.name, id, execution, *_both(at)]
        known = self._end(args=[*args, status, counter, kept, took, KNOWN])
        self._state = WorkerStatus.IDLE
        self._beaten = time.monotonic()
        if not known:
            self._introduce(WorkerStatus.IDLE)


def _both(at: datetime) -> tuple[str, float]:
    """A time as RQ writes it for people and for registries."""
    return utcformat(at), at.timestamp()
