"""Quick fixes of a node's fields: what is missing, misspelt or of the wrong kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, cast

from nodes.spec import HandlesOf
from runtime.journey import durations
from runtime.journey.durations import words
from runtime.journey.fix_case import EXACT, Case, Fix, Schema, fix, get, text_of, written
from runtime.journey.paths import MISSING
from runtime.journey.problems import Problem, shown
from runtime.journey.spots import steps_of

MOST_CHOICES = 4
_PLAIN = re.compile(r"\s*(\d{1,4})\s*(minute|min|hour|day|week|month)s?\s*", re.IGNORECASE)
_LETTERS = {
    "minute": "T{}M",
    "min": "T{}M",
    "hour": "T{}H",
    "day": "{}D",
    "week": "{}W",
    "month": "{}M",
}


def _title(schema: Schema, path: str) -> str:
    return shown(str(schema.get("title") or steps_of(path)[-1]))


def taken_out(case: Case, path: str) -> Iterator[Fix]:
    """Leaving a field out that may be left out."""
    own, schema, optional = case.field(path)
    if optional and case.at(own) is not MISSING:
        yield fix(f"Clear {_title(schema, own)}", *case.changed(own, MISSING))


# --- What the schema says ---------------------------------------------------------------------


def _config(case: Case, problem: Problem) -> Iterator[Fix]:
    schema, _ = case.schema(problem.path)
    value = case.at(problem.path)
    if not schema:
        parent, _ = case.schema(written(steps_of(problem.path)[:-1]))
        if parent.get("additionalProperties") is False and value is not MISSING:
            yield from _renamed_field(case, problem, parent)
        return
    if value is MISSING or value is None or value == "":
        yield from _filled(case, problem.path, schema)
        if value is not MISSING:
            yield from taken_out(case, problem.path)
        return
    yield from _fitting(case, problem.path, schema, value)
    yield from taken_out(case, problem.path)


def _renamed_field(case: Case, problem: Problem, parent: Schema) -> Iterator[Fix]:
    steps = steps_of(problem.path)
    name = str(steps[-1])
    own = written(steps[:-1])
    given = case.at(own)
    if not isinstance(given, dict):
        return
    table = cast("dict[str, Any]", given)
    rest = {k: v for k, v in table.items() if k != name}
    near = [
        n
        for n in get_close_matches(name[:60], list(parent.get("properties", {})), 1)
        if n not in rest
    ]
    for other in near:
        moved = {**rest, other: table[name]}
        if len(steps) == 4:
            patch = {"op": "node.patch", "id": problem.node, "set": {other: table[name]}}
            yield fix(f"Rename it to “{other}”", {**patch, "unset": [name]})
        else:
            yield fix(f"Rename it to “{other}”", *case.changed(own, moved))
    yield fix(f"Remove {shown(name)}", *case.changed(problem.path, MISSING))


def _filled(case: Case, path: str, schema: Schema) -> Iterator[Fix]:
    """A value to begin with: the default, the first choice, the usual time."""
    hint = schema.get("x-field", {})
    title = _title(schema, path)
    if schema.get("default") is not None:
        yield fix(
            f"Set {title} to {shown(schema['default'])}", *case.changed(path, schema["default"])
        )
    options = cast("Mapping[str, str]", hint.get("options") or {})
    for value in list(schema.get("enum") or ())[:MOST_CHOICES]:
        said = options.get(str(value), str(value))
        yield fix(f"Set {title} to “{said}”", *case.changed(path, value))
    example = hint.get("placeholder")
    match hint.get("kind"):
        case "duration" if example and not hint.get("signed"):
            said = words(durations.parse(example))
            yield fix(f"Set {title} to {said}", *case.changed(path, example))
        case "cron" if example:
            yield fix(f"Set {title} to {shown(example)}", *case.changed(path, example))
        case "number":
            least = schema.get("minimum", 1) or 1
            yield fix(f"Set {title} to {least}", *case.changed(path, least))
        case "node":
            yield from _earlier(case, path, hint)
        case "switch":
            yield fix(f"Turn {title} off", *case.changed(path, False))
        case _:
            pass


def _fitting(case: Case, path: str, schema: Schema, value: Any) -> Iterator[Fix]:
    """The value made to fit, where there is one way to do that."""
    title = _title(schema, path)
    wanted: Any = schema.get("type")
    kinds = [wanted] if isinstance(wanted, str) else list(wanted or ())
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and abs(value) > EXACT:
        return
    if isinstance(value, str) and {"number", "integer"} & set(kinds):
        try:
            made: Any = float(value.replace(",", "."))
        except ValueError:
            made = None
        if made is not None and abs(made) < EXACT:
            made = int(made) if made == int(made) else made
            yield fix(f"Set {title} to {made}", *case.changed(path, made))
    elif number and "integer" in kinds and isinstance(value, float):
        yield fix(f"Set {title} to {round(value)}", *case.changed(path, round(value)))
    elif (number or isinstance(value, bool)) and "string" in kinds:
        yield fix(f"Make it the text {shown(str(value))}", *case.changed(path, str(value)))
    elif isinstance(value, str) and "boolean" in kinds:
        yield fix(f"Turn {title} off", *case.changed(path, False))
    if number:
        least, most = schema.get("minimum"), schema.get("maximum")
        bound = least if least is not None and value < least else most
        if bound is not None and (value < bound or value > bound):
            yield fix(f"Set {title} to {bound}", *case.changed(path, bound))
    options = [str(one) for one in schema.get("enum") or ()]
    if options:
        labels = cast("Mapping[str, str]", schema.get("x-field", {}).get("options") or {})
        near = get_close_matches(text_of(value), options, 1, cutoff=0.4)
        for one in [*near, *(o for o in options if o not in near)][:MOST_CHOICES]:
            yield fix(f"Set {title} to “{labels.get(one, one)}”", *case.changed(path, one))
    if schema.get("x-field", {}).get("kind") == "slug" and isinstance(value, str):
        yield from _slugged(case, path, schema, value)
    most = schema.get("maxLength")
    if isinstance(value, str) and most and len(value) > most and most > 10:
        yield fix(f"Cut {title} after {most} characters", *case.changed(path, value[:most]))


def _slugged(case: Case, path: str, schema: Schema, value: str) -> Iterator[Fix]:
    made = re.sub(r"[^a-z0-9_-]+", "_", value.strip().lower()).strip("_-")[:44] or "way"
    if made in (schema.get("not", {}).get("enum") or ()):
        made = f"{made}_1"
    if made != value:
        yield fix(f"Call it “{made}”", *case.changed(path, made))


# --- Times, names, choices --------------------------------------------------------------------


def _duration(case: Case, problem: Problem) -> Iterator[Fix]:
    value = case.at(problem.path)
    schema, optional = case.schema(problem.path)
    match = _PLAIN.fullmatch(value) if isinstance(value, str) else None
    made: list[str] = []
    if match and int(match[1]):
        made.append("P" + _LETTERS[match[2].lower()].format(int(match[1])))
    if isinstance(value, str) and value.startswith("-"):
        made.append(value.lstrip("-"))
    made.append(schema.get("x-field", {}).get("placeholder") or "P1D")
    for text in dict.fromkeys(made):
        try:
            said = words(durations.parse(text))
        except ValueError:
            continue
        yield fix(f"Set it to {said}", *case.changed(problem.path, text))
    if not schema or optional:
        yield fix("Take it out", *case.changed(problem.path, MISSING))


def _example(case: Case, problem: Problem) -> Iterator[Fix]:
    """Times of a form that nobody can read: an example, or none."""
    schema, _ = case.schema(problem.path)
    example = schema.get("x-field", {}).get("placeholder")
    if example and schema.get("x-field", {}).get("kind") == "cron":
        title = _title(schema, problem.path)
        yield fix(f"Set {title} to {shown(example)}", *case.changed(problem.path, example))
    yield from taken_out(case, problem.path)


def _time_zone(case: Case, problem: Problem) -> Iterator[Fix]:
    value = case.at(problem.path)
    if problem.node is None:
        words = "Use each customer's own time zone"
        yield fix(words, *case.changed(problem.path, "customer"))
        yield fix("Use the workspace's time zone", *case.changed(problem.path, MISSING))
        return
    from zoneinfo import available_timezones

    if isinstance(value, str):
        for near in get_close_matches(value[:60], sorted(available_timezones()), 1):
            yield fix(f"Use “{near}”", *case.changed(problem.path, near))
    yield from taken_out(case, problem.path)


def _node(case: Case, problem: Problem) -> Iterator[Fix]:
    schema, _ = case.schema(problem.path)
    yield from _earlier(case, problem.path, schema.get("x-field", {}))


def _earlier(case: Case, path: str, hint: Mapping[str, Any]) -> Iterator[Fix]:
    """Steps that come before: those that make a text first."""
    node = case.node_at(path)
    if node is None:
        return
    nodes = case.outline.nodes
    fits = [
        one
        for one in case.upstream(node.id)
        if (kind := nodes[one].type) is not None
        and (not hint.get("category") or kind.category == hint["category"])
    ]
    fits.sort(key=lambda one: "text" not in (case.names.outputs(one) or ()))
    for one in fits[:2]:
        yield fix(f"Choose {case.title(one)}", *case.changed(path, one))


def _credential(case: Case, problem: Problem) -> Iterator[Fix]:
    schema, _ = case.schema(problem.path)
    kind = schema.get("x-field", {}).get("of")
    fits = [name for name, of in (case.credentials or {}).items() if not kind or of == kind]
    value = case.at(problem.path)
    near = get_close_matches(text_of(value), fits, 1)
    for name in [*near, *(one for one in fits if one not in near)][:MOST_CHOICES]:
        yield fix(f"Use “{name}”", *case.changed(problem.path, name))
    yield from taken_out(case, problem.path)


def _name(case: Case, problem: Problem) -> Iterator[Fix]:
    value = case.at(problem.path)
    if problem.node is None:
        given_name = case.document.get("name")
        text = str(given_name).strip()[:200] if isinstance(given_name, str) else ""
        name = text or "Journey"
        yield fix(f"Call it {shown(name)}", {"op": "doc.set", "name": name})
        return
    if not isinstance(value, str):
        return
    schema, _ = case.schema(problem.path)
    if schema.get("x-field", {}).get("kind") == "slug":
        yield from _slugged(case, problem.path, schema, value)
        return
    clean = "".join(c for c in value if c.isprintable()).strip()
    if clean and clean != value:
        yield fix(f"Call it “{clean}”", *case.changed(problem.path, clean))


def _body_path(case: Case, problem: Problem) -> Iterator[Fix]:
    value = case.at(problem.path)
    if isinstance(value, str):
        name = ".".join(p.strip() for p in value.split(".") if p.strip())
        name = name.removeprefix("event.properties.").removeprefix("event.")
        if name and name.split(".")[0] not in ("body", "query", "headers"):
            yield fix(f"Use “body.{name}”", *case.changed(problem.path, f"body.{name}"))
    yield from taken_out(case, problem.path)


def _header(case: Case, problem: Problem) -> Iterator[Fix]:
    headers = case.at(problem.path)
    if problem.code == "secret":
        own = written(steps_of(problem.path)[:-1])
        name = problem.path.removeprefix(f"{own}.")
        headers = case.at(own)
    else:
        own, name = problem.path, problem.about or ""
    if isinstance(headers, dict) and name in headers:
        left = {k: v for k, v in cast("dict[str, Any]", headers).items() if k != name}
        schema, optional = case.schema(own)
        gone = MISSING if optional and schema and not left else left
        yield fix(f"Remove {shown(name)}", *case.changed(own, gone))


def _duplicate_handle(case: Case, problem: Problem) -> Iterator[Fix]:
    node = case.outline.nodes.get(problem.node or "")
    if node is None or node.type is None or not problem.about:
        return
    for entry in node.type.handles:
        if not isinstance(entry, HandlesOf):
            continue
        rows = node.config.get(entry.field)
        if not isinstance(rows, list):
            continue
        names = [get(row, entry.key) for row in cast("list[Any]", rows)]
        places = [i for i, name in enumerate(names) if name == problem.about]
        fixed = [h.name for h in node.type.handles if not isinstance(h, HandlesOf)]
        made = list(cast("list[Any]", rows))
        taken = {*node.handles}
        first = "" if problem.about not in fixed else None  # a fixed way keeps its name
        for i in places[1:] if first == "" else places:
            number = 2
            while f"{problem.about}_{number}" in taken:
                number += 1
            taken.add(f"{problem.about}_{number}")
            made[i] = {**made[i], entry.key: f"{problem.about}_{number}"}
        if places:
            patch = {"op": "node.patch", "id": node.id, "set": {entry.field: made}}
            yield fix("Give them different names", patch)


FIXES: Mapping[str, Callable[[Case, Problem], Iterator[Fix]]] = {
    "config": _config,
    "credential": _credential,
    "cron": _example,
    "duplicate_handle": _duplicate_handle,
    "duration": _duration,
    "header": _header,
    "moment": _example,
    "name": _name,
    "node": _node,
    "path": _body_path,
    "secret": _header,
    "time_zone": _time_zone,
}
