"""What `tests.bench.compare` calls worse, and what the table calls missed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench.compare import changes, worsened
from tests.bench.table import Figure, Section, percentile


def kept(value: float | None, better: str | None = "less") -> dict[str, Any]:
    figure = {"name": "CPU", "better": better, "aims": {}, "medians": {"sqlite": value}}
    return {"machine": {}, "figures": {"1": {"cpu": figure}}}


@pytest.mark.parametrize(
    ("old", "new", "better", "factor"),
    [
        (1.0, 1.5, "less", 1.5),
        (1.0, 0.5, "less", 0.5),
        (1000, 500, "more", 2.0),
        (500, 1000, "more", 0.5),
        (0, 0, "zero", 1.0),
        (0, 1, "zero", float("inf")),
        (500, 0, "more", float("inf")),
    ],
)
def test_worse_is_more_of_what_should_be_little_and_less_of_what_should_be_much(
    old: float, new: float, better: str, factor: float
) -> None:
    assert worsened(old, new, better) == factor


def test_only_figures_of_both_files_with_a_direction_are_compared() -> None:
    assert [c.factor for c in changes(kept(1.0), kept(1.3))] == [1.3]
    assert not list(changes(kept(None), kept(1.3)))
    assert not list(changes(kept(1.0), kept(1.3, None)))
    assert not list(changes({"machine": {}, "figures": {}}, kept(1.3)))


def test_the_table_shows_medians_and_marks_what_missed_its_aim() -> None:
    figures = (
        Figure("cpu", "CPU", "less", {"sqlite": 0.5, "postgres": 0.8}),
        Figure("runs", "runs/s", "more", {"sqlite": 1500}),
        Figure("lost", "lost", "zero"),
    )
    section = Section("1. A row", figures)
    for cpu in (0.4, 0.7, 0.6):
        section.add("sqlite", {"cpu": cpu, "runs": 1600, "lost": 0})
    section.add("postgres", {"cpu": 0.7, "lost": 1})
    assert section.median("sqlite", "cpu") == 0.6
    assert section.median("postgres", "runs") is None
    _, _, cpu, runs, lost = section.lines(["sqlite", "postgres"])
    assert cpu.count("MISSED") == 1
    assert "0.6 ≤ 0.5" in cpu
    assert "MISSED" not in runs
    assert lost.endswith("MISSED")


def test_a_percentile_is_a_value_that_occurred() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(list(range(100)), 0.99) == 99
    assert percentile([7], 0.99) == 7
