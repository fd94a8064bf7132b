"""The engine's simulator finds what it is there to find: each defence that is taken away shows
itself, and the same seed tells the same story. (`make interleave` plays the many seeds.)"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST = 400  # seeds until a missing defence must have shown itself
STEP = 20

# The defence that is missing, what must be found, and a seed that has found it. A change of the
# engine changes all stories, so a seed that finds it no more is followed by a search.
MISSING = {
    "run fence": ("", 19),
    "effect fence": ("", 1),
    "inbox": ("", 1),
    "outbox": ("", 6),
    "event key": ("has 2 rows", 1),
    "entry key": ("an entry is there 2 times", 1),
}

# Keys that are the second line: with the line before them down, they alone keep the damage away.
# (what is down, the key, the damage, a seed)
SECOND = [
    ("routing lock", "run key", "a run of an event is there", 1),
    ("used claims", "journal key", "a journal line is there", 1),
    ("used claims,journal key", "timer key", "a wait stands there twice", 1),
    ("used claims,journal key", "approval key", "an approval is there", 1),
    ("used claims,journal key", "outbox key", "an effect is there", 1),
    ("next firing", "firing key", "a firing is there", 1),
]


def play(*given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.interleave", *given],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def problems(without: str, first: int, seeds: int = 1) -> list[str]:
    """What is wrong with these seeds, in rough weather."""
    given = ("--rough", "--first", str(first), "--seeds", str(seeds), "--without", without)
    played = play(*given, "--keep-on")
    assert "seeds from" in played.stdout, played.stderr
    return [line for line in played.stdout.splitlines() if line.startswith("  - ")]


def found(without: str, damage: str, seed: int) -> int:
    """A seed from which on, within a few, this damage shows itself."""
    for first, seeds in ((seed, 1), *((n, STEP) for n in range(1, MOST, STEP))):
        if any(damage in one for one in problems(without, first, seeds)):
            return first
    raise AssertionError(f"{MOST} seeds without {without} and no “{damage}”")


def test_a_seed_tells_the_same_story_to_the_byte() -> None:
    first, second = (play("--seeds", "3", "--first", "11", "--trace") for _ in range(2))
    assert first.returncode == 0, first.stdout[-4000:]
    told = [one.stdout.rpartition("3 seeds")[0] for one in (first, second)]
    assert told[0] == told[1]
    assert told[0].count("\n") > 100


def test_a_seed_alone_tells_what_it_tells_among_others() -> None:
    many = play("--seeds", "3", "--first", "11", "--trace").stdout
    alone = play("--seeds", "1", "--first", "12", "--trace").stdout.rpartition("1 seeds")[0]
    assert alone in many


@pytest.mark.parametrize("without", MISSING)
def test_a_missing_defence_shows_itself(without: str) -> None:
    damage, seed = MISSING[without]
    first = found(without, damage, seed)
    assert problems("", first) == []


@pytest.mark.parametrize(("down", "key", "damage", "seed"), SECOND)
def test_a_unique_key_alone_keeps_the_damage_away(
    down: str, key: str, damage: str, seed: int
) -> None:
    first = found(f"{down},{key}", damage, seed)
    left = problems(down, first)
    if down.startswith(
        "used claims"
    ):  # the transaction fails as a whole, and nothing else is wrong
        assert all("IntegrityError" in one for one in left)
    assert not any(damage in one for one in left)
