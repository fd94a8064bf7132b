"""Single processes of the program, and when they died."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from tests.support.program import busy, hears, wait_until

if TYPE_CHECKING:
    from tests.faults.harness import House


@dataclass(frozen=True)
class Death:
    """A process that ended without being asked to, or was held up, `until` then."""

    name: str
    at: float
    until: float
    code: int


class Part:
    """One process of the program, and when it died. What it prints is kept in a file."""

    def __init__(self, house: House, name: str, args: Sequence[str], env: Mapping[str, str]):
        self.house, self.name = house, name
        self.log = house.logs / f"{len(house.parts_ever)}-{name}.log"
        self._wanted = False
        self.held_since = 0.0
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "runtime.cli", *args],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._waiter = threading.Thread(target=self._wait, daemon=True)
        self._waiter.start()

    def _wait(self) -> None:
        code = self.process.wait()
        if not self._wanted:
            now = time.time()
            self.house.deaths.append(Death(self.name, now, now, code))

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs (or is stopped)."""
        return self._waiter.is_alive()

    def kill(self) -> None:
        """kill -9, and wait for the end."""
        self.process.send_signal(signal.SIGKILL)
        self.wait_dead()

    def wait_dead(self, seconds: float = 30) -> int:
        """Until it has died; its return code."""
        self._waiter.join(seconds * busy())
        assert not self._waiter.is_alive(), f"{self.name} still lives: {self.printed()}"
        return self.process.returncode

    def wait_held_up(self, seconds: float = 60) -> None:
        """Until it has stopped itself at a failpoint (WAYLINE_FAILPOINT_SIGNAL=SIGSTOP)."""

        def stopped() -> bool:
            assert self.alive, self.printed()
            return psutil.Process(self.pid).status() == psutil.STATUS_STOPPED

        wait_until(stopped, seconds, 0.02)
        self.held_since = time.time()

    def go_on(self) -> None:
        """SIGCONT for one that held itself up."""
        self.process.send_signal(signal.SIGCONT)
        self.house.deaths.append(Death(self.name, self.held_since, time.time(), 0))

    @contextlib.contextmanager
    def held_up(self) -> Iterator[None]:
        """SIGSTOP; SIGCONT at the end. It may be ended meanwhile."""
        began = time.time()
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)
            self.house.deaths.append(Death(self.name, began, time.time(), 0))

    def stop(self, number: int = signal.SIGTERM, seconds: float = 20) -> int:
        """Ask it to end, once it can hear that (while it loads the signal would end it at once,
        with another code); its return code."""
        wait_until(lambda: not self.alive or hears(self.pid, number), 60, 0.02)
        self._wanted = True
        self.process.send_signal(number)
        return self.wait_dead(seconds)

    def printed(self) -> str:
        """Everything it has printed."""
        return self.log.read_text("utf-8", "replace")

    def end(self) -> None:
        """Kill it and all that it started, if they still live."""
        self._wanted = True
        family: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            top = psutil.Process(self.pid)
            family = top.children(recursive=True)
        self.process.kill()
        for one in family:
            with contextlib.suppress(psutil.Error):
                one.kill()
        self._waiter.join(10)
