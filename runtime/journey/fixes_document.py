"""Quick fixes of the document itself: its own fields and settings, ids, what is no node at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, cast

from runtime.journey.durations import parse, words
from runtime.journey.fix_case import Case, Fix, fix, text_of, written
from runtime.journey.operations import FORBIDDEN
from runtime.journey.paths import MISSING
from runtime.journey.problems import Problem, shown
from runtime.journey.spots import put, steps_of

_BACK = {
    "when_finished": "Let them come back when they have finished",
    "once": "Let everyone in once",
    "always": "Let them come back at any time",
}
_KEPT = ("nodes", "edges")  # lists that a journey cannot be without


def _format(case: Case, problem: Problem) -> Iterator[Fix]:
    whole = put(case.document, ["format"], 1)
    yield fix("Set the format to 1", {"op": "doc.replace", "document": whole})


def _stage(case: Case, problem: Problem) -> Iterator[Fix]:
    from runtime.journey.document_checks import STAGES

    near = get_close_matches(text_of(case.document.get("stage")), STAGES, 1, cutoff=0.5)
    for stage in [*near, *(s for s in STAGES if s not in near)][:3]:
        yield fix(f"Choose “{stage}”", {"op": "doc.set", "stage": stage})


def _removed(case: Case, problem: Problem) -> Iterator[Fix]:
    """What is there and should not be. Lists that a journey needs begin anew."""
    steps = steps_of(problem.path)
    if not steps or case.at(problem.path) is MISSING:
        return
    if len(steps) == 1 and steps[0] in _KEPT:
        whole = put(case.document, steps, [])
        said = "Begin with no nodes" if steps[0] == "nodes" else "Begin with no lines"
        yield fix(said, {"op": "doc.replace", "document": whole})
        return
    yield fix("Take it out", *case.changed(problem.path, MISSING))


def _unknown_field(case: Case, problem: Problem) -> Iterator[Fix]:
    name = problem.about or ""
    steps = steps_of(problem.path)
    if not steps or name != steps[-1]:
        return  # a name with dots in it, or a very long one
    own = written(steps[:-1])
    near = re.search(r"did you mean (\w+)\?$", problem.message)
    table = case.at(own) if own else case.document
    if near and isinstance(table, Mapping) and near[1] not in table:
        values = cast("Mapping[str, Any]", table)
        moved = {(near[1] if key == name else key): one for key, one in values.items()}
        yield fix(f"Rename it to “{near[1]}”", *_whole(case, own, moved))
    yield fix("Take it out", *case.changed(problem.path, MISSING))


def _whole(case: Case, own: str, moved: Mapping[str, Any]) -> list[dict[str, Any]]:
    if own:
        return case.changed(own, moved)
    return [{"op": "doc.replace", "document": dict(moved)}]


def _missing(case: Case, problem: Problem) -> Iterator[Fix]:
    whole = put(case.document, steps_of(problem.path), [])
    yield fix("Begin with no nodes", {"op": "doc.replace", "document": whole})


# --- Settings ---------------------------------------------------------------------------------


def _reentry(case: Case, problem: Problem) -> Iterator[Fix]:
    if problem.path.endswith(".wait"):
        if case.at(problem.path) is MISSING:
            for text in ("P30D", "P7D"):
                yield fix(f"Let them wait {words(parse(text))}", *case.changed(problem.path, text))
            return
        yield fix("Take the wait out", *case.changed(problem.path, MISSING))
        own = problem.path.removesuffix(".wait")
        yield fix("Let them come back after it", *case.changed(f"{own}.mode", "after"))
        return
    for mode, said in _BACK.items():
        yield fix(said, *case.changed("settings.reentry", {"mode": mode}))


def _event(case: Case, problem: Problem) -> Iterator[Fix]:
    """An event of the settings without a name: those that are known, or none."""
    known = case.names.known
    for name in sorted(known.counts, key=lambda n: -known.counts[n])[:3] if known else ():
        yield fix(f"Choose {shown(name)}", *case.changed(problem.path, name))
    own = problem.path.removesuffix(".event")
    if own != problem.path:
        yield fix("Take it out", *case.changed(own, MISSING))


# --- Nodes ------------------------------------------------------------------------------------


def _duplicate_id(case: Case, problem: Problem) -> Iterator[Fix]:
    steps = steps_of(problem.path)
    made = case.free_id(problem.node or "node")
    whole = put(case.document, steps, made)
    yield fix(f"Call the second one {shown(made)}", {"op": "doc.replace", "document": whole})
    less = put(case.document, steps[:-1], MISSING)
    yield fix("Remove the second one", {"op": "doc.replace", "document": less})


def _wrong_id(case: Case, problem: Problem) -> Iterator[Fix]:
    steps = steps_of(problem.path)
    old = case.at(problem.path)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", str(old)) if isinstance(old, str) else "node"
    stem = stem.strip("_-")[:48]
    made = case.free_id("node" if not stem or stem in FORBIDDEN else stem)
    whole: Any = put(case.document, steps, made)
    edges = whole.get("edges")
    if isinstance(old, str) and isinstance(edges, list):
        whole = {**whole, "edges": [_renamed(e, old, made) for e in cast("list[Any]", edges)]}
    yield fix(f"Call it {shown(made)}", {"op": "doc.replace", "document": whole})


def _renamed(edge: Any, old: str, new: str) -> Any:
    if not isinstance(edge, dict):
        return edge
    table = cast("dict[str, Any]", edge)
    return {k: new if k in ("from", "to") and v == old else v for k, v in table.items()}


def _unknown_type(case: Case, problem: Problem) -> Iterator[Fix]:
    node = case.outline.nodes.get(problem.node or "")
    if node is None:
        return
    for name in get_close_matches(node.type_name[:60], list(case.types), 2):
        kind = case.types[name]
        config = dict(node.config)
        op = {"op": "node.type", "id": node.id, "type": name, "version": kind.version}
        yield fix(f"Make it “{kind.title}”", {**op, "config": config})
    yield fix(f"Delete {case.title(node.id)}", {"op": "node.del", "id": node.id})


def _wrong_config(case: Case, problem: Problem) -> Iterator[Fix]:
    node = case.outline.nodes.get(problem.node or "")
    if node is None or node.type is None:
        return
    op = {"op": "node.type", "id": node.id, "type": node.type_name, "version": node.type.version}
    yield fix("Set it up anew", {**op, "config": {}})


def _wrong_edge(case: Case, problem: Problem) -> Iterator[Fix]:
    steps = steps_of(problem.path)[:2]
    whole = put(case.document, steps, MISSING)
    yield fix("Remove the line", {"op": "doc.replace", "document": whole})


FIXES: Mapping[str, Callable[[Case, Problem], Iterator[Fix]]] = {
    "format": _format,
    "stage": _stage,
    "wrong_type": _removed,
    "not_carried_out": _removed,
    "unknown_field": _unknown_field,
    "missing": _missing,
    "reentry": _reentry,
    "event": _event,
    "duplicate_id": _duplicate_id,
    "wrong_id": _wrong_id,
    "unknown_type": _unknown_type,
    "wrong_config": _wrong_config,
    "wrong_edge": _wrong_edge,
}
