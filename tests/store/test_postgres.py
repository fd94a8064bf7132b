"""PostgreSQL: many rows at once, commits whose answer is lost, servers that go away, and schemas of
a newer program."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from runtime.settings import Settings
from runtime.store import bulk, database, postgres, spaces
from runtime.store.database import (
    Connection,
    Database,
    also,
    many,
    marks,
    new_id,
    once,
    rows,
    run,
    touched,
)
from tests.support.postgres import Server
from tests.support.program import wait_until
from tests.support.proxy import Proxy

STRANGE = ["", "plain", "{a,b}", 'say "hi"', "back\\slash", "new\nline", "NULL", " ", "äöü €"]


@pytest.fixture
def url(postgres_server: Server) -> Iterator[str]:
    made = postgres_server.fresh()
    yield made
    postgres_server.drop(made.rpartition("/")[2])


def opened(url: str) -> Database:
    return Database.open(Settings(Path(), database=url))


@pytest.fixture
def store(url: str) -> Iterator[Database]:
    made = opened(url)
    yield made
    made.close()


def workspaces(conn: Connection, names: list[str]) -> int:
    sql = "INSERT INTO workspace (id, name, created_at) VALUES (?,?,0)"
    return touched(conn, sql, [(f"w{n}", name) for n, name in enumerate(names)])


def names(store: Database) -> list[str]:
    with store.read() as conn:
        return [name for (name,) in rows(conn, "SELECT name FROM workspace ORDER BY id")]


# --- Many rows at once ----------------------------------------------------------------------------


def test_every_text_comes_back_as_it_was(store: Database) -> None:
    with store.write() as conn:
        assert workspaces(conn, STRANGE) == len(STRANGE)
    assert names(store) == STRANGE
    sql = f"SELECT name FROM workspace WHERE name IN ({marks(len(STRANGE))}) ORDER BY id"
    with store.read() as conn:
        assert [name for (name,) in rows(conn, sql, STRANGE)] == STRANGE


def test_nothing_numbers_and_bytes_come_back_as_they_were(store: Database) -> None:
    given = [("a", None, None, True), ("b", 2**62, b'\x00"\\,', False), ("c", -1, b"", None)]
    with store.write() as conn:
        run(conn, "CREATE TEMP TABLE outbox_like AS SELECT key, next_at, body, once FROM outbox")
        sql = "INSERT INTO outbox (key, next_at, body, once) VALUES (?,?,?,?)"
        found = bulk.bulk(sql)
        assert found is not None
        like = found.sql.replace("INTO outbox", "INTO outbox_like")
        postgres.bare(conn).execute(like.encode(), bulk.arrays(given))
        assert rows(conn, "SELECT * FROM outbox_like ORDER BY key") == given


def test_rows_keep_the_order_they_were_given_in(store: Database) -> None:
    texts = [(f"r{n}", "event", str(n)) for n in range(500)]
    with store.write() as conn:
        many(conn, "INSERT INTO signal (run, kind, body_json) VALUES (?,?,?)", texts)
        found = rows(conn, "SELECT run, kind, body_json FROM signal ORDER BY seq")
    assert found == texts


def test_an_update_that_names_a_row_twice_is_done_one_after_the_other(store: Database) -> None:
    upsert = """INSERT INTO counter (version, node, handle, n) VALUES (?,?,?,?)
 ON CONFLICT (version, node, handle) DO UPDATE SET n = counter.n + excluded.n"""
    with store.write() as conn:
        many(conn, upsert, [("v", "a", "in", 1), ("v", "b", "in", 2), ("v", "a", "in", 3)])
        many(conn, "UPDATE counter SET n = ? WHERE node = ?", [(7, "b"), (8, "b")])
        assert rows(conn, "SELECT node, n FROM counter ORDER BY node") == [("a", 4), ("b", 8)]


def test_what_is_there_already_is_counted_as_not_inserted(store: Database) -> None:
    sql = """INSERT INTO schedule_fire (schedule, nominal, at) VALUES (?,?,?)
 ON CONFLICT (schedule, nominal) DO NOTHING"""
    with store.write() as conn:
        assert touched(conn, sql, [("s", "1", 0), ("s", "2", 0), ("s", "1", 0)]) == 2
        assert touched(conn, sql, [("s", "2", 0), ("s", "3", 0)]) == 1


def test_a_nul_is_refused_as_the_database_does(store: Database) -> None:
    with pytest.raises(DBAPIError), store.write() as conn:
        workspaces(conn, ["a", "b\0"])
    assert names(store) == []


def test_an_error_does_not_tell_what_was_to_be_stored(store: Database) -> None:
    with pytest.raises(DBAPIError) as found, store.write() as conn:
        once(conn, "INSERT INTO workspace (id, name) VALUES (?,?)", ("w", "maya@example.com"))
    assert "maya@example.com" not in str(found.value).partition("DETAIL")[0]


# --- Writes that wait for the next question -------------------------------------------------------

INSERT = "INSERT INTO workspace (id, name, created_at) VALUES (?,?,0)"


def test_a_question_sees_what_was_written_before_it(store: Database) -> None:
    with store.write() as conn:
        many(conn, INSERT, [("w0", "a")])
        assert rows(conn, "SELECT name FROM workspace") == [("a",)]
        many(conn, INSERT, [("w1", "b"), ("w2", "c")])
        many(conn, "UPDATE workspace SET name = ? WHERE id = ?", [("d", "w0"), ("e", "w1")])
        many(conn, "UPDATE workspace SET name = ? WHERE id = ?", [("f", "w0"), ("g", "w0")])
        assert rows(conn, "SELECT name FROM workspace ORDER BY id") == [("g",), ("e",), ("c",)]
        many(conn, INSERT, [("w3", "h")])
        assert run(conn, "SELECT count(*) FROM workspace").scalar() == 4
        many(conn, "DELETE FROM workspace WHERE id = ?", [("w3",)])
        many(conn, INSERT, [("w4", "i")])
        many(conn, INSERT, [("w5", "j")])
    assert names(store) == ["g", "e", "c", "i", "j"]


@pytest.mark.parametrize("more", [0, 1, 2])
def test_a_write_that_fails_with_the_commit_undoes_it_all(store: Database, more: int) -> None:
    with store.write() as conn:
        many(conn, INSERT, [("w0", "a")])

    def work(conn: Connection) -> None:
        for n in range(more):
            many(conn, INSERT, [(f"w{n + 1}", "b")])
        many(conn, INSERT, [("w0", "b")])

    with pytest.raises(DBAPIError, match="pk_workspace"):
        store.transact(work)
    assert names(store) == ["a"]
    with store.write() as conn:
        many(conn, INSERT, [("w1", "c")])
    assert names(store) == ["a", "c"]


def test_of_what_shares_a_commit_only_the_part_that_fails_is_undone(store: Database) -> None:
    with store.write() as conn:
        many(conn, INSERT, [("w0", "a")])
        also(conn, lambda: many(conn, INSERT, [("w1", "b"), ("w2", "c")]))
        also(conn, lambda: many(conn, INSERT, [("w3", "d"), ("w0", "e")]))
        also(conn, lambda: (many(conn, INSERT, [("w0", "g")]), 1 / 0))
        many(conn, INSERT, [("w4", "f")])
    assert names(store) == ["a", "b", "c", "f"]


def test_what_is_written_where_only_reading_is_allowed_says_so(store: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only"), store.read() as conn:
        many(conn, INSERT, [("w0", "a")])


# --- Transactions ---------------------------------------------------------------------------------


def test_readers_cannot_write_and_see_one_instant(store: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only"), store.read() as conn:
        workspaces(conn, ["a"])
    with store.read() as conn:
        assert rows(conn, "SELECT count(*) FROM workspace") == [(0,)]
        with store.write() as other:
            workspaces(other, ["a"])
        assert rows(conn, "SELECT count(*) FROM workspace") == [(0,)]


def test_a_deadlock_is_tried_again(store: Database) -> None:
    with store.write() as conn:
        workspaces(conn, ["a", "b"])
    both = threading.Barrier(2)
    first = {"w0": True, "w1": True}

    def swap(one: str, other: str) -> None:
        def work(conn: Connection) -> None:
            once(conn, "UPDATE workspace SET live_rev = live_rev + 1 WHERE id = ?", (one,))
            if first.pop(one, False):
                both.wait(10)
            once(conn, "UPDATE workspace SET live_rev = live_rev + 1 WHERE id = ?", (other,))

        store.transact(work)

    threads = [threading.Thread(target=swap, args=pair) for pair in (("w0", "w1"), ("w1", "w0"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with store.read() as conn:
        assert rows(conn, "SELECT live_rev FROM workspace") == [(2,), (2,)]


@pytest.mark.parametrize("waiting", [0, 1, 3])
@pytest.mark.parametrize("happens", ["swallow", "stop"])
def test_a_commit_without_an_answer_happens_once(
    postgres_server: Server, url: str, happens: str, waiting: int
) -> None:
    """Its answer is lost after it was carried out (`swallow`), or it never arrived (`stop`); alone,
    or with writes that waited for it."""
    with Proxy(postgres_server.port) as proxy:
        store = opened(postgres_server.url(url.rpartition("/")[2], proxy.port))
        ran: list[str] = []

        def work(conn: Connection) -> str:
            ran.append(new_id())
            workspaces(conn, [ran[-1]])
            for n in range(waiting):
                many(conn, INSERT, [(f"x{n}", "")])
            return ran[-1]

        setattr(proxy, happens, 1.0)
        proxy.most = 1
        given = store.transact(work)
        assert names(store) == [given, *[""] * waiting]
        assert given == ran[-1]
        assert len(ran) == (1 if happens == "swallow" else 2)
        store.close()


def test_a_server_that_closed_its_connections_is_not_noticed(
    postgres_server: Server, url: str, store: Database
) -> None:
    with store.read(), store.write() as conn:
        workspaces(conn, ["a"])
    sql = """SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'wayline'"""
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(sql.replace("count(*)", "pg_terminate_backend(pid)").encode())
        wait_until(lambda: other.execute(sql.encode()).fetchall() == [(0,)], 10, 0.01)
    assert names(store) == ["a"]
    with store.write() as conn:
        assert once(conn, "UPDATE workspace SET name = 'b'") == 1


def test_a_connection_that_dies_in_a_transaction_begins_it_again(url: str, store: Database) -> None:
    ran: list[int] = []

    def work(conn: Connection) -> None:
        ran.append(postgres.bare(conn).info.backend_pid)
        workspaces(conn, ["a"])
        if len(ran) < 3:
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (ran[-1],))
        rows(conn, "SELECT 1")

    store.transact(work)
    assert len(set(ran)) == 3
    assert names(store) == ["a"]


def test_a_look_for_work_goes_by_the_databases_clock(store: Database) -> None:
    chore = """INSERT INTO chore (id, workspace, kind, ref, next_at, created_at)
 VALUES ('c', 'w0', 'retain', '', ?, 0)"""
    with store.write() as conn:
        workspaces(conn, ["a"])
        once(conn, chore, (store.now_us(conn) + 3_600_000_000,))
    assert not spaces.look(store).any
    with store.write() as conn:
        once(conn, "UPDATE chore SET next_at = ?", (store.now_us(conn),))
    assert spaces.look(store).chores


def test_ids_are_of_the_databases_time(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    right = int(new_id()[:12], 16)
    monkeypatch.setattr(database, "host_us", lambda: 5_000_000)
    with store.write():
        pass
    assert abs(int(new_id()[:12], 16) - right) < 60_000
    monkeypatch.undo()
    with store.write():
        pass


# --- Another program's schema ---------------------------------------------------------------------


def test_a_newer_schema_is_worked_on_and_left_as_it_is(
    url: str, store: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with store.write() as conn:
        run(conn, "UPDATE alembic_version SET version_num = '9999'")
    with caplog.at_level(logging.WARNING):
        other = opened(url)
    assert "newer version" in caplog.text
    with other.write() as conn:
        workspaces(conn, ["a"])
        found: Any = rows(conn, "SELECT version_num FROM alembic_version")
    assert found == [("9999",)]
    other.close()


# --- Opening --------------------------------------------------------------------------------------


def test_a_connection_lost_while_it_opens_is_made_again(
    url: str, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says nothing about the tables: they are not taken for missing, and a worker that starts
    in such a moment does not die of it (CI, fault 22)."""
    opened(url).close()
    upgrades: list[int] = []
    monkeypatch.setattr("runtime.store.migrate.upgrade", lambda _: upgrades.append(1))
    with Proxy(postgres_server.port) as proxy:
        wired = postgres_server.url(url.rpartition("/")[2], proxy.port)
        proxy.stop, proxy.most = 1.0, 3  # each of the first COMMITs ends its connection
        store = opened(wired)
        assert proxy.stopped == 3
        assert names(store) == []
        store.close()
    assert not upgrades


def test_a_server_that_is_not_there_is_said_in_the_end(
    url: str, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.store.database._PATIENCE", 0.5)
    nowhere = postgres_server.url(url.rpartition("/")[2], 1)
    with pytest.raises(DBAPIError, match="refused"):
        opened(nowhere)
