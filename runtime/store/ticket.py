"""Who may write to SQLite now. Imports no database library: the supervisor reads it too."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

from runtime.settings import Settings
from runtime.store.clock import host_us


class Ticket:
    """The right to write to SQLite: fair between processes, released by the kernel on death.

    The file names the holder's pid and since when, so that a watchdog can tell who is stuck."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._fd = -1
        self._pid = 0

    def __enter__(self) -> None:
        if self._pid != os.getpid():  # a forked child must not share its parent's lock
            self._lock = threading.Lock()
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._pid = os.getpid()
        self._lock.acquire()
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            os.pwrite(self._fd, b"%-12d%-20d\n" % (self._pid, host_us()), 0)
        except BaseException:
            self._lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._fd, fcntl.LOCK_UN)
        self._lock.release()


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
