"""What could not be done, and what a person chooses to do about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import reflex as rx

from builder.state.desk import Desk, acts, ask, here, said
from builder.ui import words


@dataclass
class LetterLine:
    """One thing that could not be done."""

    id: str
    title: str
    reason: str
    at: str
    journey: str
    slug: str
    who: str
    customer: str
    doubt: bool
    again: bool


class Letters(Desk):
    """`/not-done`."""

    lines: rx.Field[list[LetterLine]] = rx.field(default_factory=list)
    about: str = ""
    loaded: bool = False

    @acts("read")
    async def load(self) -> Any:
        """Load the page."""
        await self._greet()
        await self._show()
        self.loaded = True

    @acts("write")
    async def replay(self, id: str) -> Any:
        """Try it again."""
        await ask(lambda s: s.replay(id))
        await self._show()
        return said("It is tried again now.")

    @acts("write")
    async def confirm(self, id: str) -> Any:
        """It went out after all."""
        await ask(lambda s: s.confirm(id))
        await self._show()
        return said("Noted. The journey goes on.")

    @acts("write")
    async def resend(self, id: str) -> Any:
        """Send it again, as a new send."""
        await ask(lambda s: s.resend(id, "Asked for in the studio"))
        await self._show()
        return said("It is sent again now.")

    @acts("write")
    async def dismiss(self, id: str) -> Any:
        """Leave it as it is."""
        await ask(lambda s: s.dismiss(id))
        await self._show()
        return said("Left as it is.")

    async def _show(self) -> None:
        at = here()
        found = await ask(lambda s: s.dead_letters())
        self.lines = [_line(one, at.now, at.zone) for one in found]
        n = len(self.lines)
        self.about = f"{words.counted(n, 'thing')} could not be done. Nothing is lost." if n else ""


def _line(found: Mapping[str, Any], now: datetime, zone: tzinfo) -> LetterLine:
    return LetterLine(
        id=found["id"],
        title=found["title"],
        reason=found["reason"],
        at=words.when(found["created_at"], now, zone),
        journey=found["journey_name"] or "",
        slug=found["journey"] or "",
        who=found["customer_name"] or "",
        customer=found["customer"] or "",
        doubt="confirm" in found["choices"],
        again="replay" in found["choices"],
    )
