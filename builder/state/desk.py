"""The base of all state: who is here, what they may do, and the one way a handler may run.

Anyone who can open the websocket can call any handler by its name, so each one is made with
`acts`: it asks for the session anew, checks the role, and gives the handler its `Studio`. A
handler that is not made so is found by a test.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Literal
from zoneinfo import ZoneInfo

import reflex as rx

from builder import gate
from builder.context import wayline
from builder.languages import language_of
from builder.turns import in_turn
from builder.ui import words
from builder.ui.voice import Voice
from runtime.facade.errors import WaylineError

log = logging.getLogger("wayline.studio")

Need = Literal["read", "decide", "write", "own"]
MAY: Mapping[Need, frozenset[str]] = {
    "read": frozenset({"owner", "editor", "approver", "viewer"}),
    "decide": frozenset({"owner", "editor", "approver"}),
    "write": frozenset({"owner", "editor"}),
    "own": frozenset({"owner"}),
}
GUARDED = "_wayline_needs"  # the mark that `acts` leaves on a handler

_here: ContextVar[Here] = ContextVar("wayline_here")


@dataclass(frozen=True)
class Here:
    """Who acts in the handler that runs now, and the workspace as they may use it."""

    person: Mapping[str, Any]
    studio: Any
    voice: Voice


def say(english: str, **values: Any) -> str:
    """A text of the studio's, in the language of the person of the running handler."""
    return here().voice.say(english, **values)


def here() -> Here:
    """The person and studio of the running handler."""
    return _here.get()


async def ask(call: Callable[[Any], Any]) -> Any:
    """Ask the facade off the event loop: `rows = await ask(lambda s: s.journeys())`."""
    return await asyncio.to_thread(call, here().studio)


async def ask_dear(call: Callable[[Any], Any]) -> Any:
    """The same for what takes long: in the person's turn."""
    at = here()
    return await in_turn(str(at.person["id"]), call, at.studio)


def acts(need: Need) -> Callable[[Callable[..., Any]], Any]:
    """Make a method an event handler that runs only for a person with the role for `need`."""

    def make(method: Callable[..., Any]) -> Any:
        @wraps(method)
        async def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
            person = await gate.person_of(self.router.headers.cookie)
            if person is None:
                self.reset()
                return rx.redirect("/login")
            headers = self.router.headers
            at = _enter(person, language_of(headers.cookie, headers.accept_language))
            if person["role"] not in MAY[need]:
                role = at.voice.told(person["role"])
                refused = at.voice.say(
                    "Your role, {role}, does not allow this. Ask the owner.", role=role
                )
                return _speak(self, told(refused))
            mark = _here.set(at)
            try:
                return _speak(self, await method(self, *args, **kwargs))
            except WaylineError as problem:
                return _speak(self, told(at.voice.refused(problem.message)))
            finally:
                _here.reset(mark)

        setattr(guarded, GUARDED, need)
        return rx.event(guarded)

    return make


def _enter(person: Mapping[str, Any], language: str) -> Here:
    try:
        zone = ZoneInfo(person["workspace"]["time_zone"])
    except (KeyError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    voice = Voice(datetime.now(UTC), zone, language)
    return Here(person, wayline().studio(dict(person)), voice)


@dataclass(frozen=True)
class Word:
    """A sentence for the corner of the page. Reflex's own toast needs eval, which the page's
    policy forbids."""

    text: str
    tone: Literal["", "error"] = ""


def told(sentence: str) -> Word:
    """Say what went wrong, without blame."""
    return Word(sentence, "error")


def said(sentence: str) -> Word:
    """Say what was done."""
    return Word(sentence)


def _speak(desk: Any, answer: Any) -> Any:
    """Put the sentences of a handler's answer on the page; what is left are events."""
    if isinstance(answer, list):
        left = [one for one in answer if _speak(desk, one) is not None]
        return left or None
    if not isinstance(answer, Word):
        return answer
    desk.notice, desk.notice_tone = answer.text, answer.tone
    desk.notice_seq += 1
    return None


class Desk(rx.State):
    """What the frame around every page shows."""

    name: str = ""
    initials: str = ""
    email: str = ""
    role: str = ""
    workspace: str = ""
    place: str = ""
    open_approvals: int = 0
    samples: bool = False
    ready: bool = False
    notice: str = ""
    notice_tone: str = ""
    notice_seq: int = 0
    _person: str = ""  # whose data this state holds; Doorkeeper empties it for anybody else

    async def _greet(self) -> None:
        """Fill the frame; every page's load does this first."""
        person = here().person
        self.name = person["name"]
        self.initials = words.initials(person["name"])
        self.email = person["email"]
        self.role = person["role"]
        self.workspace = person["workspace"]["name"]
        self.place = words.place(person["workspace"]["time_zone"])
        waiting, samples = await ask(lambda s: (s.approvals("open"), s.has_samples()))
        from builder import pending

        self.open_approvals = sum(1 for a in waiting if not pending.is_held(a["id"]))
        self.samples = samples
        self.ready = True

    @acts("write")
    async def remove_samples(self) -> Any:
        """Take the sample customers and everything of theirs away again."""
        await ask(lambda s: s.remove_samples())
        return [rx.redirect("/"), said(say("The sample customers are gone."))]

    @acts("write")
    async def new_journey(self) -> Any:
        """Start with an empty canvas."""
        name = say("New journey")
        slug = await ask(lambda s: s.new_journey(name))
        return rx.redirect(f"/journeys/{slug}")

    @acts("read")
    async def refresh(self) -> Any:
        """Something changed: load the page that is open once more."""
        from builder.live import loader

        return loader(self.router.url.path)
