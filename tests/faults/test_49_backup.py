"""49: a backup that is made under load, brought back after the house was lost."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator

import httpx
import psycopg
import pytest

from tests.faults.harness import House
from tests.faults.harness_books import reconcile
from tests.faults.harness_parts import Death
from tests.faults.harness_senders import Sender
from tests.support.postgres import Server
from tests.support.program import wait_until
from tests.support.provider import Rule

GONE = ("canary-person-erin@example.com", "canary-person-ben@example.com")
LARGE = "x" * 400_000


def erase(house: House, key: str, who: str) -> None:
    """Until nothing is left."""

    def done() -> bool:
        answer = httpx.delete(
            f"{house.url}/api/customers/{who}",
            headers={"authorization": f"Bearer {key}"},
            timeout=60,
            trust_env=False,
            verify=False,
        )
        return answer.raise_for_status().json()["done"]

    wait_until(done, 60, 0.2)


def named(house: House) -> list[str]:
    """The tables in which somebody who was erased is named."""
    if house.database:
        sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    else:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table'"
    found: list[str] = []
    for (table,) in house.rows(sql):
        text = "\n".join(str(row) for row in house.rows(f'SELECT * FROM "{table}"'))
        found += [table for who in GONE if who in text]
    return found


def forget_what_came_later(house: House, began: float, until: float) -> None:
    """What was accepted after the backup began need not be in it; what was under way may be sent
    again, as after a death that lasted from then until now."""
    kept = {one for (one,) in house.rows("SELECT external_id FROM event")}
    house.posts[:] = [
        post
        for post in house.posts
        if post.id in kept or any(t.status == 202 and t.ended < began for t in post.tries)
    ]
    house.deaths.append(Death("the house", began, until, -9))


def leave_out_the_erased(house: House) -> None:
    """Of those who were erased rows without content are kept, which no sender knows any more: take
    them out of the books."""
    house.posts[:] = [post for post in house.posts if post.customer not in GONE]
    theirs = "IN (SELECT id FROM run WHERE customer IS NULL)"
    with writing(house) as say:
        for table in ("journal", "outbox", "timer", "approval", "signal"):
            say(f"DELETE FROM {table} WHERE run {theirs}")
        say("DELETE FROM run WHERE customer IS NULL")
        say("DELETE FROM event WHERE customer IS NULL AND routed_at IS NOT NULL")


@contextlib.contextmanager
def writing(house: House) -> Iterator[Callable[[str], object]]:
    """The database, behind the program's back."""
    if house.database:
        with psycopg.connect(house.database) as conn:
            yield lambda sql: conn.execute(sql.encode())
        return
    with contextlib.closing(sqlite3.connect(house.data / "wayline.db", timeout=30)) as conn:
        yield conn.execute
        conn.commit()


def live(house: House) -> str:
    """Everything runs, there is much data, and one customer has been erased already."""
    key = house.key
    house.own_redis()
    house.ingest()
    house.worker("one")
    house.worker("two")
    house.post("erin", customer="erin")
    house.post("ben", customer="ben")
    house.post(*(f"large-{n}" for n in range(10)), large=LARGE)
    house.wait_quiet()
    erase(house, key, GONE[0])
    return key


def load(house: House) -> list[Sender]:
    """Events come in, and effects are on their way."""
    house.provider.behave(Rule(path="/told", delay=0.2))
    before = len(house.posts)
    senders = [house.sending(*(f"{lane}-{n}" for n in range(100_000))) for lane in range(3)]
    wait_until(lambda: len(house.posts) > before + 30, 60)
    return senders


def lose(house: House, senders: list[Sender], key: str) -> None:
    """More is accepted, somebody else is erased, and then everything dies."""
    counted = len(house.posts)
    wait_until(lambda: len(house.posts) > counted + 20, 60)
    for sender in senders:
        sender.enough()
        sender.finish()
    erase(house, key, GONE[1])
    for part in house.parts.values():
        part.kill()


def check(house: House, began: float) -> None:
    """All that was answered before the backup is there and comes to its end, and those who were
    erased stay so."""
    forget_what_came_later(house, began, time.time())
    house.provider.behave()
    house.ingest()
    house.worker("one")
    house.post("after")
    house.wait_quiet()
    assert named(house) == []
    leave_out_the_erased(house)
    found = reconcile(house)
    assert len(found.events) > 10 + 30


def test_49_backup_under_load_and_restore(house: House) -> None:
    """49 (SQLite): `wayline backup` of about 30 MB while events come in and effects are on their
    way; then more is accepted, somebody is erased, and all is killed. What `wayline restore` brings
    back is whole, and erases again whom it must not know."""
    key = live(house)
    files = house.data.glob("wayline.db*")
    assert sum(one.stat().st_size for one in files) > 16 << 20  # several rounds of the copy
    senders = load(house)
    began = time.time()
    file = house.folder / "backup.tar.gz"
    house.command("backup", str(file))
    lose(house, senders, key)
    house.command("restore", str(file), "--replace")
    with contextlib.closing(sqlite3.connect(house.data / "wayline.db")) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
    check(house, began)


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_49_dump_under_load(house: House, postgres_server: Server) -> None:
    """49 (PostgreSQL): the same by pg_dump, and by the list of those who were erased."""
    key = live(house)
    senders = load(house)
    assert house.database
    began = time.time()
    copy = postgres_server.bring(postgres_server, house.database.rpartition("/")[2])
    lose(house, senders, key)
    listed = house.folder / "erased"
    listed.write_text(house.command("erased"))
    house.database = house.env["DATABASE_URL"] = postgres_server.url(copy)
    house.command("erased", str(listed))
    check(house, began)
    house.close()
    postgres_server.drop(copy)
