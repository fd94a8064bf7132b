"""`wayline up`: one process that starts all the others, starts again what dies, and ends them in
order.

It binds the port itself and hands the listening socket to the web process: while that one is
started anew, callers wait and none is refused. It ends a part that stands still while it holds
SQLite's write lock, which the workers do too, but for themselves. It imports no part of the program
that does anything, so that nothing there can take it down.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from runtime.holding import CannotStart, bind, prepare_data
from runtime.processes import STEADY, Child
from runtime.settings import Settings
from runtime.watchdog import Watchdog

_log = logging.getLogger("wayline.up")

ROOT = Path(__file__).resolve().parent.parent
TICK = 0.25  # seconds between two looks at the children
WATCH = 1.0  # seconds between two looks for one that holds the database and does not move
PATIENCE = 3  # deaths in a row, after which the web process serves the intake alone
STUDIO_AGAIN = 60.0  # seconds until the studio is tried again
WEB_END, WORKER_END, REDIS_END = 2.5, 5.0, 1.5  # seconds: all together less than ten
READY_WITHIN = 60.0
HEAD_START = 3.0  # seconds: the intake has the processor first, then the workers


def _say(line: str) -> None:
    print(line, flush=True)


class Supervisor:
    """Runs everything until SIGINT, SIGTERM or SIGHUP."""

    def __init__(
        self,
        settings: Settings,
        *,
        say: Callable[[str], None] = _say,
        command: Callable[..., Sequence[str]] | None = None,
        steady: float = STEADY,
    ) -> None:
        """`command` gives what starts a part (`web`, `ingest`, `worker`), `steady` the seconds
        after which a process counts as healthy.
        """
        self._settings, self._say = settings, say
        self._command, self._steady = command or _wayline, steady
        self._plain = False
        self._studio_at = 0.0
        self._tries = 0
        self._children: list[Child] = []
        self._watchdog = Watchdog(settings)
        self._watch_at = 0.0

    def run(self) -> int:
        """The exit code."""
        try:
            lock = prepare_data(self._settings.data)
            with contextlib.closing(lock), _signals() as woken:
                sock = bind(self._settings.host, self._settings.port)
                return self._live(sock, woken)
        except CannotStart as error:
            print(f"wayline: {error}", file=sys.stderr)
            return 1

    def _live(self, sock: socket.socket, woken: Woken) -> int:
        settings = self._settings
        parent, ours = os.pipe()  # our children notice our death by it
        env = _environment(settings)
        redis = _redis(settings)
        web = Child(
            "web",
            lambda: self._web_command(sock.fileno()),
            self._steady,
            env,
            (sock.fileno(),),
            parent,
        )

        def one() -> Sequence[str]:
            return self._command("worker", "--supervised")

        workers = [
            Child(f"worker {n}", one, self._steady, env, (), parent)
            for n in range(1, settings.workers + 1)
        ]
        try:
            if redis is not None:
                self._children.append(redis)
                redis.start()
            web.start()  # loads while the database is made ready
            token = _first_start(env, woken)
            self._children.append(web)
            probe = _Probe(settings)
            waiting, at_last = list(workers), time.monotonic() + HEAD_START
            while not woken.wait(TICK if probe.done else 0.05):
                self._care(web, redis)
                answers = not probe.done and probe.answered()
                if waiting and (answers or web.deaths or time.monotonic() > at_last):
                    self._children += waiting
                    while waiting:
                        waiting.pop(0).start()
                if answers:
                    self._announce(token)
            return 0
        finally:
            sock.close()
            self._end([web], WEB_END, signal.SIGTERM)
            self._end(workers, WORKER_END, signal.SIGTERM)
            self._end([redis] if redis else [], REDIS_END, signal.SIGTERM)
            os.close(ours)
            os.close(parent)

    def _care(self, web: Child, redis: Child | None) -> None:
        if time.monotonic() >= self._watch_at:
            self._watch_at = time.monotonic() + WATCH
            with contextlib.suppress(OSError):
                self._watchdog()
        for child in self._children:
            code = child.care()
            if code is None:
                continue
            _log.warning("The %s process ended (%s); it is started again.", child.name, _why(code))
            if child is redis and child.deaths == PATIENCE:
                from runtime.queue import embedded

                embedded.reset(self._settings.data)
            if child is web and child.deaths == PATIENCE and not self._plain:
                self._plain = True
                self._tries += 1
                self._studio_at = time.monotonic() + STUDIO_AGAIN * 2 ** min(self._tries - 1, 4)
                _log.error("The studio keeps ending; webhooks and workers go on without it.")
        if self._plain and web.steady and time.monotonic() > self._studio_at:
            self._plain, web.deaths = False, 0
            web.tell(signal.SIGTERM)  # comes back with the studio

    def _web_command(self, fd: int) -> Sequence[str]:
        part = "ingest" if self._plain else "web"
        return self._command(part, "--supervised", "--fd", str(fd))

    def _announce(self, token: str | None) -> None:
        url = self._settings.url
        self._say("")
        self._say(f"  Wayline is ready: {f'{url}/setup?token={token}' if token else url}")
        if token:
            self._say("  The link works once: it makes you the owner.")
        self._say("  Ctrl-C stops everything.")
        self._say("")

    @staticmethod
    def _end(children: Sequence[Child], seconds: float, number: int) -> None:
        deadline = time.monotonic() + seconds
        for child in children:
            child.tell(number)
            child.tell(signal.SIGCONT)  # a stopped process ends too
        for child in children:
            child.end(deadline)


# --- Parts ------------------------------------------------------------------------------------


class Woken:
    """Waits for a signal to stop, or for a child's death."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self.stopping = False

    def wait(self, seconds: float) -> bool:
        """Whether we are to stop."""
        if not self.stopping and select.select([self._pipe], [], [], seconds)[0]:
            numbers = os.read(self._pipe, 512)
            self.stopping = any(n != signal.SIGCHLD for n in numbers)
        return self.stopping


