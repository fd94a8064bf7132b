"""For all tests: no deadline for a single example, because a busy machine is not a wrong answer;
every test as a whole has its hard timeout. And the second database: a PostgreSQL server that runs
while anything asks for it, and, when the suites are to run there, a database for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support import postgres

settings.register_profile("wayline", deadline=None)
settings.load_profile("wayline")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server for tests that do not stop it."""
    with postgres.server() as server:
        yield server


@pytest.fixture(autouse=True)
def database_of_the_test(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """On PostgreSQL every test begins with all tables and nothing in them."""
    if not postgres.wanted():
        yield
        return
    named = os.environ[postgres.CHOICE]
    if named != "postgresql":
        url = named
        postgres.empty(url)
        monkeypatch.setenv(postgres.HERE, url)
        yield
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    url = server.fresh()
    monkeypatch.setenv(postgres.HERE, url)
    yield
    server.drop(url.rpartition("/")[2])


@pytest.fixture(scope="module")
def database_of_the_module(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """For a module whose tests share one: the URL of an empty PostgreSQL database with all tables,
    when they are to run there."""
    if os.environ.get(postgres.CHOICE) != "postgresql":
        yield os.environ.get(postgres.CHOICE) or None
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    url = server.fresh()
    yield url
    server.drop(url.rpartition("/")[2])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL leave out what is about SQLite itself."""
    if postgres.wanted():
        left_out = [one for one in items if one.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [one for one in items if one not in left_out]
