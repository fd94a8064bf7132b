"""Groups of nodes, as the canvas frames them: `ui.groups`, in the order of their ids.

A node is in one group at most, and a group without nodes is gone. The editor does the same in
`builder/canvas/model/groups.ts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from runtime.journey.problems import shown

Group = dict[str, Any]
COLORS = 6
MOST_GROUPS = 500
LONGEST = 200  # characters of a title


def groups_of(ui: Mapping[str, Any]) -> list[Group]:
    """The groups there are, without what is none (documents are written by hand, too)."""
    found = ui.get("groups")
    return [g for g in cast(list[Any], found) if _is_group(g)] if isinstance(found, list) else []


def _is_group(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    group = cast(dict[str, Any], value)
    nodes: Any = group.get("nodes")
    return (
        isinstance(group.get("id"), str)
        and isinstance(group.get("title"), str)
        and isinstance(nodes, list)
        and all(isinstance(n, str) for n in cast(list[Any], nodes))
    )


def group_from(op: Mapping[str, Any], is_node: Callable[[str], bool]) -> Group | str:
    """The group that `group.set` asks for; or the sentence that says why not."""
    name, title, wanted = op.get("id"), op.get("title"), op.get("nodes")
    if not isinstance(title, str):
        return "group.set needs a text as title."
    if not isinstance(wanted, list):
        return "group.set needs a list of nodes."
    listed = cast(list[Any], wanted)
    members = list(dict.fromkeys(n for n in listed if isinstance(n, str) and is_node(n)))
    if not members:
        return "A group needs a node that is still there."
    group: Group = {"id": name, "title": title[:LONGEST], "nodes": members}
    collapsed, color = op.get("collapsed"), op.get("color")
    if not (collapsed is None or isinstance(collapsed, bool)):
        return f"group.set got a wrong collapsed: {shown(collapsed)}."
    if (wrong := wrong_color(op)) is not None:
        return wrong
    if collapsed:
        group["collapsed"] = True
    if color:
        group["color"] = color
    return group


def wrong_color(op: Mapping[str, Any]) -> str | None:
    """Why the colour of a group or a note cannot be; None when it can."""
    color = op.get("color")
    if color is None or (type(color) is int and 0 <= color < COLORS):
        return None
    return f"{op['op']} got a wrong color: {shown(color)}. Use 0 to {COLORS - 1}."


def with_group(ui: dict[str, Any], group: Group) -> None:
    """Puts it in; its nodes leave the groups that they were in."""
    others = [g for g in groups_of(ui) if g["id"] != group["id"]]
    _keep(ui, [*(_left_by(g, group["nodes"]) for g in others), group])


def without_group(ui: dict[str, Any], name: str) -> None:
    """Takes the frame away; the nodes stay."""
    if "groups" in ui:
        _keep(ui, [g for g in groups_of(ui) if g["id"] != name])


def without_member(ui: dict[str, Any], node: str) -> None:
    """A node that is gone leaves its group."""
    found = groups_of(ui)
    if any(node in g["nodes"] for g in found):
        _keep(ui, [_left_by(g, [node]) for g in found])


def _left_by(group: Group, gone: Iterable[str]) -> Group:
    left = set(gone)
    if left.isdisjoint(group["nodes"]):
        return group
    return {**group, "nodes": [n for n in group["nodes"] if n not in left]}


def _keep(ui: dict[str, Any], found: list[Group]) -> None:
    kept = sorted((g for g in found if g["nodes"]), key=lambda g: g["id"])
    if kept:
        ui["groups"] = kept
    else:
        ui.pop("groups", None)
