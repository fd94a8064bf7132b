"""A real Redis-compatible server for each test, and real worker processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from runtime.queue import embedded
from runtime.queue.place import socket_path
from runtime.settings import Settings
from tests.support.program import wait_until


class Server:
    """An embedded server that can be killed and started again."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.settings = Settings(data)
        self.client = redis.Redis(unix_socket_path=str(socket_path(data)))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(embedded.command(self.data))
        wait_until(lambda: embedded.answers(self.data), 10, 0.01)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def close(self) -> None:
        self.client.close()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data")
    made.start()
    yield made
    made.close()


class FolderWorker:
    """A running worker process and its folder."""

    def __init__(self, data: Path, folder: Path, *words: str) -> None:
        self.folder = folder
        for name in ("todo", "done"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.queue.folder_worker",
                str(data),
                str(folder),
                *words,
                "-",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert self.process.stdout is not None
        assert "ready" in self.process.stdout.readline()
        self.name = (folder / "name").read_text()

    def give(self, *names: str) -> None:
        for name in names:
            (self.folder / "todo" / name).touch()

    @property
    def done(self) -> set[str]:
        return {f.name for f in (self.folder / "done").iterdir()}

    def wait_done(self, *names: str, seconds: float = 10) -> None:
        wait_until(lambda: set(names) <= self.done, seconds)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=20)
        return self.process.returncode, out


@pytest.fixture
def folder_worker(tmp_path: Path) -> Iterator[Callable[..., FolderWorker]]:
    made: list[FolderWorker] = []

    def make(data: Path, *words: str, folder: str = "folder") -> FolderWorker:
        made.append(FolderWorker(data, tmp_path / folder, *words))
        return made[-1]

    yield make
    for worker in made:
        if worker.process.stdout and not worker.process.stdout.closed:
            worker.stop(signal.SIGKILL)
