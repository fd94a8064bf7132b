"""What a new installation is given: its workspace, and the one-time token that makes the owner."""

from __future__ import annotations

import hashlib
import secrets

from runtime.store import retention
from runtime.store.database import Connection, Database, new_id, rows, run

FIRST_NAME = "My business"


def workspace(database: Database) -> None:
    """Make the default workspace when there is none."""
    with database.read() as conn:
        if rows(conn, "SELECT 1 FROM workspace LIMIT 1"):
            return

    def work(conn: Connection) -> None:
        if conn.dialect.name != "sqlite":
            run(conn, "SELECT pg_advisory_xact_lock(772300)")
        if not rows(conn, "SELECT 1 FROM workspace LIMIT 1"):
            sql = "INSERT INTO workspace (id, name, created_at) VALUES (?,?,?)"
            made, now = new_id(), database.now_us(conn)
            run(conn, sql, (made, FIRST_NAME, now))
            retention.arrange(conn, made, now)

    database.transact(work)


def has_owner(database: Database) -> bool:
    """Whether anybody has been made owner yet."""
    with database.read() as conn:
        return bool(rows(conn, "SELECT 1 FROM person LIMIT 1"))


def setup_token(database: Database) -> str | None:
    """A fresh one-time token while there is no owner; earlier ones that were not used end."""
    if has_owner(database):
        return None
    token = secrets.token_urlsafe(24)

    def work(conn: Connection) -> str | None:
        if rows(conn, "SELECT 1 FROM person LIMIT 1"):
            return None
        now = database.now_us(conn)
        run(conn, "DELETE FROM setup_link WHERE used_at IS NULL")
        sql = "INSERT INTO setup_link (token_hash, created_at) VALUES (?,?)"
        run(conn, sql, (token_hash(token), now))
        return token

    return database.transact(work)


def token_hash(token: str) -> str:
    """What is stored of a token that no one could guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
