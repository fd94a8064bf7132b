"""Which workers are there: each one signs in Redis every second, by Redis' own clock."""

from __future__ import annotations

from typing import Any, cast

import redis
from rq.defaults import RQ_KEY_PREFIX

from runtime.queue.jobs import forget

KEY = "wayline:workers"
ALIVE = 5  # seconds since it signed
FORGOTTEN = 60

_SIGN = """
local now = redis.call('TIME')
redis.call('ZADD', KEYS[1], tonumber(now[1]) + tonumber(now[2]) / 1000000, ARGV[1])
return redis.call('LLEN', ARGV[2] .. ':queue:' .. ARGV[1])
"""

# An idle worker with an empty queue, else a busy one with an empty queue, else none: every worker
# that lives has a wake-up waiting already.
_PICK = """
local now = tonumber(redis.call('TIME')[1])
local names = redis.call('ZRANGEBYSCORE', KEYS[1], now - tonumber(ARGV[1]), '+inf')
local spare = false
for _, name in ipairs(names) do
  if redis.call('LLEN', ARGV[2] .. ':queue:' .. name) == 0 then
    if redis.call('HGET', ARGV[2] .. ':worker:' .. name, 'state') == 'idle' then return name end
    spare = spare or name
  end
end
return spare
"""

_GONE = """
local now = tonumber(redis.call('TIME')[1])
local names = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[1]))
if #names > 0 then redis.call('ZREM', KEYS[1], unpack(names)) end
return names
"""


class Roster:
    """The workers of one Redis."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._sign = connection.register_script(_SIGN)
        self._pick = connection.register_script(_PICK)
        self._gone = connection.register_script(_GONE)

    def sign(self, worker: str) -> int:
        """Say that this worker lives; how many wake-ups are waiting in its queue."""
        return int(cast("int", self._sign(keys=[KEY], args=[worker, RQ_KEY_PREFIX])))

    def leave(self, worker: str) -> None:
        """Say that this worker stops: it is rung no more."""
        self._redis.zrem(KEY, worker)

    def pick(self) -> str | None:
        """The worker to ring, if it would do any good."""
        found: Any = self._pick(keys=[KEY], args=[ALIVE, RQ_KEY_PREFIX])
        return found.decode() if isinstance(found, bytes) else None

    def clear(self) -> None:
        """Remove what workers left that died without a word."""
        found = cast("list[bytes]", self._gone(keys=[KEY], args=[FORGOTTEN]))
        for name in found:
            forget(name.decode(), self._redis)
