"""23, 24: parts that are cut off from the database without a word, and a wire that is slow and
loses packets.

Where the rights are there, the server lives in a network namespace and the wire carries the
kernel's own packets (tests/support/wire.py): a silent one leaves connections half open. Else a
proxy keeps back what comes (tests/support/proxy.py), and the run's last lines say so."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.harness import LEASE, House
from tests.faults.harness_books import Watch, reconcile
from tests.faults.harness_journeys import Pattern
from tests.faults.harness_parts import Death
from tests.faults.harness_senders import Sender, message
from tests.support import postgres
from tests.support.gateway import Gateway
from tests.support.program import free_port, wait_until
from tests.support.provider import Provider, Rule
from tests.support.proxy import Proxy
from tests.support.wire import NoWire, Wire


@dataclass
class Far:
    """A house, and its database by way of a wire: `url`. The house's own URL goes another way."""

    house: House
    wire: Wire | Proxy
    url: str


@contextlib.contextmanager
def in_a_namespace(wire: Wire, dump: bytes) -> Iterator[tuple[str, str]]:
    """A server at the wire's far end with this database; its URL by the wire, and around it."""
    server = postgres.Server(listen_addresses=f"127.0.0.1,{wire.far}")
    server.admit(f"{wire.near}/32")
    try:
        wire.do(server.start)
        name = wire.do(lambda: server.load(dump))
        around = Gateway(server.port)
        wire.do(around.__enter__)  # its thread is there, and what it connects
        with contextlib.closing(around):
            by_wire = f"postgresql://postgres@{wire.far}:{server.port}/{name}"
            yield by_wire, server.url(name, around.port)
    finally:
        server.remove()


@pytest.fixture
def far(
    tmp_path: Path,
    postgres_server: postgres.Server,
    postgres_pattern: Pattern,
    provider: Provider,
    instead: Callable[[str], None],
) -> Iterator[Far]:
    shutil.copytree(postgres_pattern.folder, tmp_path / "data")
    template = str(postgres_pattern.template)
    with contextlib.ExitStack() as stack:
        wire: Wire | Proxy
        try:
            wire = stack.enter_context(Wire())
        except NoWire as error:
            instead(f"a proxy in place of a wire of the kernel's, because {error}")
            name = postgres_server.create(template)
            around = postgres_server.url(name)
            stack.callback(postgres_server.drop, name)
            wire = stack.enter_context(Proxy(postgres_server.port))
            url = postgres_server.url(name, wire.port)
        else:
            dump = postgres_server.dump(template)
            url, around = stack.enter_context(in_a_namespace(wire, dump))
        house = House(tmp_path, postgres_pattern, provider, around)
        with contextlib.closing(house):
            yield Far(house, wire, url)


def accepted(house: House) -> int:
    return sum(post.accepted for post in house.posts)


def test_23_a_worker_is_cut_off_for_longer_than_its_lease(far: Far) -> None:
    """23: nothing passes between a worker and the database for twice its lease (scaled 60 s → 12 s,
    lease 30 s → 6 s), while it has runs and sends in its hands; neither end is told. Another worker
    carries them to their end. When the wire is whole again the late writes change nothing."""
    house, wire = far.house, far.wire
    house.own_redis()
    house.ingest()
    house.provider.behave(Rule("/told", first=1, delay=0.7))
    house.worker("cut off", DATABASE_URL=far.url)
    with Watch(house):
        house.post(0)
        wait_until(lambda: house.provider.count()["total"] >= 1, 60)
        sender = house.sending(*range(1, 30), every=0.02)
        wait_until(lambda: accepted(house) >= 15, 60)
        began = time.time()
        wire.silence()
        house.worker("successor")
        wait_until(lambda: time.time() > began + 2 * LEASE, 3 * LEASE)
        sender.finish()
        house.wait_quiet()
        wire.speak()
        house.deaths.append(Death("cut off", began, time.time(), 0))
        assert house.parts["successor"].stop() == 0
        house.post("after")  # only the one that was cut off can carry this
        found = reconcile(house)
    assert len(found.events) == 31
    assert all(part.alive for part in house.parts.values() if part.name != "successor")


@pytest.mark.slow
def test_23_an_intake_is_cut_off(far: Far) -> None:
    """23: the same with one of two intakes, under load. Who asks it is refused with 503 and
    Retry-After as soon as it has noticed, and turns to the other one; nothing is taken twice. When
    the wire is whole again it accepts as before."""
    house, wire = far.house, far.wire
    house.own_redis()
    house.worker()
    house.ingest()
    port = free_port()
    cut_off = house.start("ingest", name="cut off", WAYLINE_PORT=str(port), DATABASE_URL=far.url)
    house.wait_ready(cut_off, port=port)
    there, here = Sender(house, port=port), Sender(house)
    with Watch(house), contextlib.ExitStack() as stack:
        stack.callback(there.hang_up)
        stack.callback(here.hang_up)
        there.post("before", None, {})
        wire.silence()
        post = message("cut-off")
        house.posts.append(post)
        wait_until(lambda: there.attempt(post).status == 503, 60, 0.2)
        here.deliver(post)
        wire.speak()
        there.post("after", None, {})
        found = reconcile(house)
    assert len(found.events) == 3
    assert not found.twice
    assert cut_off.alive


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_24_a_slow_wire_that_loses_packets(far: Far) -> None:
    """24: each statement takes 500 ms and 5 % of the packets are lost, for the intake and for two
    workers. Slow, and nothing else. The lease is not scaled: 30 s."""
    house, wire = far.house, far.wire
    house.own_redis()
    house.ingest(DATABASE_URL=far.url)
    for name in ("one", "two"):
        house.worker(name, DATABASE_URL=far.url, WAYLINE_LEASE="30")
    house.post("before")
    wire.delay, wire.loss = 0.25, 0.05
    with Watch(house):
        house.sending(*range(8)).finish(200)
        house.wait_quiet(150)
        found = reconcile(house)
    assert len(found.events) == 9
    assert wire.lost > 0
    assert all(part.alive for part in house.parts.values())
