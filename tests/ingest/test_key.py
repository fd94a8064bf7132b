"""`wayline key create`: a key that works, whether the program runs or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from runtime import keys
from runtime.cli import main
from runtime.ingest import create_app
from runtime.settings import Settings
from runtime.store.database import Database, run
from tests.ingest.conftest import Bell, Place
from tests.support.postgres import elsewhere


def test_a_management_key_opens_the_api_and_a_write_key_the_tracking(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if elsewhere():
        monkeypatch.setenv("DATABASE_URL", str(elsewhere()))
    given = ["--data", str(tmp_path)]
    assert main(["key", "create", *given]) == 0
    manage = capsys.readouterr().out.strip()
    assert main(["key", "create", "--write", "--name", "shop", *given]) == 0
    write = capsys.readouterr().out.strip()
    settings = Settings(tmp_path, database=elsewhere())
    database = Database.open(settings)
    try:
        with TestClient(create_app(settings, database, Bell())) as client:
            bearer = {"authorization": f"Bearer {manage}"}
            assert client.get("/api/journeys", headers=bearer).json() == {"journeys": []}
            said = {"userId": "maya", "event": "x"}
            assert client.post("/v1/track", json=said, auth=(write, "")).status_code == 200
        with database.read() as conn:
            stored = run(conn, "SELECT * FROM api_key").mappings().all()
        assert {row["name"] for row in stored} == {"command line", "shop"}
        for row in stored:
            assert manage not in str(row.values())
            assert write not in str(row.values())
    finally:
        database.close()


def test_a_wrong_use_of_the_command_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key"]) == 2
    assert main(["key", "create", "--colour"]) == 2
    assert "usage" in capsys.readouterr().err


def test_a_key_is_only_known_as_what_it_is(place: Place) -> None:
    with place.database.read() as conn:
        assert keys.verify(conn, place.write_key, "write") is not None
        assert keys.verify(conn, place.write_key, "manage") is None
        assert keys.verify(conn, place.manage_key.replace("manage", "write"), "write") is None
        assert keys.verify(conn, "", "write") is None
        assert keys.verify(conn, "wl_write_\ud800", "write") is None


def test_no_two_keys_are_alike_and_the_hint_tells_little() -> None:
    one, two = keys.new_token("write"), keys.new_token("write")
    assert one != two
    assert one.startswith("wl_write_")
    assert len(one) < keys.LONGEST
    assert keys.hint(one) == "…" + one[-4:]
