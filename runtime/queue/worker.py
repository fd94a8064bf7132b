"""A worker process: RQ's simple worker on one queue of its own, a sweeper beside it, and without
Redis a look at the database twice a second.
"""

# pyright: reportUnknownMemberType=false
# (rq and redis leave some arguments untyped)

from __future__ import annotations

import contextlib
import logging
import secrets
import signal
import threading
import time
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from types import FrameType
from typing import Protocol

from rq.exceptions import StopRequested

from runtime.queue.connection import NO_REDIS, connect
from runtime.queue.jobs import forget, queue_of
from runtime.queue.roster import Roster
from runtime.queue.rqworker import BLOCK, RqWorker
from runtime.settings import Settings

_log = logging.getLogger("wayline.worker")

SLICE = 1.0  # seconds of one drain
SWEEP = 1.0  # seconds between two looks for due work
POLL = 0.5  # seconds between two looks without Redis


class Drains(Protocol):
    """What a worker does (runtime.work has the real one)."""

    def drain(self, deadline: float) -> object:
        """Carry on until nothing is due or `time.monotonic()` has passed the deadline."""
        ...

    def anything_due(self) -> bool:
        """Whether there is work to do now. Called from another thread."""
        ...

    def stop(self) -> None:
        """Come to an end soon. Called from another thread."""
        ...


class Worker:
    """`run()` in the main thread; ends after SIGINT, SIGTERM or `stop()`."""

    def __init__(
        self,
        settings: Settings,
        work: Drains,
        *,
        watch: Callable[[], None] = lambda: None,
        name: str | None = None,
    ) -> None:
        """`watch` is called by the sweeper too, every second."""
        self.name = name or f"wayline-{secrets.token_hex(6)}"
        self._settings, self._work, self._watch = settings, work, watch
        self._redis = connect(settings, patience=BLOCK + 2.0)
        self._swept = connect(settings)
        self._stopping = threading.Event()
        # A signal may come while this very thread holds the event's lock, even in the handler
        # of the signal before: so the handler only puts, which is reentrant, and a thread stops.
        self._told: SimpleQueue[int] = SimpleQueue()
        self._draining = False
        self._waiting = False

    def run(self) -> None:
        """Work until told to stop."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._signalled)
        threading.Thread(target=self._stop_when_told, name="stopper", daemon=True).start()
        sweeper = threading.Thread(target=self._sweep, name="sweeper", daemon=True)
        sweeper.start()
        try:
            while not self._stopping.is_set():
                self._serve()
                self._poll()
        finally:
            self._stopping.set()
            sweeper.join(5)
            with contextlib.suppress(*NO_REDIS):
                forget(self.name, self._swept)
            self._redis.close()
            self._swept.close()

    def stop(self) -> None:
        """Finish the step at hand and end."""
        self._stopping.set()
        self._work.stop()

    def _stop_when_told(self) -> None:
        self._told.get()
        self.stop()

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self._told.put(number)
        if self._waiting:  # blocked in a read from Redis
            raise StopRequested

    # --- with Redis ---------------------------------------------------------------------------

    def _serve(self) -> None:
        """Take wake-ups from Redis until it goes away or we are to stop."""
        try:
            Roster(self._redis).clear()
            self._redis.delete(  # what an earlier life of ours has left
                RqWorker.redis_worker_namespace_prefix + self.name,
                queue_of(self.name, self._redis).intermediate_queue_key,
            )
            RqWorker(self.name, self._redis, self._drain, self._stopping, self._wait).work(
                logging_level="CRITICAL"
            )
        except NO_REDIS as error:
            _log.warning(
                "Redis cannot be reached (%s): looking for work without it.", type(error).__name__
            )
        except StopRequested:
            return
        self._stopping.wait(0.05)

    def _wait(self, waiting: bool) -> None:
        self._waiting = waiting
        if waiting and self._stopping.is_set():
            raise StopRequested

    def _drain(self) -> None:
        """One slice of work; a failure is logged without what it was about, and tried again by the
        sweeper.
        """
        deadline = time.monotonic() + SLICE
        self._draining = True
        try:
            self._work.drain(deadline)
        except Exception as error:
            frames = "".join(traceback.format_tb(error.__traceback__))
            _log.error("Work failed with %s; it is tried again.\n%s", type(error).__name__, frames)
            return
        finally:
            self._draining = False
        if time.monotonic() >= deadline and not self._stopping.is_set():
            self._ring_self()  # there is more

    def _ring_self(self) -> None:
        try:
            if len(queue_of(self.name, self._swept)) == 0:
                Roster(self._swept).ring(self.name)
        except NO_REDIS:
            pass  # the main loop notices by itself

    # --- without Redis ------------------------------------------------------------------------

    def _poll(self) -> None:
        """Look for work at the database until Redis answers."""
        while not self._stopping.is_set():
            try:
                if self._swept.ping():
                    return
            except NO_REDIS:
                self._drain()
                self._stopping.wait(POLL)

    # --- beside it ----------------------------------------------------------------------------

    def _sweep(self) -> None:
        roster = Roster(self._swept)
        while not self._stopping.wait(SWEEP):
            try:
                self._watch()
                waiting = roster.sign(self.name)
                if not waiting and not self._draining and self._work.anything_due():
                    roster.ring(self.name)
            except NO_REDIS:
                continue
            except Exception as error:
                _log.error("The look for due work failed with %s.", type(error).__name__)
        with contextlib.suppress(*NO_REDIS):
            roster.leave(self.name)
