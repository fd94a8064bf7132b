"""The one way in which a page loads, shows what there is no more, and shows itself again after
something was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import reflex as rx

from builder.state.desk import Word, acts, ask, said
from runtime.facade.errors import NotFound


async def find(call: Callable[[Any], Any]) -> Any:
    """What the facade answers; None when there is no such thing (any more)."""
    try:
        return await ask(call)
    except NotFound:
        return None


class Page(rx.State, mixin=True):
    """A page that fills itself in `_show`. Mixed into a state beside `Desk`."""

    loaded: bool = False

    if TYPE_CHECKING:  # what `Desk` and the page itself bring

        async def _greet(self) -> None: ...
        async def _show(self) -> None: ...

    @acts("read")
    async def load(self) -> Any:
        """Load the page."""
        await self._greet()
        await self._show()
        self.loaded = True

    async def _do(self, call: Callable[[Any], Any], done: str = "") -> Word | None:
        """Ask the facade for something, show what came of it, and say so."""
        await ask(call)
        await self._show()
        return said(done) if done else None
