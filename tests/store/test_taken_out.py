"""What is taken out for good stands in no file of SQLite any more: not in the database, not in its
log. The tests read the bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runtime.cli import main
from runtime.settings import Settings
from runtime.store.database import Database, run
from tests.facade.conftest import Place
from tests.work.house import House
from tests.work.test_erase import CANARY, ask, customer, done, finish, open_house, order

SECRET = "sk-live-4711"
BUSY = 0.0  # seconds of patience where somebody reads until the test ends


def standing(folder: Path, what: str) -> dict[str, int]:
    """How often it stands in each file."""
    found = {f.name: f.read_bytes().count(what.encode()) for f in folder.rglob("*") if f.is_file()}
    return {name: n for name, n in found.items() if n}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.close()


def typed(place: Place) -> str:
    """A draft into which a secret was typed again and again, and of which none is left now."""
    slug = place.studio.new_journey("Mine")
    for n in range(60):
        about = f"{SECRET} {n} " + "x" * 9_000 if n < 50 else "Nothing"
        place.studio.edit(slug, n + 1, [{"op": "doc.set", "about": about}])
    return slug


def test_a_history_that_is_forgotten_stands_in_no_file(place: Place) -> None:
    slug = typed(place)
    assert "wayline.db-wal" in standing(place.settings.data, SECRET)
    assert place.studio.forget_history(slug).clean
    assert standing(place.settings.data, SECRET) == {}


def test_a_customer_who_is_erased_stands_in_no_file(tmp_path: Path) -> None:
    house = House(tmp_path)
    open_house(house)
    order(house, "x" * 9_000)
    house.drain()
    who = customer(house)
    assert "wayline.db-wal" in standing(tmp_path, CANARY)
    ask(house, who)
    finish(house)
    assert done(house, who)
    assert standing(tmp_path, CANARY) == {}
    house.close()


def test_an_erasure_is_not_done_before_the_log_is_empty(tmp_path: Path) -> None:
    house = House(tmp_path)
    open_house(house)
    order(house)
    house.drain()
    who = customer(house)
    with house.database.read() as conn:
        assert run(conn, "SELECT 1 FROM customer").all()  # its view holds the log
        ask(house, who)
        finish(house)
        assert not done(house, who)
    house.now += 60_000_000
    finish(house)
    assert done(house, who)
    assert standing(tmp_path, CANARY) == {}
    house.close()


def test_who_reads_all_the_time_is_told_of(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slug = typed(place)
    monkeypatch.setattr("runtime.store.retention.PATIENCE", BUSY)
    data = str(place.settings.data)
    with place.database.read() as conn:
        assert run(conn, "SELECT 1 FROM journey").all()
        assert main(["retain", "--history", slug, "--data", data]) == 0
        assert "wayline doctor --compact" in capsys.readouterr().out
    assert "wayline.db-wal" in standing(place.settings.data, SECRET)
    assert main(["retain", "--history", slug, "--data", data]) == 0  # once more mends it
    assert "wayline doctor --compact" not in capsys.readouterr().out
    assert standing(place.settings.data, SECRET) == {}


def test_a_file_that_cannot_shrink_by_itself_is_overwritten(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "wayline.db")) as old:  # as those of before were made
        old.execute("PRAGMA auto_vacuum = NONE")
        old.execute("CREATE TABLE older (id INTEGER)")
        old.commit()
    place = Place(tmp_path)
    assert place.studio.forget_history(typed(place)).clean
    assert standing(tmp_path, SECRET) == {}
    place.close()


def test_the_log_is_emptied_while_others_have_it_open(tmp_path: Path) -> None:
    one, other = Database.open(Settings(tmp_path)), Database.open(Settings(tmp_path))
    with other.write() as conn:
        run(conn, "INSERT INTO workspace (id, name, created_at) VALUES ('w', 'W', 0)")
    assert (tmp_path / "wayline.db-wal").stat().st_size > 0
    assert one.empty_log(BUSY)
    assert (tmp_path / "wayline.db-wal").stat().st_size == 0
    with one.read() as conn:
        assert run(conn, "SELECT id FROM workspace").all() == [("w",)]
    one.close()
    other.close()
