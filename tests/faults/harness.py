"""The real program in a folder of its own, to be hurt: its parts as single processes (`ingest`,
`worker`) or all together (`up`), a provider that counts, and a record of everything that was
answered, killed and sent.

A test makes its house by the fixture `house`, starts parts, sends, hurts, waits until it is quiet
and reconciles (harness_books.py). Times are scaled down by configuration: see LEASE.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from tests.faults.harness_journeys import SECRET, Pattern, bare_environment, commands, publish
from tests.faults.harness_parts import Death, Part
from tests.faults.harness_senders import Post, Sender
from tests.support.program import free_port, wait_until
from tests.support.provider import Provider
from tests.support.redis_server import RedisServer

LEASE = 6.0  # seconds for 30: an HTTP call has half of it, a send is cut off at 80 %

DATABASES = ("sqlite", "postgresql")


def on_both(*, quick: str | None) -> pytest.MarkDecorator:
    """A test runs on both databases; in `make test` on this one, or None."""
    marks = {one: () if one == quick else pytest.mark.slow for one in DATABASES}
    each = [pytest.param(one, marks=marks[one]) for one in DATABASES]
    return pytest.mark.parametrize("database", each, indirect=True)


def by_turns(
    name: str, values: Mapping[str, str], slow: Collection[str] = ()
) -> pytest.MarkDecorator:
    """The same with each value of a parameter (by its id); in `make test` the first on SQLite, the
    second on PostgreSQL, and so on; those in `slow` on none."""
    each = [
        pytest.param(
            value,
            one,
            id=f"{id}-{one}",
            marks=pytest.mark.slow if id in slow or (m + n) % 2 else (),
        )
        for m, (id, value) in enumerate(values.items())
        for n, one in enumerate(DATABASES)
    ]
    return pytest.mark.parametrize((name, "database"), each, indirect=["database"])


both = on_both(quick="sqlite")

# Of signals: a failed run keeps what it has not heard, to go on with.
_BACKLOG = """SELECT (SELECT count(*) FROM event WHERE routed_at IS NULL),
 (SELECT count(*) FROM run WHERE ended_at IS NULL),
 (SELECT count(*) FROM run WHERE ended_at IS NULL AND lease_until > 0),
 (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')),
 (SELECT count(*) FROM signal s JOIN run r ON r.id = s.run WHERE r.status <> 'failed')"""
_SESSIONS = """SELECT pid, state, wait_event_type, wait_event, xact_start, query
 FROM pg_stat_activity WHERE datname = current_database()"""


class House:
    """One installation. Everything it started ends with `close()`."""

    latest: House | None = None  # for the report of a test that failed

    def __init__(
        self, folder: Path, pattern: Pattern, provider: Provider, database: str | None = None
    ) -> None:
        """`database`: a PostgreSQL URL; None: the SQLite file in the folder."""
        House.latest = self
        self.folder, self.pattern, self.provider = folder, pattern, provider
        self.data = folder / "data"
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True)
        self.database = database
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.hook, self.key = pattern.hook, pattern.key
        self.journeys = set(pattern.journeys)
        self.redis: RedisServer | None = None
        self.parts: dict[str, Part] = {}
        self.parts_ever: list[Part] = []
        self.deaths: list[Death] = []
        self.posts: list[Post] = []
        self.titles: set[str] = set()
        self._senders: list[Sender] = []
        self.env = bare_environment(
            {
                "WAYLINE_DATA": str(self.data),
                "WAYLINE_PORT": str(self.port),
                "WAYLINE_ALLOW_NET": "127.0.0.0/8",
                "WAYLINE_LEASE": str(LEASE),
                "WAYLINE_SECRET": SECRET,
                **({"DATABASE_URL": database} if database else {}),
            }
        )

    # --- Parts --------------------------------------------------------------------------------

    def start(self, *args: str, name: str = "", **env: str) -> Part:
        """Start a part of the program: `start("worker", WAYLINE_FAILPOINT="…")`. One of the same
        name is forgotten."""
        name = name or args[0]
        given = {**self.env, **env}
        if self.redis is not None:
            given.setdefault("REDIS_URL", self.redis.url)
        part = Part(self, name, args, given)
        self.parts[name] = part
        self.parts_ever.append(part)
        return part

    def ingest(self, *, wait: bool = True, **env: str) -> Part:
        """An intake on the house's port, ready."""
        part = self.start("ingest", **env)
        if wait:
            self.wait_ready(part)
        return part

    def worker(self, name: str = "worker", **env: str) -> Part:
        """A worker. It may still be loading."""
        return self.start("worker", name=name, **env)

    def up(self, **env: str) -> Part:
        """Everything by one command, ready: the workers, which are started last, too."""
        part = self.start("up", "--port", str(self.port), **env)
        self.wait_ready(part)
        workers = int(env.get("WAYLINE_WORKERS", 2))
        whole = {"web", *(f"worker {n}" if n > 1 else "worker" for n in range(1, workers + 1))}
        wait_until(lambda: whole <= set(self.children()), 60)
        return part

    def own_redis(self, *, persistent: bool = True) -> RedisServer:
        """A Redis for the parts that are started from now on."""
        self.redis = RedisServer(self.folder / "own-redis", persistent=persistent).start()
        return self.redis

    def wait_ready(self, part: Part, seconds: float = 120, port: int | None = None) -> None:
        """Until `/readyz` answers 200."""
        address = f"http://127.0.0.1:{port or self.port}/readyz"

        def ready() -> bool:
            assert part.alive, part.printed()
            with contextlib.suppress(httpx.HTTPError):
                answer = httpx.get(address, timeout=5, trust_env=False, verify=False)
                return answer.status_code == 200
            return False

        wait_until(ready, seconds, 0.1)

    def children(self) -> dict[str, psutil.Process]:
        """The processes below `up`: web, worker, worker 2, redis."""
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.parts["up"].pid).children():
            with contextlib.suppress(psutil.Error):
                line = " ".join(child.cmdline())
                self.titles.add(line)
                if " up " in line:  # it has been forked a moment ago
                    continue
                name = next((w for w in ("web", "worker", "ingest") if f" {w} " in line), "redis")
                name = "web" if name == "ingest" else name  # in place of a studio that keeps ending
                if name in found:
                    name += " 2"
                found[name] = child
        return found

    def kill_child(self, name: str, child: psutil.Process) -> None:
        """kill -9 of a process below `up`."""
        with contextlib.suppress(psutil.Error):
            child.kill()
            now = time.time()
            self.deaths.append(Death(name, now, now, -9))

    def command(self, *args: str, stdin: str = "") -> str:
        """Run a command of the program on this house; what it prints."""
        return commands(self.env, args, stdin=stdin)

    def publish(self, *documents: Mapping[str, Any]) -> dict[str, str]:
        """More journeys; the path of each webhook by its node. They count as matching every event
        only when a test says so."""
        return publish(self.data, self.env, *documents)[1]

    # --- Sending ------------------------------------------------------------------------------

    def post(self, *ids: int | str, customer: str | None = None, **more: Any) -> list[Post]:
        """Send events one after the other, each until it has a 2xx; a customer for each, or one for
        all."""
        sender = Sender(self)
        try:
            return [sender.post(str(one), customer, more) for one in ids]
        finally:
            sender.hang_up()

    def sending(self, *ids: int | str, every: float = 0.02, customer: str | None = None) -> Sender:
        """The same from a thread of its own; `join()` it."""
        sender = Sender(self, [str(one) for one in ids], every, customer)
        self._senders.append(sender)
        sender.start()
        return sender

    # --- Looking ------------------------------------------------------------------------------

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """What the query finds, read-only, on a connection of its own; `?` marks parameters."""
        if self.database:
            with psycopg.connect(self.database, options="-c default_transaction_read_only=on") as c:
                return c.execute(sql.replace("?", "%s").encode(), params).fetchall()
        address = f"file:{self.data / 'wayline.db'}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=30)) as conn:
            return conn.execute(sql, params).fetchall()

    def one(self, sql: str, *params: Any) -> Any:
        """The one value that the query finds."""
        [(found,)] = self.rows(sql, *params)
        return found

    def backlog(self, waiting: int = 0) -> dict[str, int]:
        """What is left to do; all zero when it is quiet. `waiting` runs may still wait."""
        [(unrouted, runs, leased, effects, signals)] = self.rows(_BACKLOG)
        return {
            "unrouted": unrouted,
            "runs": runs - waiting,
            "leased": leased,
            "effects": effects,
            "signals": signals,
        }

    def wait_quiet(self, seconds: float = 60, waiting: int = 0) -> None:
        """I5: the backlog drains to zero."""
        left: dict[str, int] = {}

        def quiet() -> bool:
            left.update(self.backlog(waiting))
            return not any(left.values())

        try:
            wait_until(quiet, seconds, 0.2, strictly=True)
        except AssertionError:
            raise AssertionError(f"I5: not quiet: {left}\n{self._left_over()}") from None

    def _left_over(self) -> str:
        """Some of what is not done, for a person to look at."""
        asked = """SELECT 'run', id, status, state_json, wake_at, lease_until, attempts FROM run
 WHERE ended_at IS NULL LIMIT 3;SELECT 'effect', key, state, attempts, next_at, lease_until
 FROM outbox WHERE state IN ('pending', 'sending') LIMIT 3;SELECT 'signal', s.kind,
 s.body_json, r.id, r.status, r.reason, r.wake_at FROM signal s LEFT JOIN run r ON r.id = s.run
 LIMIT 3"""
        found = [str(row)[:1000] for sql in asked.split(";") for row in self.rows(sql)]
        if self.database:
            found += map(str, self.rows(_SESSIONS))
        return "\n".join(found)

    def last_words(self) -> str:
        """Which parts live, and what each has printed last: for a test that failed."""
        return "\n".join(
            f"--- {part.name}, {'alive' if part.alive else part.process.returncode}\n"
            + part.printed()[-3000:]
            for part in self.parts_ever
        )

    def note_titles(self) -> None:
        """Remember what the living processes show in a process list."""
        for part in self.parts_ever:
            with contextlib.suppress(psutil.Error):
                top = psutil.Process(part.pid)
                for one in [top, *top.children(recursive=True)]:
                    self.titles.add(" ".join(one.cmdline()))

    # --- End ----------------------------------------------------------------------------------

    def close(self) -> None:
        """End everything at once."""
        for sender in self._senders:
            sender.give_up()
        for part in self.parts_ever:
            part.end()
        if self.redis is not None:
            self.redis.kill()
