"""Starts the real program (`wayline up`) in a folder of its own and ends it again."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

SLOW = float(os.environ.get("TESTS_SLOW") or 1)  # on a busy machine: every limit times this
LINK = re.compile(r"(http://[^\s]+/setup[^\s]*)")
_reserved: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody else gets as long as this process lives, and that a server can listen on,
    again and again: on Linux two sockets may be bound to one port while at most one listens."""
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    if sys.platform == "linux":
        _reserved.append(probe)
        return int(probe.getsockname()[1])
    with probe:  # elsewhere it was free a moment ago
        return int(probe.getsockname()[1])


def busy() -> float:
    """How many times longer than on a quiet machine something may take now, that is waited for."""
    return max(SLOW, min(os.getloadavg()[0] / (os.cpu_count() or 1), 4.0))


def wait_until(
    what: object, seconds: float = 30.0, every: float = 0.05, *, strictly: bool = False
) -> object:
    """Polls `what()` until it is true and returns that; fails after `seconds`, or longer on a
    machine that is busy (`strictly`: on one that is said to be, by TESTS_SLOW)."""
    assert callable(what)
    began = time.monotonic()
    while True:
        found = what()
        if found:
            return found
        waited = time.monotonic() - began
        assert waited < seconds * (SLOW if strictly else busy()), (
            f"not within {waited:.1f} s: {what}"
        )
        threading.Event().wait(every)


def hears(pid: int, number: int) -> bool:
    """Whether a process has a handler of its own for a signal: until it has, the signal ends it at
    once (where that cannot be told it is taken to have one)."""
    if sys.platform != "linux":
        return True
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True  # it has ended
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


class Program:
    """One running `wayline up`."""

    def __init__(
        self, data: Path, *, env: Mapping[str, str] | None = None, args: tuple[str, ...] = ()
    ):
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **{
                k: v
                for k, v in os.environ.items()
                if not k.startswith(("WAYLINE_", "DATABASE_", "REDIS_"))
            },
            "WAYLINE_DATA": str(data),
            **(env or {}),
        }
        self.output: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runtime.cli", "up", "--port", str(self.port), *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.env,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)

    @property
    def printed(self) -> str:
        """Everything printed so far."""
        return "".join(self.output)

    def link(self, seconds: float = 30.0) -> str:
        """The one-time link, once it is printed."""
        return str(wait_until(lambda: (m := LINK.search(self.printed)) and m.group(1), seconds))

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Until `/readyz` answers 200. (Here and in all that is asked often: `verify=False` spares
        httpx the reading of the certificates, which are for https and cost 20 to 50 CPU-ms.)"""

        def ready() -> bool:
            assert self.process.poll() is None, self.printed
            try:
                return (
                    httpx.get(
                        self.url + "/readyz", timeout=2, trust_env=False, verify=False
                    ).status_code
                    == 200
                )
            except httpx.HTTPError:
                return False

        wait_until(ready, seconds)

    def command(
        self, *args: str, stdin: str | None = None, seconds: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Runs another `wayline` command on the same data folder."""
        return wayline(*args, env=self.env, stdin=stdin, seconds=seconds)

    def stop(self, seconds: float = 15.0) -> int:
        """SIGINT, as Ctrl-C does; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(seconds * busy())
        self._reader.join(5)
        if self.process.stdout:
            self.process.stdout.close()
        return code


def wayline(
    *args: str, env: Mapping[str, str] | None = None, stdin: str | None = None, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Runs one `wayline` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "runtime.cli", *args],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
        env={**os.environ, **(env or {})},
        check=False,
    )


@contextmanager
def running(
    data: Path, *, env: Mapping[str, str] | None = None, args: tuple[str, ...] = ()
) -> Iterator[Program]:
    """A `wayline up` that is ready, ended afterwards whatever happens."""
    program = Program(data, env=env, args=args)
    try:
        program.wait_ready()
        yield program
    finally:
        if program.process.poll() is None:
            try:
                program.stop()
            except subprocess.TimeoutExpired:
                program.process.kill()
                program.process.wait(10)
