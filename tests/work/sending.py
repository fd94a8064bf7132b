"""A journey with one effect, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from tests.work.house import DAY, House

SECOND = 1_000_000
NODES = {
    "in": ("trigger.event", {"event": "order"}),
    "call": ("action.http_request", {"method": "POST", "url": "http://sink.test/", "body": "hi"}),
    "sorry": ("logic.exit", {"reason": "sorry"}),
}
ONCE = {"in": ("trigger.event", {"event": "order"}), "send": ("test.once", {})}


def outbox(house: House) -> tuple[Any, ...]:
    """The state, the attempts and the next time of the one effect that there is."""
    return house.one("SELECT state, attempts, next_at FROM outbox")


def error(house: House) -> str:
    """Of what kind its answer is."""
    return orjson.loads(house.one("SELECT answer_json FROM outbox"))["error"]["kind"]


def prepared(house: House, nodes: Mapping[str, Any], edges: list[tuple[str, str, str]]) -> None:
    """One effect is in the outbox."""
    house.publish(nodes, edges)
    house.say("order")
    work = house.worker()
    _, batch = work.route("w")
    assert batch is not None
    work.carry(batch, 0)
    assert outbox(house)[0] == "pending"


def carry(house: House) -> None:
    """Another worker claims the runs that are due, and carries them on."""
    work = house.worker()
    batch = work.claim("w")
    assert batch is not None
    work.carry(batch, 0)


def claim_and_die(house: House) -> None:
    """A worker claims the effects, perhaps sends them, and is never heard of again."""
    work = house.worker()
    work.take_off("w", 10)


def again_after_its_run(house: House) -> None:
    """A person sends the effect again after its run has ended, and the worker dies over it."""
    house.drain()
    assert house.runs()[0][0] in ("completed", "failed")
    house.set("UPDATE outbox SET state = 'pending', attempts = 0, next_at = 0, asked_at = 1")
    claim_and_die(house)
    house.now += DAY
