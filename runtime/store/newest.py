"""The newest tables as one script for each kind of database: what a first start makes them by, in a
moment and without Alembic. The scripts are made from `runtime.store.tables` by `make tables`; tests
hold them against the migrations, which every other start goes through.
"""

from __future__ import annotations

from pathlib import Path

from runtime.store.database import HEAD, Connection, rows, run
from runtime.store.failpoints import failpoint

FOLDER = Path(__file__).parent / "migrations/newest"
_HEAD = "-- {}\n"


def create(conn: Connection) -> bool:
    """Make the tables where there are none. False where there are some, or where the program is
    told to stop at another migration than the script's: then the migrations have to run."""
    if not _is_empty(conn):
        return False
    text = _file(conn.dialect.name).read_text()
    if not text.startswith(_HEAD.format(HEAD)):
        return False
    for statement in text.split(";\n"):
        if statement.strip():
            run(conn, statement)
            failpoint("migrate.statement")
    return True


def _is_empty(conn: Connection) -> bool:
    if conn.dialect.name == "sqlite":
        return not rows(conn, "SELECT 1 FROM sqlite_master LIMIT 1")
    return not rows(conn, "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1")


def _file(dialect: str) -> Path:
    return FOLDER / f"{dialect}.sql"


# --- Making the scripts -----------------------------------------------------------------------


def script(name: str) -> str:
    """The script of `sqlite` or `postgresql`."""
    from sqlalchemy.dialects import registry
    from sqlalchemy.schema import CreateIndex, CreateTable

    from runtime.store.tables import metadata

    dialect = registry.load(name)()
    statements = [
        "CREATE TABLE alembic_version (\n\tversion_num VARCHAR(32) NOT NULL, \n"
        "\tCONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n)",
        f"INSERT INTO alembic_version (version_num) VALUES ('{HEAD}')",
    ]
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    lines = "\n".join(f"{one.strip()};" for one in statements).split("\n")
    return _HEAD.format(HEAD) + "\n".join(line.rstrip() for line in lines) + "\n"


if __name__ == "__main__":
    for dialect_name in ("sqlite", "postgresql"):
        _file(dialect_name).write_text(script(dialect_name))
