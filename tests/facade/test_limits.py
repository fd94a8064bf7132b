"""How many calls a second a provider gets: set by the owner, kept by all workers."""

from __future__ import annotations

import math

import pytest

from runtime.facade import NotAllowed, NotFound, Refused
from runtime.store import buckets
from runtime.store.buckets import Held
from runtime.work.journeys import Journeys
from tests.facade.conftest import SECOND, Place


def rates(place: Place) -> dict[str, float]:
    """What the workers go by."""
    with place.database.read() as conn:
        space = Journeys(place.house.types).space(conn, place.studio.desk.workspace)
    return dict(space.rates)


def test_a_limit_is_set_changed_and_removed(place: Place) -> None:
    made = place.studio.set_limit(" API.example.com ", 5)
    assert made == {
        "provider": "api.example.com",
        "label": "api.example.com",
        "rate": 5.0,
        "held": None,
    }
    assert rates(place) == {"api.example.com": 5.0}
    place.studio.set_limit("api.example.com", 0.5)
    place.studio.set_limit("smtp", 2)
    assert rates(place) == {"api.example.com": 0.5, "smtp": 2.0}
    place.studio.remove_limit("api.example.com")
    assert rates(place) == {"smtp": 2.0}
    assert [one["label"] for one in place.studio.limits()] == ["Your mail server"]
    with pytest.raises(NotFound, match="no limit for"):
        place.studio.remove_limit("api.example.com")
    told = [(row["what"], row["of"]) for row in place.studio.audit()]
    assert told[:2] == [("limit.removed", "api.example.com"), ("limit.set", "smtp")]


def test_other_settings_stay_as_they_are(place: Place) -> None:
    place.studio.save_settings(opt_in=True)
    place.studio.set_limit("ai", 1)
    assert place.studio.settings()["opt_in"]
    place.studio.save_settings(opt_in=False)
    assert rates(place) == {"ai": 1.0}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://api.example.com/v1/orders?x=1", "api.example.com"),
        ("https://api.example.com:8443/v1", "api.example.com:8443"),
        ("api.example.com:443", "api.example.com"),
        ("localhost:8080", "localhost:8080"),
        ("[::1]:8080", "[::1]:8080"),
        ("smtp:", "smtp"),
        ("bücher.example", "bücher.example"),
    ],
)
def test_a_provider_is_named_as_the_workers_name_it(place: Place, given: str, kept: str) -> None:
    assert place.studio.set_limit(given, 1)["provider"] == kept


@pytest.mark.parametrize("wrong", ["", "two words", "a/b", "x" * 300, "a..b", "api.example.com:x"])
def test_what_is_no_provider_is_refused_with_an_example(place: Place, wrong: str) -> None:
    with pytest.raises(Refused, match=r"like api\.example\.com") as told:
        place.studio.set_limit(wrong, 1)
    assert told.value.field == "provider"
    assert place.studio.limits() == []


@pytest.mark.parametrize("wrong", [0, -1, math.inf, math.nan, 10_001, 0.0001])
def test_a_rate_is_a_number_that_can_be_kept(place: Place, wrong: float) -> None:
    with pytest.raises(Refused, match="leave the provider without a limit") as told:
        place.studio.set_limit("smtp", wrong)
    assert told.value.field == "rate"


def test_a_limit_for_a_credential_needs_the_credential(place: Place) -> None:
    with pytest.raises(NotFound, match="no credential post"):
        place.studio.set_limit("smtp:post", 1)
    place.studio.set_credential("post", "smtp", {"host": "127.0.0.1"})
    assert place.studio.set_limit("smtp:post", 1)["label"] == "Mail server post"


def test_who_is_held_back_is_shown_until_it_is_over(place: Place) -> None:
    workspace, now = place.studio.desk.workspace, place.clock.now
    found = [
        Held(workspace, "busy.test", now + 60 * SECOND, 0, 0),
        Held(workspace, "down.test", now + 5 * SECOND, 7, 10 * SECOND),
    ]
    with place.database.write() as conn:
        buckets.hold(conn, found, now)
    busy, down = place.studio.limits()
    assert (busy["rate"], down["rate"]) == (None, None)
    assert busy["held"] == {"until": "2026-03-02T09:01:00Z", "failures": 0}
    assert down["held"] == {"until": "2026-03-02T09:00:05Z", "failures": 7}
    place.clock.now += 30 * SECOND
    assert [one["provider"] for one in place.studio.limits()] == ["busy.test"]


def test_only_the_owner_sets_limits(place: Place) -> None:
    for role in ("editor", "approver", "viewer"):
        studio = place.as_role(role)
        assert studio.limits() == []
        with pytest.raises(NotAllowed, match="owner"):
            studio.set_limit("smtp", 1)
        with pytest.raises(NotAllowed, match="owner"):
            studio.remove_limit("smtp")
