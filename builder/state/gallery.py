"""The templates: what each is for, a picture of its graph, what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from builder.state.desk import Desk, acts, ask, here
from builder.ui import thumbs
from builder.ui.thumbs import Line, Shape
from builder.ui.voice import Voice


@dataclass
class Card:
    """One template in the gallery."""

    slug: str
    name: str
    about: str
    stage: str
    stage_word: str
    goal: str
    channels: str
    needs: str
    cost: str
    note: str
    picture: str
    shapes: list[Shape]
    lines: list[Line]


@dataclass
class Choice:
    """One stage of the filter."""

    value: str
    word: str


class Gallery(Desk):
    """`/templates`."""

    cards: rx.Field[list[Card]] = rx.field(default_factory=list)
    stages: rx.Field[list[Choice]] = rx.field(default_factory=list)
    channels: rx.Field[list[Choice]] = rx.field(default_factory=list)
    stage: str = ""
    channel: str = ""
    search: str = ""
    loaded: bool = False
    importing: bool = False
    _all: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex copies the default for each state

    @acts("read")
    async def load(self) -> Any:
        """Load the page; `?import=1` opens the import dialog."""
        await self._greet()
        voice = here().voice
        found, catalogue = await ask(lambda s: (s.templates(), s.catalogue()))
        self._all = list(found)
        every = Choice("", voice.say("All {count}", count=len(found)))
        self.stages = [
            every,
            *(Choice(s["name"], voice.told(s["title"])) for s in catalogue["stages"]),
        ]
        ways = dict.fromkeys(way for one in found for way in one["channels"])
        self.channels = [Choice(way, voice.told(way)) for way in ways]
        self.importing = self.router.url.query_parameters.get("import") == "1"
        self._show()
        self.loaded = True

    @acts("read")
    async def choose(self, stage: str) -> None:
        """Show one stage, or all."""
        self.stage = stage
        self._show()

    @acts("read")
    async def choose_channel(self, channel: str) -> None:
        """Show what reaches people by this way; once more: all again."""
        self.channel = "" if channel == self.channel else channel
        self._show()

    @acts("read")
    async def find(self, text: str) -> None:
        """Show what has these words."""
        self.search = text
        self._show()

    @acts("write")
    async def show_import(self, opened: bool) -> None:
        """Open or close the import dialog."""
        self.importing = opened

    def _show(self) -> None:
        voice = here().voice
        wanted = self.search.casefold().split()

        def fits(found: Mapping[str, Any]) -> bool:
            english = (found["name"], found["about"], found["stage"])
            text = " ".join((*english, *(voice.told(one) for one in english))).casefold()
            return (
                (not self.stage or found["stage"] == self.stage)
                and (not self.channel or self.channel in found["channels"])
                and all(w in text for w in wanted)
            )

        self.cards = [card(t, voice) for t in self._all if fits(t)]


def card(found: Mapping[str, Any], voice: Voice) -> Card:
    """A template as its card."""
    picture = thumbs.draw(found["document"])
    return Card(
        slug=found["slug"],
        name=voice.told(found["name"]),
        about=voice.told(found["about"]),
        stage=found["stage"],
        stage_word=voice.told(found["stage"].capitalize()),
        goal=voice.told(found["goal"]),
        channels=voice.listed(found["channels"]),
        needs=voice.listed(found["needs"]) or voice.say("nothing else"),
        cost=voice.told(found["cost"]),
        note=voice.count(len(found["document"]["nodes"]), "{count} node", "{count} nodes"),
        picture=thumbs.described(found["document"], voice),
        shapes=picture.shapes,
        lines=picture.lines,
    )
