"""Brings the tables to the newest form, by Alembic, in one transaction."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

log = logging.getLogger("wayline.store")

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
    found = MigrationContext.configure(conn).get_current_revision()
    if found is not None and all(found != one.revision for one in script.walk_revisions()):
        # Old and new processes may run side by side: a newer program only adds to the tables
        # until the last old one has gone.
        log.warning("The tables are of a newer version (%s); this program works on them.", found)
        return

    def steps(revision: Any, _: MigrationContext) -> Any:
        return script._upgrade_revs("head", revision)  # pyright: ignore[reportPrivateUsage]

    context = MigrationContext.configure(conn, opts={"fn": steps, "transactional_ddl": True})
    with Operations.context(context):
        context.run_migrations()
