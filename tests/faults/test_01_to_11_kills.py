"""1-11: kill -9 just before and just after each commit, and around the send."""

from __future__ import annotations

import signal

from tests.faults.harness import House, both, by_turns, on_both
from tests.faults.harness_books import Watch, reconcile

EVENTS = 12


def die(house: House, place: str, events: int = EVENTS) -> None:
    """A worker meets a batch of events and dies at this place; another one takes over."""
    house.ingest()
    house.post(*range(events))
    doomed = house.worker("doomed", WAYLINE_FAILPOINT=place)
    assert doomed.wait_dead(60) == -signal.SIGKILL
    house.worker("successor")


# --- accept: 1, 2 ---------------------------------------------------------------------------------


@by_turns("place", {"01_before": "accept.before_commit:3", "02_after": "accept.after_commit:3"})
def test_01_02_kill_at_the_commit_of_accept(house: House, place: str) -> None:
    """1, 2: the third message gets no answer. Before the commit it is not there, after it it is;
    the sender repeats it, and it is one event."""
    house.own_redis()
    house.worker()
    doomed = house.ingest(WAYLINE_FAILPOINT=place)
    sender = house.sending(*range(6))
    assert doomed.wait_dead(60) == -signal.SIGKILL
    answered = sum(post.accepted for post in house.posts)
    assert answered == 2
    assert house.one("SELECT count(*) FROM event") == (3 if "after" in place else 2)
    house.ingest()
    sender.finish()
    found = reconcile(house)
    assert len(found.events) == 6
    assert not found.twice
    assert house.posts[2].tries[0].status is None


# --- route, claim, step: 3-8 ----------------------------------------------------------------------


@by_turns(
    "place",
    {
        "03": "route.before_commit",
        "04": "route.after_commit",
        "05": "claim.before_commit",
        "06": "claim.after_commit",
        "07": "step.before_commit",
        "08": "step.after_commit",
    },
)
def test_03_to_08_kill_at_a_commit_of_the_worker(house: House, place: str) -> None:
    """3-8: a worker dies with a batch in its hands. What it had committed is not done again, what
    it had not is done by another one once the lease (scaled 30 s → 6 s) is over."""
    house.own_redis()
    with Watch(house):
        die(house, place)
        found = reconcile(house)
    assert len(found.events) == EVENTS
    assert not found.twice


# --- the effect: 9-11 -----------------------------------------------------------------------------


@both
def test_09_kill_before_the_send(house: House) -> None:
    """9: the effect is marked and the worker dies before it leaves: it is sent by another one, once
    the lease (scaled 30 s → 6 s) is over. Some of its neighbours may have left already."""
    house.own_redis()
    with Watch(house):
        die(house, "effect.before_send:3")
        reconcile(house)


@on_both(quick="postgresql")
def test_10_kill_after_the_provider_has_taken_it(house: House) -> None:
    """10: the provider has answered 200 and the worker dies before it can note that: the same
    key with the same bytes comes again, and that is counted."""
    house.own_redis()
    with Watch(house):
        die(house, "effect.after_send")
        found = reconcile(house)
    assert 1 <= len(found.twice) <= EVENTS


@by_turns(
    "place",
    {"before": "effect.before_mark_commit", "after": "effect.after_mark_commit"},
    slow=("after",),
)
def test_11_kill_at_the_mark(house: House, place: str) -> None:
    """11: the same when the note is being committed; just after that commit nothing comes twice but
    what was still on its way."""
    house.own_redis()
    with Watch(house):
        die(house, place)
        found = reconcile(house)
    if "before" in place:
        assert 1 <= len(found.twice) <= EVENTS
    else:
        assert len(found.twice) < EVENTS
