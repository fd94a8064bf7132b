"""The editor's page knows only which journey is open; the canvas does the rest by itself."""

from __future__ import annotations

from typing import Any

from builder.state.desk import Desk, acts


class Editor(Desk):
    """`/journeys/[slug]`."""

    slug: str = ""

    @acts("read")
    async def load(self) -> Any:
        """Open the page."""
        await self._greet()
        self.slug = self.router.url.path.rstrip("/").rsplit("/", 1)[-1]
