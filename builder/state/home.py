"""The home page: what needs you, and the journeys with what they reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from builder.state.desk import Desk, acts, ask, here, said, say
from builder.ui import words
from builder.ui.voice import Voice


@dataclass
class Need:
    """One line of "Needs you"."""

    icon: str
    tone: str
    title: str
    text: str
    button: str
    href: str
    first: bool


@dataclass
class TaskLine:
    """One thing for a person to do."""

    id: str
    title: str
    notes: str
    due: str
    late: bool
    who: str
    customer: str


@dataclass
class Row:
    """One journey as the table shows it."""

    slug: str
    name: str
    note: str
    state: str
    state_word: str
    version: str
    inside: str
    reached: str
    has_rate: bool
    rate: str
    interval: str
    low: str
    width: str
    dot: str
    empty_rate: str
    activity: str
    brief: str
    sample: bool
    live: bool
    paused: bool


class Home(Desk):
    """`/`."""

    greeting: str = ""
    summary: str = ""
    tasks_open: rx.Field[list[TaskLine]] = rx.field(default_factory=list)
    needs: rx.Field[list[Need]] = rx.field(default_factory=list)
    journeys: rx.Field[list[Row]] = rx.field(default_factory=list)
    templates: int = 0
    first_slug: str = ""
    first_name: str = ""
    first_about: str = ""
    empty: bool = False
    loaded: bool = False
    trying: bool = False
    asked_delete: str = ""
    asked_name: str = ""

    @acts("read")
    async def load(self) -> Any:
        """Load the page."""
        await self._greet()
        at = here()
        templates = await ask(lambda s: s.templates())
        first = at.person["name"].split()[0] if at.person["name"].strip() else ""
        hello = at.voice.greeting()
        self.greeting = f"{hello}, {first}" if first else hello
        await self._again()
        self.templates = len(templates)
        start = next((t for t in templates if t["slug"].startswith("enquiry")), None)
        start = start or (templates[0] if templates else None)
        if start:
            self.first_slug, self.first_name = start["slug"], start["name"]
            self.first_about = start["about"]
        self.loaded = True

    @acts("write")
    async def start_with(self, slug: str) -> Any:
        """Make a draft of a template and open it."""
        made = await ask(lambda s: s.use_template(slug))
        return rx.redirect(f"/journeys/{made}")

    @acts("write")
    async def try_samples(self) -> Any:
        """Let a simulated week play through a template."""
        made = await ask(lambda s: s.try_samples())
        await self._again()
        return said(
            here().voice.count(
                made["customers"],
                "A sample week has been played with {count} sample customer. Nothing was sent.",
                "A sample week has been played with {count} sample customers. Nothing was sent.",
            )
        )

    @acts("write")
    async def pause(self, slug: str) -> Any:
        """Hold a journey: nobody enters, nobody moves."""
        await ask(lambda s: s.pause_journey(slug))
        await self._again()

    @acts("write")
    async def resume(self, slug: str) -> Any:
        """Let a held journey go on."""
        await ask(lambda s: s.resume_journey(slug))
        await self._again()

    @acts("decide")
    async def finish(self, id: str) -> Any:
        """A task is done."""
        await ask(lambda s: s.finish_task(id))
        await self._again()

    @acts("write")
    async def ask_delete(self, slug: str, name: str) -> None:
        """Open the question before a journey is deleted; empty texts close it."""
        self.asked_delete, self.asked_name = slug, name

    @acts("write")
    async def delete(self) -> Any:
        """Delete the journey that was asked about."""
        slug, name = self.asked_delete, self.asked_name
        self.asked_delete = self.asked_name = ""
        await ask(lambda s: s.delete_journey(slug))
        await self._again()
        return said(say("{name} is deleted.", name=name))

    async def _again(self) -> None:
        at = here()
        needs, rows, samples, tasks = await ask(
            lambda s: (s.needs_you(), s.journeys(), s.has_samples(), s.tasks())
        )
        self.needs = [_need(n, i, at.voice) for i, n in enumerate(needs[:5])]
        self.tasks_open = [_task(t, at.voice) for t in tasks]
        self.journeys = [row(r, at.voice) for r in rows]
        self.summary = summary(rows, at.voice)
        self.samples = samples
        self.empty = not rows


def _task(found: Mapping[str, Any], voice: Voice) -> TaskLine:
    due = voice.when(found["due_at"])
    return TaskLine(
        id=found["id"],
        title=found["title"],
        notes=found["notes"],
        due=voice.say("due {when}", when=due) if due else "",
        late=found["overdue"],
        who=found["customer_name"] or "",
        customer=found["customer"] or "",
    )


def _need(need: Mapping[str, Any], place: int, voice: Voice) -> Need:
    return Need(
        icon=need["icon"],
        tone=need["tone"],
        title=voice.told(need["title"]),
        text=_about(need, voice),
        button=voice.told(need["button"]),
        href=need["href"],
        first=place == 0,
    )


def _about(need: Mapping[str, Any], voice: Voice) -> str:
    """What is wrong with a draft is said as the editor says it; a task's title is a person's."""
    if need["kind"] == "problems":
        return voice.refused(need["text"])
    return voice.told(need["text"])


def summary(rows: list[Mapping[str, Any]], voice: Voice) -> str:
    """ "34 customers are on their way in 4 live journeys."."""
    live = [r for r in rows if r["state"] == "live"]
    inside = sum(r["inside"] for r in rows)
    if not live:
        return voice.say("No journey is live yet.")
    if inside == 0:
        return voice.count(
            len(live),
            "Nobody is on the way. {count} live journey waits.",
            "Nobody is on the way. {count} live journeys wait.",
        )
    journeys = voice.count(len(live), "{count} live journey", "{count} live journeys")
    return voice.count(
        inside,
        "{count} customer is on their way in {journeys}.",
        "{count} customers are on their way in {journeys}.",
        journeys=journeys,
    )


def row(found: Mapping[str, Any], voice: Voice) -> Row:
    """One journey in the words of the table."""
    good, of = found["goal_reached"], found["entered"]
    rate, low, high = words.interval(good, of)
    has_rate = found["has_goal"] and of > 0
    span = voice.say("{low} to {high}", low=words.percent(low), high=voice.percent(high))
    published = found["version"] is not None
    never = voice.say("never published")
    notes = [voice.told(found["stage"].capitalize())] if found["stage"] else []
    if found["problems"]:
        notes.append(
            voice.count(
                found["problems"], "{count} problem in the draft", "{count} problems in the draft"
            )
        )
    elif found["draft_changed"] and published:
        notes.append(voice.say("changes in the draft"))
    elif not published:
        notes.append(never)
    share = voice.percent(rate)
    inside = voice.say("{count} in it now", count=found["inside"])
    reach = voice.say("{rate} ({range}) reach the goal", rate=share, range=span) if has_rate else ""
    return Row(
        slug=found["slug"],
        name=found["name"],
        note=" · ".join(notes),
        state=found["state"],
        state_word=_state(found["state"], voice),
        version=f"v{found['version']}" if published else "",
        inside=voice.number(found["inside"]) if published else "–",
        reached=voice.say("{good} of {all}", good=good, all=of) if has_rate else "–",
        has_rate=has_rate,
        rate=share,
        interval=span,
        low=f"{low * 100:.1f}%",
        width=f"{(high - low) * 100:.1f}%",
        dot=f"{rate * 100:.1f}%",
        empty_rate=_no_rate(published, found, voice),
        activity=voice.ago(found["last_at"]) or "–",
        brief=" · ".join(p for p in (inside, reach) if p) if published else never,
        sample=found["sample"],
        live=found["state"] == "live",
        paused=found["state"] == "paused",
    )


def _state(state: str, voice: Voice) -> str:
    match state:
        case "live":
            return voice.say("Live")
        case "paused":
            return voice.say("Held")
        case _:
            return voice.say("Draft")


def _no_rate(published: bool, found: Mapping[str, Any], voice: Voice) -> str:
    if not published:
        return voice.say("After the first publish")
    if found["has_goal"]:
        return voice.say("After the first customer")
    return voice.say("No goal set")
