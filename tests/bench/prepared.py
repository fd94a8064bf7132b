"""Fills tables quickly with rows that the program made itself: one real example is carried through,
and what it left in all tables is copied by the database with other ids. Nothing of the program is
changed for it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from runtime.facade import Wayline
from runtime.settings import Settings
from runtime.store.database import Connection, Database, rows, run
from runtime.store.intake import Incoming, accept
from runtime.store.tables import metadata

HERE = Path(__file__).parent
BASE = 100_000_000  # numbers of copies have nine digits
PORTION = 5_000  # copies of one transaction: nobody waits long for it
_TEXT = f"CAST({BASE} + n AS TEXT)"
SERIAL = {("event", "seq"), ("signal", "seq"), ("audit", "seq")}


def document(name: str, **replaced: str) -> dict[str, Any]:
    """A journey from a file beside this one."""
    text = (HERE / f"{name}.json").read_text()
    for word, value in replaced.items():
        text = text.replace(word, value)
    return json.loads(text)


@dataclass(frozen=True)
class Made:
    """A published journey."""

    workspace: str
    journey: str
    version: str


def publish(settings: Settings, journey: Mapping[str, Any]) -> Made:
    """Save and publish it, as the studio does."""
    wayline = Wayline.open(settings, migrate=False)
    try:
        studio = wayline.system()
        slug = studio.new_journey(journey["name"], journey)
        studio.publish(slug)
        with wayline.database.read() as conn:
            sql = "SELECT workspace, id, live_version FROM journey WHERE slug = ?"
            return Made(*rows(conn, sql, (slug,))[0])
    finally:
        wayline.close()


def queue(
    database: Database,
    workspace: str,
    name: str,
    who: str,
    numbers: range,
    properties: Mapping[str, Any],
) -> None:
    """Accept an event for each of these numbers, of the customer `who` with nine digits behind."""
    for first in range(0, len(numbers), PORTION):
        some = numbers[first : first + PORTION]
        incoming = [
            Incoming(
                workspace, "bench", None, "track", name, {"id": f"{who}{BASE + n}"}, properties
            )
            for n in some
        ]
        database.transact(lambda conn, all=incoming: accept(conn, all, database.now_us(conn)))


class Stencil:
    """Rows that say `words` somewhere, to be copied. `words` maps each word to what its copy begins
    with; nine digits follow. Integers that are `moved` grow by the copy's number, also where they
    stand in a text."""

    def __init__(
        self,
        conn: Connection,
        words: Mapping[str, str],
        moved: Sequence[int] = (),
        only: Sequence[str] | None = None,
    ) -> None:
        """`only` names the tables; None: all of them."""
        self._words = dict(words)
        self._moved = moved
        self._sqlite = conn.dialect.name == "sqlite"
        self._rows: list[tuple[str, dict[str, Any]]] = []
        for table in metadata.sorted_tables:
            if only is not None and table.name not in only:
                continue
            columns = [c.name for c in table.columns if (table.name, c.name) not in SERIAL]
            named = ", ".join(f'"{name}"' for name in columns)
            for row in rows(conn, f'SELECT {named} FROM "{table.name}"'):
                if any(self._said(value) for value in row):
                    self._rows.append((table.name, dict(zip(columns, row, strict=True))))
        assert self._rows, "nothing to copy"

    def copy(self, database: Database, first: int, count: int) -> None:
        """Copies number `first` to `first + count - 1`."""
        for start in range(first, first + count, PORTION):
            last = min(start + PORTION, first + count) - 1
            with database.write() as conn:
                for table, row in self._rows:
                    self._copy(conn, table, row, start, last)

    def _copy(
        self, conn: Connection, table: str, row: Mapping[str, Any], first: int, last: int
    ) -> None:
        names, made, params = [], [], []
        for name, value in row.items():
            if value is None:
                continue
            names.append(f'"{name}"')
            said, given = self._expression(value)
            made.append(said)
            params += given
        sql = f"""INSERT INTO "{table}" ({", ".join(names)})
 SELECT {", ".join(made)} FROM (WITH RECURSIVE s(n) AS (
 SELECT CAST(? AS BIGINT) UNION ALL SELECT n + 1 FROM s WHERE n < ?) SELECT n FROM s) AS numbers"""
        run(conn, sql, (*params, first, last))

    def _expression(self, value: Any) -> tuple[str, list[Any]]:
        """SQL for a copied value, with its parameters."""
        if isinstance(value, str):
            sql, params = "CAST(? AS TEXT)", [value]
            for word, begin in self._said(value).items():
                sql = f"replace({sql}, CAST(? AS TEXT), CAST(? AS TEXT) || {_TEXT})"
                params += [word, begin]
            for number in self._moved:
                if str(number) in value:
                    sql = f"replace({sql}, CAST(? AS TEXT), CAST(CAST(? AS BIGINT) + n AS TEXT))"
                    params += [str(number), number]
            return sql, params
        if isinstance(value, bool):
            return "CAST(? AS BOOLEAN)", [value]
        if isinstance(value, int):
            moved = " + n" if value in self._moved else ""
            return f"CAST(? AS BIGINT){moved}", [value]
        return ("?" if self._sqlite else "CAST(? AS BYTEA)"), [bytes(value)]

    def _said(self, value: Any) -> dict[str, str]:
        if not isinstance(value, str):
            return {}
        return {word: begin for word, begin in self._words.items() if word in value}


def begin_of(word: str) -> str:
    """The beginning of copied ids, so that they are as long as the real ones and sort alike."""
    return word[:-9]


def database_bytes(database: Database) -> int:
    """How large the database is, room that it does not use included."""
    with database.read() as conn:
        if database.sqlite:
            pages = run(conn, "PRAGMA page_count").scalar_one()
            return pages * run(conn, "PRAGMA page_size").scalar_one()
        return run(conn, "SELECT pg_database_size(current_database())").scalar_one()


def settle(settings: Settings) -> None:
    """What a database does by itself after so many new rows, done before the clock starts."""
    if settings.database:
        with psycopg.connect(settings.database, autocommit=True) as conn:
            conn.execute("VACUUM ANALYZE")
            conn.execute("CHECKPOINT")
        return
    with contextlib.closing(sqlite3.connect(settings.data / "wayline.db")) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
