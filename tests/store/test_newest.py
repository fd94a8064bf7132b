"""A first start makes its tables by a script: the same ones as the migrations and the code say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtime.settings import Settings
from runtime.store import migrate, newest
from runtime.store.database import Connection, Database, rows, run
from runtime.store.migrate import upgrade
from runtime.store.tables import metadata
from tests.support.postgres import Server


def schema(conn: Connection) -> dict[str, list[str]]:
    """Each table's and index's definition, clause by clause, in whatever order they were added."""
    rows = run(conn, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: clauses(sql) for name, sql in rows if name != "alembic_version"}


def clauses(sql: str) -> list[str]:
    """What stands between the commas of the outermost brackets."""
    head, _, inside = " ".join(sql.split()).partition("(")
    found, depth = [""], 1
    for letter in inside:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 1:
            found.append("")
        else:
            found[-1] += letter
    last, _, tail = found.pop().rpartition(")")
    return sorted([head.strip(), tail.strip(), *(clause.strip() for clause in [*found, last])])


def catalogue(conn: Connection) -> set[tuple[Any, ...]]:
    """Each column, index and constraint of PostgreSQL's tables."""
    columns = """SELECT 'column', table_name, column_name, data_type, character_maximum_length,
 is_nullable, column_default FROM information_schema.columns WHERE table_schema = 'public'"""
    indexes = "SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'"
    constraints = """SELECT 'constraint', conrelid::regclass::text, conname,
 pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"""
    return {tuple(row) for sql in (columns, indexes, constraints) for row in rows(conn, sql)}


def by_migrations(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Database:
    with monkeypatch.context() as patch:
        patch.setattr(newest, "create", lambda _: False)
        return Database.open(settings)


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_the_scripts_are_what_the_code_says(name: str) -> None:
    file = newest.FOLDER / f"{name}.sql"
    assert file.read_text() == newest.script(name), "run `make tables`"


def test_script_migrations_and_code_make_the_same_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = Database.open(Settings(tmp_path / "scripted"))
    migrated = by_migrations(Settings(tmp_path / "migrated"), monkeypatch)
    created = Database.open(Settings(tmp_path / "created"), migrate=False)
    with created.write() as conn:
        metadata.create_all(conn)
    with scripted.read() as one, migrated.read() as two, created.read() as three:
        assert schema(one) == schema(two) == schema(three)
        assert len(schema(one)) > 40
        version = "SELECT version_num FROM alembic_version"
        assert rows(one, version) == rows(two, version)
    for database in (scripted, migrated, created):
        database.close()


def test_they_make_the_same_tables_on_postgresql(
    postgres_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [postgres_server.create() for _ in range(2)]
    one, other = (Settings(tmp_path, database=postgres_server.url(name)) for name in names)
    scripted, migrated = Database.open(one), by_migrations(other, monkeypatch)
    with scripted.read() as conn, migrated.read() as other_conn:
        assert catalogue(conn) == catalogue(other_conn)
        assert len(catalogue(conn)) > 200
    for database, name in zip((scripted, migrated), names, strict=True):
        database.close()
        postgres_server.drop(name)


@pytest.mark.parametrize("scripted", [True, False])
def test_what_dies_midway_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripted: bool
) -> None:
    database = Database.open(Settings(tmp_path), migrate=False)
    if not scripted:
        monkeypatch.setattr(newest, "create", lambda _: False)

    def die_after_upgrading() -> None:
        with database.write() as conn:
            upgrade(conn)
            raise RuntimeError("died")

    with pytest.raises(RuntimeError, match="died"):
        die_after_upgrading()
    with database.read() as conn:
        assert run(conn, "SELECT count(*) FROM sqlite_master").scalar_one() == 0
    database.close()


def test_a_script_of_another_migration_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database.open(Settings(tmp_path), migrate=False)
    monkeypatch.setattr(newest, "HEAD", "0001")
    with database.write() as conn:
        assert not newest.create(conn)
        assert not rows(conn, "SELECT 1 FROM sqlite_master")
        migrate.upgrade(conn)
        assert rows(conn, "SELECT count(*) FROM alembic_version") == [(1,)]
    database.close()
