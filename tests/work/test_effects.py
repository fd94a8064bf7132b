"""Effects: sent with one key and the same bytes until acknowledged or given up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from runtime.ports.results import Done, Later, Refused, Result
from runtime.settings import Settings
from tests.support.postgres import elsewhere
from tests.work.house import DAY, START, House, Outside
from tests.work.sending import NODES, SECOND, error, outbox


def test_a_busy_provider_is_tried_again_by_the_nodes_rule(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Later("busy", "Too busy.")
    house.say("order")
    house.drain()
    state, attempts, next_at = outbox(house)
    assert (state, attempts) == ("pending", 1)
    house.now = next_at - 1
    house.drain()
    assert len(house.outside.sent) == 1
    house.now = next_at
    house.drain()
    later = outbox(house)[2]
    assert len(house.outside.sent) == 2
    assert later - house.now > next_at - START
    house.outside.answer = Done({"status": 200, "headers": {}, "body": ""})
    house.now = later
    house.drain()
    assert house.runs() == [("completed", None)]
    assert len({key for _, key, _ in house.outside.sent}) == 1
    assert len({orjson.dumps(body) for _, _, body in house.outside.sent}) == 1


def test_retry_after_is_never_too_early(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Later("rate", "Slow down.", after=7200)
    house.say("order")
    house.drain()
    assert outbox(house)[2] == START + 7200 * SECOND


def test_attempts_used_up_go_to_the_dead_letters_and_fail_the_step(house: House) -> None:
    house.publish(NODES, [("in", "out", "call"), ("call", "failed", "sorry")])
    house.outside.answer = Later("down", "The server is down.", data={"status": 503})
    house.say("order")
    for _ in range(20):
        house.drain()
        house.now += DAY
    assert outbox(house)[0] == "dead"
    kind, reason = house.one("SELECT kind, reason FROM dead_letter")
    assert kind == "effect"
    assert "The server is down." in reason
    assert house.runs() == [("exited", "sorry")]


def test_a_refusal_is_final_and_leaves_by_failed(house: House) -> None:
    house.publish(NODES, [("in", "out", "call"), ("call", "failed", "sorry")])
    house.outside.answer = Refused("status", "The server said 404.", {"status": 404})
    house.say("order")
    house.drain()
    assert outbox(house)[0] == "done"
    assert house.runs() == [("exited", "sorry")]
    assert house.rows("SELECT * FROM dead_letter") == []


def test_without_a_way_for_failures_the_run_fails_and_names_the_node(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Refused("status", "The server said 404.")
    house.say("order")
    house.drain()
    [(status, reason)] = house.runs()
    assert status == "failed"
    assert "call" in (reason or "")
    assert house.one("SELECT open FROM entry") == 0


def test_an_error_in_a_port_counts_as_try_again(house: House) -> None:
    def explode(body: Mapping[str, Any]) -> Result:
        raise RuntimeError("boom")

    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = explode
    house.say("order")
    house.drain()
    assert outbox(house)[0] == "pending"
    assert error(house) == "error"


def test_an_answer_that_cannot_be_kept_is_a_refusal_and_harms_no_other(house: House) -> None:
    deep: list[Any] = []
    for _ in range(1000):
        deep = [deep]
    answers = iter(
        [Done({"body": deep}), Done({"body": "\ud800"}), Later("x", "", data={"b": deep})]
    )
    plain = Done({"status": 200, "headers": {}, "body": ""})
    house.publish(NODES, [("in", "out", "call"), ("call", "failed", "sorry")])
    house.outside.answer = lambda body: next(answers, plain)
    for n in range(4):
        house.say("order", who={"email": f"{n}@x.example"})
    house.drain()
    assert sorted(house.runs()) == [("completed", None)] + [("exited", "sorry")] * 3


class Sleeper(Outside):
    """Never answers."""

    async def send(self, *args: Any, **more: Any) -> Result:
        await asyncio.Event().wait()
        raise AssertionError


def test_a_provider_that_never_answers_is_cut_off_before_the_lease_ends(tmp_path: Path) -> None:
    house = House(tmp_path, settings=Settings(tmp_path, database=elsewhere(), lease_seconds=0.2))
    house.publish(NODES, [("in", "out", "call")])
    house.say("order")
    house.worker(Sleeper()).drain(1e12)
    assert outbox(house)[0] == "pending"
    assert error(house) == "timeout"
    house.close()


def test_a_missing_credential_is_a_refusal_with_a_remedy(house: House) -> None:
    nodes = {
        **NODES,
        "call": (
            "action.http_request",
            {"method": "GET", "url": "http://x.test/", "credential": "k"},
        ),
    }
    house.publish(nodes, [("in", "out", "call")])
    house.say("order")
    house.drain()
    assert house.outside.sent == []
    answer = orjson.loads(house.one("SELECT answer_json FROM outbox"))
    assert "credential named k" in answer["error"]["message"]


class Gate(Outside):
    """Answers only when so many sends wait together."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.barrier = asyncio.Barrier(size)

    async def send(self, *args: Any, **more: Any) -> Result:
        await self.barrier.wait()
        return Done({"status": 200, "headers": {}, "body": ""})


def test_effects_are_sent_side_by_side(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    for n in range(64):
        house.say("order", f"c{n}")
    house.worker(Gate(32)).drain(1e12)
    assert house.runs() == [("completed", None)] * 64


def test_a_slow_provider_holds_up_no_other_work(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")], "slow")
    house.publish({"in": ("trigger.event", {"event": "quick"})}, [], "quick")
    house.say("order")

    class Slow(Outside):
        """Answers after another event has run its whole way."""

        async def send(self, *args: Any, **more: Any) -> Result:
            house.say("quick")
            sql = "SELECT count(*) FROM run WHERE journey = 'quick' AND status = 'completed'"
            while not house.one(sql):
                await asyncio.sleep(0)
            return Done({"status": 200, "headers": {}, "body": ""})

    house.worker(Slow()).drain(1e12)
    assert house.runs() == [("completed", None)] * 2


def test_a_stopping_worker_claims_nothing(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.say("order")
    work = house.worker()
    work.stop()
    work.drain(1e12)
    assert house.runs() == []
