"""Whole notes and groups, made on an older document, leave what others changed as it is."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from runtime.journey.merging import onto, sets_whole
from runtime.journey.operations import apply

NOTE = {"id": "note", "text": "old", "position": [0, 0], "color": 1}
GROUP = {"id": "g", "title": "Old", "nodes": ["a", "b"]}
BASE: dict[str, Any] = {
    "nodes": [{"id": name, "type": "t"} for name in "abc"],
    "edges": [],
    "ui": {"positions": {}, "notes": [NOTE], "groups": [GROUP]},
}
OTHERS = [
    {"op": "note.set", "id": "note", "text": "theirs", "position": [0, 0]},
    {"op": "group.set", "id": "g", "title": "Theirs", "nodes": ["b"]},
]
OURS = [
    {"op": "note.set", **NOTE, "position": [8, 8]},
    {"op": "group.set", **GROUP, "nodes": ["a", "b", "c"], "collapsed": True},
]


def test_what_others_changed_of_a_note_and_a_group_stays() -> None:
    fresh = apply(BASE, OTHERS)
    ui = apply(fresh, onto(BASE, fresh, OURS))["ui"]
    assert ui["notes"] == [{"id": "note", "text": "theirs", "position": [8, 8]}]
    assert ui["groups"] == [{"id": "g", "title": "Theirs", "nodes": ["b", "c"], "collapsed": True}]


def test_what_both_changed_is_as_the_later_one_says() -> None:
    fresh = apply(BASE, OTHERS)
    later = [{"op": "note.set", **NOTE, "text": "mine"}]
    assert apply(fresh, onto(BASE, fresh, later))["ui"]["notes"][0]["text"] == "mine"


def test_what_is_new_gone_or_no_operation_at_all_is_left_alone() -> None:
    ops: list[Any] = [
        None,
        {"op": "note.set", "id": "other", "text": "x", "position": [0, 0]},
        {"op": "group.set", "id": 7},
        {"op": "group.set", "id": "g", "title": "x", "nodes": "junk"},
        {"op": "node.del", "id": "a"},
    ]
    assert onto(BASE, BASE, ops) == ops
    assert onto({"ui": 3}, {"ui": {"notes": 3, "groups": [1]}}, OURS) == OURS
    assert sets_whole(ops)
    assert not sets_whole([None, {"op": "node.del", "id": "a"}])
    assert not sets_whole(ops * 201)  # these are refused as they are: too many


def test_a_group_that_nobody_would_be_left_in_is_set_as_it_is_said() -> None:
    fresh = apply(BASE, [{"op": "group.set", "id": "g", "title": "Old", "nodes": ["a"]}])
    ours = [{"op": "group.set", **GROUP, "nodes": ["b"]}]
    assert onto(BASE, fresh, ours) == ours


def test_a_group_of_a_hundred_thousand_names_is_merged_in_a_moment() -> None:
    names = [f"n{i}" for i in range(2_000)]
    base, fresh = ({"ui": {"groups": [{**GROUP, "nodes": n}]}} for n in (names, names[:-1]))
    asked = [*names[:-2], *(f"m{i}" for i in range(100_000)), *(["m0", ["junk"]] * 10)]
    begun = perf_counter()
    (made,) = onto(base, fresh, [{"op": "group.set", **GROUP, "nodes": asked}])
    assert perf_counter() - begun < 5
    assert made["nodes"] == [*names[:-2], *(f"m{i}" for i in range(100_000))]
