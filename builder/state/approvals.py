"""The approvals: drafts that wait for a person, and a decision that can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from builder import pending
from builder.state.customers import Fact, facts
from builder.state.desk import Desk, acts, ask, here, say, told
from builder.state.page import find
from builder.ui.voice import Voice


@dataclass
class ApprovalLine:
    """One draft in the list."""

    id: str
    who: str
    title: str
    left: str
    sure: str
    sample: bool


@dataclass
class Read:
    """One thing that the draft was written from."""

    number: str
    title: str
    text: str


@dataclass
class Follow:
    """One thing that happens after approval."""

    icon: str
    category: str
    text: str


@dataclass
class Sheet:
    """The draft that is open, with its evidence."""

    id: str = ""
    title: str = ""
    journey: str = ""
    slug: str = ""
    expiry: str = ""
    left: str = ""
    recipient: str = ""
    subject: str = ""
    text: str = ""
    sure: str = ""
    who: str = ""
    customer: str = ""
    place: str = ""
    mailbox: str = ""  # why the email stays in the mailbox


class Approvals(Desk):
    """`/approvals`."""

    waiting: rx.Field[list[ApprovalLine]] = rx.field(default_factory=list)
    sheet: rx.Field[Sheet] = rx.field(default_factory=Sheet)
    sources: rx.Field[list[Read]] = rx.field(default_factory=list)
    source_count: str = ""
    follows: rx.Field[list[Follow]] = rx.field(default_factory=list)
    card: rx.Field[list[Fact]] = rx.field(default_factory=list)
    chosen: str = ""
    opened: bool = False  # on a phone: the draft covers the list
    editing: bool = False
    edited: str = ""
    undo: str = ""
    undo_words: str = ""
    about: str = ""
    loaded: bool = False

    @acts("read")
    async def load(self) -> Any:
        """Load the page; what a person is typing stays."""
        await self._greet()
        wanted = self.router.url.query_parameters.get("id", "")
        if wanted and not self.chosen:
            self.chosen, self.opened = wanted, True
        await self._show()
        self.loaded = True

    @acts("read")
    async def choose(self, id: str) -> Any:
        """Open one draft."""
        self.chosen, self.opened, self.editing = id, True, False
        await self._open()

    @acts("read")
    async def close(self) -> None:
        """Back to the list, on a phone."""
        self.opened = False

    @acts("read")
    async def step(self, by: int) -> Any:
        """The next draft, or the one before."""
        ids = [w.id for w in self.waiting]
        if self.chosen in ids:
            place = min(max(ids.index(self.chosen) + by, 0), len(ids) - 1)
            self.chosen, self.editing = ids[place], False
            await self._open()

    @acts("decide")
    async def edit(self) -> None:
        """Edit the draft in place."""
        if self.sheet.id:
            self.editing, self.edited = True, self.edited or self.sheet.text

    @acts("decide")
    async def write(self, text: str) -> None:
        """Keep what is typed."""
        self.edited = text[:100_000]

    @acts("decide")
    async def leave_edit(self) -> None:
        """Leave the draft as it was written."""
        self.editing, self.edited = False, ""

    @acts("decide")
    async def approve(self) -> Any:
        """Approve the open draft, with what was edited."""
        changed = self.edited if self.editing and self.edited != self.sheet.text else None
        if changed is not None and not changed.strip():
            return told(say("The draft is empty. Write something, or reject it."))
        return await self._decide("approve", changed)

    @acts("decide")
    async def reject(self) -> Any:
        """Reject the open draft: nothing is sent."""
        return await self._decide("reject", None)

    @acts("decide")
    async def take_back(self) -> Any:
        """Undo the last decision while it still waits."""
        id = self.undo
        self.undo = self.undo_words = ""
        if id and pending.take_back(id, here().person["id"]):
            self.chosen = id
            await self._show()
            return None
        late = say("It is too late to undo: the decision has been carried out.")
        return told(late) if id else None

    async def _decide(self, decision: str, text: str | None) -> Any:
        id, person = self.sheet.id, here().person
        if not id:
            return None
        studio, by = here().studio, person["name"]

        async def act() -> None:
            await asyncio.to_thread(studio.decide, id, decision, text, by)

        held = pending.hold(id, workspace=person["workspace"]["id"], by=person["id"], act=act)
        if not held:
            return told(say("This draft has just been decided by somebody else."))
        who = self.sheet.who
        self.undo, self.undo_words = (
            id,
            say("Rejected: {who}", who=who)
            if decision == "reject"
            else say("Approved: {who}", who=who)
            if text is None
            else say("Approved with your edit: {who}", who=who),
        )
        self.editing, self.edited, self.opened = False, "", False
        ids = [w.id for w in self.waiting]
        rest = [i for i in ids if i != id]
        self.chosen = rest[min(ids.index(id), len(rest) - 1)] if rest and id in ids else ""
        await self._show()
        return None

    async def _show(self) -> None:
        at = here()
        found = await ask(lambda s: s.approvals("open"))
        shown = [a for a in found if not pending.is_held(a["id"])]
        self.waiting = [_line(a, at.voice) for a in shown]
        self.open_approvals = len(shown)
        self.about = (
            say("Nothing waits for you")
            if not shown
            else at.voice.count(len(shown), "{count} waits for you", "{count} wait for you")
        )
        if self.undo and not pending.is_held(self.undo):
            self.undo = self.undo_words = ""
        if self.chosen not in {a["id"] for a in shown}:
            self.chosen, self.editing = (shown[0]["id"] if shown else ""), False
        await self._open()

    async def _open(self) -> None:
        id, at = self.chosen, here()
        found = await find(lambda s: s.approval(id)) if id else None
        if found is None:
            self.sheet = Sheet()
            return
        if not self.editing:
            self.edited = ""
        ids = [w.id for w in self.waiting]
        n = ids.index(id) + 1 if id in ids else 0
        place = say("{place} of {all}", place=n, all=len(ids)) if n else ""
        self.sheet = sheet(found, place, at.voice)
        self.sources = [
            Read(str(n), at.voice.told(s["title"]), s["text"])
            for n, s in enumerate(found["sources"], 1)
        ]
        self.source_count = at.voice.count(len(self.sources), "{count} source", "{count} sources")
        self.follows = [
            Follow(f["icon"], f["category"], _ahead(f["text"], at.voice)) for f in found["follows"]
        ]
        self.card = facts(found["card"], at.voice)[:8] if found["card"] else []


def _ahead(text: str, voice: Voice) -> str:
    """A step's title, and what it does where it decides something."""
    title, _, does = text.partition(": ")
    return ": ".join(filter(None, (voice.told(title), voice.reason(does)))).replace("?: ", "? ")


