"""Every one of the fifty faults has a test that bears its number, and at least twenty of them are
among those of `make test`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NUMBERS = re.compile(r"::test_(\d\d)_(?:(to_)?(\d\d)_)?")


def faults(*options: str) -> set[int]:
    """The numbers of the tests that pytest finds here with these options."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *options, str(HERE)],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=HERE.parents[1],
        check=True,
    )
    found: set[int] = set()
    for first, to, last in NUMBERS.findall(done.stdout):
        found |= set(range(int(first), int(last) + 1)) if to else {int(first), int(last or first)}
    return found


def test_all_fifty_are_there_and_most_are_quick() -> None:
    every, quick = faults(), faults("-m", "not slow")
    assert every == set(range(1, 51)), f"without a test: {sorted({*range(1, 51)} - every)}"
    assert len(quick) >= 20
    slow = every - quick
    assert slow == {24}, "what is not in `make test` stands here, so that nobody adds to it unseen"


def test_the_page_says_where_each_is() -> None:
    """docs/testing.md has a line for each file, and names it rightly."""
    page = (HERE.parents[1] / "docs" / "testing.md").read_text()
    files = {path.name for path in HERE.glob("test_[0-9]*.py")}
    named = set(re.findall(r"`(test_\d\d_[a-z0-9_]+\.py)`", page))
    assert named == files
