"""Brings the tables to the newest form, by Alembic, in one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

FOLDER = Path(__file__).parent / "migrations"


def scripts() -> ScriptDirectory:
    """The migrations there are."""
    return ScriptDirectory(str(FOLDER))


def upgrade(conn: Connection) -> None:
    """Run what is missing, all or nothing. Of several processes that open a database at once, one
    migrates and the others wait (SQLite: by the ticket of the caller's write transaction)."""
    if conn.dialect.name != "sqlite":
        conn.exec_driver_sql("SELECT pg_advisory_xact_lock(7723001)")
    script = scripts()

    def steps(revision: Any, _: MigrationContext) -> Any:
        return script._upgrade_revs("head", revision)  # pyright: ignore[reportPrivateUsage]

    context = MigrationContext.configure(conn, opts={"fn": steps, "transactional_ddl": True})
    with Operations.context(context):
        context.run_migrations()
