"""Who acts: workers, the intake, senders. Each runs the real code in a virtual process."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.exc import DBAPIError

from runtime.settings import Settings
from runtime.store.database import StoreFailed
from runtime.store.intake import Incoming, Intake, Receipt
from runtime.work import fire
from runtime.work.drain import Work
from tests.interleave import business
from tests.interleave.hub import HOUR, MINUTE, SECOND, Process
from tests.interleave.loop import VirtualLoop
from tests.interleave.provider import SimulatedPorts
from tests.interleave.world import World

LEASE = 30.0
SETTINGS = Settings(Path("/nonexistent"), lease_seconds=LEASE)
LONGEST = 2 * HOUR  # an idle worker looks at least so often, whatever it expects


class NoVault:
    """There are no credentials here."""

    def open(self, workspace: str, id: str, sealed: bytes) -> dict[str, Any]:
        return orjson.loads(sealed)


class SmallFires(Work):
    """A worker whose fan-outs take more than one transaction for a handful of customers."""

    def fire(self) -> int:
        return fire.fire(self._database, business.FAN_OUT)


class Worker:
    """A worker of the house: a process after the other. It drains when its bell rings or its sweep
    finds something due, as runtime.queue.worker does."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.lives = 0
        self._swept = 0
        self._idle = False
        self.begin(0)

    def begin(self, pause: int) -> None:
        """A new process."""
        self.lives += 1
        self.process = Process(self.world.hub, f"{self.name}.{self.lives}")
        self.work: Work | None = None
        self._idle = False
        self.process.start(self._main, pause)

    def ring(self) -> None:
        """A wake-up, which may be lost or come twice, and comes a little later."""
        world = self.world
        late = int(world.hub.dice.expovariate(1 / 2_000))
        if world.weather.strikes("lost_rings"):
            return
        times = 2 if world.hub.dice.random() < 0.05 else 1
        for _ in range(times):
            world.hub.after(late, self.process.wake)

    def committed(self) -> None:
        """Somebody has committed: the next sweep may find something."""
        hub = self.world.hub
        if self._idle and self._swept <= hub.now:
            self._swept = hub.now + SECOND - hub.now % SECOND + self.world.phase(self.name)
            hub.at(self._swept, self.process.wake)

    def _main(self) -> None:
        world, process = self.world, self.process
        database = world.database(process)
        ports = SimulatedPorts(process, world.provider, world.weather)
        work = SmallFires(database, ports, SETTINGS, vault=NoVault(), types=business.types())
        work._loop = VirtualLoop(process, world.fail)
        self.work = work
        while not work.stopping:
            try:
                work.drain(1e18)
                if world.weather.strikes("term"):
                    break
            except DBAPIError as error:
                world.meant(error)
                process.sleep(20_000)
                continue
            self._idle = True
            process.wait(self._patience())
            self._idle = False
        world.hub.tell(process.name, "ends in good order")
        work.close()

    def _patience(self) -> int:
        """How long nothing will be due, as far as anybody can tell: every sweep in between would
        find nothing, so it is not run."""
        hub, memory = self.world.hub, self.world.memory
        (soonest,) = memory.rows(
            """SELECT min(at) FROM (
 SELECT min(max(wake_at, lease_until)) AS at FROM run WHERE wake_at IS NOT NULL
 UNION ALL SELECT min(next_at) FROM outbox WHERE next_at IS NOT NULL
 UNION ALL SELECT min(next_at) FROM schedule
 UNION ALL SELECT min(next_at) FROM chore)"""
        )[0]
        sweep = self.world.phase(self.name) + 1
        if memory.rows("SELECT 1 FROM event WHERE routed_at IS NULL LIMIT 1"):
            return SECOND + sweep  # it is held: a sweep looks once a second
        if soonest is None:
            return LONGEST
        return min(max(soonest - hub.host_us(), 0) + sweep, LONGEST)


class Bell:
    """What rings the workers."""

    def __init__(self, world: World) -> None:
        self.world = world

    def ring(self) -> None:
        """Wake one of them."""
        self.world.hub.dice.choice(self.world.workers).ring()


