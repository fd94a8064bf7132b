"""PostgreSQL finds the rows of the hot path by their keys, whatever its statistics say: of tables
that are young, in a flood, or when everything has been done. A plan that reads a whole index would
stay with its connection while the table grows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from runtime.settings import Settings
from runtime.store import postgres
from runtime.store.database import Connection, rows
from runtime.store.intake import Incoming, accept
from tests.support.postgres import Server
from tests.work.house import House

HOT = {"run", "event", "customer", "identity", "outbox", "entry", "journal"}
READS_ALL = {"Seq Scan", "Bitmap Heap Scan", "Hash Join", "Merge Join"}
ORDER = {
    "start": ("trigger.event", {"event": "order.placed"}),
    "tell": ("action.http_request", {"method": "POST", "url": "http://127.0.0.1:9/"}),
    "wait": ("logic.wait_for_event", {"event": "order.paid", "within": "P1D"}),
}


@pytest.fixture
def house(postgres_server: Server, tmp_path: Path) -> Iterator[House]:
    url = postgres_server.fresh()
    made = House(tmp_path, settings=Settings(tmp_path, database=url, lease_seconds=30.0))
    yield made
    made.close()
    postgres_server.drop(url.rpartition("/")[2])


def accepted(house: House, name: str, who: range) -> None:
    incoming = [Incoming("w", "api", None, "track", name, {"any": f"c{n}"}, {}) for n in who]
    house.database.transact(lambda conn: accept(conn, incoming, house.database.now_us(conn)))


def worked(house: House, who: range) -> None:
    """They order, are asked, and pay: by batches, and the last two one after the other."""
    for some in (who[:-2], who[-2:-1], who[-1:]):
        for name in ("order.placed", "order.paid"):
            accepted(house, name, some)
            house.drain()


def analyzed(house: House) -> None:
    url = house.settings.database_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE")


def statements(conn: Connection) -> list[str]:
    """What the worker's connection has prepared."""
    sql = "SELECT statement FROM pg_prepared_statements WHERE statement ~ '^(SELECT|UPDATE|DELETE)'"
    return [statement for (statement,) in rows(conn, sql)]


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


def wrong(house: House, asked: list[str]) -> list[str]:
    """The scans of large tables that do not go by a key."""
    found: list[str] = []
    with house.database.read() as conn:
        for statement in asked:
            explain = f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement}"
            [(answer,)] = postgres.bare(conn).execute(explain.encode(), prepare=False)
            for one in scans(answer[0]["Plan"]):
                table = one.get("Relation Name")
                if one["Node Type"] == "ModifyTable" or (table and table not in HOT):
                    continue
                index = one.get("Index Name")
                unkeyed = table and "Index Cond" not in one
                passing = index == "pk_event" and "routed_at IS NULL" in statement
                if one["Node Type"] in READS_ALL or unkeyed or passing:
                    found.append(
                        f"{one['Node Type']} {table} {index}: {' '.join(statement.split())}"
                    )
    return found


def test_rows_are_found_by_their_keys_whatever_the_statistics_say(house: House) -> None:
    house.publish(ORDER, [("start", "out", "tell"), ("tell", "out", "wait")])
    worked(house, range(40))
    with house.database.read() as conn:
        asked = statements(conn)
    tables = {table for table in HOT if any(table in one.split() for one in asked)}
    assert tables >= {"run", "event", "customer", "identity", "outbox", "entry"}
    assert wrong(house, asked) == []

    worked(house, range(40, 1500))
    assert wrong(house, asked) == []
    analyzed(house)  # nothing is open
    assert wrong(house, asked) == []

    accepted(house, "order.placed", range(1500, 6000))  # most of what there is waits to be routed
    house.set("UPDATE run SET wake_at = 1, ended_at = NULL")
    analyzed(house)
    assert wrong(house, asked) == []
