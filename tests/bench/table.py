"""The figures as a table for people, and as JSON for a later comparison."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Better = Literal["less", "more", "zero"]


@dataclass(frozen=True)
class Figure:
    """What one row of the table measures. `aims` by database, in the figure's unit; `better` says
    which way is good (None: a remark, neither good nor bad)."""

    key: str
    name: str
    better: Better | None = None
    aims: dict[str, float] = field(default_factory=dict)
    digits: int = 2

    def missed(self, database: str, value: float) -> bool:
        """Whether the aim is missed."""
        if self.better == "zero":
            return value != 0
        aim = self.aims.get(database)
        if aim is None or self.better is None:
            return False
        return value > aim if self.better == "less" else value < aim

    def aim(self, database: str) -> str:
        """The aim in words; empty when there is none."""
        if self.better == "zero":
            return "0"
        aim = self.aims.get(database)
        sign = {"less": "≤", "more": "≥"}.get(self.better or "", "")
        return "" if aim is None else f"{sign} {number(aim, 2)}"


@dataclass
class Section:
    """One measurement: its figures with what each round found, by database."""

    title: str
    figures: Sequence[Figure]
    rounds: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, database: str, found: dict[str, float]) -> None:
        """One round."""
        self.rounds.setdefault(database, []).append(found)

    def median(self, database: str, key: str) -> float | None:
        """The median of the rounds; None when it was not measured there."""
        values = [found[key] for found in self.rounds.get(database, []) if key in found]
        return statistics.median(values) if values else None

    def lines(self, databases: Sequence[str]) -> list[str]:
        """The section as text."""
        found = ["", self.title]
        for figure in self.figures:
            cells = [self._cell(figure, database) for database in databases]
            if any(cell.strip() for cell in cells):
                found.append(f"  {figure.name:<44}" + "".join(cells))
        found += [f"  - {note}" for note in self.notes]
        return [line.rstrip() for line in found]

    def _cell(self, figure: Figure, database: str) -> str:
        value = self.median(database, figure.key)
        if value is None:
            return " " * 32
        shown = number(value, figure.digits)
        mark = "MISSED" if figure.missed(database, value) else ""
        return f"{shown:>12} {figure.aim(database):<10} {mark:<8}"

    def json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            figure.key: {
                "name": figure.name,
                "better": figure.better,
                "aims": figure.aims,
                "medians": {d: self.median(d, figure.key) for d in self.rounds},
                "rounds": {
                    d: [f[figure.key] for f in found if figure.key in f]
                    for d, found in self.rounds.items()
                },
            }
            for figure in self.figures
        }


def number(value: float, digits: int) -> str:
    """A number for people."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so many of them (0 to 1) do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
