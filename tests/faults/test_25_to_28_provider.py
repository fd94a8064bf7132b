"""25-28: the provider is slow, broken, busy, or hangs up in the middle."""

from __future__ import annotations

import time
from email.utils import formatdate
from itertools import pairwise

import pytest

from tests.faults.harness import LEASE, House, both, on_both
from tests.faults.harness_books import Found, Watch, reconcile
from tests.support.program import SLOW, wait_until
from tests.support.provider import Delivery, Rule

EVENTS = 6
PAUSE = 5.0  # seconds until the first repetition of an HTTP call (nodes/actions/http_request.py)


def furnish(house: House, *rules: Rule) -> None:
    start(house)
    post(house, *rules)


def start(house: House) -> None:
    house.own_redis()
    house.ingest()
    for n in (1, 2):
        house.worker(f"worker {n}")


def post(house: House, *rules: Rule) -> None:
    house.provider.behave(*rules)
    house.post(*range(EVENTS))


def told(found: Found, times: int) -> list[list[Delivery]]:
    """The deliveries of each first effect: all came so many times, only the last was accepted."""
    lines = [line for key, line in found.deliveries.items() if ":tell:" in key]
    assert len(lines) == EVENTS
    for line in lines:
        assert [one.accepted for one in line] == [False] * (times - 1) + [True]
        assert found.effects[line[0].key].attempts == times
    return lines


@both
def test_25_the_provider_sleeps_past_the_lease(house: House) -> None:
    """25: the first answer to each call would come after one and a half leases (scaled 30 s → 6 s).
    The call is given up before the lease ends, so that never two are on their way at once, and
    repeated after its pause with the same key and bytes."""
    with Watch(house):
        furnish(house, Rule("/told", first=1, delay=1.5 * LEASE))
        found = reconcile(house)
    for first, second in told(found, 2):
        assert second.at - first.at >= PAUSE
    assert not found.twice


@on_both(quick="postgresql")
@pytest.mark.parametrize(
    "seconds", [pytest.param(12, id="quick"), pytest.param(60, id="long", marks=pytest.mark.slow)]
)
def test_26_the_provider_answers_5xx(house: House, seconds: int) -> None:
    """26: 503 to everything for 12 s, and for a minute (10 min in the table). After five failures a
    worker's breaker lets one call through after 5, 10, 20 s, …, and each effect keeps its own
    pauses (5, 15, 45 s, …), all of them real: no call comes early. Then everything is taken, with
    the same keys, and what was held back has cost no attempt."""
    with Watch(house):
        furnish(house, Rule("/told", status=503))
        wait_until(lambda: len(house.provider.book("/told")) >= EVENTS, 60)
        until = time.time() + seconds
        wait_until(lambda: time.time() > until, seconds, 0.2)
        house.provider.behave()
        found = reconcile(house, quiet=60 + seconds)
    refused = 0
    for line in (line for key, line in found.deliveries.items() if ":tell:" in key):
        assert [one.accepted for one in line] == [False] * (len(line) - 1) + [True]
        assert found.effects[line[0].key].attempts == len(line)
        waited = [after.at - before.at for before, after in pairwise(line)]
        assert all(w >= PAUSE * 3**n for n, w in enumerate(waited))
        refused += len(line) - 1
    assert EVENTS < refused < EVENTS * 3
    assert not found.twice


@pytest.mark.parametrize("form", ["seconds", pytest.param("date", marks=pytest.mark.slow)])
def test_27_the_provider_asks_for_patience(house: House, form: str) -> None:
    """27: 429 with Retry-After, longer than our own pause: no repetition comes a moment earlier."""
    with Watch(house):
        start(house)
        house.post("before")  # a worker is there
        wait_until(lambda: house.provider.book("/told"), 60)
        until = int(time.time() + 10 * SLOW)
        after = "9" if form == "seconds" else formatdate(until, usegmt=True)
        post(house, Rule("/told", first=1, status=429, headers={"Retry-After": after}))
        found = reconcile(house, quiet=90)
    del found.deliveries[house.provider.book("/told")[0].key]
    for first, second in told(found, 2):
        assert first.answered is not None
        assert second.at >= (first.answered + 9 if form == "seconds" else until)
    assert not found.twice


@on_both(quick="postgresql")
@pytest.mark.parametrize("end", ["reset", pytest.param("half", marks=pytest.mark.slow)])
def test_28_the_provider_hangs_up_after_the_body(house: House, end: str) -> None:
    """28: the connection is reset when the whole request has come, or in the middle of the answer.
    Whether it was taken nobody knows: the same key comes again, after the pause, with the same
    bytes."""
    with Watch(house):
        furnish(house, Rule("/told", first=1, end=end))
        found = reconcile(house)
    for first, second in told(found, 2):
        assert second.at - first.at >= PAUSE
    assert not found.twice
