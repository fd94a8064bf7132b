"""Quick fixes of what a text or a condition speaks of: misspelt paths, broken Liquid, values that
cannot be compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, cast

from runtime import templates
from runtime.journey.condition_form import OPS
from runtime.journey.fix_case import EXACT, Case, Fix, fix, get, text_of, written
from runtime.journey.fixes_fields import taken_out
from runtime.journey.known import nearest
from runtime.journey.paths import MISSING
from runtime.journey.problems import Problem, shown
from runtime.journey.spots import put, steps_of

# --- Names of values --------------------------------------------------------------------------


def _misspelt(case: Case, problem: Problem) -> Iterator[Fix]:
    """A path that leads nowhere: the ones that were meant."""
    path = problem.about
    if not path:
        yield from taken_out(case, problem.path)
        return
    meant = list(dict.fromkeys(_meant(case, problem, path)))
    short = [_short(one) for one in meant]
    for better, said in zip(meant, short, strict=True):
        value = _spelt(case.at(problem.path), path, better)
        if value is not None:
            label = said if short.count(said) == 1 else better
            yield fix(f"Use “{label}”", *case.changed(problem.path, value))


def _short(path: str) -> str:
    return (
        path.split(".")[-1].replace("_", " ")
        if path.startswith(("customer.", "event.properties."))
        else path
    )


def _meant(case: Case, problem: Problem, path: str) -> Iterator[str]:
    root, *rest = path.split(".")
    if not root.strip():
        return
    known = case.names.known
    tail = ".".join(rest)
    if root == "customer" and rest and known:
        if near := nearest(rest[0], [*known.customer, "id", "email", *case.names.own]):
            yield ".".join(["customer", near, *rest[1:]])
    elif root in ("event", "entry") and rest:
        if rest[0] != "properties":
            yield f"{root}.properties.{tail}"
        elif known and len(rest) > 1:
            node = case.outline.nodes.get(problem.node or "")
            names = {*case.names.entries(), node.config.get("event") if node else None}
            seen = {p for name in names if name for p in known.events.get(str(name), ())}
            if near := nearest(rest[1], seen):
                yield ".".join([root, "properties", near, *rest[2:]])
    elif root == "steps" and rest:
        yield from _of_step(case, problem, rest)
    else:
        whole = path.replace(" ", "_")
        own = nearest(root, known.customer) if known else None
        yield f"customer.{'.'.join([own, *rest]) if own else whole}"
        yield f"event.properties.{whole}"


def _of_step(case: Case, problem: Problem, rest: list[str]) -> Iterator[str]:
    step, *name = rest
    before = case.upstream(problem.node) if problem.node else list(case.outline.nodes)
    if step in before and name:
        if near := nearest(name[0], case.names.outputs(step) or ()):
            yield ".".join(["steps", step, near, *name[1:]])
        return
    near_step = get_close_matches(step[:60], before, 1)
    fits = [s for s in before if not name or name[0] in (case.names.outputs(s) or ())]
    for one in [*near_step, *(s for s in fits if s not in near_step)][:2]:
        yield ".".join(["steps", one, *name])


def _spelt(value: Any, path: str, better: str) -> Any:
    """The value with the path written right: a path alone, Liquid, or the fields of a condition.
    None when it does not stand there."""
    if value == path:
        return better
    if isinstance(value, str):
        pattern = re.compile(rf"(?<![\w.]){re.escape(path)}(?![\w-]|\.\w)")
        pieces = re.split(r"(\{\{.*?\}\}|\{%.*?%\})", value, flags=re.DOTALL)
        made = "".join(pattern.sub(better, p) if i % 2 else p for i, p in enumerate(pieces))
        return made if made != value else None
    if isinstance(value, (dict, list)):
        made, changed = _in_condition(value, path, better)
        return made if changed else None
    return None


def _in_condition(value: Any, path: str, better: str) -> tuple[Any, bool]:
    if isinstance(value, list):
        pairs = [_in_condition(one, path, better) for one in cast("list[Any]", value)]
        return [one for one, _ in pairs], any(changed for _, changed in pairs)
    if not isinstance(value, dict):
        return value, False
    made: dict[str, Any] = {}
    changed = False
    for key, one in cast("dict[str, Any]", value).items():
        made[key], here = (
            (better, True) if key == "field" and one == path else _in_condition(one, path, better)
        )
        changed = changed or here
    return made, changed


def _liquid(case: Case, problem: Problem) -> Iterator[Fix]:
    text = case.at(problem.path)
    if not isinstance(text, str):
        return
    for wrong in templates.problems(text)[:1]:
        remedy = wrong.remedy
        if remedy is not None:
            made = text[: remedy.start] + remedy.text + text[remedy.end :]
            yield fix(remedy.label, *case.changed(problem.path, made))


# --- Conditions -------------------------------------------------------------------------------


def _condition(case: Case, problem: Problem) -> Iterator[Fix]:
    """By the place in the condition: its field's path, its value, or what does not belong there."""
    steps = steps_of(problem.path)
    value = case.at(problem.path)
    last = steps[-1] if steps else ""
    if last == "field" and isinstance(value, str):
        for better in _meant(case, problem, value):
            yield fix(f"Use “{_short(better)}”", *case.changed(problem.path, better))
    elif last == "op":
        near = get_close_matches(text_of(value), OPS, 1)
        for op in near:
            yield fix(f"Use “{op}”", *case.changed(problem.path, op))
    elif last == "value":
        yield from _value(case, problem, value)
    elif isinstance(last, str) and last in ("within", "at_least", "at_most", "where", "unit"):
        yield fix(f"Remove {shown(last)}", *case.changed(problem.path, MISSING))
    row = next(
        (
            n
            for n in range(len(steps) - 1, 0, -1)
            if isinstance(steps[n], int) and steps[n - 1] in ("all", "any")
        ),
        None,
    )
    if row is not None:
        rows = case.at(written(steps[:row]))
        if (
            isinstance(rows, list) and len(cast("list[Any]", rows)) > 1
        ):  # an empty group is always true
            yield fix("Take this condition out", *case.changed(written(steps[: row + 1]), MISSING))
    _, _, optional = case.field(problem.path)
    if optional or problem.node is None:
        whole = case.field(problem.path)[0] if problem.node else _setting(steps)
        yield fix("Take the whole condition out", *case.changed(whole, MISSING))


