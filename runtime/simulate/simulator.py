"""The virtual clock: events, schedules, decisions and deadlines in order, until nothing is left or
the end is reached.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from nodes.spec import NodeType
from runtime.engine import routing
from runtime.engine.advance import (
    Customer,
    Event,
    EventSignal,
    Progress,
    Run,
    RunSignal,
    World,
    advance,
    begin,
)
from runtime.engine.compiled import Journey, Trigger, compile_journey
from runtime.engine.context import zone_of
from runtime.simulate import trace
from runtime.simulate.inputs import (
    BadInput,
    Happening,
    read_answers,
    read_customers,
    read_events,
    read_instant,
    year_after,
)
from runtime.simulate.script import Model, Script, embedded_model

Line = dict[str, Any]
WORKSPACE_ZONE = UTC


def simulate(
    document: Mapping[str, Any],
    events: Iterable[Mapping[str, Any]] = (),
    customers: Iterable[Mapping[str, Any]] = (),
    answers: Iterable[Mapping[str, Any]] = (),
    until: datetime | str | None = None,
    seed: int | None = None,
    start: datetime | str | None = None,
    *,
    types: Mapping[str, NodeType] | None = None,
    model: Model = embedded_model,
) -> Iterator[Line]:
    """The trace of a journey that has passed validation, line by line, in order of virtual time.

    `until` is inclusive. Without `start` the clock starts at the first event. Raises BadInput
    before the first line.
    """
    return Simulation(
        document, events, customers, answers, until, seed, start, types=types, model=model
    ).lines()


@dataclass(slots=True, eq=False)
class Travel:
    """One run and who it is about. `told` once its end stands in the trace."""

    number: int
    run: Run
    customer: Customer | None
    told: bool = False


@dataclass(slots=True)
class Fires:
    """The next time a schedule fires."""

    trigger: Trigger
    coming: Iterator[tuple[str, datetime]]
    nominal: str
    at: datetime


@dataclass(slots=True)
class People:
    """What is known of the customers: their records, pasts, open runs and last entries."""

    records: dict[str, Customer]
    past: dict[str, list[Event]] = field(default_factory=dict[str, list[Event]])
    inside: dict[str, list[Travel]] = field(default_factory=dict[str, list[Travel]])
    entries: dict[tuple[str, str], tuple[Travel, datetime]] = field(
        default_factory=dict[tuple[str, str], tuple[Travel, datetime]]
    )

    def record(self, customer: str | None) -> Customer | None:
        """The customer's record; an unknown one starts empty."""
        if customer is None:
            return None
        if customer not in self.records:
            self.records[customer] = Customer(id=customer, external_id=customer)
        return self.records[customer]


