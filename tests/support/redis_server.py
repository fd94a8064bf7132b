"""A Redis-compatible server of a test's own: with or without persistence, perhaps a replica; to be
killed and started again on the same port."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Any

import redis

from runtime.queue import embedded
from tests.support.program import free_port, wait_until


class RedisServer:
    """`start()` it first. `persistent` False: a kill loses everything."""

    def __init__(self, folder: Path, *, persistent: bool = False, replica_of: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(folder),
            "logfile": str(folder / "redis.log"),
            "appendonly": "yes" if persistent else "no",
            "save": "",
            "repl-diskless-sync-delay": "0",
        }
        if replica_of:
            self._options["replicaof"] = f"127.0.0.1 {replica_of}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> RedisServer:
        """Start it on its port; returns when it answers."""
        binary = embedded.command(self.folder)[0]
        told = [word for name, value in self._options.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen([binary, *told], stdout=subprocess.DEVNULL)
        wait_until(self.answers, 20, 0.02)
        return self

    def answers(self) -> bool:
        """Whether it is there."""
        with contextlib.suppress(redis.RedisError, OSError), self.client() as client:
            return bool(client.ping())
        return False

    def client(self) -> redis.Redis:
        """A connection to it; close it."""
        return redis.Redis.from_url(self.url, socket_timeout=5)

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def everything(self) -> bytes:
        """All that it holds now and, when it is persistent, ever held: names and values."""
        found = [p.read_bytes() for p in self.folder.rglob("*") if p.is_file()]
        if self.process is not None and self.process.poll() is None:
            client: Any  # whose types leave open whether it is asynchronous
            with self.client() as client:
                for name in client.scan_iter(count=1000):
                    found += [name, client.dump(name) or b""]
                    found += _values(client, name)
        return b"\n".join(found)


def _values(client: Any, name: bytes) -> list[bytes]:
    """A value as it was written; a dump may be packed."""
    with contextlib.suppress(redis.RedisError):
        match client.type(name):
            case b"string":
                return [client.get(name) or b""]
            case b"hash":
                return [b"%b=%b" % pair for pair in client.hgetall(name).items()]
            case b"list":
                return list(client.lrange(name, 0, -1))
            case b"zset":
                return list(client.zrange(name, 0, -1))
            case b"set":
                return list(client.smembers(name))
            case _:
                pass
    return []
