"""36 to 38: a new program on an old program's tables, both beside each other, and a migration that
is killed on its way."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import inspect

from runtime.store.database import HEAD
from runtime.store.migrate import FOLDER
from tests.faults.harness import House, both, on_both
from tests.faults.harness_books import Watch, reconcile
from tests.faults.harness_senders import Sender, message
from tests.faults.old_house import (
    JOURNEYS,
    MATCHING,
    RUNS,
    OldHouse,
    old_house,
    old_program,
    record,
)
from tests.support.program import wait_until

__all__ = ["old_house"]

copies = pytest.mark.parametrize("number", [4, pytest.param(50, marks=pytest.mark.slow)])


def api(house: House, key: str, method: str, path: str, **more: Any) -> Any:
    """Ask the API; it must go well."""
    answer = httpx.request(
        method,
        house.url + path,
        headers={"authorization": f"Bearer {key}"},
        timeout=60,
        trust_env=False,
        verify=False,
        **more,
    )
    assert answer.status_code < 300, answer.text
    return answer.json()


def pay(house: OldHouse, *orders: str) -> None:
    """The customers of these orders pay."""
    who = {post.id: post.customer for post in house.posts}
    sender = Sender(house)
    try:
        for one in orders:
            payment = message(f"payment of {one}", None, {"email": who[one]}, house.paid)
            payment.customer = who[one]
            sender.deliver(payment)
    finally:
        sender.hang_up()


def sent(house: House) -> dict[str, int]:
    """How often each path of the provider was called."""
    found: dict[str, int] = {}
    for one in house.provider.book():
        found[one.path] = found.get(one.path, 0) + 1
    return found


@both
@copies
def test_36_upgrade_with_waiting_runs(old_house: OldHouse, number: int) -> None:
    """36: the old program left 80 runs (`make faults`: 1,000) that wait for an instant, an event, a
    person, or their provider. The new one brings the tables up, and each goes on from where it
    stands, once, when it is due, and by the version it started with, although another is live
    meanwhile. (They wait for a day, whose end is moved to when everything else is done.)"""
    house, runs = old_house, number * RUNS
    house.furnish(number)
    assert house.rows("SELECT version_num FROM alembic_version") == [("0001",)]
    house.own_redis()
    house.ingest()
    assert house.rows("SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert house.one("SELECT count(*) FROM run WHERE status = 'waiting'") == runs
    with Watch(house, every=1.0):
        worker = house.worker()
        key = house.command("key", "create").strip()
        old = api(house, key, "GET", "/api/journeys/patience")["document"]
        text = json.dumps(old).replace("/reminded", "/by-the-new-version").replace("P2D", "PT1S")
        api(house, key, "PUT", "/api/journeys/patience", json=json.loads(text))
        assert api(house, key, "POST", "/api/journeys/patience/publish")["version"] == 2
        asked = api(house, key, "GET", "/api/approvals")["approvals"][:3]
        for one in asked:
            api(house, key, "POST", f"/api/approvals/{one['id']}", json={"decision": "approve"})
        pay(house, "old-0-0", "old-3-1")
        house.post("new")
        wait_until(lambda: sent(house).get("/called") == number * 5 + 1, 60)
        assert not {"/reminded", "/expired", "/unpaid"} & set(sent(house))
        house.end_waits()
        found = reconcile(house, journeys=MATCHING, waiting=2)
    late = [one for one in house.provider.book() if one.path in ("/reminded", "/unpaid")]
    assert all(one.at >= house.ends for one in late)
    assert sent(house) == {
        "/called": number * 5 + 1,
        "/reminded": number * 5,
        "/by-the-new-version": 1,
        "/approved": 3,
        "/expired": number * 5 - 3,
        "/paid": 2,
        "/unpaid": number * 5 - 2,
    }
    assert not found.twice
    assert worker.alive


def pretend_older(house: House, folder: Path) -> dict[str, str]:
    """The environment in which the program knows of the first migration only."""
    (folder / "versions").mkdir(parents=True)
    for one in (*FOLDER.glob("*.*"), *FOLDER.glob("versions/0001_*.py")):
        shutil.copy(one, folder / one.relative_to(FOLDER))
    (folder / "sitecustomize.py").write_text(
        f"""from pathlib import Path
