"""Routes events: who they are about, which runs hear them, which runs they start.

One transaction routes a batch of one workspace, and claims the runs that it starts for whoever
routes: they are carried on from memory. Whole customers keep their order: an event whose
outcome hangs on runs that still have to move is held, with all later ones of its customer, until
they have moved. So the runtime tells the same story as the simulator.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson

from runtime.engine import routing
from runtime.engine.compiled import Journey
from runtime.engine.context import zone_of
from runtime.engine.state import Run
from runtime.engine.world import Customer, Event, World
from runtime.store import events, inbox, runs
from runtime.store.clock import from_us
from runtime.store.database import Connection, Database, DBAPIError, new_id
from runtime.store.events import EventRow
from runtime.store.failpoints import failpoint
from runtime.store.runs import NewRun
from runtime.work import signals
from runtime.work.advance import Batch, past, past_event, read_inbox, read_journeys
from runtime.work.journeys import UNREAD, Journeys, Live, Space
from runtime.work.people import CHANGES, People

CLAIMED = 200  # runs that are claimed with their start at most; others are claimed later
PAGES = 20  # batches looked through for one that is not held

Outcome = dict[str, Any]

log = logging.getLogger("wayline.work")


def take(
    database: Database,
    conn: Connection,
    journeys: Journeys,
    workspace: str,
    lease_us: int,
    most: int,
) -> tuple[int, Batch | None]:
    """Route the oldest events of a workspace; how many, and the runs that they have started, which
    are claimed."""
    if not events.lock(conn, workspace):
        return 0, None
    after, held = 0, set[str]()
    for _ in range(PAGES):
        found = events.unrouted(conn, workspace, after, most)
        if not found:
            break
        routing_batch = _Routing(database, conn, journeys, workspace, found, held)
        routed = routing_batch.route(lease_us)
        if routed:
            batch = routing_batch.claimed()
            if batch is not None:
                failpoint("claim.before_commit")
            failpoint("route.before_commit")
            return routed, batch
        after, held = found[-1].seq, routing_batch.held
    return 0, None


class _Routing:
    """The events of one transaction and everything that comes of them."""

    def __init__(
        self,
        database: Database,
        conn: Connection,
        journeys: Journeys,
        workspace: str,
        found: Sequence[EventRow],
        held: set[str],
    ) -> None:
        self.conn = conn
        self.now = database.now_us(conn)
        self.at = from_us(self.now)
        self.journeys = journeys
        self.space: Space = journeys.space(conn, workspace)
        self.found = found
        self.held = held
        self.people = People(conn, workspace, found, self.now)
        self.open: dict[str, list[runs.OpenRow]] = {}
        self.busy: set[str] = set()
        self.entries: dict[tuple[str, str, str], tuple[int, bool]] = {}  # last, open
        self.entries_of: set[str] = set()
        self.pasts: dict[str, list[Event]] = {}  # before this batch
        self.taken: dict[str, list[Event]] = {}  # in this batch
        self.signals: list[tuple[str, str, str]] = []
        self.started: list[NewRun] = []
        self.mine: list[NewRun] = []  # of those started, the ones that are claimed here
        self.arrived: dict[str, Event] = {}
        self.goals: list[tuple[EventRow, Customer]] = []
        self.routed: list[tuple[int, str | None, list[Outcome]]] = []
        self.heard: list[int] = []

    def route(self, lease_us: int) -> int:
        """Route what is not held, and write it; how many events that were."""
        self._read_open(self.people.ids)
        for event in self.found:
            if self._holds_back(event):
                continue
            merges = len(self.people.candidates(event)) > 1
            if merges and (self.routed or self.heard):
                break  # it may make one customer of two, which needs a batch of its own
            self._take(event)
            if merges:
                break
        self._write(lease_us)
        return len(self.routed) + len(self.heard)

    def claimed(self) -> Batch | None:
        """The runs that were started and claimed, with all that it takes to carry them on."""
        if not self.mine:
            return None
        batch = Batch(
            self.now,
            self.space,
            [runs.claimed(one, self.now) for one in self.mine],
            {live.version: live.journey for live in self.space.by_id.values()},
            {},
            self.arrived,
            {},
            {},
        )
        for one in self.mine:
            if one.customer is not None and (known := self.people.known(one.customer)) is not None:
                batch.customers[one.customer] = known
        if self.signals:
            read_inbox(self.conn, batch)
        read_journeys(self.conn, self.journeys, batch)
        return batch

    # --- Order --------------------------------------------------------------------------------

    def _read_open(self, customers: set[str]) -> None:
        if not customers:
            return
        for one in runs.open_of(self.conn, customers):
            self.open.setdefault(one.customer, []).append(one)
            if one.wake_at is not None and one.wake_at <= self.now:
                self.busy.add(one.customer)

    def _holds_back(self, event: EventRow) -> bool:
        """Whether the event must wait for runs of its customer to move; then all later ones do."""
        who = self.people.candidates(event)
        if who.isdisjoint(self.held) and (who.isdisjoint(self.busy) or not self._hangs(event)):
            return False
        self.held |= who
        return True

    def _hangs(self, event: EventRow) -> bool:
        """Whether what comes of the event may hang on what the customer's due runs do first."""
        return event.kind in CHANGES or self._starts_by_state(event)

    def _starts_by_state(self, event: EventRow) -> bool:
        """Whether it may start a journey, depending on the customer's runs or record."""
        return any(
            not one.paused
            and (
                one.journey.reentry.mode == "when_finished"
                or any(t.start.where is not None for t in one.journey.triggers)
            )
            for one in self._starts(event)
        )

    def _starts(self, event: EventRow) -> Sequence[Live]:
        if event.target is None:
            return self.space.starts.get(event.name, ())
        target = self.space.by_id.get(event.target)
        return (target,) if target else ()

    # --- One event ----------------------------------------------------------------------------

    def _take(self, event: EventRow) -> None:
        signals = len(self.signals)
        customer: Customer | None = None
        try:
            customer = self.people.take(event)
            if self.people.merged:
                self.open.clear()
                self._read_open(self.people.ids)
            arrived = past_event(event)
            if not event.heard and customer is not None and self._hear(event, customer):
                self.heard.append(event.seq)
                self.held.add(customer.id)
                return
        except DBAPIError:
            raise
        except Exception as error:
            del self.signals[signals:]
            log.exception("The event %s could not be routed.", event.id)
            why: Outcome = {"error": f"{type(error).__name__}: {error}"}
            outcome = [*_settled(event), why | {"heard": True} if event.heard else why]
            self._lament(event, outcome)
            who = customer.id if customer is not None else event.customer
            self.routed.append((event.seq, who, outcome))
            return
        outcome = self._start(event, arrived, customer)
        if customer is not None:
            self.taken.setdefault(customer.id, []).append(arrived)
            if event.name in self.space.goals:
                self.goals.append((event, customer))
        self.routed.append((event.seq, customer.id if customer else None, outcome))

    def _lament(self, event: EventRow, outcome: Sequence[Outcome]) -> None:
        """What failed is with the dead letters, and can be tried again."""
        why = " ".join(dict.fromkeys(one["error"] for one in outcome if "error" in one))
        reason = f"This event could not be routed: {why}"
        runs.dead_letter(self.conn, self.space.id, "event", event.id, reason, self.now)

    def _hear(self, event: EventRow, customer: Customer) -> bool:
        """Put the event into the inboxes of the customer's open runs that may hear it. True when
        one of them must take it before the event can start its journey again."""
        body: str | None = None
        reached: set[str] = set()
        for one in self.open.get(customer.id, ()):
            journey = self.journeys.version(self.conn, one.version)
            if event.name not in journey.listens or one.event == event.id:
                continue
            body = body or signals.body(event)
            self.signals.append((one.id, "event", body))
            self.busy.add(customer.id)
            reached.add(one.journey)
        return bool(reached) and self._starts_by_state(event)

    def _start(self, event: EventRow, arrived: Event, customer: Customer | None) -> list[Outcome]:
        """Start a run in each journey that the event triggers; what came of it in each. What fails
        in one keeps no other from starting."""
        live = self._starts(event)
        outcomes = _settled(event)
        if not (live or outcomes or event.target is None or event.target in self.space.unread):
            return [{"journey": event.target, "skipped": "The journey is not live."}]
        done = {one["journey"] for one in outcomes}
        failed = False
        for one in live:
            if one.id in done:
                continue
            try:
                outcome = self._start_in(one, event, arrived, customer)
            except DBAPIError:
                raise
            except Exception as error:
                failed = True
                log.exception("The event %s could not start the journey %s.", event.id, one.id)
                outcome = {"journey": one.id, "error": f"{type(error).__name__}: {error}"}
            if outcome is not None:
                outcomes.append(outcome)
        for unread in self.space.unread and self.space.unread_by(event.name, event.target):
            if unread not in done:
                failed = True
                outcomes.append({"journey": unread, "error": UNREAD})
        if failed:
            self._lament(event, outcomes)
        return outcomes

    def _start_in(
        self, one: Live, event: EventRow, arrived: Event, customer: Customer | None
    ) -> Outcome | None:
        """What comes of the event in one journey; None when no trigger of it matches. What may
        raise an error comes before anything is noted."""
        world = self._world(one.journey, customer, arrived)
        trigger = routing.match_trigger(
            one.journey, arrived, event.target, event.target_node, world
        )
        if trigger is None:
            return None
        if one.paused:
            return {"journey": one.id, "skipped": "The journey is paused."}
        key = routing.entry_key(one.journey, trigger, arrived, world)
        reason = self._kept_out(one, customer, key, world)
        if reason is not None:
            return {"journey": one.id, "skipped": reason}
        started = NewRun(
            id=new_id(),
            workspace=self.space.id,
            journey=one.id,
            version=one.version,
            event=event.id,
            customer=customer.id if customer else None,
            entry_key=key,
            trigger=trigger.node_id,
            sample=bool(event.sample),
        )
        self._enter(started)
        self.arrived[arrived.id] = arrived
        return {"journey": one.id, "run": started.id}

    def _kept_out(
        self, live: Live, customer: Customer | None, key: str, world: World
    ) -> str | None:
        if customer is None:
            return None
        if live.id not in self.entries_of:
            self._read_entries(live.id)
        found = self.entries.get((live.id, customer.id, key))
        previous = None if found is None else routing.Entry(from_us(found[0]), found[1])
        zone = zone_of(live.journey, world)
        return routing.may_enter(live.journey, previous, self.at, zone)

    def _read_entries(self, journey: str) -> None:
        self.entries_of.add(journey)
        customers = self.people.ids
        if customers:
            for customer, key, last_at, is_open in runs.entries(self.conn, journey, customers):
                self.entries[journey, customer, key] = last_at, is_open

    def _enter(self, started: NewRun) -> None:
        self.started.append(started)
        if started.customer is None:
            return
        self.entries[started.journey, started.customer, started.entry_key] = self.now, True
        self.busy.add(started.customer)
        fresh = runs.OpenRow(
            started.id,
            started.journey,
            started.version,
            started.event,
            started.customer,
            self.now,
        )
        self.open.setdefault(started.customer, []).append(fresh)

    def _world(self, journey: Journey, customer: Customer | None, arrived: Event) -> World:
        history: Sequence[Event] = ()
        if journey.needs_history and customer is not None:
            if customer.id not in self.pasts:
                self.pasts[customer.id] = past(self.conn, customer.id)
            history = [*self.pasts[customer.id], *self.taken.get(customer.id, ()), arrived]
        return World(self.at, customer, self.space.zone, self.space.opt_in, history)

    # --- Writing ------------------------------------------------------------------------------

    def _write(self, lease_us: int) -> None:
        final = self.people.final
        self.people.write()
        started = self.started
        if self.people.merged:
            started = [one._replace(customer=final(one.customer)) for one in started]
        self.mine = started[:CLAIMED]
        runs.start(self.conn, self.mine, self.now, self.now + lease_us)
        runs.start(self.conn, started[CLAIMED:], self.now)
        runs.enter(self.conn, started, self.now)
        inbox.put_all(self.conn, self.signals, self.now)
        events.mark_heard(self.conn, self.heard)
        events.mark_routed(
            self.conn,
            [
                (self.now, final(customer), orjson.dumps(outcome).decode(), seq)
                for seq, customer, outcome in self.routed
            ],
        )
        if self.goals:
            versions = [v for one in self.goals for v in self._reach_goals(*one)]
            runs.count(self.conn, Counter((v, *runs.GOAL) for v in versions))

    def _reach_goals(self, event: EventRow, customer: Customer) -> list[str]:
        """Mark the runs whose goal this event reaches; the version of each."""
        arrived = past_event(event)
        reached: list[tuple[int, str]] = []
        versions: list[str] = []
        for live in self.space.goals[event.name]:
            candidates = runs.without_goal(self.conn, live.id, customer.id, event.seq)
            entries = events.by_id(self.conn, {c.event for c in candidates}) if candidates else {}
            for one in candidates:
                journey = self.journeys.version(self.conn, one.version)
                entry, began = past_event(entries[one.event]), from_us(one.wake_at or 0)
                state = Run(one.id, "", entry, began)
                world = self._world(journey, customer, arrived)
                zone = zone_of(journey, world)
                if routing.reaches_goal(journey, state, arrived, world, zone):
                    reached.append((self.now, one.id))
                    versions.append(one.version)
        runs.reach_goal(self.conn, reached)
        return versions


def _settled(event: EventRow) -> list[Outcome]:
    """What has come of an event already that is routed again."""
    return orjson.loads(event.outcome_json) if event.outcome_json else []
