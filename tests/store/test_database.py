"""The database opens, migrates, keeps time and keeps writers in line."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from runtime.settings import Settings
from runtime.store.database import HEAD, Database, new_id, run
from runtime.store.migrate import scripts
from runtime.store.ticket import Ticket, stuck_writer


def workspace(database: Database) -> None:
    with database.write() as conn:
        run(conn, "INSERT INTO workspace (id, name, created_at) VALUES ('w', 'W', 0)")


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    assert scripts().get_current_head() == HEAD


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    first = Database.open(Settings(tmp_path))
    workspace(first)
    first.close()
    again = Database.open(Settings(tmp_path))
    with again.read() as conn:
        assert run(conn, "SELECT name FROM workspace").scalar_one() == "W"
    again.close()


def test_several_openers_at_once_migrate_once(tmp_path: Path) -> None:
    opened: list[Database] = []

    def open_it() -> None:
        opened.append(Database.open(Settings(tmp_path)))

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(opened) == 6
    for database in opened:
        database.close()


def test_commits_are_fully_durable_and_readers_cannot_write(tmp_path: Path) -> None:
    database = Database.open(Settings(tmp_path))
    with database.write() as conn:
        assert run(conn, "PRAGMA synchronous").scalar_one() == 2
        assert run(conn, "PRAGMA journal_mode").scalar_one() == "wal"
    with pytest.raises(DBAPIError, match="readonly"), database.read() as conn:
        run(conn, "INSERT INTO workspace (id, name, created_at) VALUES ('w', 'W', 0)")
    database.close()


def test_only_its_user_reads_the_files_even_in_an_open_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    database = Database.open(Settings(tmp_path / "data"))
    workspace(database)
    files = list((tmp_path / "data").iterdir())
    assert {f.name for f in files} >= {"wayline.db", "wayline.db-wal", "wayline.db-shm"}
    assert [f.name for f in files if f.stat().st_mode & 0o077] == []


def test_an_error_does_not_tell_what_was_to_be_stored(tmp_path: Path) -> None:
    database = Database.open(Settings(tmp_path))
    with pytest.raises(DBAPIError) as found, database.write() as conn:
        run(conn, "INSERT INTO workspace (id, name) VALUES (?, ?)", ("w", "maya@example.com"))
    assert "maya" not in str(found.value)


def test_engine_time_never_goes_back_even_over_a_restart(tmp_path: Path) -> None:
    host = [5_000_000]
    database = Database.open(Settings(tmp_path), clock=lambda: host[0])
    workspace(database)
    with database.write() as conn:
        assert database.now_us(conn) == 5_000_000
    database.close()
    host[0] = 1_000_000
    again = Database.open(Settings(tmp_path), clock=lambda: host[0])
    with again.read() as conn:
        assert again.now_us(conn) == 5_000_000
    again.close()


def test_engine_time_never_goes_behind_what_was_given_without_asking(tmp_path: Path) -> None:
    """What a landing writes has that instant, and its commit must not let a claim be earlier."""
    host = [5_000_000]
    database = Database.open(Settings(tmp_path), clock=lambda: host[0])
    workspace(database)
    assert database.about_us() == 5_000_000
    host[0] = 1_000_000
    with database.write() as conn:
        assert database.now_us(conn) == 5_000_000
    database.close()


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(len(i) == 32 for i in made)


def test_many_threads_write_without_a_locked_error(tmp_path: Path) -> None:
    database = Database.open(Settings(tmp_path))
    workspace(database)

    def bump() -> None:
        for _ in range(50):
            with database.write() as conn:
                run(conn, "UPDATE workspace SET live_rev = live_rev + 1")

    threads = [threading.Thread(target=bump) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    with database.read() as conn:
        assert run(conn, "SELECT live_rev FROM workspace").scalar_one() == 200
    database.close()


def test_two_threads_that_write_first_at_once_share_one_ticket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = Ticket(tmp_path / "ticket")
    both = threading.Barrier(2, timeout=5)
    opened: list[int] = []

    def slowly(*args: Any) -> int:
        fd = open_file(*args)
        opened.append(fd)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait()
        return fd

    open_file = os.open
    monkeypatch.setattr(os, "open", slowly)
    inside = threading.Lock()
    met: list[bool] = []

    def write() -> None:
        with ticket:
            met.append(inside.acquire(blocking=False))
            inside.release()

    threads = [threading.Thread(target=write, daemon=True) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=10)
    assert not any(one.is_alive() for one in threads)
    assert met == [True, True]
    assert len([fd for fd in opened if _is_open(fd)]) == 1


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def test_a_writer_that_is_stuck_is_named_and_an_idle_ticket_is_not(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert stuck_writer(settings) is None
    database = Database.open(settings)
    with database.write():
        assert stuck_writer(settings, patience=60) is None
        assert stuck_writer(settings, patience=-1) == os.getpid()
    assert stuck_writer(settings, patience=-1) is None
    database.close()
