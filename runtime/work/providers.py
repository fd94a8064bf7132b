"""Keeps to what providers can take: so many calls a second, a pause when one asks for it, and none
at all while one keeps failing.

A provider is the host of an HTTP call, the mail server or the model of a credential. The *bucket*
(so many a second, set in the workspace's settings under `rates`) is shared by all workers through
the database. A `Retry-After`, and the *breaker* that opens after some failures in a row, are each
worker's own knowledge: held in memory, learnt again after a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import orjson

from runtime.ports.results import Later, Result
from runtime.store import buckets
from runtime.store.database import Connection
from runtime.store.outbox import EffectRow
from runtime.work.journeys import Space

FAILURES = 5  # in a row, until the breaker opens
FIRST_PAUSE = 5.0  # seconds until one call may try an open breaker
LONGEST_PAUSE = 300.0
MOST = 10_000  # providers remembered
SECOND = 1_000_000


@dataclass(slots=True)
class _Trouble:
    """What is known of a provider that does not take everything. `until`: microseconds."""

    failures: int = 0
    pause: float = FIRST_PAUSE
    until: int = 0


Name = tuple[str, str]  # (workspace, provider)


class Providers:
    """What one worker knows. Instants are engine time in microseconds."""

    def __init__(self) -> None:
        self._troubles: dict[Name, _Trouble] = {}

    def held(
        self,
        conn: Connection,
        space: Space,
        kind: str,
        credential: str | None,
        body: bytes,
        now: int,
    ) -> int | None:
        """Until when this effect must not be sent; None when it may be sent now, which counts. In
        the transaction that marks it sending."""
        rates = space.rates
        if not self._troubles and not rates:
            return None
        provider = name_of(kind, credential, body)
        trouble = self._troubles.get((space.id, provider))
        if trouble is not None and trouble.until > now:
            return trouble.until
        rate = rates.get(provider)
        if rate is not None:
            free = buckets.take(conn, space.id, provider, rate, now)
            if free is not None:
                return free
        if trouble is not None and trouble.failures >= FAILURES:
            trouble.until = now + int(trouble.pause * SECOND)  # this one tries for all
        return None

    def learn(self, effect: EffectRow, result: Result, now: int) -> None:
        """What came of a call."""
        failed = isinstance(result, Later) and result.kind not in OURS
        if not failed and not self._troubles:
            return
        name = (effect.workspace, name_of(effect.kind, effect.credential, effect.body))
        if not isinstance(result, Later):
            self._troubles.pop(name, None)
            return
        if not failed:
            return
        trouble = self._troubles.get(name)
        if trouble is None:
            while len(self._troubles) >= MOST:
                del self._troubles[next(iter(self._troubles))]
            trouble = self._troubles[name] = _Trouble()
        if result.after:
            trouble.until = max(trouble.until, now + int(min(result.after, 86_400.0) * SECOND))
            return
        trouble.failures += 1
        if trouble.failures >= FAILURES:
            trouble.until = max(trouble.until, now + int(trouble.pause * SECOND))
            trouble.pause = min(trouble.pause * 2, LONGEST_PAUSE)


OURS = ("late", "stopped", "credential", "config", "forbidden")  # no fault of the provider's


def name_of(kind: str, credential: str | None, body: bytes) -> str:
    """The provider of an effect: the host of an HTTP call (with its port, if it is unusual); else
    `smtp:<credential>` or `ai:<credential>`, or `smtp` and `ai` for the workspace's own."""
    if kind == "http":
        url = orjson.loads(body).get("url")
        return _host(url) if isinstance(url, str) else "http"
    server = {"email": "smtp", "model": "ai"}.get(kind, kind)
    return f"{server}:{credential}" if credential else server


@lru_cache(1024)
def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower() or "http"
    except ValueError:
        return "http"
