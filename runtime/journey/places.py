"""Where the nodes stand, sorted, so that what is near is found without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

Place = tuple[float, float]
WRONG_WAY = 10_000.0  # how much farther the wrong way counts
FEW = 8  # with more it is quicker to sort all

# y, the node's order in the document, x, the node
_Row = tuple[float, int, float, str]


def spot(given: Any) -> Place | None:
    """A place [x, y] of the document, if it is one."""
    if not isinstance(given, list) or len(cast("list[Any]", given)) != 2:
        return None
    x, y = cast("list[Any]", given)
    if isinstance(x, (int, float)) and isinstance(y, (int, float)):
        return float(x), float(y)
    return None


class Spots:
    """`where`: the place of each node, in the order of the document."""

    def __init__(self, where: Mapping[str, Place]) -> None:
        self.where = where
        self._rows: list[_Row] = sorted((y, n, x, name) for n, (name, (x, y)) in _each(where))
        self._ys = [row[0] for row in self._rows]

    def row(self, y: float, height: float) -> list[_Row]:
        """Those less than `height` above or below."""
        return self._rows[bisect_right(self._ys, y - height) : bisect_left(self._ys, y + height)]

    def nearest(
        self, place: Place, fits: Callable[[str], bool], *, down: bool, most: int
    ) -> list[str]:
        """So many of those that fit, the nearest first; who stands the wrong way comes last."""
        x, y = place
        found: list[tuple[float, int, str]] = []
        for other_y, n, other_x, name in self._onward(y, down):
            far = abs(other_y - y)
            if most > FEW or (len(found) == most and far > found[-1][0]):
                break
            if fits(name):
                found.append((far + abs(other_x - x) / 2, n, name))
                found.sort()
                del found[most:]
        if len(found) == most and found[-1][0] < WRONG_WAY:
            return [name for _, _, name in found]
        all_of_them = [
            (abs(b - y) + abs(a - x) / 2 + (WRONG_WAY if _is_wrong(b, y, down) else 0), n, name)
            for b, n, a, name in self._rows
            if fits(name)
        ]
        return [name for _, _, name in sorted(all_of_them)[:most]]

    def _onward(self, y: float, down: bool) -> Iterator[_Row]:
        """The right way from a height, the next ones first."""
        if down:
            start = bisect_left(self._ys, y)
            return (self._rows[i] for i in range(start, len(self._rows)))
        start = bisect_right(self._ys, y)
        return (self._rows[i] for i in range(start - 1, -1, -1))


def _is_wrong(other: float, y: float, down: bool) -> bool:
    return (other < y) if down else (other > y)


def _each(where: Mapping[str, Place]) -> Iterator[tuple[int, tuple[str, Place]]]:
    return enumerate(where.items())
