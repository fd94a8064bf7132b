"""What the editor asks to try a draft, and to show past runs on the canvas."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request

from builder.editor_request import dear, read_json


async def try_out(studio: Any, request: Request) -> Any:
    """One event through the draft on the virtual clock, off the event loop."""
    body = await read_json(request)
    return await dear(request, studio.try_journey, request.path_params["slug"], body)


async def samples(studio: Any, request: Request) -> Any:
    """Events and customers to try with; `?search=` looks for customers."""
    search = request.query_params.get("search", "")[:200]
    return await asyncio.to_thread(studio.sample_events, request.path_params["slug"], search)


async def runs(studio: Any, request: Request) -> Any:
    """The latest runs; `?limit=` of them, `?before=` the run that the last page ended with."""
    limit = request.query_params.get("limit", "")
    number = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 5 else 20
    before = request.query_params.get("before")
    found = await asyncio.to_thread(studio.past_runs, request.path_params["slug"], number, before)
    return {"runs": found}


async def run(studio: Any, request: Request) -> Any:
    """One past run on its version's document."""
    slug, one = request.path_params["slug"], request.path_params["id"]
    return await asyncio.to_thread(studio.past_run, slug, one)