def _line(found: Mapping[str, Any], voice: Voice) -> ApprovalLine:
    return ApprovalLine(
        id=found["id"],
        who=found["customer_name"],
        title=found["title"],
        left=voice.left(found["expires_at"]),
        sure=voice.sure(found["sureness"]),
        sample=found["sample"],
    )


def _stays(found: Mapping[str, Any], voice: Voice) -> str:
    if not found["mailbox"]:
        return ""
    if found["sample"]:
        return voice.say("This is a sample: its email stays in the mailbox.")
    return voice.say("Without a mail server the email stays in the mailbox. Nothing goes out.")


def sheet(found: Mapping[str, Any], place: str, voice: Voice) -> Sheet:
    """The open draft in words."""
    draft = found["draft"]
    until = voice.when(found["expires_at"])
    over = voice.say("Expires {when}", when=until) if until else ""
    expiry = ". ".join(p for p in (over, voice.told(found["expiry"])) if p)
    sure = found["sureness"]
    return Sheet(
        id=found["id"],
        title=found["title"],
        journey=found["journey_name"],
        slug=found["journey"],
        expiry=expiry,
        left=voice.left(found["expires_at"]),
        recipient=draft["to"] or "",
        subject=draft["subject"] or "",
        text=draft["text"],
        sure="" if sure is None else voice.percent(sure),
        who=found["customer_name"],
        customer=found["customer"] or "",
        place=place,
        mailbox=_stays(found, voice),
    )
