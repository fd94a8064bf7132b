"""A worker's work: fires, routes, carries on and sends, until nothing is left or the time is up."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from nodes.registry import node_types
from nodes.spec import NodeType
from runtime.ports import new_loop
from runtime.settings import Settings
from runtime.store import outbox, spaces
from runtime.store.database import Connection, Database, away, new_id
from runtime.store.failpoints import failpoint
from runtime.work import advance, chores, effects, fire, landing, route, turns
from runtime.work.advance import Batch
from runtime.work.aloft import LANES, Aloft
from runtime.work.effects import Flight, Flights, Landing, Opens, Sends, Taking
from runtime.work.journeys import Journeys
from runtime.work.providers import Providers
from runtime.work.turns import Turns

TURN = 0.005  # seconds that sends get between two rounds of other work
LOOK = 0.25  # seconds between two looks for other work while sends are on their way, at most
OVERTIME = 20.0  # seconds past the deadline in which new sends may still join slow ones
AHEAD = 0.05  # seconds that sends which wait to begin go before other work, at most


log = logging.getLogger("wayline.work")


@dataclass(slots=True)
class Stats:
    """How much a drain did."""

    fired: int = 0
    routed: int = 0
    carried: int = 0
    sent: int = 0


class Work:
    """All the work of one worker process. `drain` from one thread at a time; `anything_due` and
    `stop` from any."""

    def __init__(
        self,
        database: Database,
        ports: Sends,
        settings: Settings,
        *,
        vault: Opens | None = None,
        types: Mapping[str, NodeType] | None = None,
    ) -> None:
        self._database = database
        self._ports = ports
        self._settings = settings
        self._vault = vault
        self._journeys = Journeys(node_types() if types is None else types)
        self._providers = Providers()
        self.name = new_id()
        self._lease_us = int(settings.lease_seconds * 1e6)
        self.look = min(LOOK, settings.lease_seconds / 20)
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._aloft = _Drain(self)

    def drain(self, deadline: float) -> Stats:
        """Work until nothing is due or `time.monotonic()` has passed the deadline. Sends on their
        way are waited for."""
        if self._loop is None:
            self._loop = new_loop()
        return self._loop.run_until_complete(self._aloft.drain(deadline))

    def anything_due(self) -> bool:
        """Whether there is work now: what the sweeper asks, so that no wake-up has to arrive."""
        if self._aloft.busy:
            return True
        return spaces.look(self._database).any

    def stop(self) -> None:
        """Claim nothing more; `drain` returns soon."""
        self._stopping.set()

    def close(self) -> None:
        """Let go of the outside's connections, after the last drain."""
        if self._loop is not None:
            self.stop()
            self._loop.run_until_complete(self._aloft.end())
            self._loop.run_until_complete(self._ports.close())
            self._loop.close()
            self._loop = None

    # --- One round ----------------------------------------------------------------------------

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping.is_set()

    def due(self) -> spaces.Due:
        """Where there is work now."""
        return spaces.look(self._database)

    def after_a_crash(self) -> bool:
        """Whether sends stand there unanswered: then a worker was killed just now, or others are
        busy, and what happened may happen again."""
        with self._database.read() as conn:
            return outbox.in_doubt(conn, self._database.now_us(conn) + self._lease_us)

    def route(
        self, workspace: str, most: int = turns.EVENTS, *, flood: bool = False
    ) -> tuple[int, Batch | None]:
        """Route a batch; how many events, and the runs they started, claimed. `flood`: say that
        this worker routes the workspace for the time being."""

        def work(conn: Connection) -> tuple[int, Batch | None]:
            lease = self._lease_us
            found = route.take(self._database, conn, self._journeys, workspace, lease, most)
            if flood and found[0]:
                until = self._database.now_us(conn) + turns.FLOOD
                spaces.route_flood(conn, workspace, self.name, until)
            return found

        routed, batch = self._database.transact(work)
        if routed:
            failpoint("route.after_commit")
        return routed, batch

    def claim(self, workspace: str, most: int = turns.RUNS) -> Batch | None:
        """Claim due runs."""

        def work(conn: Connection) -> Batch | None:
            lease = self._lease_us
            return advance.claim(self._database, conn, self._journeys, workspace, lease, most)

        return self._database.transact(work)

    def carry(self, batch: Batch, room: int) -> Flights:
        """Carry claimed runs on. Of the effects that this makes, those for which there is room are
        claimed in the same commit."""
        flights = advance.finish(self._database, batch, self._taking(room))
        if flights.claimed:
            failpoint("effect.after_claim_commit")
        return flights

    def take_off(self, workspace: str, room: int) -> Flights:
        """Claim a chunk of effects to send, as far as there is room."""
        taking = self._taking(room)
        if taking.room <= 0:
            return effects.NONE
        return effects.claim(self._database, workspace, taking)

    def _taking(self, room: int) -> Taking:
        clock = time.monotonic if self._loop is None else self._loop.time
        until = clock() + self._settings.lease_seconds * effects.WITHIN
        room = 0 if self.stopping else max(0, room)
        return Taking(self._journeys, self._lease_us, room, until, self._providers)

    def fire(self) -> int:
        """Fire due schedules."""
        return fire.fire(self._database)

    def do_chore(self) -> int:
        """Go on with erasing, retention and the like by one short transaction."""
        return chores.step(self._database)

    async def send(self, flight: Flight) -> Landing:
        """Send one effect."""
        if self._vault is None:
            from runtime.vault import Vault

            self._vault = Vault(self._settings)
        return await effects.send(self._ports, self._vault, flight)

    def learn(self, one: Landing) -> None:
        """What the send says of its provider. Once: a landing that has to be committed again is
        the same answer."""
        self._providers.learn(one.effect, one.result, self._database.about_us())

    def land(self, landings: list[Landing], go_on: bool, room: int) -> landing.Landed:
        """Commit what became of sends, and carry their runs on; claim those that could not be, if
        the drain goes on."""
        claims = go_on and not self.stopping and len(landings) <= turns.RUNS
        taking = self._taking(room if go_on else 0)
        return landing.land(self._database, landings, taking, claims=claims)

    def land_alone(self, one: Landing, room: int) -> landing.Landed | None:
        """The same for one by which the others may have failed."""
        return landing.land_alone(self._database, one, self._taking(room))


