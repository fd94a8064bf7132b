"""The outside, unruly, in processes of its own; and the loops that carry calls to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from runtime.ports import new_loop
from tests.ports.scripted import Loop
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


@pytest.fixture(params=[asyncio.new_event_loop, new_loop], ids=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> Loop:
    """Each kind of event loop that may carry the calls."""
    return request.param
