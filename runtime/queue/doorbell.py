"""Tells a worker that there is something to do. Ringing costs the caller nothing and never
fails."""

# pyright: reportUnknownMemberType=false
# (rq and redis leave some arguments untyped)

from __future__ import annotations

import logging
import threading

from runtime.queue.connection import NO_REDIS, connect
from runtime.queue.roster import Roster
from runtime.settings import Settings

_log = logging.getLogger("wayline.doorbell")

BREATH = 0.005  # seconds between two rings: many events share one
LONGER = 0.02  # when every worker had a wake-up waiting: each will look once more anyway
PATIENCE = 1.0  # seconds without Redis before the next try


class Doorbell:
    """`ring()` after each commit that made work. A thread of its own speaks with Redis."""

    def __init__(self, settings: Settings) -> None:
        self._redis = connect(settings)
        self._roster = Roster(self._redis, kept=True)
        self._wanted = threading.Event()  # something is to be done: a ring, or to come to an end
        self._asked = False  # a ring
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._start = threading.Lock()
        self._away = False

    def ring(self) -> None:
        """Ask for a ring; returns at once. Without Redis nothing happens: the workers look by
        themselves.
        """
        self._asked = True
        self._wanted.set()
        if self._thread is None:
            with self._start:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._serve, name="doorbell", daemon=True
                    )
                    self._thread.start()

    def reachable(self) -> bool:
        """Whether Redis answers now."""
        try:
            return bool(self._redis.ping())
        except NO_REDIS:
            return False

    def close(self) -> None:
        """Ring once more if that was asked for since the last ring, and let go."""
        self._closed.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(5)
        self._redis.close()

    def _serve(self) -> None:
        ended = False
        while not ended:
            self._wanted.wait()
            self._wanted.clear()
            ended = self._closed.is_set()
            if self._asked:
                self._asked = False  # before it rings: who asks now may have made work after it
                self._closed.wait(self._ring())

    def _ring(self) -> float:
        """Ring; the seconds until the next time."""
        try:
            rung = self._roster.ring()
        except NO_REDIS as error:
            if not self._away:
                _log.warning(
                    "Redis cannot be reached (%s): workers look by themselves.", _word(error)
                )
            self._away = True
            return PATIENCE
        if self._away:
            _log.warning("Redis is back.")
        self._away = False
        return BREATH if rung else LONGER


def _word(error: BaseException) -> str:
    return type(error).__name__