class _Mailslot:
    """The intake's queue: `get` rests in the intake's process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._items: list[Any] = []

    def put(self, item: Any) -> None:
        self._items.append(item)
        self._process.wake()

    def get(self) -> Any:
        while not self._items:
            self._process.wait(None)
        return self._items.pop(0)

    def empty(self) -> bool:
        return not self._items


class Door:
    """The process that takes events in: the real `Intake`, whose thread is the process itself."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lives = 0
        self.begin(0)

    def begin(self, pause: int) -> None:
        """A new process; who waits for the old one hears nothing any more."""
        self.lives += 1
        self.process = Process(self.world.hub, f"intake.{self.lives}")
        self.intake = Intake(self.world.database(self.process), Bell(self.world))
        self.intake._waiting = _Mailslot(self.process)  # type: ignore[assignment]
        self.intake._thread = threading.current_thread()
        self.process.start(self.intake._serve, pause)

    def ask(self, caller: Process, incoming: Incoming) -> Receipt | None:
        """What the intake answers, or None when nothing came for ten seconds or it said 503."""
        if not self.process.alive:
            caller.sleep(SECOND // 2)
            return None
        loop = VirtualLoop(caller, self.world.fail)
        try:
            return loop.run_until_complete(self._accept(incoming))
        except TimeoutError:
            return None
        except StoreFailed as error:
            self.world.meant(error.__cause__)
            return None
        finally:
            loop.close()

    async def _accept(self, incoming: Incoming) -> Receipt:
        return (await asyncio.wait_for(self.intake.accept(incoming), 10))[0]


@dataclass(slots=True)
class Said:
    """An event as its sender knows it."""

    external_id: str
    customer: str
    name: str
    n: int
    event_id: str | None = None  # once it was answered 2xx
    properties: dict[str, Any] = field(default_factory=dict[str, Any])


class Sender:
    """A program of the business that tells what one customer does: one event after the other, each
    until it is answered, sometimes once more."""

    def __init__(self, world: World, customer: str, count: int, number: int) -> None:
        self.world = world
        self.customer = customer
        self.prefix = f"s{number}-"  # of its ids, which do not name the customer
        self.count = count
        self.said: list[Said] = []
        self.process = Process(world.hub, f"sender.{customer}")
        self.process.start(self._main)

    def _main(self) -> None:
        dice = self.world.hub.dice
        self.process.sleep(int(dice.random() * 5 * SECOND))
        for n in range(self.count):
            name = dice.choice(business.EVENTS + ("message",) * 4 * self.world.brittle)
            follows = self.said[-1].name if self.said else ""
            if follows == "trial" and dice.random() < 0.6:
                name = dice.choice(("invited", "churned", "invited"))
            id = f"{self.prefix}{n}"
            properties = {"n": n, "id": f"k{dice.randrange(2)}", "said": f"canary {id}."}
            one = Said(id, self.customer, name, n, None, properties)
            self.said.append(one)
            self._say(one)
            pause = dice.choice((0, 1_500, 5_000, 20_000, SECOND, 40 * SECOND, 10 * MINUTE, HOUR))
            if name == "trial" and dice.random() < 0.6:
                pause = 0
            self.process.sleep(int(pause * (0.5 + dice.random())))

    def _say(self, one: Said) -> None:
        dice = self.world.hub.dice
        again = 1 + (dice.random() < 0.1)
        while again:
            receipt = self.world.door.ask(self.process, self._incoming(one))
            if receipt is None:
                self.process.sleep(int(dice.uniform(0.1, 3) * SECOND))
                continue
            again -= 1
            if receipt.conflict or one.event_id not in (None, receipt.event_id):
                self.world.fail(f"the event {one.external_id} was answered {receipt}")
            one.event_id = receipt.event_id
        if dice.random() < 0.05:
            self._lie(one)

    def _lie(self, one: Said) -> None:
        """The same id with another body is a conflict, and nothing is stored."""
        other = Said(one.external_id, one.customer, one.name, -1, None, {"n": -1})
        receipt = self.world.door.ask(self.process, self._incoming(other))
        if receipt is not None and not receipt.conflict:
            self.world.fail(f"another body under {one.external_id} was answered {receipt}")

    def _incoming(self, one: Said) -> Incoming:
        return Incoming(
            "w", "api", one.external_id, "track", one.name, {"id": one.customer}, one.properties
        )
