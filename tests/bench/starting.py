"""Starts `wayline up` with its defaults, and says how long it takes until it answers."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.settings import Settings, from_environment
from tests.bench.processes import Watched
from tests.support.postgres import Server
from tests.support.program import Program

SOON = 0.02  # seconds between two questions


@dataclass
class House:
    """A running program, its processes, and how long it took to be ready."""

    program: Program
    watched: Watched
    ready: dict[str, float]
    settings: Settings

    def hook(self, document: Mapping[str, Any], slug: str) -> str:
        """Import and publish a journey; its webhook's address."""
        file = self.program.data / "bench.json"
        file.write_text(json.dumps(document))
        for command in (("import", str(file)), ("publish", slug)):
            done = self.program.command(*command)
            assert done.returncode == 0, done.stdout + done.stderr
        found = re.search(r"https?://\S+/hooks/\S+", done.stdout)
        assert found, done.stdout
        return re.sub(r"^https?://[^/]+", self.program.url, found.group())


@contextmanager
def up(server: Server | None, folder: Path, **env: str) -> Iterator[House]:
    """`wayline up` on a fresh data folder below `folder`, on SQLite or on this server."""
    data = Path(tempfile.mkdtemp(dir=folder))
    given = {"WAYLINE_ALLOW_NET": "127.0.0.0/8", **env}
    name = ""
    if server is not None:
        name = server.create()
        given["DATABASE_URL"] = server.url(name)
    begin = time.perf_counter()
    program = Program(data, env=given)
    try:
        ready = _ready(program, begin)
        tops = {"supervisor": program.process.pid}
        if server is not None:
            assert server.process is not None
            tops["postgres"] = server.process.pid
        settings = from_environment({**given, "WAYLINE_DATA": str(data)})
        yield House(program, Watched(**tops), ready, settings)
    finally:
        program.stop(60)
        shutil.rmtree(data, ignore_errors=True)
        if server is not None:
            server.drop(name)


def _ready(program: Program, begin: float) -> dict[str, float]:
    """Seconds from the start until the intake is ready and until the studio answers."""
    found: dict[str, float] = {}

    def ask(name: str, path: str) -> None:
        while program.process.poll() is None and time.perf_counter() - begin < 120:
            if status(program.port, path) == 200:
                found[name] = time.perf_counter() - begin
                return
            time.sleep(SOON)

    asked = [
        threading.Thread(target=ask, args=args)
        for args in (("ready intake s", "/readyz"), ("ready studio s", "/"))
    ]
    for thread in asked:
        thread.start()
    for thread in asked:
        thread.join()
    assert len(found) == 2, program.printed
    return found


def status(port: int, path: str) -> int:
    """The status of one request; 0 when there was no answer."""
    with contextlib.suppress(OSError, ValueError), socket.socket() as client:
        client.settimeout(30)
        client.connect(("127.0.0.1", port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        said = client.recv(64)
        return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.1 ") else 0
    return 0


def load() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]
