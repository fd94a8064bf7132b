"""What the command bar and the add panel ask for: the journeys, and what often comes next."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request


async def suggestions(studio: Any, request: Request) -> Any:
    """How often each type of node followed each way of another."""
    return await asyncio.to_thread(studio.suggestions)


async def journeys(studio: Any, request: Request) -> Any:
    """The journeys to go to."""
    return {"journeys": await asyncio.to_thread(studio.journey_names)}
