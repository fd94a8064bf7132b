"""Who may write to SQLite now. Imports no database library: the supervisor reads it too."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from typing import NamedTuple

from runtime.settings import Settings
from runtime.store.clock import host_us


class Ticket:
    """The right to write to SQLite: fair between processes, released by the kernel on death.

    The file names the holder's pid and since when, so that a watchdog can tell who is stuck."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: dict[int, _Handle] = {}  # by process: a child has its own

    def __enter__(self) -> None:
        mine = self._handle()
        mine.lock.acquire()
        try:
            fcntl.flock(mine.fd, fcntl.LOCK_EX)
            os.pwrite(mine.fd, b"%-12d%-20d\n" % (os.getpid(), host_us()), 0)
        except BaseException:
            mine.lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        mine = self._handle()
        fcntl.flock(mine.fd, fcntl.LOCK_UN)
        mine.lock.release()

    def _handle(self) -> _Handle:
        """This process's own; of two threads that come first at once, one makes it for both."""
        pid = os.getpid()
        mine = self._held.get(pid)
        if mine is None:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            mine = self._held.setdefault(pid, _Handle(threading.Lock(), fd))
            if mine.fd != fd:
                os.close(fd)
        return mine


class _Handle(NamedTuple):
    """Threads take the lock, processes the lock on the file."""

    lock: threading.Lock
    fd: int


def stuck_writer(settings: Settings, patience: float = 10.0) -> int | None:
    """The pid of a process that has held SQLite's ticket for longer than `patience` seconds, if
    there is one. Ask twice, a second apart, before acting on it."""
    if settings.database:
        return None
    path = settings.data / "wayline.db.ticket"
    if not path.exists():
        return None
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        found = os.pread(fd, 40, 0).split()
        if len(found) == 2 and host_us() - int(found[1]) > patience * 1e6:
            return int(found[0])
        return None
    finally:
        os.close(fd)
    return None
