"""What all tables are made of.

Instants are BIGINT microseconds since 1970 UTC (`…_at`); ids are time-ordered texts (`new_id`);
JSON is text written by orjson (`…_json`), parsed where it is needed and never by the database on
hot paths.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Text, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(40)
Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself


def own_id() -> Column[str]:
    """The row's own id."""
    return Column("id", Id, primary_key=True)


def of_workspace() -> Column[str]:
    """The workspace that the row belongs to."""
    return Column("workspace", Id, ForeignKey("workspace.id"), nullable=False)


def at(name: str, *, nullable: bool = False) -> Column[int]:
    """An instant."""
    return Column(name, BigInteger, nullable=nullable)


def json_text(name: str, *, nullable: bool = False, default: str | None = "{}") -> Column[str]:
    """JSON, as text."""
    return Column(name, Text, nullable=nullable, server_default=None if nullable else default)


def index_where(where: str, name: str, *columns: str) -> Index:
    """An index of those rows only of which this is true."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
