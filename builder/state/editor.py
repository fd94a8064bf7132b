"""The editor's page knows who is here; the canvas does the rest by itself."""

from __future__ import annotations

from typing import Any

from builder.state.desk import Desk, acts


class Editor(Desk):
    """`/journeys/[slug]`."""

    @acts("read")
    async def load(self) -> Any:
        """Open the page."""
        await self._greet()