def _setting(steps: list[Any]) -> str:
    return written(steps[: steps.index("where") + 1]) if "where" in steps else written(steps)


def _value(case: Case, problem: Problem, value: Any) -> Iterator[Fix]:
    own = written(steps_of(problem.path)[:-1])
    comparison = case.at(own)
    op = text_of(get(comparison, "op")) if isinstance(comparison, dict) else ""
    if op in ("exists", "missing"):
        yield fix("Remove the value", *case.changed(problem.path, MISSING))
        return
    if op in ("in", "not_in") and not isinstance(value, list):
        made: list[Any] = [] if value in (None, MISSING, "") else [value]
        yield fix("Make it a list", *case.changed(problem.path, made))
    elif isinstance(value, str) and re.fullmatch(r"-?\d{1,15}(\.\d+)?", value.strip()):
        number = float(value)
        yield fix(
            "Make it a number",
            *case.changed(problem.path, int(number) if number == int(number) else number),
        )
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < EXACT:
        yield fix("Make it a text", *case.changed(problem.path, str(value)))
    elif isinstance(value, str) and value in ("true", "false"):
        yield fix("Make it yes or no", *case.changed(problem.path, value == "true"))
    if op in ("within_last", "within_next"):
        yield fix("Set it to 7 days", *case.changed(problem.path, "P7D"))
    if isinstance(comparison, dict) and value in (None, MISSING):
        for other, said in (
            ("exists", "Ask whether it is known"),
            ("missing", "Ask whether it is not known"),
        ):
            kept = {**put(cast("dict[str, Any]", comparison), ["value"], MISSING), "op": other}
            yield fix(said, *case.changed(own, kept))


FIXES: Mapping[str, Callable[[Case, Problem], Iterator[Fix]]] = {
    "condition": _condition,
    "empty_path": _misspelt,
    "liquid": _liquid,
    "unknown_path": _misspelt,
    "unseen": _misspelt,
}
