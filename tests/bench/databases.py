"""The databases that the benches run on: SQLite, and a PostgreSQL server of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.bench.starting import Server


@contextmanager
def servers(names: Sequence[str]) -> Iterator[dict[str, Server | None]]:
    """{name: the server, None for SQLite} of each, ended afterwards."""
    if "postgres" not in names:
        yield dict.fromkeys(names)
        return
    raise SystemExit("PostgreSQL is not here yet")
