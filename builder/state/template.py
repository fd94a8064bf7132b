"""One template: what it needs, the blanks that a business fills in, its sample played, and a draft
of it. Nothing is made before the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from builder.state.desk import Desk, acts, ask, ask_dear, here
from builder.state.page import find
from builder.ui.voice import Voice
from runtime.facade import ENGLISH
from runtime.facade.errors import Refused

MOST = 8  # customers whose stories are told
STEPS = ("needs", "words", "sample")


@dataclass
class NeedLine:
    """Something that it needs."""

    kind: str
    name: str
    text: str
    ready: bool
    missing: bool  # not there, and it can be added here


@dataclass
class BlankLine:
    """A field of the wizard."""

    key: str  # its name in the form
    label: str
    hint: str
    stands: str  # what stands there if it is left empty
    value: str


@dataclass
class Told:
    """One line of a sample customer's story."""

    when: str
    icon: str
    text: str
    more: str
    sent: bool


@dataclass
class Story:
    """What one sample customer would get."""

    customer: str
    sum: str
    lines: list[Told]
    opened: bool


class Wizard(Desk):
    """`/templates/[slug]`."""

    slug: str = ""
    title: str = ""
    about: str = ""
    stage_word: str = ""
    goal: str = ""
    channels: list[str] = []  # noqa: RUF012 - Reflex copies the default for each state
    cost: str = ""
    found: bool = False
    loaded: bool = False
    step: str = STEPS[0]
    needs: rx.Field[list[NeedLine]] = rx.field(default_factory=list)
    blanks: rx.Field[list[BlankLine]] = rx.field(default_factory=list)
    stories: rx.Field[list[Story]] = rx.field(default_factory=list)
    others: str = ""  # how many are not told
    foreign: bool = False  # whether its messages are in another language than the page
    wrong: str = ""

    @acts("read")
    async def load(self) -> Any:
        """Open the page; what was typed before stays while it is the same template."""
        await self._greet()
        slug = self.router.url.path.rstrip("/").rsplit("/", 1)[-1]
        template = await find(lambda s: s.template(slug))
        self.found = template is not None
        voice = here().voice
        if template is not None:
            typed = {one.stands: one.value for one in self.blanks}
            if slug != self.slug:
                self.slug, self.step, self.stories, self.wrong = slug, STEPS[0], [], ""
                typed = {}
            self.blanks = [_blank(n, one, voice, typed) for n, one in enumerate(template["blanks"])]
            self.title = voice.told(template["name"])
            self.about = voice.told(template["about"])
            self.stage_word = voice.told(template["stage"].capitalize())
            self.goal = voice.told(template["goal"])
            self.foreign = voice.language != ENGLISH
            self.channels = [voice.told(way) for way in template["channels"]]
            self.cost = _capital(voice.told(template["cost"]))
            await self._look()
        self.loaded = True

    @acts("read")
    async def go(self, step: str) -> Any:
        """Another step; to see the sample, it is played."""
        if step == "sample":
            return await self._play()
        if step in STEPS:
            self.step, self.wrong = step, ""
            if step == "needs":
                await self._look()
        return None

    @acts("read")
    async def write(self, key: str, text: str) -> None:
        """What was typed into a field."""
        for one in self.blanks:
            if one.key == key:
                one.value = text[:5_000]
        self.blanks = list(self.blanks)

    @acts("write")
    async def leave_draft(self) -> Any:
        """Make the draft and open it."""
        given, slug, name = self._given(), self.slug, self.title
        try:
            made = await ask(lambda s: s.use_template(slug, given, name))
        except Refused as problem:
            self.step, self.wrong = "words", here().voice.refused(problem.message)
            return None
        self.slug = ""  # the next time begins anew
        return rx.redirect(f"/journeys/{made}")

    async def _look(self) -> None:
        slug, voice = self.slug, here().voice
        found = await ask(lambda s: s.preparation(slug))
        self.needs = [
            NeedLine(
                one["kind"],
                voice.told(one["name"]),
                voice.told(one["text"]),
                one["ready"],
                not one["ready"] and one["kind"] in ("smtp", "http"),
            )
            for one in found
        ]

    async def _play(self) -> None:
        given, slug, voice = self._given(), self.slug, here().voice
        try:
            stories = await ask_dear(lambda s: s.rehearse(slug, given))
        except Refused as problem:
            self.step, self.wrong = "words", voice.refused(problem.message)
            return
        self.stories = [_story(one, voice, n == 0) for n, one in enumerate(stories[:MOST])]
        left = len(stories) - len(self.stories)
        self.others = ""
        if left:
            self.others = voice.count(
                left,
                "And {count} other, in their own way.",
                "And {count} others, in their own ways.",
            )
        self.step, self.wrong = "sample", ""

    def _given(self) -> dict[str, str]:
        return {one.stands: one.value for one in self.blanks if one.value.strip()}


def _blank(
    number: int, found: Mapping[str, Any], voice: Voice, typed: Mapping[str, str]
) -> BlankLine:
    label, hint, stands = voice.told(found["label"]), voice.told(found["hint"]), found["find"]
    return BlankLine(f"blank_{number}", label, hint, stands, typed.get(stands, ""))


def _story(found: Mapping[str, Any], voice: Voice, opened: bool) -> Story:
    counts = found["counts"]
    sends, thinks, calls = (counts.get(kind, 0) for kind in ("email", "ai", "http"))
    parts = [
        *([voice.count(sends, "{count} email", "{count} emails")] if sends else []),
        *([voice.count(thinks, "{count} AI answer", "{count} AI answers")] if thinks else []),
        *([voice.count(calls, "{count} web call", "{count} web calls")] if calls else []),
    ]
    lines = [
        Told(
            voice.moment(one["at"]), one["icon"], voice.told(one["text"]), one["more"], one["sent"]
        )
        for one in found["lines"]
    ]
    return Story(
        voice.told(found["customer"]),
        ", ".join(parts) or voice.say("nothing is sent"),
        lines,
        opened,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
