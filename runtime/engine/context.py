"""What a node and a condition may know about a run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, cast

import orjson

from nodes.spec import Condition
from runtime import templates
from runtime.engine.compiled import Journey
from runtime.engine.world import Event, World
from runtime.journey import durations, times
from runtime.journey.paths import MISSING, lookup
from runtime.templates.plain import NotPlain

Outputs = Mapping[str, Mapping[str, Any]]
MOST_PAST = 100_000  # events that questions inside of a `where` may look at, in one step


class TooMuchPast(Exception):
    """A condition asks for what was done inside of what was done. Such a condition is not published
    any more; a version of before may hold one, and must not keep a worker busy for ever."""

    def __init__(self) -> None:
        super().__init__(
            "A condition asks what the customer did for each thing that they did, which is too "
            "much to look through: take the inner question out of its where, and publish again."
        )


def zone_of(journey: Journey, world: World) -> tzinfo:
    """The run's zone: the customer's if the journey asks for it and it is known, else the named
    one, else the workspace's.
    """
    name = journey.zone
    if name == "customer":
        own = world.customer.attributes.get("time_zone") if world.customer else None
        name = own if isinstance(own, str) else None
    return (times.zone(name) if name else None) or world.workspace_zone


class Scope:
    """The values a condition reads; `runtime.journey.conditions.Scope` for one run at one instant.

    `event.*` is the entry event, or the arriving one inside a `where`; `entry.*` is always the
    entry event.
    """

    __slots__ = (
        "_is_past",
        "_looked",
        "_zone",
        "arriving",
        "entry",
        "journey",
        "notes",
        "outputs",
        "world",
    )

    def __init__(
        self,
        journey: Journey,
        world: World,
        entry: Event,
        outputs: Outputs,
        arriving: Event | None = None,
        notes: list[str] | None = None,
    ) -> None:
        self.journey = journey
        self.world = world
        self.entry = entry
        self.outputs = outputs
        self.arriving = arriving or entry
        self.notes: list[str] = [] if notes is None else notes
        self._zone: tzinfo | None = None
        self._looked: list[int] | None = None  # how many events, inside of a `where`
        self._is_past = False

    @property
    def now(self) -> datetime:
        return self.world.now

    @property
    def zone(self) -> tzinfo:
        if self._zone is None:
            self._zone = zone_of(self.journey, self.world)
        return self._zone

    def value(self, path: str) -> Any:
        """The value at the path; None when missing."""
        root, _, rest = path.partition(".")
        match root:
            case "customer":
                found = self.world.customer.seen if self.world.customer else None
            case "event":
                found = self.arriving.seen
            case "entry":
                found = self.entry.seen
            case "steps":
                found = self.outputs
            case "now":
                return times.rfc3339(self.now) if not rest else None
            case _:
                return None
        found = lookup(found, rest) if rest else found
        return None if found is MISSING else found

    def did(self, event: str, since: datetime | None, where: Condition | None) -> int:
        """How often the customer did this, up to now. Raises TooMuchPast."""
        if self._is_past:
            self._look()
        return sum(
            1
            for e in self.world.history
            if e.name == event
            and (since is None or e.at >= since)
            and e.at <= self.now
            and (where is None or self._past(e).holds(where))
        )

    def _past(self, done: Event) -> Scope:
        """The scope of the `where` of what was done."""
        scope = self.about(done)
        self._looked = self._looked or [0]
        scope._looked, scope._is_past = self._looked, True
        return scope

    def _look(self) -> None:
        looked = self._looked = self._looked or [0]
        looked[0] += len(self.world.history)
        if looked[0] > MOST_PAST:
            raise TooMuchPast

    def in_segment(self, name: str) -> bool:
        customer = self.world.customer
        return customer is not None and name in customer.segments

    def note(self, text: str) -> None:
        """Leave a note; the same one is left once."""
        if text not in self.notes:
            self.notes.append(text)

    def holds(self, condition: Condition) -> bool:
        """Whether the condition is true now."""
        return self.journey.ready.predicate(condition)(self)

    def about(self, arriving: Event) -> Scope:
        """The scope of a `where`: `event.*` is this event."""
        return Scope(self.journey, self.world, self.entry, self.outputs, arriving, self.notes)


class StepContext(Scope):
    """`nodes.spec.Context` for the calls of nodes: one at a time, `turn_to` makes it the next
    one's.
    """

    __slots__ = ("_run_id", "_variables", "node_id", "visit")

    def __init__(
        self,
        journey: Journey,
        world: World,
        entry: Event,
        outputs: Outputs,
        *,
        run_id: str,
        node_id: str = "",
        visit: int = 0,
    ) -> None:
        self.journey = journey  # what the class above does, in half the time
        self.world = world
        self.entry = self.arriving = entry
        self.outputs = outputs
        self.notes = []
        self._zone = self._looked = None
        self._is_past = False
        self._run_id = run_id
        self.node_id = node_id
        self.visit = visit
        self._variables: dict[str, Any] | None = None

    def turn_to(self, node_id: str, visit: int) -> None:
        """Be the context of this visit; the customer may have changed since the last one."""
        self.node_id = node_id
        self.visit = visit
        self._zone = self._variables = self._looked = None
        if self.notes:
            self.notes = []

    @property
    def customer(self) -> Mapping[str, Any] | None:
        return self.world.customer.seen if self.world.customer else None

    @property
    def event(self) -> Mapping[str, Any]:
        return self.entry.seen

    @property
    def steps(self) -> Outputs:
        return self.outputs

    def consent(self, channel: str) -> bool:
        """What the customer said; never asked means yes, unless the workspace requires opt-in."""
        said = self.world.customer.consent.get(channel) if self.world.customer else None
        return not self.world.opt_in if said is None else bool(said)

    def render(self, template: Any, *, html: bool = False) -> Any:
        """Liquid text with `customer`, `event`, `steps` and `now`; raises
        `templates.TemplateFailed`.
        """
        is_text = isinstance(template, str)
        if is_text and "{{" not in template and "{%" not in template:
            return template
        if not html:
            ready = self.journey.ready.renderer(template)
            if ready is not None:
                try:
                    return ready(self)
                except NotPlain:  # a list or an object: Liquid shows it
                    pass
        if is_text:
            return templates.render(template, self._named(), html=html, zone=self.zone)
        if isinstance(template, dict):
            table = cast(dict[str, Any], template)
            return {k: self.render(v, html=html) for k, v in table.items()}
        if isinstance(template, (list, tuple)):
            return [self.render(v, html=html) for v in cast(list[Any], template)]
        return template

    def after(self, duration: str, start: datetime | None = None) -> datetime:
        return durations.add(start or self.now, durations.parse(duration, signed=True), self.zone)

    def instant(self, text: str) -> datetime | None:
        return times.parse_instant(text, self.zone)

    def share(self, *parts: str) -> float:
        """Sticky: the hash of who it is about and the parts."""
        customer = self.world.customer
        who = ["customer", customer.known_as] if customer else ["run", self._run_id]
        digest = hashlib.sha256(orjson.dumps([self.world.salt, who, parts])).digest()
        return (int.from_bytes(digest[:8]) >> 11) / (1 << 53)

    def _named(self) -> dict[str, Any]:
        if self._variables is None:
            self._variables = {
                "customer": self.customer or {},
                "event": self.event,
                "steps": self.outputs,
                "now": times.rfc3339(self.now),
            }
        return self._variables
