"""32, 33: the clocks of the hosts are wrong, and jump; and the days on which local time does."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.faults.harness import House, both, on_both
from tests.faults.harness_books import Watch, reconcile
from tests.faults.harness_journeys import Pattern, edge, node
from tests.faults.harness_parts import Part
from tests.faults.harness_senders import Sender, message
from tests.support import postgres
from tests.support.clocks import Clock
from tests.support.program import wait_until
from tests.support.provider import Provider

HOUR = 3600
SECOND = 1_000_000
SHORTLY = timedelta(seconds=2)


@contextlib.contextmanager
def jumping(clock: Clock) -> Iterator[None]:
    """An hour ahead, an hour behind, and so on, several times a second."""
    over = threading.Event()

    def jump() -> None:
        for by in itertools.cycle((HOUR, -HOUR)):
            if over.wait(0.2):
                return
            clock.set(by)

    thread = threading.Thread(target=jump)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_32_clocks_that_are_wrong_by_an_hour(
    house: House, tmp_path: Path, instead: Callable[[str], None]
) -> None:
    """32: one worker's clock is an hour ahead, another's an hour behind, and the intake's is now
    one and now the other. Waits (scaled to 1 s) end neither early nor twice, leases hold, and one
    customer's events keep their order, whoever routes them."""
    ahead, behind = Clock(tmp_path / "ahead", HOUR), Clock(tmp_path / "behind", -HOUR)
    restless = Clock(tmp_path / "restless", HOUR)
    if not ahead.whole:
        instead("a clock that is wrong for Python only: libfaketime cannot be loaded")
    house.own_redis()
    house.ingest(**restless.env)
    house.worker("ahead", **ahead.env)
    house.worker("behind", **behind.env)
    with Watch(house), jumping(restless):
        one = house.sending(*range(30), every=0.05, customer="one")
        house.sending(*range(30, 60), every=0.05).finish()
        one.finish()
        found = reconcile(house)
    assert not found.twice
    now = house.one("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    received = {event.id: event.received_at for event in found.events}
    assert all(0 <= now - at < HOUR * SECOND / 2 for at in received.values())
    waits = 0
    for run in found.runs:
        for step in found.steps[run.id]:
            if step[3] == "logic.wait" and step[5] == "out":
                waits += 1
                assert step[0] >= run.started_at + SECOND
                assert step[0] <= now
    assert waits == 60
    assert house.one("SELECT count(*) FROM message") == 60


# --- 33 -------------------------------------------------------------------------------------------


@dataclass
class Clocked:
    """A house, and the clock that counts in it: the PostgreSQL server's, or that of all the
    processes that have the SQLite file open. `worker()` starts one; beside PostgreSQL its own
    clock is an hour ahead and an hour behind in turns."""

    house: House
    clock: Clock
    wrong: Iterator[Clock] | None

    def worker(self, name: str = "worker", **env: str) -> Part:
        return self.house.worker(name, **({**next(self.wrong).env, **env} if self.wrong else env))

    def quiet(self, waiting: int = 0) -> None:
        """Jump only when nobody has anything in hand: a lease would be over."""
        self.house.wait_quiet(waiting=waiting)


@pytest.fixture
def clocked(
    request: pytest.FixtureRequest, tmp_path: Path, provider: Provider, database: str
) -> Iterator[Clocked]:
    clock = Clock(tmp_path / "clock")
    if not clock.whole and database != "sqlite":
        pytest.skip("libfaketime cannot be loaded here, so a server's clock cannot be set")
    with contextlib.ExitStack() as stack:
        pattern: Pattern = request.getfixturevalue(
            "sqlite_pattern" if database == "sqlite" else "postgres_pattern"
        )
        shutil.copytree(pattern.folder, tmp_path / "data")
        wrong = None
        if database == "sqlite":
            house = House(tmp_path, pattern, provider)
            house.env |= clock.env
            if not clock.whole:
                request.getfixturevalue("instead")(
                    "a clock that only Python sees: libfaketime cannot be loaded"
                )
        else:
            near: postgres.Server = request.getfixturevalue("postgres_server")
            for folder in (tmp_path, *tmp_path.parents[:2]):
                folder.chmod(0o755)  # the server runs as somebody else
            server = stack.enter_context(postgres.server(clock.env))
            name = server.bring(near, str(pattern.template))
            house = House(tmp_path, pattern, provider, server.url(name))
            clocks = [Clock(tmp_path / f"by{by}", by) for by in (HOUR, -HOUR)]
            wrong = itertools.cycle(clocks)
        house.own_redis()
        with contextlib.closing(house):
            yield Clocked(house, clock, wrong)


def change(month: int) -> datetime:
    """When the clocks of Berlin change next year: in March 02:00 becomes 03:00, in October 03:00
    becomes 02:00."""
    last = datetime(datetime.now(UTC).year + 1, month + 1, 1, 1, tzinfo=UTC) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def nightly(url: str) -> dict[str, Any]:
    return {
        "format": 1,
        "name": "Nightly",
        "stage": "retention",
        "nodes": [
            node("half", "trigger.schedule", cron="30 2 * * *", time_zone="Europe/Berlin",
                 missed="skip"),  # of the nights between March and October nobody asks
            node("call", "action.http_request", method="POST", url=f"{url}/night",
                 body={"at": "{{ event.properties.local_time }}"}),
        ],
        "edges": [edge("half", "call")],
    }  # fmt: skip


@both
def test_33_a_local_time_that_never_is_and_one_that_is_twice(clocked: Clocked) -> None:
    """33: a schedule of half past two in the nights around both changes of Berlin's clocks. It
    fires once each night: at the first instant after the gap, and at the first of two half past
    twos. So it does when the clock is set back an hour after it has fired, when the worker dies
    just then, and whatever the workers' own clocks say."""
    house, clock = clocked.house, clocked.clock
    gap, fold, day = change(3), change(10), timedelta(days=1)
    half = timedelta(minutes=30)
    nights = {  # nominal local time: the instant at which it fires
        gap - day: gap - day + half,
        gap: gap,
        gap + day: gap + day - half,
        fold - day: fold - day - half,
        fold: fold - half,
        fold + day: fold + day + half,
    }
    names = [f"{night:%Y-%m-%d}T02:30:00" for night in nights]
    instants = dict(zip(names, nights.values(), strict=True))

    def fired() -> list[str]:
        found = house.rows("SELECT nominal FROM schedule_fire ORDER BY nominal")
        return [nominal for (nominal,) in found]

    clock.put(instants[names[0]] - timedelta(hours=1))
    house.publish(nightly(house.provider.url))
    doomed = clocked.worker("doomed", WAYLINE_FAILPOINT="fire.after_commit:2")
    with Watch(house):
        for number, instant in enumerate(instants.values()):
            clocked.quiet()
            clock.put(instant - SHORTLY)
            wait_until(lambda count=number + 1: len(fired()) >= count, 40)
            if number == 1:
                doomed.wait_dead()
                clocked.worker("one")
                clocked.worker("two")
            clocked.quiet()
            clock.put(instant - timedelta(minutes=50))  # back, and over it again
            clock.put(instant + timedelta(minutes=65))
        found = reconcile(
            house,
            journeys={"schedule.half": ["nightly"]},
            fired=[f"{name}:" for name in names],
        )
    assert fired() == names
    assert len(house.provider.book("/night")) == len(names)
    for event in found.events:
        instant = instants[event.external_id.removesuffix(":")].timestamp()
        assert instant <= event.received_at / 1e6 < instant + 60


def reminders(url: str, night: str) -> dict[str, Any]:
    """Three waits at once, by the customer's calendar."""
    waits = {
        "day": node("day", "logic.wait", **{"for": "P1D"}),
        "hours": node("hours", "logic.wait", **{"for": "PT24H"}),
        "night": node("night", "logic.wait_until", at=night),
    }
    calls = [
        node(f"after-{name}", "action.http_request", method="POST", url=f"{url}/reminded",
             body={"n": "{{ event.properties.n }}"})
        for name in waits
    ]  # fmt: skip
    return {
        "format": 1,
        "name": "Reminders",
        "stage": "retention",
        "settings": {"reentry": {"mode": "always"}, "time_zone": "customer"},
        "nodes": [
            node("booked", "trigger.webhook", customer="body.email", event="visit.booked",
                 verify={"kind": "none"}),
            *waits.values(), *calls,
        ],
        "edges": [
            *(edge("booked", name) for name in waits),
            *(edge(name, f"after-{name}") for name in waits),
        ],
    }  # fmt: skip


def move() -> dict[str, Any]:
    return {
        "format": 1,
        "name": "Move",
        "stage": "retention",
        "settings": {"reentry": {"mode": "always"}},
        "nodes": [
            node("moved", "trigger.webhook", customer="body.email", event="guest.moved",
                 verify={"kind": "none"}),
            node("note", "action.update_customer",
                 set={"time_zone": "{{ event.properties.zone }}"}),
        ],
        "edges": [edge("moved", "note")],
    }  # fmt: skip


@on_both(quick=None)
def test_33_the_zone_changes_during_a_wait(clocked: Clocked) -> None:
    """33: in the night of the gap one customer moves from Berlin to New York and another the other
    way, while each waits for a day, for 24 hours and for half past two in the night. Each wait ends
    once, at the instant that it had when it began, although the workers die on the way."""
    house, clock = clocked.house, clocked.clock
    gap = change(3)
    began = gap + timedelta(hours=10 - 24)  # 12:00 in Berlin, 07:00 in New York
    clock.put(began - timedelta(minutes=5))
    hooks = house.publish(reminders(house.provider.url, f"{gap:%Y-%m-%d}T02:30:00"), move())
    house.ingest()
    clocked.worker()
    sender = Sender(house)

    def say(hook: str, who: str, **more: str) -> None:
        name = f"{hook}-{who}-{len(house.posts)}"
        sender.deliver(message(name, who, more, hooks[hook]))

    def ends(hours: float) -> datetime:
        return gap + timedelta(hours=hours)

    due = {  # by the zone at the beginning
        ("ann", "night"): gap, ("ann", "day"): ends(9), ("ann", "hours"): ends(10),
        ("bob", "night"): ends(5.5), ("bob", "day"): ends(10), ("bob", "hours"): ends(10),
    }  # fmt: skip
    with Watch(house):
        say("moved", "ann", zone="Europe/Berlin")
        say("moved", "bob", zone="America/New_York")
        clocked.quiet()
        clock.put(began)
        for who in ("ann", "bob"):
            say("booked", who)
        clocked.quiet(waiting=2)
        started = clock.now()
        say("moved", "ann", zone="America/New_York")
        say("moved", "bob", zone="Europe/Berlin")
        clocked.quiet(waiting=2)
        for instant in sorted(set(due.values())):
            house.parts["worker"].kill()
            clock.put(instant - SHORTLY)
            clocked.worker()
            count = sum(one <= instant for one in due.values())
            wait_until(lambda n=count: len(house.provider.book("/reminded")) >= n, 60)
            clocked.quiet(waiting=0 if count == len(due) else 2)
        found = reconcile(house, journeys={"guest.moved": ["move"], "visit.booked": ["reminders"]})
    sender.hang_up()
    assert len(house.provider.book("/reminded")) == len(due)
    late = (started - began).total_seconds() + 60
    people = {post.event_id: post.customer.split("@")[0][-3:] for post in house.posts}
    ended: dict[tuple[str, str], datetime] = {}
    for run in found.runs:
        for step in found.steps[run.id]:
            if step[2] in ("day", "hours", "night") and step[5]:
                ended[people[run.event], step[2]] = datetime.fromtimestamp(step[0] / 1e6, UTC)
    assert set(ended) == set(due)
    for place, instant in due.items():
        assert 0 <= (ended[place] - instant).total_seconds() < late, place
