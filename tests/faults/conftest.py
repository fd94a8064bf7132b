"""Houses to hurt, on both databases, and a look at the end that no process was left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.harness import House
from tests.faults.harness_journeys import Pattern, make_pattern
from tests.support.postgres import Server
from tests.support.program import SLOW, wait_until
from tests.support.provider import Provider
from tests.support.provider import provider as a_provider

HERE = Path(__file__).parent
INSTEAD = "instead"
MARK = "FAULTS_SESSION"  # in the environment of every process that the tests start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a fault test, with time enough. Those on PostgreSQL come last: the
    processes of pytest-xdist begin at different places, so that only some need a server."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.fault)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(240 * SLOW))
    items.sort(key=_on_postgresql)


def _on_postgresql(item: pytest.Item) -> bool:
    if HERE not in item.path.parents:
        return False
    assert isinstance(item, pytest.Function)
    params = getattr(item, "callspec", None) and item.callspec.params
    return (params or {}).get("database") == "postgresql" or "postgres_server" in item.fixturenames


@pytest.fixture
def instead(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say at the end of the run what was tried in place of the real thing, and why."""
    return lambda what: record_property(INSTEAD, what)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """What the processes of a test that failed have printed last."""
    if call.when == "teardown":
        House.latest = None
    report: Any = yield
    if report.failed and report.when == "call" and House.latest is not None:
        report.sections.append(("Parts of the house", House.latest.last_words()))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was tried instead."""
    told = [
        f"{report.nodeid.rpartition('::')[2]}: {what}"
        for report in terminalreporter.stats.get("passed", [])
        for name, what in report.user_properties
        if name == INSTEAD
    ]
    if told:
        terminalreporter.section("With fewer rights here")
        for line in told:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Every process that these tests started has ended at the end."""
    mark = os.environ[MARK] = uuid.uuid4().hex
    yield
    left: list[psutil.Process] = []

    def gone() -> bool:
        left[:] = [one for one in psutil.process_iter() if _is_ours(one, mark)]
        return not left

    try:
        wait_until(gone, 15, 0.2)
    finally:
        lines: list[str] = []
        for one in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                lines.append(f"{one.pid}: {' '.join(one.cmdline())}")
                one.kill()
        assert not lines, f"left behind: {lines}"


def _is_ours(process: psutil.Process, mark: str) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == mark
    except psutil.Error:
        return False


@pytest.fixture(scope="session")
def the_provider(nothing_left_behind: None) -> Iterator[Provider]:
    with a_provider() as running:
        yield running


@pytest.fixture
def provider(the_provider: Provider) -> Provider:
    """The counting provider, with an empty book and without rules."""
    the_provider.forget()
    return the_provider


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory, the_provider: Provider) -> Pattern:
    return make_pattern(tmp_path_factory.mktemp("pattern") / "sqlite", the_provider, None)


@pytest.fixture(scope="session")
def postgres_pattern(
    tmp_path_factory: pytest.TempPathFactory, the_provider: Provider, postgres_server: Server
) -> Pattern:
    folder = tmp_path_factory.mktemp("pattern") / "postgresql"
    return make_pattern(folder, the_provider, postgres_server)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """`sqlite`, or what the test is parametrized with (`@both`)."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def house(
    request: pytest.FixtureRequest, tmp_path: Path, provider: Provider, database: str
) -> Iterator[House]:
    """A house with its journeys published and nothing running."""
    pattern: Pattern = request.getfixturevalue(
        "sqlite_pattern" if database == "sqlite" else "postgres_pattern"
    )
    url, server = None, None
    if pattern.template is not None:
        server = request.getfixturevalue("postgres_server")
        assert isinstance(server, Server)
        url = server.url(server.create(pattern.template))
    shutil.copytree(pattern.folder, tmp_path / "data")
    made = House(tmp_path, pattern, provider, url)
    yield made
    made.close()
    if server is not None and url is not None:
        server.drop(url.rpartition("/")[2])
