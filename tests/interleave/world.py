"""One seed: the world it makes, from the first event until everything has come to rest."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from runtime.facade import endings
from runtime.store import database as real
from runtime.work import journeys
from tests.interleave import business, weather
from tests.interleave.hub import DAY, HOUR, MINUTE, SECOND, START, Hub, Process, Stuck
from tests.interleave.provider import Provider
from tests.interleave.store import Memory, Refused, Seen, Simulated
from tests.interleave.weather import Weather

if TYPE_CHECKING:
    from tests.interleave.actors import Door, Sender, Worker
    from tests.interleave.people import Owner, Person

MOST_PROBLEMS = 60
BRITTLE = 0.35  # of the seeds have a journey that fails easily, and an owner who lets runs go on
STURDY = 60  # the first seeds have not: many of them are pinned in test_interleave.py
EXPECTED = "events cannot be stored"  # the intake says so when the weather refuses its commit


@dataclass(slots=True)
class Verdict:
    """What became of a seed."""

    seed: int
    problems: list[str]
    lines: list[str]
    struck: dict[str, int]
    events: int
    runs: int
    effects: int
    twice: int


class World:
    """Everything of a seed."""

    def __init__(
        self, seed: int, memory: Memory, *, without: Collection[str] = (), rough: bool = False
    ) -> None:
        """`without` the outbox effects are sent before they are committed, without fresh ids some
        come twice (mutations). `rough`: every kind of fault strikes, and often."""
        self.hub = Hub(seed)
        self.memory = memory
        self.problems: list[str] = []
        self.cancelled: set[str] = set()
        memory.reset()
        dice = self.hub.dice
        self.rough = rough
        self.rates = weather.ROUGH if rough else weather.draw(dice)
        self.again = dice.random() < 0.5  # as on PostgreSQL, failed transactions are made again
        span = dice.choice((2 * MINUTE, HOUR, 8 * HOUR))
        self.faults_until = START + span
        # Dice of their own, so that seeds without this tell what they would without it.
        self.brittle = seed > STURDY and Random(f"brittle {seed}").random() < BRITTLE
        self.weather = Weather(self.hub, self.rates, self.faults_until)
        self.provider = Provider(self.hub, self.weather, self.fail, self._once, self._erased)
        self.provider.fragile = self.brittle
        memory.whose = self._whose
        self.rates_of = dict.fromkeys(business.HOSTS, dice.choice((0.5, 2, 10)))
        if dice.random() < 0.6:
            self.rates_of = {}
        self.poison = dice.random() < 0.25 or rough
        business.poison[:] = [self._die]
        self.smtp = dice.random() < 0.5  # emails go out, or into the mailbox
        self._furnish()
        if self.rates.outage:
            down = START + int(dice.random() * span)
            self.provider.outage = (down, min(down + 10 * MINUTE, self.faults_until))
        self.seen = Seen(self.fail)
        if "outbox" in without:
            memory.tell_early(self._send_early)
        self._phases: dict[str, int] = {}
        self._ids = 0
        self._stale_ids: list[str] | None = [] if "fresh ids" in without else None

    def fail(self, problem: str) -> None:
        """An invariant is broken."""
        if len(self.problems) < MOST_PROBLEMS:
            self.hub.tell("CHECK", problem)
            self.problems.append(problem)

    def meant(self, error: BaseException | None) -> None:
        """An error of the database that the weather did not send is a failure."""
        if not isinstance(getattr(error, "orig", None), Refused):
            self.fail(f"the database: {error!r}")

    def database(self, process: Process) -> Simulated:
        """The database as a process opens it."""
        return Simulated(self.memory, process, self.weather, self.seen, again=self.again)

    def phase(self, name: str) -> int:
        """When in a second this worker sweeps."""
        if name not in self._phases:
            self._phases[name] = self.hub.dice.randrange(SECOND)
        return self._phases[name]

    def new_id(self) -> str:
        """Ids as the engine makes them, from the seed's clock and dice."""
        self._ids += 1
        milliseconds = self.hub.host_us() // 1000
        made = f"{milliseconds:012x}{self._ids & 0xFFFF:04x}{self.hub.dice.getrandbits(64):016x}"
        if self._stale_ids is not None:
            if self._stale_ids and self.hub.dice.random() < 0.3:
                return self.hub.dice.choice(self._stale_ids)
            self._stale_ids.append(made)
        return made

    def _send_early(self, effects: list[Any]) -> None:
        process = self.hub.current
        for one in effects:
            if process is not None and one[3] != "email":
                body = orjson.dumps(orjson.loads(one[6]), option=orjson.OPT_SORT_KEYS)
                self.provider.take_early(process, one[3], one[0], body)

    def _furnish(self) -> None:
        settings = {"rates": self.rates_of, **({"smtp": "post"} if self.smtp else {})}
        text = orjson.dumps(settings).decode()
        self.memory.bare.execute("UPDATE workspace SET settings_json = ?", (text,))
        if self.brittle:
            sql = "UPDATE journey SET state = 'live' WHERE id = ?"
            self.memory.bare.execute(sql, (business.BRITTLE,))

    def asks(self, run: str) -> None:
        """Somebody is about to ask for a failed run to go on."""
        self.memory.bare.execute("INSERT INTO asked VALUES (?)", (run,))

    def _die(self) -> None:
        process = self.hub.current
        if self.poison and not self.weather.over and process is not None:
            process.kill("of poison")

    def _whose(self) -> str:
        """Whose turn it is."""
        return self.hub.current.name if self.hub.current is not None else ""

    def _once(self, key: str) -> bool:
        return key.split(":")[2] in business.ONCE

    def _erased(self, key: str) -> bool:
        sql = """SELECT 1 FROM about_run a JOIN chore c ON c.kind = 'erase' AND c.ref = a.customer
 WHERE a.id = ? AND c.done_at IS NOT NULL"""
        return bool(self.memory.rows(sql, key.partition(":")[0]))

    def left_of_erased(self) -> list[str]:
        """What is still there of customers whose erasure is done."""
        from tests.interleave.check_erase import left

        return left(self)

    # --- The story ----------------------------------------------------------------------------

    def live(self) -> None:
        """From the first event to the last thing that was due."""
        from tests.interleave.actors import Door, Sender, Worker
        from tests.interleave.people import DUTIES, Owner, Person

        dice, hub = self.hub.dice, self.hub
        self.workers: list[Worker] = [
            Worker(self, f"worker{n}") for n in range(dice.choice((1, 2, 3)))
        ]
        self.seen.listeners += [one.committed for one in self.workers]
        self.door: Door = Door(self)
        self.senders: list[Sender] = [
            Sender(self, one, dice.choice((2, 4, 7)), n) for n, one in enumerate(business.CUSTOMERS)
        ]
        patience = dice.choice((30 * SECOND, 20 * MINUTE, 2 * HOUR))
        self.people: list[Person] = [Person(self, name, patience) for name in ("ines", "omar")]
        duties = [duty for duty in DUTIES if self.rough or dice.random() < 0.35]
        if self.brittle:
            duties.append("retries")
        self.owner: Owner = Owner(self, "uma", dice.choice((20 * SECOND, 10 * MINUTE)), duties)
        self.weather.set_clocks()
        hub.after(SECOND, self._keep_alive)
        hub.run(self.faults_until)
        self._clear_up()
        hub.run(hub.now + MINUTE)
        while not all(one.process.done for one in self.senders):
            hub.run(hub.now + HOUR)
        hub.run(hub.now + MINUTE)
        self._drained("a minute after the last fault")
        self._wait_for_everything()

    def _keep_alive(self) -> None:
        """The supervisor: what has died or ended is started again."""
        hub = self.hub
        team = (*self.people, self.owner)
        for one in (*self.workers, self.door, *team):
            if not one.process.alive or (one.process.done and one not in team):
                one.begin(int(hub.dice.random() * SECOND))
        if not self.weather.over:
            hub.after(int(hub.dice.uniform(0.2, 5) * SECOND), self._keep_alive)

    def _clear_up(self) -> None:
        """The faults stop: the clock is right again, and everybody is up."""
        hub = self.hub
        hub.tell("faults", "stop")
        ((last,),) = self.memory.rows("SELECT max(last_at) FROM workspace")
        before = hub.skew
        if hub.skew < 0:  # at least as late as what was committed: the clock is right again
            hub.skew = 0
        if last > hub.host_us():
            hub.skew = last - hub.now
        if hub.skew != before:
            self.weather.jumps.append(hub.now)
        for one in (*self.workers, self.door):
            if one.process.stopped_until > hub.now:
                one.process.stopped_until = hub.now
                one.process.wake()
        self._keep_alive()
        for one in self.workers:
            one.process.wake()

    def _drained(self, when: str) -> None:
        """Nothing that was due is left."""
        late = self.hub.host_us() - MINUTE
        for what, sql in {
            "an event is not routed": "SELECT id FROM event WHERE routed_at IS NULL"
            f" AND received_at < {late}",
            "a run has not moved": "SELECT id FROM run WHERE wake_at IS NOT NULL"
            f" AND max(wake_at, lease_until) < {late}",
            "an effect has not been tried": f"SELECT key FROM outbox WHERE next_at < {late}",
            "a chore has not been done": f"SELECT ref FROM chore WHERE next_at < {late}",
            "a schedule has not fired": f"SELECT id FROM schedule WHERE next_at < {late}",
        }.items():
            for (subject,) in self.memory.rows(sql)[:3]:
                self.fail(f"{when} {what}: {subject}")

    def _wait_for_everything(self) -> None:
        """Let the waits end: until every run has ended, or nothing happens any more."""
        hub = self.hub
        end = hub.now + 3 * DAY
        step = HOUR
        self.memory.bare.execute("DELETE FROM schedule")
        while hub.now < end:
            hub.run(hub.now + step)
            step = min(step * 2, 12 * HOUR)
            if not self.memory.rows("SELECT 1 FROM run WHERE ended_at IS NULL LIMIT 1"):
                break
        hub.run(hub.now + MINUTE)
        self._drained("at the end")

    def close(self) -> None:
        """Let go of every process."""
        for one in (*self.workers, self.door, *self.senders, *self.people, self.owner):
            if one.process.alive and not one.process.done and one.process.green:
                one.process.kill("the end")


