"""All tables and nothing in them, made once: bringing them about costs as much as many a test."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from runtime.settings import Settings
from runtime.store.database import Database


def tables(settings: Settings) -> None:
    """Put them into the data folder, where SQLite is to be used and nothing is there yet."""
    file = settings.data / "wayline.db"
    if settings.database is None and not file.exists():
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(_made())


@cache
def _made() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        Database.open(Settings(Path(folder))).close()
        return (Path(folder) / "wayline.db").read_bytes()
