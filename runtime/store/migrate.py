"""Brings the tables to the newest form in one transaction: where there are none by a script, else
by Alembic, which is imported where there is something to migrate: most starts find all current."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, event

from runtime.store.failpoints import failpoint

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

log = logging.getLogger("wayline.store")

FOLDER = Path(__file__).parent / "migrations"


def scripts() -> ScriptDirectory:
    """The migrations there are."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(FOLDER))


def upgrade(conn: Connection) -> None:
    """Run what is missing, all or nothing. Of several processes that open a database at once, one
    migrates and the others wait (SQLite: by the ticket of the caller's write transaction)."""
    if conn.dialect.name != "sqlite":
        conn.exec_driver_sql("SELECT pg_advisory_xact_lock(7723001)")
    if _is_current(conn):  # by another process that was quicker
        return
    from runtime.store import newest

    if newest.create(conn):
        failpoint("migrate.before_commit")
        return
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    script = scripts()
    found = MigrationContext.configure(conn).get_current_revision()
    if found is not None and all(found != one.revision for one in script.walk_revisions()):
        # Old and new processes may run side by side: a newer program only adds to the tables
        # until the last old one has gone.
        log.warning("The tables are of a newer version (%s); this program works on them.", found)
        return

    def steps(revision: Any, _: MigrationContext) -> Any:
        return script._upgrade_revs("head", revision)  # pyright: ignore[reportPrivateUsage]

    event.listen(conn, "after_cursor_execute", lambda *_: failpoint("migrate.statement"))
    context = MigrationContext.configure(conn, opts={"fn": steps, "transactional_ddl": True})
    with Operations.context(context):
        context.run_migrations()
    failpoint("migrate.before_commit")


def _is_current(conn: Connection) -> bool:
    from runtime.store import database

    name = "sqlite_master" if conn.dialect.name == "sqlite" else "pg_tables"
    column = "name" if conn.dialect.name == "sqlite" else "tablename"
    there = database.rows(conn, f"SELECT 1 FROM {name} WHERE {column} = 'alembic_version'")
    if not there:
        return False
    return database.rows(conn, "SELECT version_num FROM alembic_version") == [(database.HEAD,)]