from runtime.store import database, migrate
database.HEAD = "0001"
migrate.FOLDER = Path({str(folder)!r})
"""
    )
    return {"PYTHONPATH": str(folder)}


@on_both(quick="postgresql")
def test_37_a_program_that_knows_older_tables_works_on_newer_ones(
    house: House, tmp_path: Path
) -> None:
    """37: this program, told that the first migration is the newest there is, is started again and
    again on newer tables beside processes that know better: it says so, leaves the tables as they
    are and does its part. (That what it knows of the tables is newer than an old program's is
    what the next two tests are for.)"""
    older = pretend_older(house, tmp_path / "older")
    house.own_redis()
    house.ingest()
    with Watch(house):
        house.worker("new")
        old = house.worker("old", **older)
        house.post(*range(10))
        wait_until(lambda: "newer version" in old.printed(), 60)
        wait_until(lambda: sent(house).get("/told") == 10, 60)
        assert house.parts["new"].stop() == 0
        house.post(*range(10, 20))
        wait_until(lambda: sent(house).get("/told") == 20, 60)
        assert old.stop() == 0
        house.parts["ingest"].stop()
        house.ingest(**older)
        house.worker("old again", **older)
        house.worker("new again")
        house.post(*range(20, 30))
        found = reconcile(house)
    assert not found.twice
    assert house.rows("SELECT version_num FROM alembic_version") == [(HEAD,)]


@on_both(quick=None)
def test_37_rows_of_both_programs_in_both_directions(old_house: OldHouse) -> None:
    """37: the migration only adds, and what it adds fills itself, so that an old program's rows can
    still be written: the recorded ones are, into the new tables, and are carried on. And what the
    new one writes holds nothing that the old one would not read: keys and kinds of the state,
    states of runs, effects and signals."""
    house = old_house
    house.furnish(1)
    database = house.open()
    with database.read() as conn:
        looked = inspect(conn)
        before = {
            name: {c["name"] for c in looked.get_columns(name)} for name in looked.get_table_names()
        }
    database.close()
    house.own_redis()
    house.ingest()
    database = house.open()
    with database.write() as conn:
        looked = inspect(conn)
        for name, columns in before.items():
            now = {c["name"]: c for c in looked.get_columns(name)}
            assert columns <= set(now)
            for column in set(now) - columns:
                assert now[column]["nullable"] or now[column]["default"] is not None, column
        house.add_copy(conn, 1)  # by an old process that has not noticed
    database.close()
    house.worker()
    house.post(*range(3))
    wait_until(lambda: sent(house).get("/called") == 13, 60, 0.2)
    states = house.rows("SELECT state_json FROM run WHERE ended_at IS NULL OR status = 'failed'")
    assert states  # of the others nobody reads it again
    for (text,) in states:
        assert set(json.loads(text)) <= KEYS
        for token in json.loads(text).get("tokens", ()):
            assert len(token) <= 9
            assert token[3] in KINDS
    assert {one for (one,) in house.rows("SELECT state FROM outbox")} <= STATES
    house.end_waits()
    found = reconcile(house, journeys=MATCHING, waiting=3 * 3)
    assert not found.twice


KEYS = {
    *("v", "id", "trigger", "entry", "started", "status", "next", "moves", "visits"),
    *("reason", "tokens", "outputs", "joins"),
}  # fmt: skip
KINDS = {None, "time", "event", "approval", "effect", "join"}
STATES = {"pending", "sending", "done", "dead", "unknown", "dropped"}


@pytest.mark.slow
@both
def test_37_old_and_new_processes_together(old_house: OldHouse, tmp_path: Path) -> None:
    """37, where the checkout has its history: processes of the program as it was before the
    migration have the tables open when the new ones migrate them, and both take in and carry on
    what comes. Then the old ones are killed, and the new ones finish what they had begun."""
    old = old_program(tmp_path / "program")
    if old is None:
        pytest.skip("this checkout has no history to take the old program from")
    house = old_house
    house.furnish(2)
    house.own_redis()
    house.ingest(**old)
    before = house.worker("before", **old)
    with Watch(house):
        house.post(*range(5))
        wait_until(lambda: sent(house).get("/called", 0) >= 15, 60)
        assert house.rows("SELECT version_num FROM alembic_version") == [("0001",)]
        house.worker("after")
        wait_until(lambda: house.one("SELECT version_num FROM alembic_version") == HEAD, 60)
        sender = house.sending(*range(5, 40), every=0.1)
        sender.finish()
        pay(house, "old-0-0", "old-3-1", "7")
        assert before.alive
        before.kill()
        house.parts["ingest"].stop()
        house.ingest()
        house.post(*range(40, 45))
        house.end_waits()
        found = reconcile(house, journeys=MATCHING, waiting=45 * 3 - 1)
    assert len(found.events) == 10 + 45 + 3
    assert "Traceback" not in before.printed()


def shape(house: OldHouse) -> dict[str, Any]:
    """The tables with their columns and indexes."""
    database = house.open()
    try:
        with database.read() as conn:
            looked = inspect(conn)
            return {
                name: (
                    sorted(c["name"] for c in looked.get_columns(name)),
                    sorted(str(i["name"]) for i in looked.get_indexes(name)),
                )
                for name in looked.get_table_names()
            }
    finally:
        database.close()


@on_both(quick="postgresql")
def test_38_migration_killed_midway(old_house: OldHouse) -> None:
    """38: killed after its first statement, in the middle and before its commit, the migration has
    changed nothing; the next to open the database does it whole, and old runs go on."""
    house = old_house
    house.furnish(1)
    before = shape(house)
    for place in ("migrate.statement:2", "migrate.statement:12", "migrate.before_commit"):
        doomed = house.start("worker", name=place, WAYLINE_FAILPOINT=place)
        assert doomed.wait_dead(60) == -signal.SIGKILL
        assert shape(house) == before
        assert house.rows("SELECT version_num FROM alembic_version") == [("0001",)]
    house.own_redis()
    with Watch(house):
        house.ingest()
        assert house.rows("SELECT version_num FROM alembic_version") == [(HEAD,)]
        after = shape(house)
        assert set(before) < set(after)
        house.worker()
        wait_until(lambda: sent(house).get("/called") == 5, 60)
        house.end_waits()
        found = reconcile(house, journeys=MATCHING)
    assert len(found.runs) == RUNS == len(record()["tables"]["run"]["rows"])
    assert {run.status for run in found.runs} == {"completed"}
    assert len(JOURNEYS) * 5 == RUNS
