"""20-22: PostgreSQL is stopped, its backends are killed, and the answer to a COMMIT is lost."""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults.harness import House
from tests.faults.harness_books import Watch, reconcile
from tests.faults.harness_journeys import Pattern
from tests.faults.harness_parts import Death
from tests.support import postgres
from tests.support.program import wait_until
from tests.support.provider import Provider
from tests.support.proxy import Proxy

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def own_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server that the test may stop."""
    with postgres.server() as server:
        yield server


@pytest.fixture
def own_house(
    tmp_path: Path,
    own_server: postgres.Server,
    postgres_server: postgres.Server,
    postgres_pattern: Pattern,
    provider: Provider,
) -> Iterator[House]:
    """A house on that server."""
    shutil.copytree(postgres_pattern.folder, tmp_path / "data")
    name = own_server.bring(postgres_server, str(postgres_pattern.template))
    made = House(tmp_path, postgres_pattern, provider, own_server.url(name))
    yield made
    made.close()


@pytest.fixture
def proxy(house: House) -> Iterator[Proxy]:
    """A wire to the house's database; `wired` is its URL by that wire."""
    assert house.database is not None
    with Proxy(int(house.database.rpartition(":")[2].partition("/")[0])) as made:
        yield made


def wired(house: House, proxy: Proxy) -> str:
    """The house's database by way of the proxy."""
    assert house.database is not None
    return f"postgresql://postgres@127.0.0.1:{proxy.port}/{house.database.rpartition('/')[2]}"


def accepted(house: House) -> int:
    return sum(post.accepted for post in house.posts)


def progressed(house: House, number: int) -> None:
    """Wait until so many messages were accepted."""
    wait_until(lambda: accepted(house) >= number, 60)


def nobody_died(house: House) -> None:
    """The program's parts all live on: what was hurt is the database."""
    assert all(part.alive for part in house.parts.values())


# --- 20 -------------------------------------------------------------------------------------------


def test_20_an_immediate_stop_under_load(own_house: House, own_server: postgres.Server) -> None:
    """20: PostgreSQL is stopped as by a power cut, three times under load, and comes back within
    seconds: what was answered is there, nothing runs twice, and no part of the program ends."""
    house = own_house
    house.own_redis()
    house.ingest()
    house.worker("one")
    house.worker("two")
    house.post("first")
    house.wait_quiet()  # a worker that starts while the database is away says so and ends
    with Watch(house):
        sender = house.sending(*range(90), every=0.01)
        for stop in (20, 45, 70):
            progressed(house, stop)
            began = time.time()
            own_server.stop(signal.SIGQUIT)
            own_server.start()
            house.deaths.append(Death("PostgreSQL", began, time.time(), 0))
        sender.finish()
        found = reconcile(house)
    assert len(found.events) == 91
    nobody_died(house)


# --- 21 -------------------------------------------------------------------------------------------

_KILL = """SELECT count(*), count(pg_terminate_backend(pid)) FROM (
 SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
 AND application_name = 'wayline' AND backend_xid IS NOT NULL ORDER BY random() LIMIT 1) AS one"""


class Killer(threading.Thread):
    """Ends server processes in the middle of their write transactions, again and again."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self.enough = threading.Event()
        self.killed = 0

    def run(self) -> None:
        """In its thread: a look each millisecond, and a rest after each kill."""
        with psycopg.connect(self._url, autocommit=True) as conn:
            while not self.enough.wait(0.001):
                row = conn.execute(_KILL).fetchone()
                if row and row[0]:
                    self.killed += 1
                    self.enough.wait(0.1)


@on_postgresql
def test_21_backends_are_killed_in_their_transactions(house: House) -> None:
    """21: server processes are ended in the middle of write transactions of the intake and the
    workers. Each transaction is done again or had been done, and nobody notices: no duplicate."""
    house.own_redis()
    house.ingest()
    house.worker("one")
    house.worker("two")
    assert house.database is not None
    killer = Killer(house.database)
    with Watch(house):
        killer.start()
        sender = house.sending(*range(100_000), every=0.02)
        wait_until(lambda: killer.killed >= 10 and accepted(house) >= 80, 120)
        sender.enough()
        sender.finish()
        killer.enough.set()
        killer.join(10)
        found = reconcile(house)
    assert len(found.events) == len(house.posts)
    assert not found.twice
    nobody_died(house)


# --- 22 -------------------------------------------------------------------------------------------


@on_postgresql
def test_22_the_answer_to_a_commit_is_lost(house: House, proxy: Proxy) -> None:
    """22: of the COMMITs of the intake and of a worker every eighth is carried out while its answer
    is lost, and every eighth never arrives. Both look the same from here. The server is asked what
    became of the transaction: nothing is done twice, nothing waits for a lease, nothing is sent
    twice. (The lease is not scaled: on a busy machine a send may begin late.)"""
    house.env["WAYLINE_LEASE"] = "30"
    url = wired(house, proxy)
    house.own_redis()
    house.ingest(DATABASE_URL=url)
    house.worker(DATABASE_URL=url)
    proxy.swallow = proxy.stop = 0.125
    with Watch(house):
        sender = house.sending(*range(100_000), every=0.02)
        wait_until(
            lambda: proxy.swallowed >= 8 and proxy.stopped >= 8 and accepted(house) >= 60, 120
        )
        sender.enough()
        sender.finish()
        found = reconcile(house)
        proxy.swallow = proxy.stop = 0.0
    assert len(found.events) == len(house.posts)
    assert not found.twice
    assert {effect.attempts for effect in found.effects.values()} == {1}
    nobody_died(house)
