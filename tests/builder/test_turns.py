"""One person's slow questions keep nobody else waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from builder import editor_api, turns
from tests.builder.conftest import OWN, as_role
from tests.builder.fakes import FakeWayline

ASKED = turns.AT_ONCE + turns.MOST_WAITING


class Slow:
    """Counts of a condition that take until the test lets them go."""

    def __init__(self, fake: FakeWayline) -> None:
        self.go = threading.Event()
        self.lock = threading.Lock()
        self.running = self.most = 0
        self.begun: list[str] = []
        fake.answers["condition_hits"] = self.count

    def count(self, condition: dict[str, Any], events: list[str]) -> dict[str, Any]:
        if condition == {"quick": True}:
            return {"hits": 1}
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
            self.begun.append(condition["n"])
        assert self.go.wait(20)
        with self.lock:
            self.running -= 1
        return {"hits": condition["n"]}


Ask = Callable[[str, dict[str, Any]], Awaitable[httpx.Response]]


def together(work: Callable[[httpx.AsyncClient, Ask], Awaitable[None]]) -> None:
    """The work with a client whose requests run at the same time."""

    async def main() -> None:
        transport = httpx.ASGITransport(app=editor_api.create([OWN]))
        async with httpx.AsyncClient(transport=transport, base_url=OWN) as client:

            async def ask(role: str, condition: dict[str, Any]) -> httpx.Response:
                body = {"condition": condition}
                return await client.post("/studio/condition", json=body, headers=as_role(role))

            await work(client, ask)

    asyncio.run(main())


async def until(done: Callable[[], bool]) -> None:
    while not done():
        await asyncio.sleep(0.005)


def asked(role: str) -> int:
    one = turns._people.get(f"p-{role}")
    return one.asked if one else 0


def test_two_of_a_persons_questions_are_worked_on_and_the_others_wait_in_order(
    fake: FakeWayline,
) -> None:
    slow = Slow(fake)

    async def work(client: httpx.AsyncClient, ask: Ask) -> None:
        waiting: list[asyncio.Task[httpx.Response]] = []
        for n in range(ASKED):
            waiting.append(asyncio.ensure_future(ask("editor", {"n": n})))
            await until(lambda: asked("editor") == len(waiting))
        await until(lambda: slow.running == turns.AT_ONCE)
        # Everybody else is answered, also with what is dear.
        others = await asyncio.gather(
            client.get("/studio/catalogue", headers=as_role("owner")),
            ask("owner", {"quick": True}),
            ask("viewer", {"quick": True}),
            client.get("/studio/catalogue", headers=as_role("editor")),
        )
        assert [answer.status_code for answer in others] == [200] * 4
        too_much = await ask("editor", {"n": "more"})
        assert too_much.status_code == 429
        assert too_much.headers["retry-after"] == "5"
        assert "Wait until the first answers" in too_much.json()["detail"]
        slow.go.set()
        answers = await asyncio.gather(*waiting)
        assert [answer.json()["hits"] for answer in answers] == list(range(ASKED))
        assert (await ask("editor", {"quick": True})).status_code == 200

    together(work)
    assert slow.most == turns.AT_ONCE
    assert sorted(slow.begun[:2]) == [0, 1]
    assert len(slow.begun) == ASKED
    assert not turns._people


def test_nobody_has_a_second_question_worked_on_before_others_have_their_first(
    fake: FakeWayline,
) -> None:
    slow = Slow(fake)

    async def work(client: httpx.AsyncClient, ask: Ask) -> None:
        people = ("editor", "approver")
        waiting = [asyncio.ensure_future(ask(who, {"n": who})) for who in people * 3]
        await until(lambda: all(asked(who) == 3 for who in people))
        await until(lambda: slow.running == turns.THREADS - 1)
        # two people have much to ask: a third one does not wait for them
        assert (await ask("owner", {"quick": True})).json() == {"hits": 1}
        assert slow.running == turns.THREADS - 1
        late = asyncio.ensure_future(ask("viewer", {"n": "viewer"}))
        await until(lambda: slow.running == turns.THREADS)
        slow.go.set()
        answers = await asyncio.gather(*waiting, late)
        assert [answer.json()["hits"] for answer in answers] == [*people * 3, "viewer"]

    together(work)
    assert slow.begun[turns.THREADS - 1] == "viewer"  # before anybody's third, or second
    assert not turns._people


def test_who_goes_away_gives_up_the_place_and_not_before_the_thread_is_free(
    fake: FakeWayline,
) -> None:
    slow = Slow(fake)

    async def work(client: httpx.AsyncClient, ask: Ask) -> None:
        gone = [asyncio.ensure_future(ask("editor", {"n": n})) for n in range(4)]
        await until(lambda: asked("editor") == 4 and slow.running == 2)
        for one in gone:
            one.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        assert asked("editor") == 2  # their threads are still busy
        late = asyncio.ensure_future(ask("editor", {"n": 9}))
        await until(lambda: asked("editor") == 3)
        assert slow.running == 2
        slow.go.set()
        assert (await late).json()["hits"] == 9

    together(work)
    assert not turns._people


def test_a_question_that_fails_gives_up_its_place(fake: FakeWayline) -> None:
    def broken(condition: dict[str, Any], events: list[str]) -> None:
        raise RuntimeError("broken")

    fake.answers["condition_hits"] = broken

    async def work(client: httpx.AsyncClient, ask: Ask) -> None:
        for _ in range(ASKED + 1):
            assert (await ask("editor", {"n": 1})).status_code == 500

    together(work)
    assert not turns._people


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/studio/journeys/x/try", "try_journey"),
        ("/studio/condition", "condition_hits"),
        ("/studio/texts/preview", "preview_step"),
        ("/studio/test-send", "send_test_of"),
    ],
)
def test_what_is_dear_has_threads_of_its_own(fake: FakeWayline, path: str, method: str) -> None:
    names: list[str] = []

    def answer(*args: Any, **more: Any) -> dict[str, Any]:
        names.append(threading.current_thread().name)
        return {}

    fake.answers[method] = answer
    body = {"condition": {}, "slug": "x", "node": "y"}

    async def work(client: httpx.AsyncClient, ask: Ask) -> None:
        answered = await client.post(path, json=body, headers=as_role("owner"))
        assert answered.status_code == 200, answered.text

    together(work)
    assert names[0].startswith("dear")
