"""Which workers are there: each one signs in Redis every second, by Redis' own clock."""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

import redis
from rq.defaults import RQ_KEY_PREFIX
from rq.utils import now, utcformat

from runtime.queue.jobs import TTL, fields, forget
from runtime.queue.kept import Kept
from runtime.queue.scripts import RING

KEY = "wayline:workers"
ALIVE = 5  # seconds since it signed
FORGOTTEN = 60

_SIGN = """
local now = redis.call('TIME')
redis.call('ZADD', KEYS[1], tonumber(now[1]) + tonumber(now[2]) / 1000000, ARGV[1])
return redis.call('LLEN', ARGV[2] .. ':queue:' .. ARGV[1])
"""

_GONE = """
local now = tonumber(redis.call('TIME')[1])
local names = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[1]))
if #names > 0 then redis.call('ZREM', KEYS[1], unpack(names)) end
return names
"""


class Roster:
    """The workers of one Redis. `kept`: rings go over a connection that is not given back."""

    def __init__(self, connection: redis.Redis, *, kept: bool = False) -> None:
        self._redis = connection
        self._sign = connection.register_script(_SIGN)
        self._ring = Kept(connection, RING) if kept else connection.register_script(RING)
        self._gone = connection.register_script(_GONE)

    def sign(self, worker: str) -> int:
        """Say that this worker lives; how many wake-ups are waiting in its queue."""
        return int(cast("int", self._sign(keys=[KEY], args=[worker, RQ_KEY_PREFIX])))

    def leave(self, worker: str) -> None:
        """Say that this worker stops: it is rung no more."""
        self._redis.zrem(KEY, worker)

    def ring(self, worker: str = "") -> str | None:
        """Put a wake-up into the queue of this worker, or else of the one where it does most good:
        an idle one, else one that will be idle. Its name; None when all have one waiting."""
        at = utcformat(now())
        args = [RQ_KEY_PREFIX, ALIVE, worker, str(uuid4()), at, TTL, *fields()]
        found: Any = self._ring(keys=[KEY], args=args)
        return found.decode() if isinstance(found, bytes) else None

    def clear(self) -> None:
        """Remove what workers left that died without a word."""
        found = cast("list[bytes]", self._gone(keys=[KEY], args=[FORGOTTEN]))
        for name in found:
            forget(name.decode(), self._redis)