class Simulation:
    """One simulation; `lines` runs it, once."""

    def __init__(
        self,
        document: Mapping[str, Any],
        events: Iterable[Mapping[str, Any]],
        customers: Iterable[Mapping[str, Any]],
        answers: Iterable[Mapping[str, Any]],
        until: datetime | str | None,
        seed: int | None,
        start: datetime | str | None,
        *,
        types: Mapping[str, NodeType] | None = None,
        model: Model = embedded_model,
    ) -> None:
        if types is None:
            from nodes.registry import node_types

            types = node_types()
        self._journey = _with_own_events(compile_journey(document, types))
        self._events = read_events(events)
        self._people = People(read_customers(customers))
        self._script = Script(self._journey, read_answers(answers), model)
        self._salt = "" if seed is None else str(seed)
        self._until = None if until is None else read_instant(until, "until")
        self._start = self._starts(start)
        self._end = self._until or self._cap()
        self._seen: set[str] = set()
        self._travels: list[Travel] = []
        self._timers: list[tuple[datetime, int]] = []
        self._fires = self._first_fires()
        self._next_event = 0
        self._now = self._start

    @property
    def unknown(self) -> Sequence[str]:
        """Sentences about answers for nodes that the journey does not have."""
        return self._script.unknown

    def lines(self) -> Iterator[Line]:
        """The trace."""
        yield from self._before_the_start()
        while (at := self._next_instant()) is not None and at <= self._end:
            self._now = at
            yield from self._take_events(at)
            yield from self._take_fires(at)
            yield from self._take_decisions(at)
            yield from self._take_timers(at)
        if self._until is None and self._next_instant() is None:
            self._end = self._now  # nothing is left to happen
        for travel in self._travels:
            if not travel.run.ended:
                yield trace.status(self._end, travel.number, _id(travel.customer), travel.run)

    # --- The clock ----------------------------------------------------------------------------

    def _starts(self, given: datetime | str | None) -> datetime:
        if not self._events and self._until is None:
            raise BadInput("Without events, say when the simulation ends: add --until.")
        if given is not None:
            start = read_instant(given, "from")
        elif self._events:
            start = self._events[0].event.at
        else:
            raise BadInput("Without events, say when the clock starts: add --from.")
        if given is not None and self._until is not None and start > self._until:
            raise BadInput("The simulation would end before it starts: --until is before --from.")
        return start

    def _cap(self) -> datetime:
        return year_after(max(self._start, self._events[-1].event.at))

    def _next_instant(self) -> datetime | None:
        while self._timers:
            at, number = self._timers[0]
            if self._travels[number - 1].run.wake_at == at:
                break
            heapq.heappop(self._timers)
        instants = [f.at for f in self._fires]
        if self._next_event < len(self._events):
            instants.append(self._events[self._next_event].event.at)
        if self._script.later:
            instants.append(self._script.later[0][0])
        if self._timers:
            instants.append(self._timers[0][0])
        return min(instants, default=None)

    def _before_the_start(self) -> Iterator[Line]:
        """Events before the start have happened, and start nothing."""
        while self._next_event < len(self._events):
            happening = self._events[self._next_event]
            if happening.event.at >= self._start:
                return
            self._next_event += 1
            self._remember(happening)
            yield trace.skipped(happening, "It came before the simulation starts.")

    # --- What happens at one instant ----------------------------------------------------------

    def _take_events(self, at: datetime) -> Iterator[Line]:
        while self._next_event < len(self._events):
            happening = self._events[self._next_event]
            if happening.event.at != at:
                return
            self._next_event += 1
            if happening.event.id in self._seen:
                yield trace.skipped(happening, "An event with this id came before.")
                continue
            self._remember(happening)
            yield from self._take_event(happening)

    def _take_event(self, happening: Happening) -> Iterator[Line]:
        """Exits first, then waits, then triggers."""
        event, customer = happening.event, self._people.record(happening.customer)
        inside = list(self._people.inside.get(happening.customer or "", ())) if customer else []
        world = self._world(event.at, customer)
        leaving = [t for t in inside if routing.exits(self._journey, t.run, event, world)]
        reached = bool(leaving)
        for travel in [*leaving, *(t for t in inside if t not in leaving)]:
            if not routing.hears(self._journey, travel.run, event):
                continue
            progress = self._advance(travel, [EventSignal(event)])
            reached = reached or any(c.by == "event" for c in progress.closed)
            yield from self._told(travel, progress)
        trigger = routing.match_trigger(self._journey, event, None, None, world)
        refused = "No trigger starts with it, and no run waits for it."
        if trigger is not None:
            refused = self._refused(trigger, event, world)
            if refused is None:
                yield from self._begin(trigger, event, world)
                return
        if not reached:
            yield trace.skipped(happening, refused)

    def _take_fires(self, at: datetime) -> Iterator[Line]:
        for fires in self._fires:
            if fires.at != at:
                continue
            start = fires.trigger.start
            name = f"schedule.{fires.trigger.node_id}"
            people: list[Customer | None] = [None]
            if start.segment is not None:
                people = [c for c in self._people.records.values() if start.segment in c.segments]
            for customer in people:
                key = f"{name}:{fires.nominal}" + (f":{customer.id}" if customer else "")
                properties = routing.fire_properties(fires.nominal, at)
                happening = Happening(Event(key, name, properties, at), customer and customer.id)
                self._remember(happening)
                world = self._world(at, customer)
                refused = self._refused(fires.trigger, happening.event, world)
                if refused is None:
                    yield from self._begin(fires.trigger, happening.event, world)
                else:
                    yield trace.skipped(happening, refused)
            fires.nominal, fires.at = next(fires.coming)

    def _take_decisions(self, at: datetime) -> Iterator[Line]:
        later = self._script.later
        while later and later[0][0] == at:
            _, _, number, signal = heapq.heappop(later)
            travel = self._travels[number - 1]
            yield from self._told(travel, self._advance(travel, [signal]))

    def _take_timers(self, at: datetime) -> Iterator[Line]:
        while self._timers and self._timers[0][0] == at:
            _, number = heapq.heappop(self._timers)
            travel = self._travels[number - 1]
            if travel.run.wake_at == at:
                yield from self._told(travel, self._advance(travel, [], timers=True))

    # --- Runs ---------------------------------------------------------------------------------

    def _refused(self, trigger: Trigger, event: Event, world: World) -> str | None:
        """Why the reentry rule keeps the customer out."""
        if world.customer is None:
            return None
        key = routing.entry_key(self._journey, trigger, event, world)
        last = self._people.entries.get((world.customer.id, key))
        previous = routing.Entry(last[1], not last[0].run.ended) if last else None
        return routing.may_enter(self._journey, previous, event.at, zone_of(self._journey, world))

    def _begin(self, trigger: Trigger, event: Event, world: World) -> Iterator[Line]:
        customer, number = world.customer, len(self._travels) + 1
        run, progress = begin(
            self._journey,
            run_id=str(number),
            trigger=trigger,
            event=event,
            world=world,
            answerer=self._script.about(
                number, _id(customer), world.now, zone_of(self._journey, world)
            ),
        )
        travel = Travel(number, run, customer)
        self._travels.append(travel)
        if customer is not None:
            self._people.inside.setdefault(customer.id, []).append(travel)
            key = routing.entry_key(self._journey, trigger, event, world)
            self._people.entries[customer.id, key] = (travel, event.at)
        yield from self._told(travel, progress)

    def _advance(
        self, travel: Travel, signals: Sequence[RunSignal], *, timers: bool = False
    ) -> Progress:
        world = self._world(self._now, travel.customer)
        script = self._script.about(
            travel.number, _id(travel.customer), self._now, zone_of(self._journey, world)
        )
        return advance(self._journey, travel.run, signals, world, timers=timers, answerer=script)

    def _told(self, travel: Travel, progress: Progress) -> Iterator[Line]:
        """The lines of what happened, and the run's place among those that go on."""
        run, customer = travel.run, travel.customer
        if run.wake_at is not None:
            heapq.heappush(self._timers, (run.wake_at, travel.number))
        yield from trace.happened(travel.number, _id(customer), progress)
        if run.ended and not travel.told:
            travel.told = True
            if customer is not None:
                self._people.inside[customer.id].remove(travel)
            yield trace.status(self._now, travel.number, _id(customer), run)

    def _remember(self, happening: Happening) -> None:
        self._seen.add(happening.event.id)
        if self._journey.needs_history and happening.customer is not None:
            self._people.past.setdefault(happening.customer, []).append(happening.event)

    def _world(self, now: datetime, customer: Customer | None) -> World:
        history = self._people.past.get(customer.id, ()) if customer else ()
        return World(now, customer, WORKSPACE_ZONE, False, history, self._salt)

    def _first_fires(self) -> list[Fires]:
        found: list[Fires] = []
        for trigger in self._journey.triggers:
            if trigger.start.cron is not None:
                zone = routing.schedule_zone(trigger, WORKSPACE_ZONE)
                coming = _fires(trigger.start.cron, zone, self._start)
                found.append(Fires(trigger, coming, *next(coming)))
        return found


def _fires(cron: str, zone: tzinfo, after: datetime) -> Iterator[tuple[str, datetime]]:
    from runtime.schedule.fires import fires  # croniter is loaded for journeys with a schedule only

    return fires(cron, zone, after)


def _with_own_events(journey: Journey) -> Journey:
    """In a simulation, what was made for one trigger is an ordinary event of its own name."""
    triggers: list[Trigger] = []
    for trigger in journey.triggers:
        start = trigger.start
        if start.event is None and start.source in ("manual", "webhook"):
            start = replace(start, event=f"{start.source}.{trigger.node_id}")
        triggers.append(replace(trigger, start=start))
    return replace(journey, triggers=tuple(triggers))


def _id(customer: Customer | None) -> str | None:
    return customer.id if customer is not None else None
