"""What the editor asks before it publishes."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from builder.editor_request import dear


async def review(studio: Any, request: Request) -> Any:
    """The version that the draft would become, and who is inside."""
    return await dear(request, studio.publish_review, request.path_params["slug"])
