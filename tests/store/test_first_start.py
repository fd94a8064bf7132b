"""What a start finds done already, and what it need not load to see that."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runtime import first_start
from runtime.facade import Wayline
from runtime.settings import Settings
from runtime.store.database import Database, run

LIBRARIES = {"sqlalchemy", "alembic", "redis", "argon2", "cryptography", "reflex"}


def with_owner(settings: Settings) -> None:
    wayline = Wayline.open(settings)
    token = wayline.setup_token()
    assert token is not None
    wayline.create_owner(token, name="I", email="i@example.com", password="correct horse")
    wayline.close()


def test_only_newest_tables_and_an_owner_are_all_that_is_to_be_done(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert not first_start.done(settings)
    assert not (tmp_path / "wayline.db").exists()
    Wayline.open(settings).close()
    assert not first_start.done(settings)
    with_owner(settings)
    assert first_start.done(settings)
    assert not first_start.done(replace(settings, database="postgresql://elsewhere/wayline"))


def of_version(settings: Settings, revision: str) -> None:
    database = Database.open(settings)
    with database.write() as conn:
        run(conn, "UPDATE alembic_version SET version_num = ?", (revision,))
    database.close()


@pytest.mark.parametrize("revision", ["0001", "9999"])
def test_tables_of_another_version_are_looked_at_properly(tmp_path: Path, revision: str) -> None:
    settings = Settings(tmp_path)
    with_owner(settings)
    of_version(settings, revision)
    assert not first_start.done(settings)


def test_a_damaged_file_is_explained_by_opening_it(tmp_path: Path) -> None:
    (tmp_path / "wayline.db").write_bytes(b"this is no database" * 1000)
    assert not first_start.done(Settings(tmp_path))


def loaded(code: str, data: Path) -> set[str]:
    """The packages that this code has imported at its end."""
    tail = "\nimport json, sys; print(); print(json.dumps(sorted(sys.modules)))"
    got = subprocess.run(
        [sys.executable, "-c", code + tail, str(data)], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(got.stdout.splitlines()[-1])}


def test_a_usual_start_loads_no_library_to_see_that_all_is_done(tmp_path: Path) -> None:
    with_owner(Settings(tmp_path))
    code = "import os, sys\nos.environ['WAYLINE_DATA'] = sys.argv[1]\n"
    found = loaded(code + "from runtime.first_start import main\nassert main() == 0", tmp_path)
    assert not found & LIBRARIES


def test_the_supervisor_loads_no_library(tmp_path: Path) -> None:
    assert not loaded("import runtime.cli.serve, runtime.supervisor", tmp_path) & LIBRARIES


def test_where_nothing_is_to_migrate_nothing_for_it_is_loaded(tmp_path: Path) -> None:
    code = """import sys
from pathlib import Path
from runtime.facade import Wayline
from runtime.settings import Settings
Wayline.open(Settings(Path(sys.argv[1]))).close()
"""
    assert "alembic" not in loaded(code, tmp_path)  # the tables are made by a script
    assert "alembic" not in loaded(code, tmp_path)
    of_version(Settings(tmp_path), "9999")
    assert "alembic" in loaded(code, tmp_path)
