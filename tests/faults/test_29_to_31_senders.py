"""29-31: the same message many times at once, another body under the same id, and one customer's
messages in their order."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.faults.harness import House, both, on_both
from tests.faults.harness_books import Watch, reconcile
from tests.faults.harness_journeys import edge, node
from tests.faults.harness_senders import Post, Sender, message
from tests.support.program import free_port, wait_until

TIMES = 100


def two_intakes(house: House) -> tuple[int, int]:
    """Two of them on one database; their ports."""
    other = free_port()
    house.ingest()
    house.wait_ready(house.start("ingest", name="ingest 2", WAYLINE_PORT=str(other)), port=other)
    return house.port, other


def at_once(house: House, posts: Sequence[Post], ports: Sequence[int]) -> None:
    """Each of these attempts on a connection of its own, all side by side."""

    def one(n: int) -> None:
        sender = Sender(house, port=ports[n % len(ports)])
        sender.attempt(posts[n])
        sender.hang_up()

    with ThreadPoolExecutor(len(posts)) as pool:
        list(pool.map(one, range(len(posts))))


@both
def test_29_the_same_webhook_a_hundred_times_at_once(house: House) -> None:
    """29: 100 times in parallel through two intakes: a hundred equal answers and one event."""
    house.own_redis()
    ports = two_intakes(house)
    post = message("same")
    house.posts.append(post)
    at_once(house, [post] * TIMES, ports)
    assert [t.status for t in post.tries] == [202] * TIMES
    assert len({t.said["event_id"] for t in post.tries}) == 1
    house.worker()
    found = reconcile(house)
    assert len(found.events) == 1
    assert len(found.runs) == 2


@on_both(quick="postgresql")
def test_30_the_same_id_with_another_body(house: House) -> None:
    """30: two bodies under one id, 50 times each in parallel through two intakes: one of them wins;
    the other gets 409 each time, and leaves nothing. So it stays."""
    house.own_redis()
    ports = two_intakes(house)
    posts = [message("same", more={"which": which}) for which in "ab"]
    house.posts += posts
    at_once(house, posts * (TIMES // 2), [*ports, *reversed(ports)])
    house.worker()
    at_once(house, posts * 2, ports)
    winner, loser = sorted(posts, key=lambda post: not post.accepted)
    assert {t.status for t in winner.tries} == {202}
    assert {t.status for t in loser.tries} == {409}
    for said in (t.said for t in loser.tries):
        assert said["status"] == 409
        assert said["type"].endswith("same-id-other-body")
        assert said["event_id"] == winner.event_id
    found = reconcile(house)
    assert len(found.events) == 1
    kept = house.one("SELECT properties_json FROM event")
    assert kept.encode().startswith(winner.body.replace(b": ", b":").replace(b", ", b",")[:40])
    assert f'"which":"{"a" if winner is posts[0] else "b"}"' in kept


def visits() -> list[dict[str, Any]]:
    """A journey that a customer can only enter again when the one before has ended, and what ends
    it."""
    stay = {
        "format": 1,
        "name": "Stay",
        "stage": "retention",
        "settings": {"reentry": {"mode": "when_finished"}},
        "nodes": [
            node("came", "trigger.webhook", customer="body.email", event="guest.came",
                 verify={"kind": "none"}),
            node("stays", "logic.wait_for_event", event="guest.left", within="PT1H"),
            node("left", "action.update_customer", set={"last": "{{ event.properties.n }}"}),
        ],
        "edges": [edge("came", "stays"), edge("stays", "left")],
    }  # fmt: skip
    leave = {
        "format": 1,
        "name": "Leave",
        "stage": "retention",
        "settings": {"reentry": {"mode": "always"}},
        "nodes": [
            node("gone", "trigger.webhook", customer="body.email", event="guest.left",
                 verify={"kind": "none"}),
            node("set", "logic.set", values={"n": "{{ event.properties.n }}"}),
        ],
        "edges": [edge("gone", "set")],
    }  # fmt: skip
    return [stay, leave]


@both
def test_31_one_customers_messages_keep_their_order(house: House) -> None:
    """31: of three customers each comes and leaves 10 times; every message is awaited and goes to
    the other of two intakes than the one before; two workers carry them, and one is killed on the
    way. If one message passed another, a guest could not come in (has not left) or never left."""
    house.own_redis()
    hooks = house.publish(*visits())
    ports = two_intakes(house)
    doomed = house.worker("doomed")
    house.worker("other")

    def guest(who: str) -> None:
        senders = [Sender(house, port=port) for port in ports]
        for n in range(20):
            path = hooks["gone" if n % 2 else "came"]
            senders[n % 2].deliver(message(f"{who}-{n}", who, path=path))
        for sender in senders:
            sender.hang_up()

    with Watch(house), ThreadPoolExecutor(3) as pool:
        going = pool.map(guest, ("ann", "ben", "cho"))
        wait_until(lambda: sum(post.accepted for post in house.posts) > 25, 120)
        doomed.kill()
        list(going)
        found = reconcile(house, journeys={"guest.came": ["stay"], "guest.left": ["leave"]})
    assert len(found.runs) == 60
    assert [e for e in found.events if "run" not in e.outcome[0]] == []
    left = [s[5] for steps in found.steps.values() for s in steps if s[2] == "stays"]
    assert left == ["out"] * 30
