"""The processes of a soak: `wayline up` and a worker beside it, which are killed, and an intake and
a worker that are spared, so that the load goes on and their memory can be watched."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import psutil

from runtime.settings import Settings, from_environment
from tests.bench.processes import Watched
from tests.support.postgres import NoPostgres, Server
from tests.support.program import free_port, wait_until, wayline

READY = 180.0


class Town:
    """Everything that runs on one data folder. `care()` starts again what nobody else does."""

    def __init__(self, folder: Path, server: Server | None) -> None:
        self.folder, self.server = folder, server
        self.port, self.spare_port = free_port(), free_port()
        given = {"WAYLINE_DATA": str(folder / "data"), "WAYLINE_ALLOW_NET": "127.0.0.0/8"}
        if server is not None:
            given["DATABASE_URL"] = server.url(server.create())
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("WAYLINE_", "REDIS_"))}
        self.env = {**kept, **given}
        self.settings: Settings = from_environment(given)
        self._log: IO[bytes] = (folder / "log").open("ab")
        self._known: dict[int, tuple[str, psutil.Process]] = {}
        # One thread for all its life: the kernel ends the server with the thread that started it.
        self._reviver = ThreadPoolExecutor(1)
        self._reviving: Future[None] | None = None
        self.up = self._start("up", "--port", str(self.port))
        self._ready(self.port)

    def begin(self, journey: dict[str, Any]) -> str:
        """Publish the journey and start the other parts; the webhook's path."""
        file = self.folder / "journey.json"
        file.write_text(json.dumps(journey))
        for command in (("import", str(file)), ("publish", "soak")):
            done = wayline(*command, env=self.env, seconds=300)
            assert done.returncode == 0, done.stdout + done.stderr
        self.spare_intake = self._start("ingest", "--port", str(self.spare_port))
        self.spare_worker = self._start("worker")
        self.worker = self._start("worker")
        self._ready(self.spare_port)
        found = re.search(r"https?://[^/\s]+(/hooks/\S+)", done.stdout)
        assert found, done.stdout
        return found.group(1)

    # --- What may be killed -------------------------------------------------------------------

    def candidates(self) -> list[tuple[str, psutil.Process]]:
        """(kind, process) of each that may be killed now, also those that lost their supervisor."""
        self._look()
        found = list(self._known.values())
        for kind, process in (("supervisor", self.up), ("worker", self.worker)):
            if process.poll() is None:
                found.append((kind, psutil.Process(process.pid)))
        serving = self.server.process if self.server is not None else None
        if serving is not None and serving.poll() is None:
            with contextlib.suppress(psutil.Error):
                top = psutil.Process(serving.pid)
                found.append(("postgres", top))
                found += [("postgres", one) for one in top.children()]
        return found

    def _look(self) -> None:
        with contextlib.suppress(psutil.Error):
            for kind, process in Watched(supervisor=self.up.pid).processes():
                if kind in ("web", "ingest", "worker", "redis"):
                    self._known.setdefault(process.pid, (kind, process))
        self._known = {p: (k, one) for p, (k, one) in self._known.items() if _alive(one)}

    def care(self) -> None:
        """Start again what has died: the supervisor, the worker, the PostgreSQL server."""
        if self.up.poll() is not None:
            self.up = self._start("up", "--port", str(self.port))
        if self.worker.poll() is not None:
            self.worker = self._start("worker")
        server = self.server
        if server is None or (self._reviving is not None and not self._reviving.done()):
            return
        if server.process is None or server.process.poll() is not None:
            self._reviving = self._reviver.submit(_revive, server)

    @property
    def spared(self) -> dict[str, psutil.Process]:
        """Those that are never killed; that they still live is part of the result."""
        return {
            "intake": psutil.Process(self.spare_intake.pid),
            "worker": psutil.Process(self.spare_worker.pid),
        }

    # --- Inside -------------------------------------------------------------------------------

    def _start(self, *args: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "runtime.cli", *args],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def _ready(self, port: int) -> None:
        from tests.bench.starting import status

        wait_until(lambda: status(port, "/readyz") == 200, READY, 0.1)

    def close(self) -> None:
        """End everything in good order, then at once."""
        if self._reviving is not None:
            with contextlib.suppress(TimeoutError):
                self._reviving.result(60)
        self._look()
        ours = [self.up, self.spare_intake, self.spare_worker, self.worker]
        for process in ours:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 20
        for process in ours:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            process.kill()
            process.wait()
        for _, process in self._known.values():
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._log.close()

    def printed(self) -> str:
        """The end of what the parts have printed."""
        return (self.folder / "log").read_text("utf-8", "replace")[-6000:]


@contextlib.contextmanager
def town(folder: Path, server: Server | None) -> Iterator[Town]:
    """A running town, ended afterwards."""
    made = Town(folder, server)
    made.spare_intake = made.spare_worker = made.worker = made.up  # until `begin`
    try:
        yield made
    finally:
        made.close()


def _revive(server: Server) -> None:
    """Start it again; its last backends may still end and hold its memory."""
    for _ in range(20):
        with contextlib.suppress(NoPostgres):
            server.start()
            return
        time.sleep(0.5)


def _alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
