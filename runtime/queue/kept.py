"""A script of Redis that is called all the time, on a connection of its own: redis-py's pool, its
retries and its events take longer than Redis itself."""

# pyright: reportUnknownMemberType=false
# (redis leaves some arguments untyped)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis
from redis.exceptions import NoScriptError


class Kept:
    """Called as redis-py's own scripts are, by one thread at a time."""

    def __init__(self, client: redis.Redis, script: str) -> None:
        self._client = client
        self._script = client.register_script(script)
        self._connection: Any = None

    def __call__(self, *, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """What the script gives. A connection that was lost since is made anew, once."""
        if self._connection is None:
            return self._anew(keys, args)
        try:
            self._connection.send_command("EVALSHA", self._script.sha, len(keys), *keys, *args)
            return self._connection.read_response()
        except (NoScriptError, redis.ConnectionError):
            return self._anew(keys, args)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._client.connection_pool.release(self._connection)
            self._connection = None

    def _anew(self, keys: Sequence[str], args: Sequence[Any]) -> Any:
        self.close()
        found = self._script(keys=keys, args=args)
        self._connection = self._client.connection_pool.get_connection()
        return found
