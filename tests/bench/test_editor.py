"""What the editor's table says; the figures themselves are never a test."""

from __future__ import annotations

from tests.bench.editor import FIGURES, OTHERS, SIZES, table
from tests.bench.table import Section


def test_a_missed_aim_is_marked_at_its_size_alone_and_the_others_stand_below() -> None:
    section = Section("7", FIGURES)
    section.add("20", {"open": 9.0, "drag": 40, "bytes": 400})
    section.add("500", {"open": 1.6, "drag": 30, "bytes": 560})
    lines = table(section, (20, 500))
    opened, n8n = lines[1].split(), lines[2].split()
    assert opened[-5:] == ["9", "1.6!", "≤", "1.5", "(500)"]
    assert n8n == ["n8n", "2.40", "4.6", "9.2"]
    drag = next(line for line in lines if line.startswith("drag")).split()
    assert drag[6:9] == ["ms", "40", "30"]
    assert "560!" in next(line for line in lines if line.startswith("first load"))


def test_every_figure_of_the_others_is_one_of_ours_and_has_all_sizes() -> None:
    ours = {figure.key for figure in FIGURES}
    for theirs in OTHERS.values():
        assert set(theirs) <= ours
        assert {len(values) for values in theirs.values()} == {len(SIZES)}