class _Logged(logging.Handler):
    """What the product logs as an error is a failure of the seed: nothing here may surprise it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.world: World | None = None

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        meant = isinstance(getattr(error, "orig", None), Refused)  # the weather refused a chore
        if self.world is not None and not meant and not record.msg.startswith(EXPECTED):
            said = record.getMessage()
            if record.exc_info and record.exc_info[1] is not None:
                said += f" {record.exc_info[1]!r}"
            self.world.fail(f"the log: {said}")


_logged = _Logged()


def prepare() -> None:
    """Once in a process, before the first seed."""
    journeys.compile_journey = business.compiled
    endings.PATIENCE = 1e9  # of this machine's seconds: a seed knows only its own
    log = logging.getLogger("wayline")
    log.addHandler(_logged)  # which is added once, however often it is called
    log.propagate = False


def play(
    seed: int, memory: Memory, *, without: Collection[str] = (), rough: bool = False
) -> Verdict:
    """Run one seed and check what became of everything."""
    from tests.interleave.check import check

    world = World(seed, memory, without=without, rough=rough)
    _logged.world = world
    real.ids_from(world.new_id)
    try:
        try:
            world.live()
        except Stuck as error:
            world.fail(str(error))
        else:
            check(world)
        finally:
            world.close()
    except Exception as error:  # whatever the engine lets out is a failure of this seed
        import traceback

        world.fail(f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
    finally:
        real.ids_from(None)
        _logged.world = None
    return _verdict(world)


def _verdict(world: World) -> Verdict:
    def count(table: str) -> Any:
        return world.memory.rows(f"SELECT count(*) FROM {table}")[0][0]

    return Verdict(
        world.hub.seed,
        world.problems,
        world.hub.lines,
        world.weather.struck,
        count("event"),
        count("run"),
        count("outbox"),
        world.provider.twice,
    )
