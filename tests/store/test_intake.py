"""The intake: one row for each event, and the same answer for the same event."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.settings import Settings
from runtime.store.database import Database, StoreFailed, run
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


def test_the_backlog_is_what_waits_to_be_routed(intake: Intake) -> None:
    intake.accept_now([ORDER, replace(ORDER, external_id="2")])
    assert intake.backlog() == 2
