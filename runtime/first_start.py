"""Brings the database to the newest tables and prints {"token": …} for the one-time link (null
when there is an owner). A process of its own, so that the supervisor stays small. Most starts find
everything done, and that is seen without the libraries, whose import takes a second.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing

from runtime.settings import Settings, from_environment
from runtime.store import HEAD


def main() -> int:
    """Exit code 1 and a sentence when the database cannot be opened."""
    settings = from_environment()
    if done(settings):
        print(json.dumps({"token": None}))
        return 0
    from runtime.store import first
    from runtime.store.database import Database

    try:
        database = Database.open(settings)
        first.workspace(database)
        print(json.dumps({"token": first.setup_token(database)}))
    except Exception as error:
        print(f"wayline: {explain(error)}", file=sys.stderr)
        return 1
    return 0


def done(settings: Settings) -> bool:
    """Whether SQLite's tables are the newest and there is an owner. False as well when this cannot
    be seen: opening the database properly will tell why."""
    path = settings.data / "wayline.db"
    if settings.database or not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=1)) as look:
            look.execute("PRAGMA query_only = ON")
            found = look.execute("SELECT version_num FROM alembic_version").fetchall()
            return found == [(HEAD,)] and bool(look.execute("SELECT 1 FROM person").fetchone())
    except sqlite3.Error:
        return False


def explain(error: BaseException) -> str:
    """What went wrong with the data, as a sentence with its remedy."""
    text = f"{error} {getattr(error, 'orig', '')}".lower()
    if "no space" in text or "disk is full" in text or "enospc" in text:
        return "The disk is full: make room, then start again."
    if "readonly" in text or "read-only" in text or "permission" in text:
        return "The data folder cannot be written: make it writable, or choose another by --data."
    if "could not parse" in text:
        return "DATABASE_URL cannot be read: write it like postgresql://user:password@host/name."
    if "connection" in text or "could not translate" in text:
        return "The database of DATABASE_URL cannot be reached: start it, or correct the address."
    if "not a database" in text or "malformed" in text:
        return "The file wayline.db is damaged: bring a backup back by `wayline restore`."
    return f"The database cannot be opened ({type(error).__name__}): see `wayline doctor`."


if __name__ == "__main__":
    sys.exit(main())
