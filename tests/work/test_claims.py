"""Leases, fences, lost wake-ups, poison: what holds when workers are slow, doubled or dead."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.store.spaces import Due
from runtime.work import advance, route, turns
from runtime.work.turns import Turns
from tests.work.house import DAY, House
from tests.work.kinds import aside, with_probe

LEASE = 30_000_000
PROBED = {
    "in": ("trigger.event", {"event": "trial"}),
    "probe": ("test.probe", {}),
    "wait": ("logic.wait_for_event", {"event": "invited", "within": "P3D"}),
    "call": ("action.http_request", {"method": "POST", "url": "http://sink.test/"}),
}
PROBED_EDGES = [("in", "out", "probe"), ("probe", "out", "wait"), ("wait", "out", "call")]


class Probe:
    """Does something the first time that a run passes it."""

    def __init__(self) -> None:
        self.does: Callable[[], object] | None = None

    def __call__(self) -> None:
        does, self.does = self.does, None
        if does is not None:
            aside(does)


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def probed(tmp_path: Path, probe: Probe) -> Iterator[House]:
    house = House(tmp_path, with_probe(probe))
    yield house
    house.close()


def test_a_stale_fence_writes_nothing(probed: House, probe: Probe) -> None:
    probed.publish(PROBED, PROBED_EDGES)
    probed.say("trial")
    before: list[object] = []

    def another_takes_over() -> None:
        probed.now += LEASE
        probed.worker().drain(1e12)
        before.append(probed.rows("SELECT * FROM run"))

    probe.does = another_takes_over
    probed.drain()
    assert probed.rows("SELECT * FROM run") == before[0]
    assert probed.steps() == [("in", "out"), ("probe", "out")]
    assert probed.one("SELECT fence FROM run") == 2
    assert len(probed.rows("SELECT * FROM timer")) == 1


def test_a_stale_run_drops_out_and_the_rest_of_its_batch_is_written(
    probed: House, probe: Probe
) -> None:
    probed.publish(PROBED, PROBED_EDGES)
    probed.say("trial", "maya")
    probed.say("trial", "ben")

    def take_one_away() -> None:
        probed.set("UPDATE run SET fence = fence + 1 WHERE id = (SELECT min(id) FROM run)")

    probe.does = take_one_away
    probed.drain()
    assert probed.runs() == [("running", None), ("waiting", None)]
    probed.now += LEASE
    probed.drain()
    assert probed.runs() == [("waiting", None), ("waiting", None)]


def test_an_event_that_comes_while_the_run_is_carried_is_not_lost(
    probed: House, probe: Probe
) -> None:
    probed.publish(PROBED, PROBED_EDGES)
    probed.say("trial")

    def another_routes() -> None:
        probed.say("invited")
        probed.worker().drain(1e12)

    probe.does = another_routes
    probed.drain()
    assert probed.runs() == [("completed", None)]
    assert ("wait", "out") in probed.steps()


def test_a_cancel_that_comes_while_the_run_is_carried_undoes_the_round(
    probed: House, probe: Probe
) -> None:
    nodes = {**PROBED}
    probed.publish(nodes, [("in", "out", "probe"), ("probe", "out", "call")])
    probed.say("trial")
    probe.does = lambda: probed.signal(
        probed.one("SELECT id FROM run"), "cancel", {"reason": "erased"}
    )
    probed.drain()
    assert probed.runs() == [("exited", "erased")]
    assert probed.outside.sent == []


def test_a_decision_that_comes_as_the_time_runs_out_still_counts(
    probed: House, probe: Probe
) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "asked"}),
        "draft": ("logic.set", {"values": {"text": "Hello"}}),
        "ok": ("logic.approval", {"of": "draft", "within": "P1D"}),
        "late": ("test.probe", {}),
    }
    edges = [("in", "out", "draft"), ("draft", "out", "ok"), ("ok", "expired", "late")]
    probed.publish(nodes, edges)
    probed.say("asked")
    probed.drain()
    run, token, visit = probed.one("SELECT run, token, visit FROM approval")

    def decide() -> None:
        probed.set("UPDATE approval SET state = 'approved'")
        body = {"token": token, "node": "ok", "visit": visit, "decision": "approve"}
        probed.signal(run, "decision", {**body, "by": "Ines", "at": probed.now})

    probed.now += DAY
    probe.does = decide
    probed.drain()
    assert ("ok", "out") in probed.steps()
    assert ("ok", "expired") not in probed.steps()
    assert probed.one("SELECT state FROM approval") == "approved"


def test_the_sweeper_finds_work_whose_wake_up_was_lost(house: House) -> None:
    nodes = {"in": ("trigger.event", {"event": "x"}), "wait": ("logic.wait", {"for": "P1D"})}
    house.publish(nodes, [("in", "out", "wait")])
    work = house.worker()
    assert not work.anything_due()
    house.say("x")
    assert work.anything_due()
    house.drain()
    assert not work.anything_due()
    house.now += DAY
    assert work.anything_due()


def test_a_claimed_run_is_not_due_until_its_lease_ends(house: House) -> None:
    house.publish({"in": ("trigger.event", {"event": "x"})}, [])
    house.say("x")
    work = house.worker()
    work.route("w")
    assert not work.anything_due()
    house.now += LEASE
    assert work.anything_due()
    claim_and_die(house)
    assert not work.anything_due()


def claim_and_die(house: House) -> None:
    """A worker claims what is due and is never heard of again."""
    work = house.worker()
    house.database.transact(
        lambda conn: advance.claim(house.database, conn, work._journeys, "w", LEASE, 200)
    )


def test_a_run_that_comes_back_from_a_dead_worker_is_claimed_alone(house: House) -> None:
    house.publish({"in": ("trigger.event", {"event": "x"})}, [])
    for who in ("a", "b", "c"):
        house.say("x", who)
    work = house.worker()
    work.route("w")
    house.now += LEASE
    house.say("x", "d")
    work.route("w")
    claim_and_die(house)
    sql = "SELECT attempts FROM run ORDER BY id"
    assert [a for (a,) in house.rows(sql)] == [2, 1, 1, 1]
    house.drain()
    assert [s for s, _ in house.runs()] == ["running", "completed", "completed", "running"]


def test_a_run_that_kills_every_worker_fails_with_a_reason(house: House) -> None:
    house.publish({"in": ("trigger.event", {"event": "x"})}, [])
    house.say("x")
    work = house.worker()
    work.route("w")
    house.now += LEASE
    for _ in range(2):
        claim_and_die(house)
        house.now += LEASE
    house.drain()
    [(status, reason)] = house.runs()
    assert status == "failed"
    assert "gave up" in (reason or "")
    assert house.one("SELECT kind, reason FROM dead_letter") == ("run", reason)
    assert house.one("SELECT open FROM entry") == 0
    assert not work.anything_due()


def test_a_run_whose_version_cannot_be_read_fails_and_says_why(house: House) -> None:
    nodes = {"in": ("trigger.event", {"event": "x"}), "wait": ("logic.wait", {"for": "P1D"})}
    house.publish(nodes, [("in", "out", "wait")])
    house.say("x")
    house.drain()
    house.set("UPDATE journey SET live_version = NULL, state = 'draft'")
    house.set("UPDATE journey_version SET document_json = '[]'")
    broken = House(house.settings.data, now=house.now + DAY)
    for _ in range(5):
        broken.drain()
        broken.now += LEASE
    [(status, reason)] = broken.runs()
    assert status == "failed"
    assert "cannot be read" in (reason or "")
    broken.close()


def test_workspaces_take_turns(house: House) -> None:
    house.publish({"in": ("trigger.event", {"event": "x"})}, [])
    house.set("INSERT INTO workspace (id, name, created_at) VALUES ('w2', 'W2', 0)")
    for table in ("journey", "journey_version"):
        house.set(f"DELETE FROM {table} WHERE workspace = 'w2'")
    for n in range(300):
        house.say("x", f"c{n}")
    from runtime.store.intake import Incoming

    house.intake.accept_now(Incoming("w2", "api", None, "track", "x", {"any": "z"}, {}))
    work = house.worker()
    assert work.due().events == ["w", "w2"]
    for workspace in work.due().events:
        work.route(workspace)
    left = house.rows("SELECT DISTINCT workspace FROM event WHERE routed_at IS NULL")
    assert left == [("w",)]


def test_a_flood_is_left_to_one_worker_while_others_want_their_turn(house: House) -> None:
    house.publish({"in": ("trigger.event", {"event": "x"})}, [])
    house.set("INSERT INTO workspace (id, name, created_at) VALUES ('w2', 'W2', 0)")
    house.intake.accept_now([one for one in _many(4 * turns.EVENTS)])
    first, second = Turns("first"), Turns("second")
    both = Due(["w", "w2"], [], [], False, False, {"w": "first"})
    for one in (first, second):
        one.look(both)
    assert list(first.of_events(both)) == ["w", "w2"]
    assert list(second.of_events(both)) == ["w2"]
    only = Due(["w"], [], [], False, False, {"w": "first"})
    third = Turns("third")
    third.look(only)  # nobody else has had work lately: all help
    assert list(third.of_events(only)) == ["w"]

    work = house.worker()
    work.route("w", flood=True)
    assert work.due().floods == {"w": work.name}
    house.now += turns.FLOOD
    assert work.due().floods == {}  # if that worker is gone, another takes it up


def test_a_flooding_workspace_goes_last_and_by_little_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = itertools.count()  # each event takes far longer than a turn should
    monkeypatch.setattr(turns.time, "perf_counter", lambda: float(next(clock)))
    found = Turns("worker")
    both = Due(["w", "w2"], ["w", "w2"], [], False, False, {})
    found.look(both)
    most, flood = found.events("w")
    assert (most, flood) == (turns.EVENTS, False)
    found.routed("w", most, most)
    assert list(found.of_events(both)) == ["w2", "w"]
    most, flood = found.events("w")
    assert (most, flood) == (turns.FEW, True)
    assert found.events("w")[1] is False  # said once, for a while
    found.claimed("w", 16, 16)
    assert list(found.of_runs(both)) == ["w2", "w"]


def test_many_due_runs_share_their_commits_when_nobody_else_waits() -> None:
    found = Turns("worker")
    found.look(Due([], ["w"], [], False, False, {}))
    most = found.runs("w")
    found.claimed("w", most, most)
    assert found.runs("w") == turns.CROWD * most
    found.claimed("w", most, most - 1)
    assert found.runs("w") == most


def test_two_workers_at_once_do_each_thing_once(house: House) -> None:
    import threading

    house.publish(
        {
            "in": ("trigger.event", {"event": "x"}),
            "call": ("action.http_request", {"method": "POST", "url": "http://sink.test/"}),
        },
        [("in", "out", "call")],
    )
    house.intake.accept_now(
        [incoming for incoming in _many(300)],
    )
    workers = [house.worker() for _ in range(3)]
    threads = [threading.Thread(target=w.drain, args=(1e12,)) for w in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.drain()
    assert house.runs() == [("completed", None)] * 300
    keys = [key for _, key, _ in house.outside.sent]
    assert len(keys) == len(set(keys)) == 300
    assert house.one("SELECT sum(n) FROM counter WHERE handle = 'in'") == 600


def _many(n: int) -> list[object]:
    from runtime.store.intake import Incoming

    return [Incoming("w", "api", str(i), "track", "x", {"any": f"c{i}"}, {}) for i in range(n)]


def test_what_is_routed_is_claimed_in_the_same_commit(house: House) -> None:
    house.publish({"in": ("trigger.event", {"event": "x"})}, [])
    work = house.worker()
    for n in range(turns.EVENTS + 1):
        house.say("x", f"c{n}")
    routed, batch = work.route("w")
    assert batch is not None
    assert (routed, batch.size) == (turns.EVENTS, turns.EVENTS)
    assert not house.rows("SELECT 1 FROM run WHERE attempts <> 1 OR fence <> 1 OR lease_until = 0")
    work.carry(batch, 0)
    assert house.runs() == [("completed", None)] * turns.EVENTS
    assert work.route("w")[0] == 1


def test_of_very_many_runs_some_are_left_to_be_claimed_by_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "CLAIMED", 2)
    house.publish({"in": ("trigger.event", {"event": "x"})}, [])
    for n in range(5):
        house.say("x", f"c{n}")
    routed, batch = house.worker().route("w")
    assert (routed, batch.size if batch else 0) == (5, 2)
    found = house.worker().claim("w")
    assert found is not None
    assert found.size == 3


def test_a_claim_that_fails_leaves_the_commit_it_would_have_shared(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    from runtime.store.database import also, run

    def fail(conn: Any) -> None:
        run(conn, "UPDATE run SET fence = 99")
        raise LookupError("unreadable")

    house.publish({"in": ("trigger.event", {"event": "x"})}, [])
    house.say("x", "c")
    work = house.worker()

    def both(conn: Any) -> None:
        route.take(house.database, conn, work._journeys, "w", LEASE, 100)
        assert also(conn, lambda: fail(conn)) is None

    house.database.transact(both)
    assert "unreadable" in caplog.text
    assert house.rows("SELECT fence FROM run") == [(1,)]
    house.now += LEASE
    work.drain(time.monotonic() + 5)
    assert [status for status, _ in house.runs()] == ["completed"]
