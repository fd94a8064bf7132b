from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.settings import Settings
from runtime.store.database import Database, run
from tests.work.house import House, elsewhere


@pytest.fixture(autouse=True)
def empty_elsewhere(tmp_path: Path) -> None:
    """Every test begins with an empty database on PostgreSQL, too."""
    if elsewhere():
        database = Database.open(Settings(tmp_path, database=elsewhere()), migrate=False)
        with database.write() as conn:
            run(conn, "DROP SCHEMA public CASCADE")
            run(conn, "CREATE SCHEMA public")
        database.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()
