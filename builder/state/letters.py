"""What could not be done, and what a person chooses to do about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from builder.state.desk import Desk, acts, ask, here, say
from builder.state.page import Page
from builder.ui.voice import Voice


@dataclass
class LetterLine:
    """One thing that could not be done."""

    id: str
    title: str
    reason: str
    details: str
    at: str
    journey: str
    slug: str
    who: str
    customer: str
    doubt: bool
    again: bool


@dataclass
class StoppedLine:
    """A customer who stopped on their way, because a step failed and no way leads on from it."""

    run: str
    reason: str
    details: str
    at: str
    journey: str
    slug: str
    who: str
    customer: str
    again: bool


class Letters(Page, Desk):
    """`/not-done`."""

    lines: rx.Field[list[LetterLine]] = rx.field(default_factory=list)
    stopped: rx.Field[list[StoppedLine]] = rx.field(default_factory=list)
    about: str = ""

    @acts("write")
    async def replay(self, id: str) -> Any:
        """Try it again."""
        return await self._do(lambda s: s.replay(id), say("It is tried again now."))

    @acts("write")
    async def confirm(self, id: str) -> Any:
        """It went out after all."""
        return await self._do(lambda s: s.confirm(id), say("Noted: it went out."))

    @acts("write")
    async def resend(self, id: str) -> Any:
        """Send it again, as a new send."""
        why = "Asked for in the studio"  # goes into the record of what was done
        return await self._do(lambda s: s.resend(id, why), say("It is sent again now."))

    @acts("write")
    async def dismiss(self, id: str) -> Any:
        """Leave it as it is."""
        return await self._do(lambda s: s.dismiss(id), say("Left as it is."))

    @acts("write")
    async def retry(self, run: str) -> Any:
        """Let a customer go on from the step that failed."""
        done = say("They go on from where they stopped.")
        return await self._do(lambda s: s.retry_run(run), done)

    async def _show(self) -> None:
        at = here()
        found, stopped = await ask(lambda s: (s.dead_letters(), s.stopped()))
        self.lines = [_line(one, at.voice) for one in found]
        self.stopped = [stopped_line(one, at.voice) for one in stopped]
        n = len(self.lines)
        self.about = ""
        if n:
            self.about = at.voice.count(
                n,
                "{count} thing could not be done. Nothing is lost.",
                "{count} things could not be done. Nothing is lost.",
            )


def _line(found: Mapping[str, Any], voice: Voice) -> LetterLine:
    return LetterLine(
        id=found["id"],
        title=voice.told(found["title"]),
        reason=voice.told(found["reason"]),
        details=found["details"] or "",
        at=voice.when(found["created_at"]),
        journey=found["journey_name"] or "",
        slug=found["journey"] or "",
        who=found["customer_name"] or "",
        customer=found["customer"] or "",
        doubt="confirm" in found["choices"],
        again="replay" in found["choices"],
    )


def stopped_line(found: Mapping[str, Any], voice: Voice) -> StoppedLine:
    """A run that stopped, in words."""
    return StoppedLine(
        run=found["run"],
        reason=voice.told(found["reason"]),
        details=found["details"] or "",
        at=voice.when(found["ended_at"]),
        journey=found["journey_name"],
        slug=found["journey"],
        who=found["customer_name"] or voice.say("Nobody in particular"),
        customer=found["customer"] or "",
        again=found["again"],
    )
