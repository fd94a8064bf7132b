"""Operations that set a whole note or group, made on an older document: only what they changed is
set, so that what somebody else did to another part of it stays. `builder/canvas/model/merging.ts`
does the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from runtime.journey.groups import groups_of
from runtime.journey.operations import MOST_OPERATIONS

_NOTE = ("text", "position", "color", "size")
_GROUP = ("title", "collapsed", "color")


def sets_whole(ops: Sequence[Any]) -> bool:
    """Whether there is anything to merge; not in more operations than are carried out."""
    return len(ops) <= MOST_OPERATIONS and any(
        _get(op, "op") in ("note.set", "group.set") for op in ops
    )


def onto(base: Mapping[str, Any], fresh: Mapping[str, Any], ops: Sequence[Any]) -> list[Any]:
    """The operations, made on `base`, as they are meant for `fresh`."""
    notes = _notes(base), _notes(fresh)
    groups = _groups(base), _groups(fresh)
    found: list[Any] = []
    for op in ops:
        kind, name = _get(op, "op"), _get(op, "id")
        old, now = {"note.set": notes, "group.set": groups}.get(str(kind), ({}, {}))
        if not isinstance(name, str) or name not in old or name not in now:
            found.append(op)
        elif kind == "note.set":
            found.append(_parts(op, old[name], now[name], _NOTE))
        else:
            found.append(_members(_parts(op, old[name], now[name], _GROUP), old[name], now[name]))
    return found


def _parts(
    op: Mapping[str, Any], was: Mapping[str, Any], now: Mapping[str, Any], keys: tuple[str, ...]
) -> dict[str, Any]:
    theirs = [k for k in keys if op.get(k) == was.get(k) and was.get(k) != now.get(k)]
    kept = {k: v for k, v in op.items() if k not in theirs}
    return kept | {k: now[k] for k in theirs if k in now}


def _members(op: dict[str, Any], was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Who was put in or taken out here, put in or taken out there."""
    given = op.get("nodes")
    if was["nodes"] == now["nodes"] or not isinstance(given, list):
        return op
    # what is no name is no member; by name, as a list may be as long as a request
    wanted = {one: None for one in cast("list[Any]", given) if isinstance(one, str)}
    had, has = set(was["nodes"]), set(now["nodes"])
    nodes = [one for one in now["nodes"] if one in wanted or one not in had]
    nodes += [one for one in wanted if one not in had and one not in has]
    return op | {"nodes": nodes} if nodes else op


def _notes(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    notes = _get(document.get("ui"), "notes")
    listed = cast("list[Any]", notes) if isinstance(notes, list) else []
    named = [(_get(one, "id"), one) for one in listed]
    return {name: one for name, one in reversed(named) if isinstance(name, str)}


def _groups(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    ui = document.get("ui")
    if not isinstance(ui, dict):
        return {}
    return {group["id"]: group for group in groups_of(cast("dict[str, Any]", ui))}


def _get(item: Any, key: str) -> Any:
    return cast("dict[str, Any]", item).get(key) if isinstance(item, dict) else None
