"""Providers get no more than they can take."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.ports.results import Done, Later, Refused, Result
from runtime.store.outbox import EffectRow
from runtime.work.effects import Landing, cut_off
from runtime.work.providers import EACH, FAILURES, FIRST_PAUSE, Providers, name_of
from tests.work.house import House, Outside

SECOND = 1_000_000
OK = Done({"status": 200, "headers": {}, "body": ""})
NODES = {
    "in": ("trigger.event", {"event": "order"}),
    "call": (
        "action.http_request",
        {"method": "POST", "url": "http://{{ event.properties.host }}/"},
    ),
}


@pytest.fixture
def house(tmp_path: Path) -> Any:
    house = House(tmp_path)
    house.publish(NODES, [("in", "out", "call")])
    yield house
    house.close()


def order(house: House, host: str, n: int = 1) -> None:
    for _ in range(n):
        house.say("order", f"c{len(house.rows('SELECT 1 FROM event'))}", {"host": host})


def hosts(house: House) -> list[str]:
    return [body["url"].split("/")[2] for _, _, body in house.outside.sent]


def test_a_pause_that_a_provider_asks_for_holds_for_all_its_calls(house: House) -> None:
    house.outside.answer = Later("http", "Too many.", after=60.0)
    order(house, "busy.test")
    house.drain()
    house.outside.answer = OK
    order(house, "busy.test", 3)
    order(house, "other.test")
    house.drain()
    assert hosts(house) == ["busy.test", "other.test"]
    house.now += 59 * SECOND
    house.drain()
    assert hosts(house) == ["busy.test", "other.test"]
    house.now += 2 * SECOND
    house.drain()
    assert sorted(hosts(house)) == ["busy.test"] * 5 + ["other.test"]
    attempts = house.rows("SELECT attempts FROM outbox ORDER BY created_at, key")
    assert sorted(a for (a,) in attempts) == [1, 1, 1, 1, 2]  # being held is no attempt


def test_a_pause_holds_though_an_earlier_call_succeeds(house: House) -> None:
    """Calls that were on their way when the provider asked for the pause say nothing about it."""

    def answer(body: Mapping[str, Any]) -> Result:
        first = len(house.outside.sent) == 1
        return Later("http", "Too many.", after=60.0) if first else OK

    house.outside.answer = answer
    order(house, "busy.test", 2)
    house.drain()  # both leave together: one is refused, the other goes well
    assert len(house.outside.sent) == 2
    order(house, "busy.test")
    house.now += 59 * SECOND
    house.drain()
    assert len(house.outside.sent) == 2
    house.now += 2 * SECOND
    house.drain()
    assert {status for status, _ in house.runs()} == {"completed"}


def test_who_fails_again_and_again_is_left_alone_and_tried_by_one_call(house: House) -> None:
    def answer(body: Mapping[str, Any]) -> Result:
        return Later("http", "Down.") if "down" in body["url"] else OK

    house.outside.answer = answer
    order(house, "down.test", FAILURES)
    house.drain()
    assert len(house.outside.sent) == FAILURES
    order(house, "down.test", 20)
    order(house, "up.test")
    house.drain()
    assert hosts(house)[FAILURES:] == ["up.test"]
    house.now += int(FIRST_PAUSE * SECOND) + 1
    house.drain()
    assert hosts(house)[FAILURES + 1 :] == ["down.test"]  # one tries for all
    house.outside.answer = OK
    for _ in range(3):
        house.now += 60 * SECOND
        house.drain()
    assert {status for status, _ in house.runs()} == {"completed"}


def test_a_rate_holds_for_all_workers_together(house: House) -> None:
    house.set("""UPDATE workspace SET settings_json = '{"rates": {"slow.test": 2}}',
 live_rev = live_rev + 1""")
    order(house, "slow.test", 10)
    order(house, "fast.test", 5)
    workers = [house.worker() for _ in range(2)]
    for work in workers:
        work.drain(1e12)
    assert hosts(house).count("slow.test") == 2
    assert hosts(house).count("fast.test") == 5
    for second in range(1, 5):
        house.now += SECOND
        for work in workers:
            work.drain(1e12)
        assert hosts(house).count("slow.test") == 2 + 2 * second
    assert {status for status, _ in house.runs()} == {"completed"}


def held(house: House) -> list[tuple[Any, ...]]:
    sql = "SELECT provider, until_at - ?, failures FROM held ORDER BY provider"
    return house.rows(sql, house.now)


def test_calls_that_fail_together_open_the_breaker_for_its_first_pause_only(house: House) -> None:
    house.outside.answer = Later("http", "Down.")
    order(house, "down.test", 60)
    house.drain()
    assert len(house.outside.sent) == 60  # they were claimed before anybody knew
    ((provider, until, failures),) = held(house)  # as many as came back when it opened
    assert (provider, until) == ("down.test", FIRST_PAUSE * SECOND)
    assert FAILURES <= failures <= 60
    house.outside.answer = OK
    house.now += int(FIRST_PAUSE * SECOND) + 1
    house.drain()
    assert len(house.outside.sent) > 60
    assert held(house) == []


def test_a_late_success_of_one_worker_does_not_lift_the_pause_asked_of_another(
    house: House,
) -> None:
    """Found by the simulator (seed 629): the one knew only of failures, and had been stopped."""
    one, other = house.worker(), house.worker()
    house.outside.answer = Later("http", "Down.")
    order(house, "busy.test", FAILURES)
    one.drain(1e12)
    ((_, until, failures),) = held(house)
    assert (until, failures) == (FIRST_PAUSE * SECOND, FAILURES)
    house.now += int(FIRST_PAUSE * SECOND) + 1

    def asks(body: Mapping[str, Any]) -> Result:
        house.outside.answer = OK
        return Later("http", "Too many.", after=60.0)

    def while_it_flies() -> None:  # another worker's call is asked for a pause meanwhile
        house.outside.before = None
        house.outside.answer = asks
        house.set("DELETE FROM held")  # it has never heard of the failures
        order(house, "busy.test")
        thread = threading.Thread(target=lambda: other.drain(1e12))
        thread.start()
        thread.join()

    house.outside.before = while_it_flies
    one.drain(1e12)
    assert held(house) == [("busy.test", 60 * SECOND, 0)]


def test_a_pause_holds_for_the_other_workers_too(house: House) -> None:
    one, other = house.worker(), house.worker()
    house.outside.answer = Later("http", "Too many.", after=60.0)
    order(house, "busy.test")
    one.drain(1e12)
    house.outside.answer = OK
    order(house, "busy.test", 3)
    order(house, "other.test")
    other.drain(1e12)
    assert hosts(house) == ["busy.test", "other.test"]
    assert held(house) == [("busy.test", 60 * SECOND, 0)]
    house.now += 61 * SECOND
    other.drain(1e12)
    assert hosts(house).count("busy.test") == 5
    assert held(house) == []


def test_of_all_workers_one_call_tries_a_provider_that_failed(house: House) -> None:
    workers = [house.worker() for _ in range(3)]
    house.outside.answer = Later("http", "Down.")
    order(house, "down.test", FAILURES)
    workers[0].drain(1e12)
    order(house, "down.test", 30)
    house.now += 2 * SECOND
    for work in workers:
        work.drain(1e12)
    assert len(house.outside.sent) == FAILURES
    house.now += int(FIRST_PAUSE * SECOND)
    for work in workers:
        work.drain(1e12)
    assert len(house.outside.sent) == FAILURES + 1


def test_who_goes_on_failing_is_left_alone_longer_and_longer(house: House) -> None:
    house.outside.answer = Later("http", "Down.")
    order(house, "down.test", 40)
    house.drain()
    pauses: list[float] = []
    for _ in range(8):
        [(_, pause, _)] = held(house)
        pauses.append(pause / SECOND)
        house.now += pause + 1
        before = len(house.outside.sent)
        house.drain()
        assert len(house.outside.sent) == before + 1  # one tries for all
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]


def test_a_pause_after_failures_is_not_lifted_by_what_had_left_elsewhere(house: House) -> None:
    one, other = house.worker(), house.worker(Outside())
    house.outside.answer = Later("http", "Down.")
    order(house, "busy.test", 2)
    one.drain(1e12)
    order(house, "busy.test")
    _, batch = other.route("w")
    assert batch is not None
    _, [flight] = other.carry(batch, 1)  # it leaves before anybody asks for a pause
    house.outside.answer = Later("http", "Too many.", after=60.0)
    order(house, "busy.test")
    one.drain(1e12)
    house.now += SECOND
    order(house, "busy.test")
    other.drain(1e12)  # on which the other one hears of the pause
    other.land([Landing(flight.effect, OK, "smtp", flight.carried)], False, 0)
    sent = len(house.outside.sent)
    house.now += SECOND
    order(house, "busy.test", 3)
    one.drain(1e12)
    assert len(house.outside.sent) == sent


def test_what_answers_one_worker_is_free_for_all(house: House) -> None:
    one, other = house.worker(), house.worker()
    house.outside.answer = Later("http", "Down.")
    order(house, "down.test", FAILURES)
    one.drain(1e12)
    house.outside.answer = OK
    order(house, "up.test")  # on which the other one looks, and hears of down.test
    other.drain(1e12)
    house.now += 2 * int(FIRST_PAUSE * SECOND)
    one.drain(1e12)
    assert held(house) == []
    house.now += SECOND
    before = hosts(house).count("down.test")
    order(house, "down.test", 4)
    other.drain(1e12)
    assert hosts(house).count("down.test") == before + 4


def test_answers_that_are_committed_again_count_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.outside.answer = Later("http", "Down.")
    order(house, "down.test", FAILURES - 1)
    transact = house.database.transact

    def away(work: Any) -> Any:
        if work.__qualname__.startswith("land."):
            raise ConnectionError("the database is away")
        return transact(work)

    with monkeypatch.context() as patch:
        patch.setattr(house.database, "transact", away)
        for _ in range(3):
            with pytest.raises(ConnectionError):
                house.drain()
    house.drain()
    assert len(house.outside.sent) == FAILURES - 1
    assert held(house) == []
    order(house, "down.test")
    house.drain()
    assert len(held(house)) == 1


def test_a_call_that_was_cut_off_is_a_failure(house: House) -> None:
    work = house.worker()
    order(house, "slow.test", FAILURES)
    _, batch = work.route("w")
    assert batch is not None
    for flight in work.carry(batch, FAILURES).flights:
        one = cut_off(flight, stopping=False)
        work.learn(one)
        work.land([one], False, 0)
    assert [name for name, _, _ in held(house)] == ["slow.test"]


def test_a_credential_that_cannot_be_opened_says_nothing_of_the_provider() -> None:
    providers = Providers()
    effect = an_effect("w", "down.test")
    for _ in range(FAILURES):
        providers.learn(effect, Later("http", "Down."), 0)
    assert providers.troubles("w") == 1
    providers.learn(effect, Refused("credential", "It cannot be opened."), 1)
    assert providers.troubles("w") == 1
    providers.learn(effect, Refused("http", "No such order."), 2)  # it answers
    assert providers.troubles("w") == 0


def test_the_many_hosts_of_one_workspace_make_no_other_forgotten() -> None:
    providers = Providers()
    providers.learn(an_effect("quiet", "down.test"), Later("http", "Down."), 0)
    for n in range(EACH + 5):
        providers.learn(an_effect("loud", f"h{n}.test"), Later("http", "Down."), 0)
    assert providers.troubles("loud") == EACH
    assert providers.troubles("quiet") == 1


def an_effect(workspace: str, host: str) -> EffectRow:
    empty: dict[str, Any] = dict.fromkeys(EffectRow._fields)
    body = orjson.dumps({"url": f"http://{host}/"})
    return EffectRow(**{**empty, "workspace": workspace, "kind": "http", "body": body})


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_put_off_goes_as_soon_as_the_provider_answers(house: House, workers: int) -> None:
    """Also when it was another call of the same host that tried for all (fault 26 under load)."""
    works = [house.worker() for _ in range(workers)]
    house.outside.answer = Later("http", "Down.")
    order(house, "down.test", FAILURES)
    works[0].drain(1e12)
    [(_, pause, _)] = held(house)
    house.outside.answer = OK
    house.now += SECOND
    order(house, "down.test", 20)
    works[-1].drain(1e12)
    assert len(house.outside.sent) == FAILURES
    house.now += pause - SECOND
    for _ in range(3):
        for work in works:
            work.drain(1e12)
        house.now += SECOND // 10
    assert len(house.outside.sent) == 2 * FAILURES + 20
    assert held(house) == []


def rate(house: House, calls: float) -> None:
    house.set(
        "UPDATE workspace SET settings_json = ?, live_rev = live_rev + 1",
        orjson.dumps({"rates": {"slow.test": calls}}).decode(),
    )


def test_a_long_line_is_not_put_off_over_and_over(house: House) -> None:
    rate(house, 20)
    order(house, "slow.test", 200)
    for _ in range(25):
        house.drain()
        house.now += SECOND // 2
    assert {status for status, _ in house.runs()} == {"completed"}
    claims = house.one("SELECT sum(fence) FROM outbox")
    assert claims < 3 * 200


def test_who_comes_later_does_not_pass_the_line(house: House) -> None:
    rate(house, 2)
    order(house, "slow.test", 8)
    house.drain()
    for n in range(8):
        house.now += SECOND // 2
        house.say("order", f"late{n}", {"host": "slow.test"})
        house.drain()
    first = {key.partition(":")[0] for _, key, _ in house.outside.sent[:8]}
    began = [one for (one,) in house.rows("SELECT id FROM run ORDER BY id")]
    assert first == set(began[:8])


def test_a_new_rate_is_felt_within_a_minute(house: House) -> None:
    rate(house, 0.01)
    order(house, "slow.test", 50)
    house.drain()
    rate(house, 100)
    for _ in range(62):
        house.now += SECOND
        house.drain()
    assert hosts(house).count("slow.test") == 50


@pytest.mark.parametrize(
    ("kind", "credential", "body", "name"),
    [
        ("http", None, b'{"url": "https://API.example.com/x"}', "api.example.com"),
        ("http", "key", b'{"url": "http://a.test:8080/x"}', "a.test:8080"),
        ("http", None, b'{"url": "https://a.test:443/x"}', "a.test"),
        ("http", None, b'{"url": "http://a.test:443/x"}', "a.test:443"),
        ("http", None, b'{"url": "http://[::1"}', "http"),
        ("email", None, b"{}", "smtp"),
        ("email", "post", b"{}", "smtp:post"),
        ("model", "gpt", b"{}", "ai:gpt"),
    ],
)
def test_names(kind: str, credential: str | None, body: bytes, name: str) -> None:
    assert name_of(kind, credential, body) == name
