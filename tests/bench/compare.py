"""`python -m tests.bench.compare OLD NEW`: which figures are worse by more than a fifth.

The files are those of `python -m tests.bench --json FILE`. Ends with 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

WORSE = 1.2


class Change(NamedTuple):
    """One figure in both files. `factor` > 1 is worse; 0 in the old file and more in the new is
    infinitely worse."""

    row: str
    name: str
    database: str
    old: float
    new: float
    factor: float


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Each figure that has a good direction and stands in both."""
    for row, figures in new["figures"].items():
        for key, figure in figures.items():
            before = old["figures"].get(row, {}).get(key)
            if before is None or figure["better"] is None:
                continue
            for database, value in figure["medians"].items():
                earlier = before["medians"].get(database)
                if value is None or earlier is None:
                    continue
                factor = worsened(earlier, value, figure["better"])
                yield Change(row, figure["name"], database, earlier, value, factor)


def worsened(old: float, new: float, better: str) -> float:
    """How many times worse."""
    if better == "more":
        old, new = new, old
    if old == new:
        return 1.0
    return new / old if old > 0 else float("inf")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    given = parser.parse_args()
    old, new = (json.loads(path.read_text()) for path in (given.old, given.new))
    for name in sorted(old["machine"].keys() | new["machine"].keys()):
        print(f"  {name:<14} {old['machine'].get(name)!s:<40} {new['machine'].get(name)}")
    worse = 0
    for change in sorted(changes(old, new), key=lambda one: -one.factor):
        mark = "WORSE" if change.factor > WORSE else ""
        worse += bool(mark)
        print(
            f"{change.row}. {change.name:<46} {change.database:<9} {change.old:>12.3f} "
            f"{change.new:>12.3f}  × {change.factor:<6.2f} {mark}".rstrip()
        )
    print(f"{worse} figures are worse by more than a fifth")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
