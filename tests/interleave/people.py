"""The people of the business: some decide about drafts, the owner sees to everything else. Each
works through the product's facade, in a virtual process of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import orjson
from sqlalchemy.exc import DBAPIError

from runtime.facade import approvals, endings, letters, stopped
from runtime.facade.desk import Desk, House
from runtime.facade.errors import NotFound
from runtime.facade.errors import Refused as Declined
from runtime.facade.shapes import Role
from runtime.store import retention
from runtime.store.reopen import NOTHING_KEPT
from tests.interleave import business, check_steps
from tests.interleave.guards import RETAINED
from tests.interleave.hub import HOUR, Process

if TYPE_CHECKING:
    from tests.interleave.world import World

DUTIES = ("cancels", "settles", "erases", "retains")  # and "retries": see `World.brittle`


class _Someone:
    """Somebody of the team, and the web process that serves them."""

    role: Role = "approver"

    def __init__(self, world: World, name: str, patience: int) -> None:
        self.world = world
        self.name = name
        self.patience = patience
        self.begin(0)

    def begin(self, pause: int) -> None:
        """The web process, anew."""
        self.process = Process(self.world.hub, self.name)
        self.process.start(self._main, pause)

    def _main(self) -> None:
        from tests.interleave.actors import SETTINGS, Bell

        world, dice = self.world, self.world.hub.dice
        database = world.database(self.process)
        bell = Bell(world)
        house = House(SETTINGS, database, world.door.intake, bell, business.types())
        desk = Desk(house, "w", self.name, self.role)
        while self.goes_on:
            self.process.sleep(int(self.patience * (0.3 + dice.random())))
            try:
                self.act(desk)
            except DBAPIError as error:
                world.meant(error)

    @property
    def goes_on(self) -> bool:
        """Whether there is still something to do."""
        return not self.world.weather.over

    def act(self, desk: Desk) -> None:
        """What is done each time."""
        raise NotImplementedError

    def ask(self, what: str, call: Callable[[], object]) -> bool:
        """Ask for something; whether it was done. What the product declines is no failure, and of
        what the database broke nobody knows."""
        self.world.hub.tell(self.name, what)
        try:
            call()
        except DBAPIError as error:
            self.world.meant(error)
            return False
        except (Declined, NotFound) as declined:
            self.world.hub.tell(self.name, f"is told: {declined}")
            return False
        return True


class Person(_Someone):
    """Decides about drafts: in time, late, and at the same time as others."""

    def __init__(self, world: World, name: str, patience: int) -> None:
        self.decided: dict[str, str] = {}  # approval: what was accepted
        self.tried: set[str] = set()  # nobody knows whether it was accepted
        super().__init__(world, name, patience)

    def act(self, desk: Desk) -> None:
        """Decide about most of what is open."""
        world, dice = self.world, self.world.hub.dice
        open_ = world.memory.rows("SELECT id FROM approval WHERE decided_at IS NULL ORDER BY id")
        for (approval,) in open_:
            if dice.random() < 0.7:
                self._decide(desk, approval, dice.choice(("approve", "reject")))

    def _decide(self, desk: Desk, approval: str, decision: str) -> None:
        sure = approval not in self.tried
        self.tried.add(approval)  # until there is an answer
        try:
            approvals.decide(desk, approval, decision)
        except DBAPIError as error:
            self.world.meant(error)
            return
        except Declined as declined:
            self._compare(approval, decision, declined)
        else:
            self.decided[approval] = decision
        if sure:
            self.tried.discard(approval)

    def _compare(self, approval: str, decision: str, declined: Declined) -> None:
        """Their own decision is no reason to decline it, however often it had to be made."""
        sql = "SELECT decision_json FROM approval WHERE id = ?"
        for (found,) in self.world.memory.rows(sql, approval):
            made = orjson.loads(found or "{}")
            if (made.get("by"), made.get("decision")) == (self.name, decision):
                self.world.fail(f"{self.name} is told of the own decision: {declined}")


class Owner(_Someone):
    """Cancels runs, sees to dead letters, lets failed runs go on, erases customers, keeps to the
    retention rule: as far as these are the owner's duties in this seed."""

    role: Role = "owner"

    def __init__(self, world: World, name: str, patience: int, duties: Sequence[str]) -> None:
        self.duties = tuple(duties)
        self.left = world.hub.dice.choice((4, 8, 16))  # a tired owner does nothing more
        self.asked: set[tuple[str, str]] = set()  # (what, letter's or effect's key), done or not
        super().__init__(world, name, patience)

    @property
    def goes_on(self) -> bool:
        """Retention has most to do when all is over."""
        return not self.world.weather.over or "retains" in self.duties

    def act(self, desk: Desk) -> None:
        """One of the duties."""
        if self.world.weather.over:
            self.process.sleep(6 * HOUR)
            self._retains(desk)
        elif self.duties and self.left:
            self.left -= 1
            often = ("settles", "retries")
            likely = [duty for duty in self.duties for _ in range(1 + 2 * (duty in often))]
            duty = self.world.hub.dice.choice(likely)
            getattr(self, f"_{duty}")(desk)

    def _cancels(self, desk: Desk) -> None:
        found = self.world.memory.rows("SELECT id FROM run WHERE ended_at IS NULL ORDER BY id")
        if found:
            run: str = self.world.hub.dice.choice(found)[0]
            self.world.cancelled.add(run)
            self.ask(f"cancels {run}", lambda: endings.cancel(desk, run))

    def _settles(self, desk: Desk) -> None:
        dice = self.world.hub.dice
        for one in letters.dead_letters(desk):
            if dice.random() < 0.8:
                choice, id, ref = dice.choice(one["choices"]), one["id"], one["ref"]
                self.asked.add((choice, ref))
                if (choice, one["kind"]) == ("replay", "run"):
                    self.world.asks(ref)
                settle: Callable[[Desk, str], object] = getattr(letters, choice)
                self.ask(f"{choice}s {ref}", lambda id=id, settle=settle: settle(desk, id))
        if dice.random() < 0.3:
            sql = "SELECT key FROM outbox WHERE state IN ('done', 'unknown') ORDER BY key"
            found = self.world.memory.rows(sql)
            if found:
                key: str = dice.choice(found)[0]
                self.asked.add(("resend", key))
                self.ask(f"resends {key}", lambda: letters.resend_effect(desk, key, "It was lost."))

    def _retries(self, desk: Desk) -> None:
        dice, memory = self.world.hub.dice, self.world.memory
        for (run,) in memory.rows("SELECT id FROM run WHERE status = 'failed' ORDER BY id"):
            if dice.random() < 0.7:
                self.world.asks(run)
                self.ask(f"lets {run} go on", lambda run=run: self._retry(desk, run))

    def _retry(self, desk: Desk, run: str) -> None:
        broken = len(self.process.broken)
        try:
            stopped.retry(desk, run)
        except Declined as declined:
            if str(declined) == NOTHING_KEPT:
                self.world.fail(f"{self.name} is told of {run}: {declined}")
            raise
        finally:
            for _ in self.process.broken[broken:]:
                self.world.asks(run)  # once more: a transaction was made again, as on PostgreSQL
        for problem in check_steps.outside(self.world):
            self.world.fail(problem)

    def _erases(self, desk: Desk) -> None:
        name: str = self.world.hub.dice.choice((*business.CUSTOMERS, business.VIPS[0]))
        done: list[bool] = []
        self.ask(
            f"erases {name}",
            lambda: done.append(endings.erase_customer(desk, name)["done"]),
        )
        if done == [True]:
            self.world.hub.tell(self.name, f"is told that {name} is erased")
            for problem in self.world.left_of_erased():
                self.world.fail(problem)

    def _retains(self, desk: Desk) -> None:
        self.ask(
            "keeps to the retention rule",
            lambda: desk.write(
                "own", lambda conn, now: retention.begin(conn, "w", now, now - RETAINED)
            ),
        )
