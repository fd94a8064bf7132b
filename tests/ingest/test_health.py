"""Health, readiness, metrics, and the two memories behind the hot path."""

from __future__ import annotations

import asyncio
import re
import threading

import pytest
from starlette.testclient import TestClient

from runtime.ingest import belongs_here
from runtime.ingest.pressure import Pressure
from runtime.ingest.problems import Refusal
from runtime.ingest.recall import Recall
from tests.ingest.conftest import Place
from tests.ingest.test_webhooks import problem


def test_a_living_process_says_so(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.head("/healthz").status_code == 200
    problem(client.post("/healthz"), 405, "wrong-method")


def test_ready_names_what_is_missing(place: Place, client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "redis": "ok"}}
    place.bell.there = False
    answer = client.get("/readyz")
    assert answer.status_code == 200  # events are still accepted, and workers look by themselves
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["redis"] == "unreachable"


def test_without_the_database_it_is_not_ready(place: Place) -> None:
    class Broken:
        def read(self) -> None:
            raise OSError("gone")

    with TestClient(place.app(database=Broken())) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"] == {"database": "unreachable", "redis": "ok"}


def test_metrics_count_requests_by_area_and_hold_no_secret(
    place: Place, client: TestClient
) -> None:
    place.hook("token-canary")
    client.post("/hooks/token-canary", json={})
    client.post("/hooks/nope", json={})
    client.get(f"/v1/projects/{place.write_key}/settings")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.text
    assert 'wayline_requests_total{area="/hooks/",status="202"} 1.0' in text
    assert 'wayline_requests_total{area="/hooks/",status="404"} 1.0' in text
    assert re.search(r'wayline_request_seconds_bucket\{area="/hooks/",le="5.0"\} 2.0', text)
    assert "wayline_events_unrouted 1.0" in text
    assert "canary" not in text
    assert place.write_key not in text


def test_what_belongs_to_the_intake() -> None:
    for path in ("/hooks/x", "/v1/t", "/api", "/api/runs", "/healthz", "/readyz", "/metrics"):
        assert belongs_here(path)
    for path in ("/", "/journeys/x", "/hooks", "/apiary", "/studio/x"):
        assert not belongs_here(path)


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_look_up_is_shared_and_remembered_for_a_moment() -> None:
    asked: list[str] = []
    clock = Clock()

    def read(name: str) -> int:
        asked.append(name)
        return len(asked)

    async def story() -> None:
        recall = Recall(read, fresh=1.0, clock=clock, most=2)
        assert await asyncio.gather(*(recall.find("a") for _ in range(10))) == [1] * 10
        clock.at = 0.9
        assert await recall.find("a") == 1
        clock.at = 1.1
        assert await recall.find("a") == 2
        await recall.find("b")
        await recall.find("c")
        assert await recall.find("a") == 5  # only two names are remembered
        assert len(asked) == 5

    asyncio.run(story())


def test_what_is_not_there_is_looked_for_again() -> None:
    answers = [None, "there"]

    async def story() -> None:
        recall = Recall(lambda _: answers.pop(0), clock=Clock())
        assert await recall.find("a") is None
        assert await recall.find("a") == "there"

    asyncio.run(story())


def test_a_failed_look_up_is_not_remembered() -> None:
    answers = [OSError("gone"), None]

    def read(_: str) -> str:
        found = answers.pop(0)
        if found is not None:
            raise found
        return "there"

    async def story() -> None:
        recall = Recall(read)
        with pytest.raises(OSError, match="gone"):
            await recall.find("a")
        assert await recall.find("a") == "there"

    asyncio.run(story())


class Counts:
    """Stands in for the database: how many events of each workspace (None: of all) wait."""

    def __init__(self, **waiting: int) -> None:
        self.waiting: dict[str | None, int] = {**waiting}
        self.asked: list[tuple[str | None, int]] = []
        self.slow: Clock | None = None

    def __call__(self, workspace: str | None, most: int) -> int:
        self.asked.append((workspace, most))
        if self.slow:
            self.slow.at += 1.0
        return min(most, self.waiting.get(workspace, 0))


async def counted(counts: Counts, times: int) -> None:
    """Until it was counted so often, and what was found is known."""
    while len(counts.asked) < times:
        await asyncio.sleep(0)
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})


