"""A journey as a small picture: its real graph in category shapes. Pure geometry.

Nodes stand where the canvas has them; a document without positions is laid out by its depth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.ui.voice import Voice

WIDTH, HEIGHT = 376, 184
HALF = 8.0  # of a shape, at most
UNHOPED = {"unsure", "timed_out", "expired", "rejected", "failed", "past", "skipped", "no", "else"}


@dataclass
class Shape:
    """One node: what it is, and its outline."""

    category: str
    path: str


@dataclass
class Line:
    """One edge: dashed when it is not the way hoped for."""

    path: str
    dashed: bool


@dataclass
class Thumb:
    """The picture."""

    shapes: list[Shape] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def draw(document: Mapping[str, Any]) -> Thumb:
    """The picture of a document."""
    nodes = [n for n in document.get("nodes", []) if isinstance(n, Mapping)]
    edges = [e for e in document.get("edges", []) if isinstance(e, Mapping)]
    at, half = _places(document, nodes, edges)
    thumb = Thumb()
    for edge in edges:
        start, end = at.get(edge.get("from", "")), at.get(edge.get("to", ""))
        if start and end:
            dashed = edge.get("handle") in UNHOPED
            thumb.lines.append(Line(_line(start, end, half), dashed))
    for node in nodes:
        category = str(node.get("type", "")).split(".", 1)[0]
        x, y = at[node["id"]]
        thumb.shapes.append(Shape(category, _outline(category, x, y, half)))
    return thumb


def _places(
    document: Mapping[str, Any], nodes: list[Any], edges: list[Any]
) -> tuple[dict[str, tuple[float, float]], float]:
    given = document.get("ui", {}).get("positions", {})
    if all(n["id"] in given for n in nodes):
        spots = {n["id"]: (float(given[n["id"]][0]), float(given[n["id"]][1])) for n in nodes}
    else:
        spots = _by_depth(nodes, edges)
    if not spots:
        return {}, HALF
    columns = _ranks([x for x, _ in spots.values()], 140)
    rows = _ranks([y for _, y in spots.values()], 40)
    across, down = max(columns.values()), max(rows.values())
    dx = min(72.0, (WIDTH - 80) / across if across else 0)
    dy = min(44.0, (HEIGHT - 52) / down if down else 0)
    half = min(HALF, dy / 3.2) if down else HALF
    left, top = (WIDTH - across * dx) / 2, (HEIGHT - down * dy) / 2
    found = {
        id: (round(left + columns[x] * dx, 1), round(top + rows[y] * dy, 1))
        for id, (x, y) in spots.items()
    }
    return found, half


def _ranks(values: list[float], least: float) -> dict[float, float]:
    """Each coordinate as a step: what lies closer than `least` shares one."""
    ranks: dict[float, float] = {}
    step, last = 0.0, None
    for value in sorted(set(values)):
        if last is not None and value - last >= least:
            step, last = step + 1, value
        elif last is None:
            last = value
        ranks[value] = step
    return ranks


def _by_depth(nodes: list[Any], edges: list[Any]) -> dict[str, tuple[float, float]]:
    depth = {n["id"]: 0 for n in nodes}
    for _ in nodes:  # longest way, bounded so that a loop ends
        moved = False
        for edge in edges:
            start, end = edge.get("from"), edge.get("to")
            if start in depth and end in depth and depth[end] < depth[start] + 1 < len(nodes):
                depth[end], moved = depth[start] + 1, True
        if not moved:
            break
    taken: dict[int, int] = defaultdict(int)
    spots: dict[str, tuple[float, float]] = {}
    for node in nodes:
        row = depth[node["id"]]
        spots[node["id"]] = (280.0 * taken[row], 112.0 * row)
        taken[row] += 1
    return spots


def _outline(category: str, x: float, y: float, half: float) -> str:
    if category == "trigger":
        return (
            f"M{x - half:.1f} {y}a{half:.1f} {half:.1f} 0 1 1 {2 * half:.1f} 0"
            f"a{half:.1f} {half:.1f} 0 1 1 {-2 * half:.1f} 0Z"
        )
    half -= 1.5  # the round stroke adds the rest
    if category == "ai":
        wide, flat = half * 0.9, half * 0.52
        corners = [
            (x, y - half),
            (x + wide, y - flat),
            (x + wide, y + flat),
            (x, y + half),
            (x - wide, y + flat),
            (x - wide, y - flat),
        ]
    elif category == "logic":
        out = half * 1.05
        corners = [(x, y - out), (x + out, y), (x, y + out), (x - out, y)]
    else:
        s = half * 0.95
        corners = [(x - s, y - s), (x + s, y - s), (x + s, y + s), (x - s, y + s)]
    return "M" + "L".join(f"{cx:.1f} {cy:.1f}" for cx, cy in corners) + "Z"


def _line(start: tuple[float, float], end: tuple[float, float], half: float) -> str:
    """Right-angled, with round corners, down and over."""
    (x1, y1), (x2, y2) = start, end
    y1 += half + 1.5
    if y2 <= start[1]:  # back up: a loop, drawn around the right side
        out = max(x1, x2) + 22
        return f"M{x1:.1f} {y1:.1f}v4H{out:.1f}V{y2:.1f}H{x2 + half + 2:.1f}"
    y2 -= half + 2.5
    if abs(x1 - x2) < 0.5:
        return f"M{x1:.1f} {y1:.1f}V{max(y1, y2):.1f}"
    turn = 5.0 if x2 > x1 else -5.0
    middle = min(y1 + 5, (y1 + y2) / 2)
    drop = min(5.0, max(0.0, y2 - middle))
    return (
        f"M{x1:.1f} {y1:.1f}Q{x1:.1f} {middle:.1f} {x1 + turn:.1f} {middle:.1f}"
        f"H{x2 - turn:.1f}Q{x2:.1f} {middle:.1f} {x2:.1f} {middle + drop:.1f}"
        f"V{max(y2, middle + drop):.1f}"
    )


def described(document: Mapping[str, Any], voice: Voice) -> str:
    """The picture for who cannot see it."""
    nodes = [n for n in document.get("nodes", []) if isinstance(n, Mapping)]
    count: dict[str, int] = defaultdict(int)
    for node in nodes:
        count[str(node.get("type", "")).split(".", 1)[0]] += 1
    said = {
        "trigger": voice.count(count["trigger"], "{count} trigger", "{count} triggers"),
        "ai": voice.count(count["ai"], "{count} AI step", "{count} AI steps"),
        "logic": voice.count(count["logic"], "{count} logic step", "{count} logic steps"),
        "action": voice.count(count["action"], "{count} action", "{count} actions"),
    }
    parts = ", ".join(words for category, words in said.items() if count[category])
    return voice.count(
        len(nodes),
        "A journey of {count} node: {parts}",
        "A journey of {count} nodes: {parts}",
        parts=parts,
    )
