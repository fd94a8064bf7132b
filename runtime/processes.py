"""Child processes: each in a process group of its own, none outlives its parent, and what dies is
started again after a pause that grows.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
STEADY = 30.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A process that should always be there. `command` is asked for at each start."""

    name: str
    command: Callable[[], Sequence[str]]
    settled: float = STEADY  # seconds alive, after which a death is no longer one of a row
    env: Mapping[str, str] | None = None
    fds: tuple[int, ...] = ()
    stdin: int = subprocess.DEVNULL
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0  # in a row, each soon after its start
    _began: float = 0.0
    _not_before: float = field(default=0.0)

    @property
    def alive(self) -> bool:
        """Whether it runs now."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it now."""
        self._began = time.monotonic()
        self.process = subprocess.Popen(
            list(self.command()),
            env=self.env,
            pass_fds=self.fds,
            stdin=self.stdin,
            process_group=0,
            preexec_fn=_end_with_parent() if self.stdin == subprocess.DEVNULL else None,
        )

    def care(self) -> int | None:
        """Start it again when it has died and its pause is over. The code of a death just seen."""
        died: int | None = None
        if self.process is not None and (code := self.process.poll()) is not None:
            self.process, died = None, code
            long = time.monotonic() - self._began > self.settled
            self.deaths = 1 if long else self.deaths + 1
            pause = FIRST_PAUSE * 2 ** (min(self.deaths, 10) - 1)
            self._not_before = time.monotonic() + min(pause, LONGEST_PAUSE)
        if self.process is None and time.monotonic() >= self._not_before:
            self.start()
        return died

    @property
    def steady(self) -> bool:
        """Whether it has lived for a while."""
        return self.alive and time.monotonic() - self._began > self.settled

    def tell(self, number: int) -> None:
        """Send it a signal, if it lives."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def end(self, deadline: float) -> None:
        """Wait for its end until `time.monotonic()` reaches the deadline, then kill its group."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)  # and what it may have left behind
        self.process.wait()


def _end_with_parent() -> Callable[[], None] | None:
    """For programs that are not ours: the kernel ends them when this process dies (Linux)."""
    if not sys.platform.startswith("linux"):
        return None
    parent, prctl = os.getpid(), ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def end_with_parent(seconds: float = 8.0) -> None:
    """For our own children: standard input is a pipe that only the parent holds open. When it
    closes, this process gets SIGTERM, and after `seconds` ends without a further word.
    """

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 64):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(seconds)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def calm() -> None:
    """Let the garbage collector look less often: what was loaded so far stays for ever, and the
    work itself makes hardly any cycles. (It took 5 % of a worker's time.)"""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
