"""For all tests: no deadline for a single example, because a busy machine is not a wrong answer;
every test as a whole has its hard timeout. And the second database: a PostgreSQL server that runs
while anything asks for it, and, when the suites are to run there, a database for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from runtime.settings import Settings
from runtime.store.database import Database
from tests.support import postgres

settings.register_profile("wayline", deadline=None)
settings.load_profile("wayline")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server for tests that do not stop it."""
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def one_chromium(pytestconfig: pytest.Config) -> Iterator[None]:
    """One for all tests of a process, when nothing but browser tests runs there."""
    if pytestconfig.option.markexpr != "browser":
        yield
        return
    from tests.support.chromium import kept_chromium

    with kept_chromium():
        yield


@pytest.fixture(scope="session")
def database_elsewhere(request: pytest.FixtureRequest) -> str | None:
    """The PostgreSQL database that the suites run on, if they do."""
    named = os.environ.get(postgres.CHOICE)
    if not named:
        return None
    if named != "postgresql":
        Database.open(Settings(Path(), database=named)).close()  # makes the tables
        return named
    server: postgres.Server = request.getfixturevalue("postgres_server")
    return server.fresh()


@pytest.fixture(autouse=True)
def database_of_the_test(database_elsewhere: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, too, every test begins with all tables and nothing in them."""
    if database_elsewhere:
        postgres.empty(database_elsewhere)
        monkeypatch.setenv(postgres.HERE, database_elsewhere)


@pytest.fixture(scope="module")
def database_of_the_module(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """For a module whose tests share one: the URL of an empty PostgreSQL database with all tables,
    when they are to run there."""
    if os.environ.get(postgres.CHOICE) != "postgresql":
        yield os.environ.get(postgres.CHOICE) or None  # that of the tests, emptied before each
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    url = server.fresh()
    yield url
    server.drop(url.rpartition("/")[2])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL leave out what is about SQLite itself. And `make` finds the files with service
    and browser tests by the words of their marks: they have to stand there."""
    for name in ("service", "browser"):
        files = {one.path for one in items if one.get_closest_marker(name)}
        hidden = [str(file) for file in files if f"mark.{name}" not in file.read_text()]
        if hidden:
            raise pytest.UsageError(f"make leaves out {hidden}: write pytest.mark.{name} there")
    drives = {"browser", "editor"}  # the fixtures that open a browser
    unmarked = {
        str(one.path)
        for one in items
        if drives & set(getattr(one, "fixturenames", ())) and not one.get_closest_marker("browser")
    }
    if unmarked:
        raise pytest.UsageError(f"These drive a browser and do not say so: {sorted(unmarked)}")
    if postgres.wanted():
        left_out = [one for one in items if one.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [one for one in items if one not in left_out]
