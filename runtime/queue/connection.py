"""Where Redis is: `REDIS_URL`, or the embedded server's socket, which only this user can reach."""

# pyright: reportUnknownMemberType=false
# (rq and redis leave some arguments untyped)

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from runtime.settings import Settings

_LONGEST = 100  # bytes of a socket's path that every system takes
NO_REDIS = (redis.RedisError, OSError)  # what being without Redis raises


def socket_path(data: Path) -> Path:
    """The embedded server's socket: in the data folder, or in a private folder when that path is
    too long for a socket.
    """
    near = data.absolute() / "redis" / "redis.sock"
    if len(os.fsencode(near)) <= _LONGEST:
        return near
    name = hashlib.sha256(os.fsencode(data.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"wayline-{os.getuid()}-{name}" / "redis.sock"


def private_folder(folder: Path) -> Path:
    """Make this folder ours alone; raises PermissionError when it is another's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user: remove it and start again.")
    folder.chmod(0o700)
    return folder


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
