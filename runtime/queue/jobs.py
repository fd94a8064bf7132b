"""The one job there is: "look for work". It carries nothing, and whatever else stands in Redis is
not run.

RQ's own job would import and call any function that Redis names, run callbacks, call web addresses
and retry. Here a job is rebuilt from scratch when it is read: of what Redis says only "this is the
wake-up" counts.
"""

# pyright: reportUnknownMemberType=false
# (rq and redis leave some arguments untyped)

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker
from rq.worker_registration import WORKERS_BY_QUEUE_KEY

FUNCTION = "runtime.queue.jobs.drain"
DATA = JSONSerializer.dumps([FUNCTION, None, [], {}])
PACKED = zlib.compress(DATA)  # as RQ stores it
TIMEOUT = 300  # seconds; a drain ends by itself after about one
RESULT_TTL = 60
FAILURE_TTL = 3600
TTL = 60  # a wake-up that nobody picks up
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class NotAllowed(Exception):
    """Something in Redis asked this worker to run another function than `drain`: it was not run."""


def drain() -> None:
    """What the wake-up is called in Redis. Only Wayline's own worker can carry it out."""
    raise NotAllowed("Only `wayline worker` can run this job: start one.")


class WakeUp(Job):
    """A job that can do nothing but call the `work` its worker gave it."""

    refused: bool = False
    execution: str | None = None  # its id, when the job has begun already
    work: Callable[[], None] = staticmethod(drain)

    def restore(self, raw_data: Mapping[bytes, bytes]) -> Any:
        """Rebuild the job. What Redis says is compared, and never used."""
        self.refused = not _is_wake_up(raw_data.get(b"data", b""))
        origin = raw_data.get(b"origin", b"").decode("ascii", "replace")
        return super().restore(
            {
                b"data": DATA,
                b"origin": (origin if _NAME.fullmatch(origin) else "unknown").encode(),
                b"status": b"queued",
                b"description": b"refused" if self.refused else b"look for work",
                b"timeout": str(TIMEOUT).encode(),
                b"result_ttl": str(RESULT_TTL).encode(),
                b"failure_ttl": str(FAILURE_TTL).encode(),
            }
        )

    def perform(self) -> None:
        """Do the work, or refuse."""
        if self.refused:
            raise NotAllowed("A job in Redis named another function; it was not run.")
        self.work()


def _is_wake_up(packed: bytes) -> bool:
    if packed == DATA:
        return True
    try:
        return zlib.decompressobj().decompress(packed, len(DATA) + 1) == DATA
    except zlib.error:
        return False


def queue_of(worker: str, connection: redis.Redis) -> Queue:
    """The one queue of this worker; it bears the worker's name."""
    return Queue(
        worker, connection=connection, job_class=WakeUp, serializer=JSONSerializer, is_async=True
    )


def fields() -> list[str | bytes | int]:
    """What stands in Redis about every wake-up, as names and values by turns."""
    return [
        *("data", PACKED, "description", "look for work", "timeout", TIMEOUT),
        *("result_ttl", RESULT_TTL, "failure_ttl", FAILURE_TTL, "ttl", TTL),
    ]


def forget(worker: str, connection: redis.Redis) -> None:
    """Remove everything that RQ keeps about a worker that is no more."""
    queue = queue_of(worker, connection)
    queue.delete(delete_jobs=True)
    registries = (
        queue.started_job_registry,
        queue.finished_job_registry,
        queue.failed_job_registry,
        queue.deferred_job_registry,
        queue.scheduled_job_registry,
        queue.canceled_job_registry,
    )
    key = BaseWorker.redis_worker_namespace_prefix + worker
    connection.delete(
        *(registry.key for registry in registries),
        queue.intermediate_queue_key,
        queue.registry_cleaning_key,
        WORKERS_BY_QUEUE_KEY % worker,
        key,
        f"{key}:executions",
    )
    connection.srem(BaseWorker.redis_workers_keys, key)