def test_the_backlog_is_counted_at_most_every_half_second() -> None:
    clock, counts = Clock(), Counts()

    async def story() -> None:
        pressure = Pressure(counts, 5, 100, clock)
        await pressure.check("w")
        clock.at = 0.4
        pressure.added("w", 4)
        await pressure.check("w")
        pressure.added("w", 1)
        with pytest.raises(Refusal) as caught:
            await pressure.check("w")
        assert caught.value.status == 429
        assert counts.asked == [("w", 6), (None, 101)]
        counts.waiting = {"w": 6, None: 7}
        clock.at = 0.6
        with pytest.raises(Refusal):  # the old number counts until the new one is there
            await pressure.check("w")
        with pytest.raises(Refusal):
            await pressure.check("w")
        await counted(counts, 3)
        counts.waiting = {"w": 0, None: 1}
        clock.at = 1.2
        with pytest.raises(Refusal):
            await pressure.check("w")
        await counted(counts, 4)
        await pressure.check("w")

    asyncio.run(story())


def test_a_noisy_workspace_is_stopped_and_a_quiet_one_is_not() -> None:
    counts = Counts(noisy=1_000_000)
    counts.waiting[None] = 1_000_000

    async def story() -> None:
        pressure = Pressure(counts, 50_000, 2_000_000, Clock())
        with pytest.raises(Refusal):
            await pressure.check("noisy")
        await pressure.check("quiet")
        assert ("noisy", 50_001) in counts.asked  # never more than has to be known

    asyncio.run(story())


def test_all_workspaces_together_have_a_larger_mark() -> None:
    counts = Counts()
    counts.waiting[None] = 1_999_999

    async def story() -> None:
        pressure = Pressure(counts, 50_000, 2_000_000, Clock())
        await pressure.check("a")
        pressure.added("a", 1)
        with pytest.raises(Refusal) as caught:
            await pressure.check("b")
        assert caught.value.status == 429
        assert pressure.backlog == 2_000_000

    asyncio.run(story())


def test_a_count_that_takes_long_is_not_made_often() -> None:
    clock, counts = Clock(), Counts()
    counts.slow = clock

    async def story() -> None:
        pressure = Pressure(counts, 5, 100, clock)
        await pressure.check("w")
        clock.at = 20.0
        await pressure.check("w")
        assert len(counts.asked) == 2
        clock.at = 200.0
        await pressure.check("w")
        await counted(counts, 4)

    asyncio.run(story())


def test_what_came_in_during_a_count_is_added_to_it() -> None:
    clock = Clock()
    begun, go_on = threading.Event(), threading.Event()
    first = Counts()

    def count(workspace: str | None, most: int) -> int:
        if clock.at:
            begun.set()
            assert go_on.wait(60)
        return first(workspace, most)

    async def story() -> None:
        pressure = Pressure(count, 5, 100, clock)
        await pressure.check("w")
        clock.at = 1.0
        await pressure.check("w")
        await asyncio.to_thread(begun.wait, 60)
        pressure.added("w", 5)
        go_on.set()
        await counted(first, 4)
        with pytest.raises(Refusal):
            await pressure.check("w")

    asyncio.run(story())


def test_a_count_that_fails_refuses_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def count(_workspace: str | None, _most: int) -> int:
        raise OSError("canary")

    async def story() -> None:
        await Pressure(count, 5, 100).check("w")

    asyncio.run(story())
    assert "OSError" in caplog.text
    assert "canary" not in caplog.text


def test_a_name_that_is_asked_for_all_the_time_is_read_again_before_it_is_stale() -> None:
    clock = Clock()
    asked: list[str] = []

    def read(name: str) -> int:
        asked.append(name)
        return len(asked)

    async def story() -> None:
        recall = Recall(read, fresh=1.0, clock=clock)
        assert recall.known("a") is None
        assert await recall.find("a") == 1
        clock.at = 0.4
        assert recall.known("a") == 1
        clock.at = 0.6
        assert recall.known("a") == 1  # and it is read again, behind the back of who asked
        while recall.known("a") == 1:
            await asyncio.sleep(0)
        assert recall.known("a") == 2
        clock.at = 1.65
        assert recall.known("a") is None  # too old to be believed
        assert asked == ["a", "a"]

    asyncio.run(story())
