"""The databases that the benches run on: SQLite, and a PostgreSQL server of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.support import postgres

BOTH = ("sqlite", "postgres")
SETTINGS = {"shared_buffers": "128MB"}  # PostgreSQL's own default

Servers = dict[str, postgres.Server | None]


@contextmanager
def servers(names: Sequence[str]) -> Iterator[Servers]:
    """{name: the server, None for SQLite} of each, ended afterwards."""
    if "postgres" not in names:
        yield dict.fromkeys(names)
        return
    with postgres.server(**SETTINGS) as running:
        yield {name: running if name == "postgres" else None for name in names}
