"""A workspace with a live webhook journey, its keys, and the intake in front of it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from starlette.testclient import TestClient

from runtime import keys
from runtime.ingest.app import Ingest, create_app
from runtime.settings import Settings
from runtime.store.database import Database, run
from tests.support.postgres import elsewhere
from tests.support.tables import tables

ROOT = Path(__file__).resolve().parents[2]
NOW = 1_772_442_000.0  # 2026-03-02T09:00:00Z


class Bell:
    """A doorbell that counts."""

    def __init__(self) -> None:
        self.rung = 0
        self.there = True

    def ring(self) -> None:
        self.rung += 1

    def reachable(self) -> bool:
        return self.there


class Place:
    """A database with one workspace, and helpers that write what the studio would."""

    def __init__(self, data: Path, database: str | None = None) -> None:
        self.settings = Settings(data, database=database or elsewhere())
        tables(self.settings)
        self.database = Database.open(self.settings)
        self.bell = Bell()
        self.secrets: dict[str, dict[str, Any]] = {}
        with self.database.write() as conn:
            run(conn, "INSERT INTO workspace (id, name, created_at) VALUES ('w', 'W', 0)")
            self.write_key = keys.create(conn, "w", "write", "site", key_id="k1", at=0)
            self.manage_key = keys.create(conn, "w", "manage", "api", key_id="k2", at=0)

    def app(self, **more: Any) -> Ingest:
        """The intake; its clock stands at NOW, and credentials open to `secrets`."""
        given: dict[str, Any] = {
            "now": lambda: NOW,
            "opener": lambda _workspace, name, _sealed: self.secrets[name],
            **more,
        }
        database = given.pop("database", self.database)
        return create_app(self.settings, database, self.bell, **given)

    def hook(
        self,
        token: str = "t",
        config: Mapping[str, Any] | None = None,
        *,
        state: str = "live",
        node: str = "form",
        published: bool = True,
    ) -> str:
        """A journey whose one webhook trigger has this address; gives the journey's id."""
        journey, version = f"j-{token}", f"v-{token}"
        document = {"nodes": [{"id": node, "type": "trigger.webhook", "config": config or {}}]}
        with self.database.write() as conn:
            run(
                conn,
                "INSERT INTO journey (id, workspace, slug, name, draft_at, state, live_version,"
                " created_at) VALUES (?, 'w', ?, 'J', 0, ?, ?, 0)",
                (journey, journey, state, version if published else None),
            )
            run(
                conn,
                "INSERT INTO journey_version (id, workspace, journey, number, hash, document_json,"
                " published_at) VALUES (?, 'w', ?, 1, '', ?, 0)",
                (version, journey, json.dumps(document)),
            )
            run(
                conn,
                "INSERT INTO hook (token, workspace, journey, node, created_at)"
                " VALUES (?, 'w', ?, 'form', 0)",
                (token, journey),
            )
        return journey

    def secret(self, name: str, secret: dict[str, Any], kind: str = "hook") -> None:
        """A credential."""
        self.secrets[name] = secret
        with self.database.write() as conn:
            run(
                conn,
                "INSERT INTO credential (id, workspace, name, kind, sealed, created_at, updated_at)"
                " VALUES (?, 'w', ?, ?, ?, 0, 0)",
                (name, name, kind, b"\0"),
            )

    def work_on(self, document: dict[str, Any]) -> None:
        """Save and publish a journey, by the management API."""
        headers = {"authorization": f"Bearer {self.manage_key}"}
        with TestClient(self.app(), headers=headers) as client:
            saved = client.post("/api/journeys", json=document)
            assert saved.status_code == 201, saved.text
            published = client.post(f"/api/journeys/{saved.json()['slug']}/publish")
            assert published.status_code == 200, published.text

    def hook_path(self, slug: str) -> str:
        """The path of the one webhook of a journey."""
        sql = "SELECT token FROM hook h JOIN journey j ON j.id = h.journey WHERE j.slug = ?"
        with self.database.read() as conn:
            return f"/hooks/{run(conn, sql, (slug,)).scalar_one()}"

    def events(self, token: str | None = None) -> list[dict[str, Any]]:
        """The stored events in their order (of one webhook), JSON parsed."""
        sql = "SELECT * FROM event WHERE source LIKE ? ORDER BY seq"
        with self.database.read() as conn:
            rows = run(conn, sql, (f"hook:{token}" if token else "%",)).mappings().all()
        return [
            {
                **row,
                "properties": json.loads(row["properties_json"]),
                "who": row["who_json"] and json.loads(row["who_json"]),
            }
            for row in rows
        ]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def client(place: Place) -> Iterator[TestClient]:
    with TestClient(place.app()) as made:
        yield made


@dataclass
class Server:
    """The intake as a process of its own."""

    port: int
    process: subprocess.Popen[str]

    def post(
        self, path: str, body: bytes, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, object]]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def resident(self) -> int:
        """Bytes of memory."""
        return psutil.Process(self.process.pid).memory_info().rss


@contextmanager
def serving(place: Place) -> Iterator[Server]:
    """The intake of this place in a process of its own, ended afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ingest.serve", str(place.settings.data)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": place.settings.database or ""},
    )
    assert process.stdout is not None
    try:
        yield Server(int(process.stdout.readline()), process)
    finally:
        process.terminate()
        process.wait(15)
        process.stdout.close()
