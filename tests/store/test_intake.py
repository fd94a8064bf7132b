"""The intake: one row for each event, and the same answer for the same event."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from runtime.settings import Settings
from runtime.store import intake as intake_module
from runtime.store.database import Connection, Database, StoreFailed, run
from runtime.store.intake import Incoming, Intake, Receipt
from tests.support.postgres import elsewhere

ORDER = Incoming("w", "hook:t", "1", "track", "order", {"any": "maya"}, {"total": 5})


class Bell:
    """Counts the rings."""

    rung = 0

    def ring(self) -> None:
        self.rung += 1


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(Settings(tmp_path, database=elsewhere()))
    with database.write() as conn:
        run(conn, "INSERT INTO workspace (id, name, created_at) VALUES ('w', 'W', 0)")
    yield database
    database.close()


@pytest.fixture
def intake(database: Database) -> Iterator[Intake]:
    intake = Intake(database)
    yield intake
    intake.close()


def count(database: Database) -> int:
    with database.read() as conn:
        return run(conn, "SELECT count(*) FROM event").scalar_one()


def test_the_same_event_again_gets_the_first_answer(database: Database, intake: Intake) -> None:
    [first] = intake.accept_now(ORDER)
    [again] = intake.accept_now(ORDER)
    assert again == Receipt(first.event_id, duplicate=True)
    assert count(database) == 1


def test_another_body_under_the_same_id_is_a_conflict(database: Database, intake: Intake) -> None:
    [first] = intake.accept_now(ORDER)
    [other] = intake.accept_now(replace(ORDER, properties={"total": 6}))
    assert other == Receipt(first.event_id, duplicate=True, conflict=True)
    assert count(database) == 1


def test_duplicates_within_one_commit_are_told_apart(database: Database, intake: Intake) -> None:
    twin = replace(ORDER, properties={"total": 6})
    receipts = intake.accept_now([ORDER, replace(ORDER, external_id="2"), ORDER, twin])
    assert [(r.duplicate, r.conflict) for r in receipts] == [
        (False, False),
        (False, False),
        (True, False),
        (True, True),
    ]
    assert count(database) == 2


def test_events_without_an_id_are_never_duplicates(database: Database, intake: Intake) -> None:
    nameless = replace(ORDER, external_id=None)
    receipts = intake.accept_now([nameless, nameless])
    assert len({r.event_id for r in receipts}) == 2
    assert count(database) == 2


def test_the_same_id_from_another_source_is_another_event(intake: Intake) -> None:
    receipts = intake.accept_now([ORDER, replace(ORDER, source="hook:u")])
    assert [r.duplicate for r in receipts] == [False, False]


def test_a_hundred_times_the_same_webhook_at_once_is_one_event(
    database: Database, intake: Intake
) -> None:
    receipts: list[Receipt] = []
    start = threading.Barrier(20)

    def send() -> None:
        start.wait()
        for _ in range(5):
            receipts.extend(intake.accept_now(ORDER))

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 100
    assert len({r.event_id for r in receipts}) == 1
    assert sum(not r.duplicate for r in receipts) == 1
    assert count(database) == 1


def test_callers_in_an_event_loop_share_commits(database: Database) -> None:
    bell = Bell()
    intake = Intake(database, bell)

    async def send_all() -> list[list[Receipt]]:
        return await asyncio.gather(
            *(intake.accept(replace(ORDER, external_id=str(n))) for n in range(300))
        )

    receipts = asyncio.run(send_all())
    assert len({r[0].event_id for r in receipts}) == 300
    assert 1 <= bell.rung < 100
    intake.close()


def test_one_bad_request_does_not_fail_its_neighbours(intake: Intake) -> None:
    async def send_all() -> list[list[Receipt] | BaseException]:
        good = intake.accept(ORDER)
        bad = intake.accept(replace(ORDER, workspace="nobody", external_id="2"))
        return await asyncio.gather(good, bad, return_exceptions=True)

    good, bad = asyncio.run(send_all())
    assert isinstance(good, list)
    assert isinstance(bad, StoreFailed)


def test_the_backlog_is_what_waits_to_be_routed(database: Database, intake: Intake) -> None:
    with database.write() as conn:
        run(conn, "INSERT INTO workspace (id, name, created_at) VALUES ('v', 'V', 0)")
    intake.accept_now([ORDER, replace(ORDER, external_id="2"), replace(ORDER, workspace="v")])
    assert intake.backlog() == 3
    assert intake.backlog("w") == 2
    assert intake.backlog("v") == 1
    assert intake.backlog(most=2) == 2
    with database.write() as conn:
        run(conn, "UPDATE event SET routed_at = 1 WHERE workspace = 'v'")
    assert (intake.backlog(), intake.backlog("v")) == (2, 0)


def test_the_backlog_is_counted_by_the_index_of_what_waits(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("a PostgreSQL table this small is scanned")
    for where in ("routed_at IS NULL", "workspace = 'w' AND routed_at IS NULL"):
        sql = f"EXPLAIN QUERY PLAN SELECT 1 FROM event WHERE {where} LIMIT 9"
        with database.read() as conn:
            plan = str(run(conn, sql).all())
        assert "ix_event_unrouted" in plan


@pytest.mark.parametrize("number", [1, 2, 63, 64, 65, 127, 200])
def test_however_many_come_together_they_keep_their_order(
    database: Database, intake: Intake, number: int
) -> None:
    receipts = intake.accept_now([replace(ORDER, external_id=str(n)) for n in range(number)])
    with database.read() as conn:
        stored = run(conn, "SELECT id, external_id FROM event ORDER BY seq").all()
    assert [tuple(row) for row in stored] == [(r.event_id, str(n)) for n, r in enumerate(receipts)]


def test_callbacks_of_one_turn_are_answered_in_their_loop(database: Database) -> None:
    bell = Bell()
    intake = Intake(database, bell)
    answers: list[list[Receipt] | Exception] = []

    def broken(_: object) -> None:
        raise ValueError("canary")

    async def send_all() -> None:
        loop, all_there = asyncio.get_running_loop(), asyncio.Event()

        def done(answer: list[Receipt] | Exception) -> None:
            assert asyncio.get_running_loop() is loop
            answers.append(answer)
            if len(answers) == 99:
                all_there.set()

        intake.submit(replace(ORDER, external_id="broken"), broken)  # and harms nobody
        for n in range(99):
            intake.submit(replace(ORDER, external_id=str(n)), done)
        await all_there.wait()

    asyncio.run(send_all())
    assert all(isinstance(answer, list) for answer in answers)
    assert bell.rung == 1
    intake.close()


class Unlucky(Database):
    """A database that commits and then says that it failed, as often as `lies` says."""

    lies = 0

    @contextmanager
    def write(self) -> Generator[Connection]:
        with super().write() as conn:
            yield conn
        if self.lies:
            self.lies -= 1
            raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk I/O error"))


@pytest.fixture
def unlucky(tmp_path: Path, database: Database) -> Iterator[Unlucky]:
    found = Unlucky.open(Settings(tmp_path, database=elsewhere()))
    assert isinstance(found, Unlucky)
    yield found
    found.close()


def test_an_event_whose_commit_only_seemed_to_fail_is_not_doubled(unlucky: Unlucky) -> None:
    intake = Intake(unlucky)
    nameless = replace(ORDER, external_id=None)
    unlucky.lies = 1
    with pytest.raises(StoreFailed):
        intake.accept_now([nameless, nameless, ORDER])
    assert count(unlucky) == 3
    intake.accept_now(nameless)
    again = [intake.accept_now(one)[0] for one in (nameless, ORDER)]
    assert [r.duplicate for r in again] == [False, True]
    assert count(unlucky) == 3  # each was sent twice and is there once
    intake.accept_now(nameless)  # and this is another one
    intake.accept_now(replace(nameless, properties={"total": 6}))
    assert count(unlucky) == 5
    intake.close()


def test_what_is_in_doubt_does_not_fill_the_memory(unlucky: Unlucky) -> None:
    intake = Intake(unlucky, doubts=2)
    events = [replace(ORDER, external_id=None, properties={"n": n}) for n in range(3)]
    unlucky.lies = 1
    with pytest.raises(StoreFailed):
        intake.accept_now(events)
    for event in events:
        intake.accept_now(event)
    assert count(unlucky) == 4  # the oldest was forgotten
    intake.close()


def test_while_the_database_is_away_a_group_is_tried_once_and_the_log_hears_it_once(
    database: Database, unlucky: Unlucky, caplog: pytest.LogCaptureFixture
) -> None:
    intake = Intake(unlucky)
    unlucky.lies = 2

    async def send_all() -> list[list[Receipt] | BaseException]:
        return await asyncio.gather(
            *(intake.accept(replace(ORDER, external_id=str(n))) for n in range(20)),
            return_exceptions=True,
        )

    for _ in range(2):
        answers = asyncio.run(send_all())
        assert all(isinstance(answer, StoreFailed) for answer in answers)
    assert unlucky.lies == 0
    assert len([r for r in caplog.records if "cannot be stored" in r.message]) == 1
    assert all(isinstance(answer, list) for answer in asyncio.run(send_all()))
    assert count(database) == 20
    intake.close()


def test_while_the_database_stalls_no_more_waits_than_fits(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stall is answered before the memory is full; what was taken up is stored when it ends."""
    stalls, goes_on = threading.Event(), threading.Event()
    transact = database.transact

    def stall(work: Any) -> Any:
        stalls.set()
        goes_on.wait(30)
        return transact(work)

    monkeypatch.setattr(database, "transact", stall)
    monkeypatch.setattr(intake_module, "MOST", 1_000)
    intake = Intake(database)
    long = replace(ORDER, properties={"text": "x" * 280})

    async def send_all() -> list[list[Receipt] | BaseException]:
        events = [replace(long, external_id=str(n)) for n in range(5)]
        first = [asyncio.create_task(intake.accept(one)) for one in events[:3]]
        while not stalls.is_set():
            await asyncio.sleep(0)
        later = (intake.accept(one) for one in events[3:])
        more = await asyncio.gather(*later, return_exceptions=True)
        goes_on.set()
        return [*await asyncio.gather(*first), *more]

    answers = asyncio.run(send_all())
    assert [isinstance(answer, StoreFailed) for answer in answers] == [False] * 3 + [True] * 2
    assert isinstance(intake.accept_now(replace(long, external_id="later"))[0], Receipt)
    assert count(database) == 4
    intake.close()
