"""The outside, unruly, in processes of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.unruly import Unruly, unruly


@pytest.fixture(scope="session")
def server() -> Iterator[Unruly]:
    with unruly() as running:
        yield running


@pytest.fixture
def outside(server: Unruly) -> Unruly:
    """The unruly server, with an empty memory."""
    server.forget()
    return server
