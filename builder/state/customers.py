"""The customers, and one customer's timeline with why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from builder.state.desk import Desk, acts, ask, here, said, say
from builder.state.letters import StoppedLine, stopped_line
from builder.state.page import Page, find
from builder.ui import words
from builder.ui.voice import Voice


@dataclass
class CustomerLine:
    """One customer in the list."""

    id: str
    name: str
    initials: str
    email: str
    inside: str
    seen: str
    since: str
    sample: bool


class Customers(Page, Desk):
    """`/customers`."""

    people: rx.Field[list[CustomerLine]] = rx.field(default_factory=list)
    search: str = ""
    page: int = 0
    pages: int = 1
    total: int = 0
    note: str = ""

    @acts("read")
    async def find(self, text: str) -> None:
        """Search by name, address or id."""
        self.search, self.page = text[:200], 0
        await self._show()

    @acts("read")
    async def turn(self, by: int) -> None:
        """Go a page on or back."""
        self.page = min(max(self.page + by, 0), max(self.pages - 1, 0))
        await self._show()

    async def _show(self) -> None:
        search, page, at = self.search, self.page, here()
        found = await ask(lambda s: s.customers(search, page))
        self.total, self.pages, self.page = found["total"], found["pages"], found["page"]
        self.people = [_line(c, at.voice) for c in found["customers"]]
        self.note = (
            say("Page {page} of {pages}", page=self.page + 1, pages=self.pages)
            if self.pages > 1
            else at.voice.count(self.total, "{count} customer", "{count} customers")
        )


def _line(found: Mapping[str, Any], voice: Voice) -> CustomerLine:
    inside = found["inside"]
    return CustomerLine(
        id=found["id"],
        name=found["name"],
        initials=words.initials(found["name"]),
        email=found["email"] or found["external_id"] or "",
        inside=voice.count(inside, "{count} journey", "{count} journeys") if inside else "–",
        seen=voice.when(found["last_at"]),
        since=voice.date(found["created_at"]),
        sample=found["sample"],
    )


# --- One customer -----------------------------------------------------------------------------


@dataclass
class Fact:
    """A line of the card."""

    label: str
    value: str


@dataclass
class Reason:
    """One line of evidence."""

    ok: bool
    text: str
    value: str


@dataclass
class Moment:
    """One thing that happened, under its day."""

    key: str
    day: str
    clock: str
    category: str
    icon: str
    title: str
    text: str
    tone: str
    why_title: str
    why: list[Reason]


@dataclass
class Ahead:
    """What they wait for."""

    run: str
    title: str
    text: str
    journey: str
    slug: str
    icon: str
    category: str


class Customer(Page, Desk):
    """`/customers/[id]`."""

    title: str = ""
    since: str = ""
    letters: str = ""
    address: str = ""
    sample: bool = False
    facts: rx.Field[list[Fact]] = rx.field(default_factory=list)
    ahead: rx.Field[list[Ahead]] = rx.field(default_factory=list)
    stopped: rx.Field[list[StoppedLine]] = rx.field(default_factory=list)
    moments: rx.Field[list[Moment]] = rx.field(default_factory=list)
    kind: str = ""
    missing: bool = False
    ending: str = ""  # the run that is about to be ended, …
    ending_words: str = ""  # … and its journey
    erasing: bool = False
    _id: str = ""
    _timeline: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex copies the default

    @acts("write")
    async def retry(self, run: str) -> Any:
        """Let them go on from the step that failed."""
        done = say("They go on from where they stopped.")
        return await self._do(lambda s: s.retry_run(run), done)

    async def _show(self) -> None:
        wanted, at = self.router.url.path.rstrip("/").rsplit("/", 1)[-1], here()
        found = await find(lambda s: s.customer(wanted))
        if found is None:
            self.missing, self.title = True, say("No such customer")
            return
        card = found["customer"]
        self.missing, self._id = False, card["id"]
        self.title, self.letters = card["name"], words.initials(card["name"])
        self.address = card["email"] or card["external_id"] or ""
        self.since = say("Customer since {date}", date=at.voice.date(card["created_at"]))
        self.sample = card["sample"]
        self.facts = facts(card, at.voice)
        self.ahead = [_ahead(n, at.voice) for n in found["next"]]
        self.stopped = [stopped_line(one, at.voice) for one in found["stopped"]]
        self._timeline = list(found["timeline"])
        self._show_moments()

    @acts("write")
    async def ask_to_end(self, run: str, journey: str) -> None:
        """Ask before a run is ended; with an empty run: think better of it."""
        self.ending, self.ending_words = run, journey

    @acts("write")
    async def keep_inside(self, opened: bool = False) -> None:
        """Let the run go on."""
        self.ending = ""

    @acts("write")
    async def end_run(self) -> Any:
        """End the run that was asked about."""
        run, self.ending = self.ending, ""
        if not run:
            return None
        answer = await ask(lambda s: s.cancel_run(run))
        return said(here().voice.refused(answer["text"]))

    @acts("own")
    async def ask_to_erase(self) -> None:
        """Ask before the customer is erased."""
        self.erasing = True

    @acts("own")
    async def keep_customer(self, opened: bool = False) -> None:
        """Think better of it."""
        self.erasing = False

    @acts("own")
    async def erase(self) -> Any:
        """Erase the customer for good."""
        wanted, self.erasing = self._id, False
        if not wanted:
            return None
        answer = await ask(lambda s: s.erase_customer(wanted))
        return [rx.redirect("/customers"), said(here().voice.refused(answer["text"]))]

    @acts("read")
    async def show(self, kind: str) -> None:
        """Show everything, or one kind of moment."""
        self.kind = kind
        self._show_moments()

    def _show_moments(self) -> None:
        at = here()
        self.moments = moments([m for m in self._timeline if _of_kind(m, self.kind)], at.voice)


def _of_kind(found: Mapping[str, Any], kind: str) -> bool:
    if kind == "messages":
        return found["kind"] == "message"
    if kind == "decisions":
        return found["kind"] == "step" and found["category"] in {"ai", "logic"}
    if kind == "skipped":
        return found["kind"] == "skipped"
    return True


def facts(card: Mapping[str, Any], voice: Voice) -> list[Fact]:
    """What is known about a customer, in plain words."""
    found = [Fact(voice.say("Email"), card["email"])] if card["email"] else []
    if card["external_id"] and card["external_id"] != card["email"]:
        found.append(Fact(voice.say("Your id"), card["external_id"]))
    for key, value in card["attributes"].items():
        if key not in {"email", "id"}:
            found.append(Fact(voice.told(words.label(key)), voice.fact(key, value)))
    if card["segments"]:
        found.append(Fact(voice.say("In"), ", ".join(card["segments"])))
    allowed = [voice.told(words.label(k)) for k, v in card["consent"].items() if v is True]
    refused = [voice.told(words.label(k)) for k, v in card["consent"].items() if v is False]
    if allowed or refused:
        said = [*allowed, *(voice.say("no {topic}", topic=r) for r in refused)]
        found.append(Fact(voice.say("Consent"), ", ".join(said)))
    return found


def moments(found: list[Mapping[str, Any]], voice: Voice) -> list[Moment]:
    """The timeline, newest first; each first of a day carries the day's heading."""
    made: list[Moment] = []
    last = ""
    for place, item in enumerate(found):
        heading = voice.day(item["at"])
        skipped = item["kind"] == "skipped"
        made.append(
            Moment(
                key=f"{item['at']}-{place}",
                day="" if heading == last else heading,
                clock=voice.clock(item["at"]),
                category=item["category"] or ("trigger" if item["kind"] == "event" else "quiet"),
                icon=item["icon"],
                title=_told(item, voice),
                text=voice.told(item["text"]),
                tone="quiet" if skipped else "",
                why_title=voice.say("Why not") if skipped else voice.say("Why"),
                why=[
                    Reason(w["ok"], voice.reason(w["text"]), voice.told(w["value"]))
                    for w in item["why"]
                ],
            )
        )
        last = heading
    return made


def _told(item: Mapping[str, Any], voice: Voice) -> str:
    """What happened. An event that a sender named keeps its name."""
    named = item["kind"] == "event" and not item["title"][:1].isupper()
    return voice.localised(item["title"]) if named else voice.told(item["title"])


def _ahead(found: Mapping[str, Any], voice: Voice) -> Ahead:
    until = voice.when(found["deadline"])
    text = voice.reason(found["text"])  # of a branch it is a comparison
    return Ahead(
        run=found["run"],
        title=voice.told(found["title"]),
        text=voice.say("{text}, until {when}", text=text, when=until) if until else text,
        journey=found["journey_name"],
        slug=found["journey"],
        icon=found["icon"],
        category=found["category"],
    )
