"""A small business for the tests: a database, a worker, a clock that is set by hand, and an outside
that answers as it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from nodes.registry import node_types
from nodes.spec import NodeType
from runtime.ports.results import Done, Result
from runtime.settings import Settings
from runtime.store.clock import to_us
from runtime.store.database import Database, new_id, rows, run
from runtime.store.intake import Incoming, Intake, Receipt
from runtime.work.drain import Stats, Work
from tests.support.postgres import elsewhere
from tests.support.tables import tables

START = 1_772_442_000_000_000  # 2026-03-02T09:00:00Z
HOUR = 3_600_000_000
DAY = 24 * HOUR


@dataclass
class Outside:
    """Ports that remember what was sent. `answer` may be a result, or a function of the body."""

    answer: Result | Callable[[Mapping[str, Any]], Result] = field(
        default_factory=lambda: Done({"status": 200, "headers": {}, "body": ""})
    )
    sent: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    given: list[tuple[Any, Any]] = field(default_factory=list)
    before: Callable[[], None] | None = None  # called as each send begins

    async def send(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        key: str,
        credential: Mapping[str, Any] | None,
        sender: Mapping[str, Any],
    ) -> Result:
        self.sent.append((kind, key, dict(body)))
        self.given.append((credential, sender))
        if self.before is not None:
            self.before()
        return self.answer(body) if callable(self.answer) else self.answer

    async def close(self) -> None:
        pass


class NoVault:
    """Opens everything to what was sealed."""

    def open(self, workspace: str, id: str, sealed: bytes) -> dict[str, Any]:
        return orjson.loads(sealed)


class House:
    """One workspace `w`, with as many workers as wanted on one database."""

    def __init__(
        self,
        folder: Path,
        types: Mapping[str, NodeType] | None = None,
        now: int = START,
        settings: Settings | None = None,
        clock: Callable[[], int] | None = None,
    ) -> None:
        self.now = now
        self.settings = settings or Settings(folder, database=elsewhere(), lease_seconds=30.0)
        self.types = node_types() if types is None else types
        tables(self.settings)
        self.database = Database.open(self.settings, clock=clock or (lambda: self.now))
        self.intake = Intake(self.database)
        self.outside = Outside()
        self._works: list[Work] = []
        with self.database.write() as conn:
            run(
                conn,
                """INSERT INTO workspace (id, name, created_at) VALUES ('w', 'W', 0)
 ON CONFLICT (id) DO NOTHING""",
            )

    def worker(self, outside: Outside | None = None) -> Work:
        work = Work(
            self.database,
            outside or self.outside,
            self.settings,
            vault=NoVault(),
            types=self.types,
        )
        self._works.append(work)
        return work

    def drain(self, seconds: float = 30.0) -> Stats:
        """Let one worker do all there is to do at this instant."""
        if not self._works:
            self.worker()
        return self._works[0].drain(time.monotonic() + seconds)

    def close(self) -> None:
        self.intake.close()
        for work in self._works:
            work.close()
        self.database.close()

    # --- What is designed ---------------------------------------------------------------------

    def publish(
        self,
        nodes: Mapping[str, tuple[str, Mapping[str, Any]]],
        edges: Sequence[tuple[str, str, str]],
        slug: str = "j",
        number: int = 1,
        **settings: Any,
    ) -> str:
        """A live journey; its id is its slug."""
        document = {
            "format": 1,
            "name": slug,
            "stage": "onboarding",
            "settings": settings,
            "nodes": [
                {"id": n, "type": t, "version": 1, "config": c} for n, (t, c) in nodes.items()
            ],
            "edges": [{"from": a, "handle": h, "to": b} for a, h, b in edges],
        }
        version = f"{slug}-{number}"
        with self.database.write() as conn:
            run(
                conn,
                """INSERT INTO journey (id, workspace, slug, name, draft_at, state, created_at)
 VALUES (?,'w',?,?,0,'live',0) ON CONFLICT (id) DO NOTHING""",
                (slug, slug, slug),
            )
            run(
                conn,
                """INSERT INTO journey_version (id, workspace, journey, number, hash,
 document_json, published_at) VALUES (?,'w',?,?,'',?,0)""",
                (version, slug, number, orjson.dumps(document).decode()),
            )
            run(conn, "UPDATE journey SET live_version = ? WHERE id = ?", (version, slug))
            run(conn, "UPDATE workspace SET live_rev = live_rev + 1")
        return slug

    def set(self, sql: str, *params: Any) -> None:
        with self.database.write() as conn:
            run(conn, sql, params)

    # --- What happens -------------------------------------------------------------------------

    def say(
        self,
        name: str,
        who: str | Mapping[str, str] | None = "maya",
        properties: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Receipt:
        """An event comes in."""
        given = {"any": who} if isinstance(who, str) else who
        incoming = Incoming(
            "w", "api", more.pop("id", None), more.pop("kind", "track"), name, given,
            properties or {}, **more,
        )  # fmt: skip
        return self.intake.accept_now(incoming)[0]

    # --- What came of it ----------------------------------------------------------------------

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        with self.database.read() as conn:
            return rows(conn, sql, params)

    def one(self, sql: str, *params: Any) -> Any:
        found = self.rows(sql, *params)
        assert len(found) == 1, found
        return found[0][0] if len(found[0]) == 1 else found[0]

    def runs(self) -> list[tuple[str, str | None]]:
        """(status, reason) of each run, in the order they started."""
        return [(r[0], r[1]) for r in self.rows("SELECT status, reason FROM run ORDER BY id")]

    def steps(self) -> list[tuple[str, str | None]]:
        """(node, handle) of each step of all runs, run by run."""
        lines = self.rows("SELECT steps_json FROM journal ORDER BY run, fence")
        return [(step[2], step[5]) for line in lines for step in orjson.loads(line[0])]

    def outcomes(self) -> list[list[dict[str, Any]]]:
        """What came of each event, in their order."""
        found = self.rows("SELECT outcome_json FROM event ORDER BY seq")
        return [orjson.loads(r[0]) if r[0] else [] for r in found]

    def customer(self, external_id: str = "maya") -> dict[str, Any]:
        sql = "SELECT attributes_json FROM customer WHERE external_id = ?"
        return orjson.loads(self.one(sql, external_id))

    def signal(self, to: str, kind: str, body: Mapping[str, Any]) -> None:
        from runtime.store import inbox

        with self.database.write() as conn:
            inbox.put(conn, to, kind, body, self.database.now_us(conn))


def at(text: str) -> int:
    from datetime import datetime

    return to_us(datetime.fromisoformat(text))


__all__ = ["DAY", "HOUR", "START", "House", "NoVault", "Outside", "at", "new_id"]
