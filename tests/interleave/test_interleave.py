"""The engine's simulator finds what it is there to find: each defence that is taken away shows
itself, and the same seed tells the same story. (`make interleave` plays the many seeds.)"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(1800)  # some 30 CPU-seconds in all; a search may take longer

ROOT = Path(__file__).parents[2]
MOST = 400  # seeds until a missing defence must have shown itself

# The defence that is missing, what must be found, and a seed that has found it. A change of the
# engine changes all stories, so a seed that finds it no more is followed by a search, of some
# seconds; `pytest -rP` tells which seed it is now.
MISSING = {
    "run fence": ("", 3),
    "effect fence": ("settled by somebody who did not hold it", 5),
    "inbox": ("", 259),
    "outbox": ("", 54),
    "event key": ("has 2 rows", 1),
    "entry key": ("an entry is there 2 times", 1),
    "counter key": ("a counter is there", 1),
    "dead letter key": ("a dead letter is there", 33),
    "chore key": ("a chore is there", 3),
    "erased key": ("a hash of the erased is there", 24),
    "bucket key": ("a bucket is there", 6),
    "held key": ("a held provider is there", 142),
    # what a failed run gets back when it is let go on
    "entry of a retry": ("counts as outside", 62),
    "approvals of a retry": ("was cancelled, and its run is", 62),
    "effects of a retry": ("was dropped although its run is", 62),
    "answers of a retry": ("a run goes on", 68),
}

# Keys that are the second line: with the line before them down, they alone keep the damage away.
# (what is down, the key, the damage, a seed)
SECOND = [
    ("routing lock", "run key", "a run of an event is there", 8),
    ("used claims", "journal key", "was made 2 times", 18),
    ("used claims,journal key", "timer key", "a wait stands there twice", 3),
    ("used claims,journal key", "approval key", "an approval is there", 96),
    ("used claims,journal key", "outbox key", "an effect is there", 11),
    ("next firing", "firing key", "a firing is there", 9),
    ("settled effects", "message key", "a message is there", 151),
    ("known customers", "customer key", "a customer is there", 2),
    ("known customers,customer key", "identity key", "a name is there", 2),
    ("fresh ids", "event id", "the id of an event is there", 12),
    ("fresh ids", "run id", "the id of a run is there", 1),
    ("fresh ids", "customer id", "the id of a customer is there", 7),
]


def play(*given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.interleave", *given],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


class Player:
    """One process that plays orders, each in a fork: what it takes away is there for the next."""

    def __init__(self) -> None:
        self.useless: list[str] = []
        self._process = self._begin()

    @staticmethod
    def _begin() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.interleave", "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def first(
        self, without: str, first: int, seeds: int = 1, sought: str = ""
    ) -> tuple[int | None, list[str]]:
        """The first of these seeds, in rough weather, with which this (or else anything) is wrong,
        and all that is wrong with it."""
        order = {"first": first, "seeds": seeds, "without": without, "rough": True}
        order["sought"] = sought
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        try:
            found = json.loads(self._process.stdout.readline())
        except BaseException:  # out of time: its answer is not that of the next order
            self._process.kill()
            self._process.communicate()
            self._process = self._begin()
            raise
        self.useless = found["useless"]  # patterns that fitted no statement of these seeds
        return found["seed"], found["problems"]

    def finds(self, without: str, damage: str, pinned: int) -> int:
        """A seed that shows this damage: the pinned one, or else the first."""
        for first, seeds in ((pinned, 1), (1, MOST)):
            seed, _ = self.first(without, first, seeds, damage)
            if seed is not None:
                if seed != pinned:
                    print(f"found by seed {seed} now, no more by {pinned}")
                return seed
        raise AssertionError(f"{MOST} seeds without {without} and no “{damage}” {self.useless}")

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def player() -> Iterator[Player]:
    player = Player()
    yield player
    player.close()


@pytest.fixture(scope="module")
def told() -> str:
    """The story of three seeds, as a process of their own tells it."""
    done = play("--seeds", "3", "--first", "11", "--trace")
    assert done.returncode == 0, done.stdout[-4000:]
    assert done.stderr == ""  # whoever died has left nothing for Python to end
    story = done.stdout.rpartition("3 seeds")[0]
    assert story.count("\n") > 100
    return story


def test_a_seed_tells_the_same_story_to_the_byte(told: str) -> None:
    again = play("--seeds", "3", "--first", "11", "--trace").stdout
    assert again.rpartition("3 seeds")[0] == told


def test_a_seed_alone_tells_what_it_tells_among_others(told: str) -> None:
    alone = play("--seeds", "1", "--first", "12", "--trace").stdout.rpartition("1 seeds")[0]
    assert len(alone) > 1000
    assert alone in told


@pytest.mark.parametrize("without", MISSING)
def test_a_missing_defence_shows_itself(player: Player, without: str) -> None:
    seed = player.finds(without, *MISSING[without])
    assert player.first("", seed) == (None, [])


@pytest.mark.parametrize(("down", "key", "damage", "pinned"), SECOND)
def test_a_unique_key_alone_keeps_the_damage_away(
    player: Player, down: str, key: str, damage: str, pinned: int
) -> None:
    seed = player.finds(f"{down},{key}", damage, pinned)
    _, left = player.first(down, seed)
    if down == "used claims":  # the transaction fails as a whole, and nothing else is wrong
        assert all("IntegrityError" in one for one in left)
    assert not any(damage in one for one in left)
