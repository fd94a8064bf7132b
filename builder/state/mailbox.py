"""The built-in mailbox: what was sent, as it was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from builder.state.desk import Desk, acts, ask, here, say
from builder.state.page import Page, find
from builder.ui.voice import Voice


@dataclass
class MessageLine:
    """One message in the list."""

    id: str
    recipient: str
    who: str
    subject: str
    preview: str
    at: str
    sent: bool
    sample: bool


@dataclass
class Letter:
    """The message that is open."""

    id: str = ""
    recipient: str = ""
    subject: str = ""
    at: str = ""
    via: str = ""
    text: str = ""
    html: str = ""
    customer: str = ""
    who: str = ""


class Mailbox(Page, Desk):
    """`/mailbox`."""

    letters: rx.Field[list[MessageLine]] = rx.field(default_factory=list)
    letter: rx.Field[Letter] = rx.field(default_factory=Letter)
    chosen: str = ""
    opened: bool = False
    page: int = 0
    more: bool = False
    plain: bool = False

    @acts("read")
    async def choose(self, id: str) -> None:
        """Open one message."""
        self.chosen, self.opened = id, True
        await self._open()

    @acts("read")
    async def close(self) -> None:
        """Back to the list, on a phone."""
        self.opened = False

    @acts("read")
    async def turn(self, by: int) -> None:
        """Older or newer messages."""
        self.page = max(0, self.page + by)
        self.chosen = ""
        await self._show()

    @acts("read")
    async def show_plain(self, plain: bool) -> None:
        """The plain text, or the page that mail programs show."""
        self.plain = plain

    async def _show(self) -> None:
        at, page = here(), self.page
        found = await ask(lambda s: s.mailbox(page))
        self.letters = [_line(m, at.voice) for m in found]
        self.more = len(found) >= 50
        if self.chosen not in {m["id"] for m in found}:
            self.chosen = found[0]["id"] if found else ""
        await self._open()

    async def _open(self) -> None:
        id, at = self.chosen, here()
        found = await find(lambda s: s.message(id)) if id else None
        if found is None:
            self.letter = Letter()
            return
        self.letter = Letter(
            id=found["id"],
            recipient=found["to"],
            subject=found["subject"],
            at=at.voice.when(found["created_at"]),
            via=say("Sent by your mail server")
            if found["via"] == "smtp"
            else say("Kept here, not sent out"),
            text=found["text"],
            html=found["html"] or "",
            customer=found["customer"] or "",
            who=found["customer_name"] or "",
        )


def _line(found: Mapping[str, Any], voice: Voice) -> MessageLine:
    return MessageLine(
        id=found["id"],
        recipient=found["to"],
        who=found["customer_name"] or found["to"],
        subject=found["subject"],
        preview=found["preview"],
        at=voice.when(found["created_at"]),
        sent=found["via"] == "smtp",
        sample=found["sample"],
    )
