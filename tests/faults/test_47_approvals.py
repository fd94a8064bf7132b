"""47: many people decide about the same thing at once, or too late."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.faults.harness import House, on_both
from tests.faults.harness_books import Watch, reconcile
from tests.faults.harness_journeys import edge, node
from tests.support.program import SLOW, free_port, wait_until

SOON = 6 * SLOW  # seconds to decide


def asker(url: str, name: str, within: str) -> dict[str, Any]:
    def call(name: str) -> dict[str, Any]:
        return node(name, "action.http_request", method="POST", url=f"{url}/{name}",
                    body={"text": "{{ steps.ask.text }}"})  # fmt: skip

    return {
        "format": 1,
        "name": name,
        "stage": "onboarding",
        "settings": {"reentry": {"mode": "always"}},
        "nodes": [
            node("placed", "trigger.event", event="order.placed"),
            node("reply", "logic.set", values={"text": "Thank you."}),
            node("ask", "logic.approval", of="reply", within=within),
            call("approved"),
            call("rejected"),
            call("expired"),
        ],
        "edges": [
            edge("placed", "reply"),
            edge("reply", "ask"),
            edge("ask", "approved"),
            edge("ask", "rejected", "rejected"),
            edge("ask", "expired", "expired"),
        ],
    }


class Person(threading.Thread):
    """Decides once, when told to; `answer` is what was said."""

    def __init__(self, url: str, key: str, approval: str, by: int, at: Callable[[], object]):
        super().__init__(daemon=True)
        self.approval, self.decision = approval, ("approve", "reject")[by % 2]
        self._url, self._key, self.by, self._at = url, key, by, at
        self.answer: httpx.Response | None = None

    def run(self) -> None:
        """In its thread."""
        with httpx.Client(trust_env=False, verify=False, timeout=60) as client:
            client.get(f"{self._url}/healthz")  # be connected
            self._at()
            self.answer = client.post(
                f"{self._url}/api/approvals/{self.approval}",
                headers={"authorization": f"Bearer {self._key}"},
                json={"decision": self.decision, "by": f"person {self.by}"},
            )


@on_both(quick="postgresql")
def test_47_double_and_late_decisions(house: House) -> None:
    """47: five approvals are decided by six people each at the same moment, through two intakes,
    half of them for and half against; three at the very moment they expire; two after it. Each
    has one winner, all others are told 409, and each run goes the way of its winner. (Days to
    decide are scaled to an hour for the first five, and to 6 s for the others.)"""
    key = house.key
    house.publish(
        asker(house.provider.url, "Patient", "PT1H"),
        asker(house.provider.url, "Hasty", f"PT{SOON:g}S"),
    )
    house.own_redis()
    house.ingest()
    port = free_port()
    house.wait_ready(house.start("ingest", "--port", str(port), name="other"), port=port)
    urls = (house.url, f"http://127.0.0.1:{port}")
    house.worker("one")
    house.worker("two")
    with Watch(house):
        house.post(*range(5))
        wait_until(lambda: house.one("SELECT count(*) FROM approval") == 10, 60)
        expiry = dict(house.rows("SELECT id, expires_at FROM approval ORDER BY expires_at"))
        ids = [*list(expiry)[5:], *list(expiry)[:5]]  # those of an hour first
        together = threading.Barrier(5 * 6)
        people = [
            Person(urls[by % 2], key, one, by, together.wait) for one in ids[:5] for by in range(6)
        ]
        people += [
            Person(urls[by % 2], key, one, by, _moment(expiry[one] / 1e6 + (by - 2.5) / 50))
            for one in ids[5:8]
            for by in range(6)
        ]
        people += [
            Person(urls[by % 2], key, one, by, _moment(expiry[one] / 1e6 + 2))
            for one in ids[8:]
            for by in range(2)
        ]
        for person in people:
            person.start()
        for person in people:
            person.join(120)
        reconcile(house, journeys={*house.journeys, "patient", "hasty"})
    won: dict[str, list[Person]] = {one: [] for one in ids}
    for person in people:
        assert person.answer is not None
        if person.answer.status_code == 200:
            won[person.approval].append(person)
        else:
            assert person.answer.status_code == 409, person.answer.text
            assert person.answer.headers["content-type"] == "application/problem+json"
    assert [len(won[one]) for one in ids[:5]] == [1] * 5
    assert all(len(won[one]) <= 1 for one in ids[5:8])
    assert [len(won[one]) for one in ids[8:]] == [0, 0]
    ways = {"approve": "approved", "reject": "rejected"}
    sent = {one.key.partition(":")[0]: one.path for one in house.provider.book()
            if one.path in ("/approved", "/rejected", "/expired")}  # fmt: skip
    assert len(sent) == 10
    for one, run, state, text in house.rows("SELECT id, run, state, decision_json FROM approval"):
        way = ways[won[one][0].decision] if won[one] else "expired"
        assert (state, sent[run]) == (way, f"/{way}")
        if won[one]:
            assert json.loads(text)["by"] == f"person {won[one][0].by}"
    assert house.one("SELECT count(*) FROM audit WHERE what LIKE 'approval.%%'") == sum(
        map(len, won.values())
    )


def _moment(at: float) -> Callable[[], object]:
    return lambda: wait_until(lambda: time.time() >= at, 120, 0.001)