@contextmanager
def _signals() -> Generator[Woken]:
    """Our own handlers: signals become bytes in a pipe."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    before = {number: signal.signal(number, _note) for number in caught}
    earlier = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield Woken(reading)
    finally:
        signal.set_wakeup_fd(earlier)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


def _note(number: int, frame: FrameType | None) -> None:
    """The byte in the pipe says it all."""


def _redis(settings: Settings) -> Child | None:
    """The embedded server, unless there is another one."""
    if settings.redis:
        return None
    from runtime.queue import embedded

    try:
        embedded.end_other(settings.data)
        command = embedded.command(settings.data)
    except (embedded.RedisMissing, OSError) as error:
        raise CannotStart(str(error)) from None
    return Child("redis", lambda: command)


def _first_start(env: dict[str, str], woken: Woken) -> str | None:
    """Migrate, and get the one-time token while there is no owner."""
    asked = subprocess.Popen(
        [sys.executable, "-P", "-m", "runtime.first_start"],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        process_group=0,
        text=True,
    )
    with asked:
        while asked.poll() is None:
            if woken.wait(TICK):
                asked.kill()
                raise CannotStart("Stopped before it was ready.")
        assert asked.stdout is not None
        printed = asked.stdout.read()
    if asked.returncode != 0:
        raise CannotStart("Wayline cannot start without its database.")
    token = json.loads(printed)["token"]
    return str(token) if token else None


def _wayline(*args: str) -> list[str]:
    return [sys.executable, "-P", "-m", "runtime.cli", *args]


def _environment(settings: Settings) -> dict[str, str]:
    """What the children need to come to the same settings."""
    given = {
        "WAYLINE_DATA": str(settings.data),
        "WAYLINE_HOST": settings.host,
        "WAYLINE_PORT": str(settings.port),
        "WAYLINE_WORKERS": str(settings.workers),
        "WAYLINE_ALLOW_NET": ",".join(settings.allow_net),
        "WAYLINE_LEASE": str(settings.lease_seconds),
        "DATABASE_URL": settings.database or "",
        "REDIS_URL": settings.redis or "",
        "WAYLINE_URL": settings.public_url or "",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **given}


class _Probe:
    """Asks the web process whether it answers, without waiting for it."""

    def __init__(self, settings: Settings) -> None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(
            settings.host, settings.host
        )
        self._address = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)[0]
        self._socket: socket.socket | None = None
        self._late = time.monotonic() + READY_WITHIN
        self.done = False

    def answered(self) -> bool:
        """Whether it has answered with 200, now for the first time."""
        try:
            self.done = self._ask()
        except BlockingIOError:
            self.done = False
        except OSError:
            self._close()
        if self.done:
            self._close()
        elif time.monotonic() > self._late:
            _log.warning("The web process does not answer yet: see the messages above.")
            self._late = float("inf")
        return self.done

    def _ask(self) -> bool:
        if self._socket is None:
            family, kind, proto, _, address = self._address
            self._socket = socket.socket(family, kind, proto)
            self._socket.settimeout(1)  # our own socket: the system answers at once
            self._socket.connect(address)
            self._socket.sendall(b"GET /healthz HTTP/1.1\r\nHost: wayline\r\n\r\n")
            self._socket.setblocking(False)
        said = self._socket.recv(64)
        if not said.startswith(b"HTTP/1.1 200"):
            self._close()  # it began and ended again, or is not well yet
            return False
        return True

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _why(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
