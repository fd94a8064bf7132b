"""Where Redis is: `REDIS_URL`, or the embedded server's socket, which only this user can reach."""

# pyright: reportUnknownMemberType=false
# (rq and redis leave some arguments untyped)

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from runtime.queue.place import socket_path
from runtime.settings import Settings

NO_REDIS = (redis.RedisError, OSError)  # what being without Redis raises


def redis_url(settings: Settings) -> str:
    """The URL that `rq info --url` and the other parts use."""
    return settings.redis or f"unix://{socket_path(settings.data)}"


def connect(settings: Settings, *, patience: float = 1.0) -> redis.Redis:
    """A client (no connection yet). A command that takes longer than `patience` seconds fails."""
    return redis.Redis.from_url(
        redis_url(settings),
        socket_timeout=patience,
        socket_connect_timeout=min(patience, 1.0),
        retry=Retry(NoBackoff(), 0),  # whoever calls can do without Redis
    )
