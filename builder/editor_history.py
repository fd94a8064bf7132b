"""What the editor asks before it publishes."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request


async def review(studio: Any, request: Request) -> Any:
    """The version that the draft would become, and who is inside."""
    return await asyncio.to_thread(studio.publish_review, request.path_params["slug"])
