"""Every one of the fifty faults has a test that bears its number, most of them are among those of
`make test`, and these are on both databases in each group."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
NUMBERS = re.compile(r"test_(\d\d)_(?:(to_)?(\d\d)_)?")
# one quick test, or on PostgreSQL only with a server or a dump of its own
ALONE = ("test_12_", "test_39_40_", "test_47_", "test_48_", "test_49_", "test_50_")
LOOK = """
import json, sys, pytest

class Look:
    def pytest_collection_finish(self, session):
        print("FOUND", json.dumps([
            (item.path.name, item.name, item.get_closest_marker("slow") is None, database(item))
            for item in session.items
        ]))

def database(item):
    params = item.callspec.params if hasattr(item, "callspec") else {}
    other = "postgresql" if "postgres_server" in item.fixturenames else "sqlite"
    return params.get("database", other)

sys.exit(pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", sys.argv[1]], [Look()]))
"""


@dataclass(frozen=True)
class Found:
    """A test as pytest finds it."""

    file: str
    name: str
    quick: bool
    database: str

    @property
    def faults(self) -> set[int]:
        """The numbers that it bears."""
        match = NUMBERS.match(self.name)
        if match is None:
            return set()
        first, to, last = match.groups()
        return set(range(int(first), int(last) + 1)) if to else {int(first), int(last or first)}


def collected() -> list[Found]:
    """All that are here."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(HERE)],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=HERE.parents[1],
        check=True,
    )
    [found] = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    return [Found(*one) for one in json.loads(found.removeprefix("FOUND "))]


def test_all_fifty_are_there_and_most_are_quick_on_both_databases() -> None:
    found = collected()
    every = set[int]().union(*(one.faults for one in found))
    quick = set[int]().union(*(one.faults for one in found if one.quick))
    assert every == set(range(1, 51)), f"without a test: {sorted({*range(1, 51)} - every)}"
    assert sum(one.quick for one in found) >= 40
    slow = every - quick
    assert slow == {24}, "what is not in `make test` stands here, so that nobody adds to it unseen"

    groups = {one.file for one in found if one.faults and not one.file.startswith(ALONE)}
    assert len(groups) >= 10
    for group in groups:
        those = [one for one in found if one.file == group]
        assert {t.database for t in those} == {t.database for t in those if t.quick}, group


def test_the_page_says_where_each_is() -> None:
    """docs/testing.md has a line for each file, and names it rightly."""
    page = (HERE.parents[1] / "docs" / "testing.md").read_text()
    files = {path.name for path in HERE.glob("test_[0-9]*.py")}
    named = set(re.findall(r"`(test_\d\d_[a-z0-9_]+\.py)`", page))
    assert named == files
