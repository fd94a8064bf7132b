"""A disk without room: nothing is accepted, nothing is half stored, and it goes on by itself when
there is room again.

The disk is a small tmpfs where this process may mount one. As that is not allowed everywhere,
SQLite is also told, through a real connection, that its file may have no more pages: it then gives
the error of a full disk for each statement that needs one.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
from starlette.testclient import TestClient

from tests.ingest.conftest import Place
from tests.ingest.test_webhooks import problem
from tests.support.postgres import elsewhere

pytestmark = pytest.mark.skipif(
    bool(elsewhere()), reason="the disk of a server is not ours to fill"
)


class Disk(Protocol):
    """What can be filled and emptied again."""

    def fill(self) -> None: ...

    def empty(self) -> None: ...


class Small:
    """A tmpfs of its own."""

    def __init__(self, folder: Path) -> None:
        self.filler = folder / "filler"

    def fill(self) -> None:
        with self.filler.open("ab", buffering=0) as file:
            for size in (65_536, 4_096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def empty(self) -> None:
        self.filler.unlink()


class Limited:
    """SQLite's own limit; it belongs to a connection, and the pool's one writer is used again."""

    def __init__(self, place: Place) -> None:
        self.database = place.database

    def fill(self) -> None:
        self._limit(1)  # is as many as there are

    def empty(self) -> None:
        self._limit(1_000_000)

    def _limit(self, pages: int) -> None:
        with self.database.write() as conn:
            conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


@pytest.fixture(params=["tmpfs", "limit"])
def full(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Place, Disk]]:
    folder = tmp_path / "disk"
    folder.mkdir()
    with ExitStack() as later:
        if request.param == "limit":
            place = Place(folder)
            later.callback(place.database.close)
            yield place, Limited(place)
            return
        mounted = (
            os.geteuid() == 0
            and not subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=8m", "none", folder],
                check=False,
                capture_output=True,
            ).returncode
        )
        if not mounted:
            pytest.skip("no tmpfs may be mounted here")
        later.callback(subprocess.run, ["umount", "-l", folder], check=True)
        place = Place(folder)
        later.callback(place.database.close)
        yield place, Small(folder)


def test_a_full_disk_accepts_nothing_and_goes_on_by_itself(full: tuple[Place, Disk]) -> None:
    place, disk = full
    place.hook(config={"customer": "body.email"})
    large = {"email": "maya@example.com", "note": "x" * 20_000}
    with TestClient(place.app()) as client:
        assert client.post("/hooks/t", json=large).status_code == 202
        disk.fill()
        refused = 0
        while refused < 3:  # what room is left in the last pages may be used
            answer = client.post("/hooks/t", json=large)
            if answer.status_code != 202:
                found = problem(answer, 503, "unavailable")
                assert "again" in found["detail"]
                assert int(answer.headers["retry-after"]) > 0
                refused += 1
        track = client.post("/v1/track", json={"userId": "m", "event": "x", "properties": large})
        assert track.status_code == 401
        said = {"userId": "m", "event": "x", "properties": large}
        problem(client.post("/v1/track", json=said, auth=(place.write_key, "")), 503, "unavailable")
        stored = len(place.events())
        assert client.get("/healthz").status_code == 200
        disk.empty()
        assert client.post("/hooks/t", json=large).status_code == 202
    events = place.events()
    assert len(events) == stored + 1
    assert all(len(json.loads(e["properties_json"])["note"]) == 20_000 for e in events)
    with place.database.read() as conn:
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_database_that_may_not_be_written_is_said_to_be_away(place: Place) -> None:
    place.hook()
    with TestClient(place.app()) as client:
        assert client.post("/hooks/t", json={}).status_code == 202
        with place.database.write() as conn:  # the pool's one writer
            conn.exec_driver_sql("PRAGMA query_only = ON")
        answer = client.post("/hooks/t", json={})
        problem(answer, 503, "unavailable")
        with place.database._writer.connect() as conn:  # pyright: ignore[reportPrivateUsage]
            conn.exec_driver_sql("PRAGMA query_only = OFF")
        assert client.post("/hooks/t", json={}).status_code == 202
    assert len(place.events()) == 2


def test_a_database_that_cannot_be_read_is_said_to_be_away(place: Place) -> None:
    place.hook()
    with TestClient(place.app()) as client:
        with place.database.write() as conn:
            conn.exec_driver_sql("ALTER TABLE hook RENAME TO gone")
        answer = client.post("/hooks/t", json={})
        problem(answer, 503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        with place.database.write() as conn:
            conn.exec_driver_sql("ALTER TABLE gone RENAME TO hook")
        assert client.post("/hooks/t", json={}).status_code == 202
