"""A house as the program before migration 0002 left it: its tables are made by migration 0001, its
rows are those that it wrote (data/before_0002.json, recorded from its own processes), copied as
often as wanted.

Five orders started four journeys each. A copy has other ids, customers and orders, and the instant
at which all waits end is the test's. Patience waits two days and then calls `/reminded`; Listener
waits for `order.paid` (`/paid`, else `/unpaid`); Asker for an approval (`/approved`, else
`/expired`); the call of Caller (`/called`) has failed once and is to be tried again. The webhook
`paid` of Payments takes payments.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Boolean, Connection, MetaData, insert

from runtime.settings import Settings
from runtime.store import migrate
from runtime.store.database import Database, run
from tests.faults.harness import House
from tests.faults.harness_journeys import Pattern
from tests.faults.harness_senders import Try, message
from tests.support.program import wait_until
from tests.support.provider import Provider

RECORD = Path(__file__).parent / "data" / "before_0002.json"
URL = "http://127.0.0.1:9"  # of the provider, when it was recorded
JOURNEYS = ("patience", "listener", "asker", "caller")
MATCHING = {"order.placed": set(JOURNEYS), "order.paid": {"payments"}}
RUNS = 20  # in a copy
DESIGN = ("workspace", "journey", "journey_version", "hook", "audit")  # once
ORDERS = ("customer", "identity", "event", "run", "entry", "journal", "timer", "approval", "outbox")
DAY = 86_400.0  # seconds
WAITS = {"run": "wake_at", "timer": "deadline_at", "approval": "expires_at"}  # when a wait ends
_INSTANT = re.compile(r"\b17953\d{11}\b")  # of the day it was recorded

Row = dict[str, Any]


@cache
def record() -> Mapping[str, Any]:
    """What was recorded."""
    return json.loads(RECORD.read_text())


def upgrade(conn: Connection, revision: str) -> None:
    """The real migrations, up to this one."""
    script = migrate.scripts()

    def steps(found: Any, _: MigrationContext) -> Any:
        return script._upgrade_revs(revision, found)  # pyright: ignore[reportPrivateUsage]

    context = MigrationContext.configure(conn, opts={"fn": steps, "transactional_ddl": True})
    with Operations.context(context):
        context.run_migrations()


class OldHouse(House):
    """The installation; `ends` is the instant (in seconds) at which all waits end: far away until
    `end_waits()`."""

    def __init__(self, folder: Path, provider: Provider, database: str | None) -> None:
        data = folder / "data"
        data.mkdir()
        pattern = Pattern(data, record()["hooks"]["hook"], JOURNEYS)
        super().__init__(folder, pattern, provider, database)
        self.paid: str = record()["hooks"]["paid"]
        self.ends = 0.0

    def open(self) -> Database:
        """Its database, as it stands."""
        return Database.open(Settings(self.data, database=self.database), migrate=False)

    def furnish(self, copies: int) -> None:
        """Make the old tables and fill them."""
        self.ends = time.time() + DAY
        database = self.open()
        try:
            with database.write() as conn:
                upgrade(conn, "0001")
                self._fill(conn, DESIGN, self._design())
                for number in range(copies):
                    self.add_copy(conn, number)
                for row in self._rows("counter", {}):
                    row["n"] *= copies
                    self._insert(conn, "counter", [row])
        finally:
            database.close()

    def add_copy(self, conn: Connection, number: int) -> None:
        """One more copy of the orders, into the tables as they are now, by the columns that the
        old program knew."""
        changed = self._changes(number)
        self._fill(conn, ORDERS, {name: self._rows(name, changed) for name in ORDERS})
        for name, who, body, event in record()["posts"]:
            post = message(_changed(name, changed))
            post.customer, post.body = _changed(who, changed), _changed(body, changed).encode()
            now = time.time()
            post.tries.append(Try(now, now, 202, {"event_id": _changed(event, changed)}))
            self.posts.append(post)

    def end_waits(self) -> None:
        """Their instant comes now: it is moved, as soon as nobody has anything in hand."""

        def at_rest() -> bool:
            return not any(left for what, left in self.backlog().items() if what != "runs")

        wait_until(at_rest, 60, 0.2)
        then, now = int(self.ends * 1e6), time.time()
        at = int(now * 1e6)
        database = self.open()
        try:
            with database.write() as conn:
                for table, column in WAITS.items():
                    sql = f"UPDATE {table} SET {column} = ? WHERE {column} = ?"
                    run(conn, sql, (at, then))
                sql = "UPDATE run SET state_json = replace(state_json, ?, ?) WHERE ended_at IS NULL"
                run(conn, sql, (str(then), str(at)))
        finally:
            database.close()
        self.ends = now

    # --- Rows ---------------------------------------------------------------------------------

    def _design(self) -> dict[str, list[Row]]:
        return {name: self._rows(name, {URL: self.provider.url}) for name in DESIGN}

    def _changes(self, number: int) -> dict[str, str]:
        """What is written differently in this copy."""
        found = {URL: self.provider.url}
        for name in ("customer", "event", "run", "approval"):
            for row in self._rows(name, {}):
                found[row["id"]] = f"{row['id'][:-3]}{number:03x}"
        for row in self._rows("timer", {}):
            if row["deadline_at"] is not None:
                found[str(row["deadline_at"])] = str(int(self.ends * 1e6))
        for name, who, _, _ in record()["posts"]:
            found[name] = f"{name}-{number}"
            found[who] = who.replace("@", f"-{number}@")
        return found

    def _rows(self, name: str, changed: Mapping[str, str]) -> list[Row]:
        table = record()["tables"][name]
        text = json.dumps([[_text(cell) for cell in row] for row in table["rows"]])
        if changed:
            text = _changed(_later(text), changed)
        # the bytes of effects come as text, so that they change with it; hashes stay
        return [
            {
                column: _bytes(cell) if isinstance(cell, dict) else cell
                for column, cell in zip(table["columns"], row, strict=True)
                if column != "seq"
            }
            for row in json.loads(text)
        ]

    def _fill(
        self, conn: Connection, names: tuple[str, ...], rows: Mapping[str, list[Row]]
    ) -> None:
        for name in names:
            self._insert(conn, name, rows[name])

    def _insert(self, conn: Connection, name: str, rows: list[Row]) -> None:
        tables = conn.info.get("reflected")
        if tables is None:
            tables = conn.info["reflected"] = MetaData()
            tables.reflect(conn)
        table = tables.tables[name]
        truths = [c.name for c in table.columns if isinstance(c.type, Boolean)]
        for row in rows:
            row.update({one: bool(row[one]) for one in truths if one in row})
        conn.execute(insert(table), rows)


def _text(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    raw = bytes.fromhex(cell["hex"])
    return {"text": raw.decode()} if raw.startswith(b"{") else cell


def _bytes(cell: Mapping[str, str]) -> bytes:
    return cell["text"].encode() if "text" in cell else bytes.fromhex(cell["hex"])


def _changed(text: str, changed: Mapping[str, str]) -> str:
    for old, new in changed.items():
        text = text.replace(old, new)
    return text


def _later(text: str) -> str:
    """All instants so much later that the last one was a moment ago."""
    [row] = record()["tables"]["workspace"]["rows"]
    shift = int(time.time() * 1e6) - 1_000_000 - row[-2]
    return _INSTANT.sub(lambda found: str(int(found[0]) + shift), text)


@pytest.fixture
def old_house(
    request: pytest.FixtureRequest, tmp_path: Path, provider: Provider, database: str
) -> Iterator[OldHouse]:
    """A house without tables; `furnish()` it."""
    url, server = None, None
    if database != "sqlite":
        server = request.getfixturevalue("postgres_server")
        url = server.url(server.create())
    made = OldHouse(tmp_path, provider, url)
    yield made
    made.close()
    if server is not None and url is not None:
        server.drop(url.rpartition("/")[2])


def old_program(folder: Path) -> dict[str, str] | None:
    """The environment in which a part runs the program as it was before migration 0002; None where
    the checkout has no history (a source archive, a shallow clone)."""
    here = Path(__file__).parents[2]
    added = "runtime/store/migrations/versions/0002_nothing_lost.py"
    look = ["git", "-C", str(here), "log", "--diff-filter=A", "--format=%H", "--", added]
    found = subprocess.run(look, capture_output=True, text=True, check=False)
    if found.returncode or not found.stdout.strip():
        return None
    before = f"{found.stdout.split()[-1]}^"
    packed = subprocess.run(
        ["git", "-C", str(here), "archive", before, "runtime", "nodes"],
        capture_output=True,
        check=False,
    )
    if packed.returncode:
        return None
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