class _Drain:
    """Rounds of database work with the sends between them. What is on its way, or has come back and
    could not be committed, outlives a drain that failed: while the database is away nobody else can
    send it either."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._deadline = 0.0
        self._stats = Stats()
        self._aloft = Aloft(work.send, work.learn)
        self._new = True
        self._shaken = False
        self._room = LANES
        self._turns = Turns(work.name)

    @property
    def busy(self) -> bool:
        """Whether something is on its way, or waits to be committed."""
        return self._aloft.busy

    async def drain(self, deadline: float) -> Stats:
        """Until nothing is left, or the deadline has passed and nothing is on its way."""
        self._deadline, self._stats = deadline, Stats()
        if self._shaken or (self._new and self._work.after_a_crash()):
            self._aloft.shaken()
        self._new, self._shaken = False, True  # unless this ends well
        self._land(go_on=True)
        while await self._round():
            pass
        if self._work.stopping:
            await self._settle_down()
        self._shaken = False
        return self._stats

    async def _round(self) -> bool:
        late = time.monotonic() - self._deadline
        stop = self._work.stopping or (late > 0 and not self.busy)
        if stop:
            return False
        self._room = LANES if late < OVERTIME else 0
        due = self._work.due()
        # half of the room is for what has waited longest: else new work would fill it all
        moved = self._take_off(due, share=2) + await self._move(due) + self._take_off(due)
        if not self.busy:
            return bool(moved)
        await self._send(TURN if moved else self._work.look)
        return True

    async def _move(self, due: spaces.Due) -> int:
        """One batch of each kind for each workspace that has work, the flooding ones last; how much
        moved."""
        work, stats = self._work, self._stats
        before = stats.fired + stats.routed + stats.carried
        if due.schedules and not work.stopping:
            stats.fired += work.fire()
        chores = self._work.do_chore() if due.chores and not work.stopping else 0
        self._turns.look(due)
        for workspace in self._turns.of_events(due):
            if not work.stopping:
                await self._route(workspace)
        for workspace in self._turns.of_runs(due):
            if not work.stopping:
                await self._claim(workspace)
        return stats.fired + stats.routed + stats.carried - before + chores

    async def _route(self, workspace: str) -> None:
        most, flood = self._turns.events(workspace)
        routed, batch = self._work.route(workspace, most, flood=flood)
        self._stats.routed += routed
        if batch is not None:
            self._carry(batch)
        self._turns.routed(workspace, most, routed)
        await asyncio.sleep(0)  # what is to be sent leaves before the next workspace has its turn

    async def _claim(self, workspace: str) -> None:
        most = self._turns.runs(workspace)
        batch = self._work.claim(workspace, most)
        if batch is not None:
            self._carry(batch)
        self._turns.claimed(workspace, most, 0 if batch is None else batch.size)
        await asyncio.sleep(0)

    def _carry(self, batch: Batch) -> None:
        self._launch(self._work.carry(batch, self._room_for(batch.space.id)))
        self._stats.carried += batch.size

    def _room_for(self, workspace: str) -> int:
        """How many more sends it may have on their way: a quarter of the lanes is for the others
        while there are any."""
        free = self._free
        if self._turns.alone:
            return free
        return min(free, LANES * 3 // 4 - self._aloft.count(workspace))

    @property
    def _free(self) -> int:
        return self._room - len(self._aloft)

    def _take_off(self, due: spaces.Due, share: int = 1) -> int:
        before = self._stats.sent
        for workspace in due.effects:
            room = -(-self._room_for(workspace) // share)
            self._launch(self._work.take_off(workspace, room), late=True)
        return self._stats.sent - before

    def _launch(self, found: Flights, *, late: bool = False) -> None:
        self._aloft.launch(found.flights, late=late)
        self._stats.sent += found.claimed

    async def _send(self, seconds: float) -> None:
        """What is on its way comes back and is committed; then what waits to begin goes, a few at a
        time, before this worker makes more of it."""
        now = asyncio.get_running_loop().time
        until = now() + AHEAD
        while True:
            most = min(seconds, TURN) if self._aloft.waiting else seconds
            await self._aloft.wait(most, patient=self._turns.alone)
            self._land(go_on=True)
            self._aloft.begin()
            if not self._aloft.waiting or now() > until:
                return

    def _land(self, *, go_on: bool) -> None:
        landed = self._aloft.take()
        if not landed:
            return
        try:
            found = self._work.land(landed, go_on, self._free)
        except Exception as error:
            if away(error):
                self._aloft.give_back(landed)
                raise
            log.exception("Answers that could not be kept together are kept one by one.")
            self._land_apart(landed)
            return
        self._take_up(found)

    def _land_apart(self, landed: list[Landing]) -> None:
        while landed:
            try:
                found = self._work.land_alone(landed[0], self._free)
            except Exception:
                self._aloft.give_back(landed)
                raise
            del landed[0]
            if found is not None:
                self._take_up(found)

    def _take_up(self, found: landing.Landed) -> None:
        self._stats.carried += found.carried
        self._launch(found.flights)
        for batch in found.batches:
            self._carry(batch)

    async def end(self) -> None:
        """After the last drain: nothing is left running, even if that one failed."""
        try:
            await self._settle_down()
        except Exception:
            log.exception("What was on its way could not be committed; it is sent again.")

    async def _settle_down(self) -> None:
        """The worker stops: let sends end that can; the others are cut off and tried again."""
        await self._aloft.stop()
        self._land(go_on=False)
