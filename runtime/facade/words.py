"""Plain words: the sentence on a node, what a step did, durations and schedules, read aloud."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from nodes.spec import NodeType
from runtime.journey import conditions, durations

_PLACEHOLDER = re.compile(r"\{([a-z_.]+)(?:\|([a-z]+))?\}")
# No part of it can match what another part does: customers write texts that pass here, and a
# pattern that tries every split of their spaces would not come back.
_LIQUID = re.compile(r"\{\{([^{}|]*)(?:\|[^{}]*)?\}\}|\{%[^%]*%\}")
_PATH = re.compile(
    r"\b(?:customer|(?:event|entry)(?:\.properties)?|steps\.([\w-]+))\.([A-Za-z_][\w.]*)"
)
_DAYS = ("Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays")
LONGEST = 200


def sentence(node: NodeType, config: Mapping[str, Any]) -> str:
    """What a node does: the first of its sentences whose placeholders all have a value."""
    for text in node.sentences:
        found = fill(text, config)
        if found is not None:
            return found
    return node.summary


def told(
    node: NodeType, config: Mapping[str, Any], output: Mapping[str, Any], handle: str | None
) -> str | None:
    """What a step did, in the past tense; None when the type does not say."""
    reason = output.get("reason")
    text = node.told.get(f"{handle}: {reason}") if isinstance(reason, str) else None
    text = text or node.told.get(handle or "") or (node.told.get("*") if handle else None)
    return fill(text, {"config": config, "output": output}) if text else None


def fill(text: str, values: Mapping[str, Any]) -> str | None:
    """The text with its placeholders filled, or None when one has no value."""
    missing = False

    def put(match: re.Match[str]) -> str:
        nonlocal missing
        said = _say(_find(values, match[1]), match[2])
        missing = missing or said is None
        return said or ""

    found = _PLACEHOLDER.sub(put, text)
    return None if missing else found


def _find(values: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(values, Mapping):
            return None
        values = cast("Mapping[str, Any]", values).get(part)
    return values


def _say(value: Any, how: str | None) -> str | None:
    if value is None or value == "" or value == [] or value == {}:
        return None
    sized = isinstance(value, (list, dict))
    match how:
        case "duration":
            return duration(value)
        case "condition":
            return condition(cast("dict[str, Any]", value)) if sized else None
        case "text":
            return plain(value)
        case "count":
            return str(len(cast("list[Any]", value))) if sized else None
        case "names":
            return names(value)
        case "schedule":
            return schedule(value) if isinstance(value, str) else None
        case "percent":
            return f"{value:.0%}" if isinstance(value, (int, float)) else None
        case _:
            return plain(value)


def condition(value: Mapping[str, Any]) -> str:
    """A condition as a person reads it: “budget is more than 10,000”."""
    return humane(conditions.words(value))


def humane(said: str) -> str:
    """Paths as names: `event.properties.budget` is “budget”."""
    return _PATH.sub(_named, said)


def _named(match: re.Match[str]) -> str:
    step, path = match[1], match[2]
    name = path.split(".")[-1].replace("_", " ")
    return f"{name} of {step.replace('_', ' ')}" if step else name


def plain(value: Any) -> str | None:
    """Liquid as a person reads it: `{{ customer.first_name }}` is “first name”."""
    if not isinstance(value, (str, int, float)):
        return None
    text = _LIQUID.sub(lambda m: _label(m[1]) if m[1] else "", str(value))
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _label(path: str) -> str:
    return path.strip("- \t\r\n").split(".")[-1].replace("_", " ").strip("'\" ")


def names(value: Any) -> str | None:
    """`story, question` of a list of objects, or the keys of an object."""
    if isinstance(value, Mapping):
        return ", ".join(cast("Mapping[str, Any]", value))
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    found: list[str] = []
    for item in cast("Sequence[Any]", value):
        row: Mapping[str, Any] = cast("Mapping[str, Any]", item) if isinstance(item, dict) else {}
        name = row.get("name") or row.get("handle")
        if isinstance(name, str):
            found.append(name)
    return ", ".join(found) or None


def duration(value: Any) -> str | None:
    """`P3D` is “3 days”, `-P1D` “1 day before”."""
    if not isinstance(value, str):
        return None
    before = value.startswith("-")
    try:
        said = durations.words(durations.parse(value.lstrip("-")))
    except ValueError:
        return value
    return f"{said} before" if before else said


def schedule(cron: str) -> str:
    """A cron expression in words where that is simple, else as it stands."""
    parts = cron.split()
    if len(parts) != 5:
        return f"At the times {cron}"
    minute, hour, day, month, weekday = parts
    if not (minute.isdigit() and hour.isdigit() and month == "*"):
        every = minute.isdigit() and (hour, day, month, weekday) == ("*", "*", "*", "*")
        return f"Every hour at minute {int(minute)}" if every else f"At the times {cron}"
    at = f"at {int(hour):02d}:{int(minute):02d}"
    if day == "*" and weekday == "*":
        return f"Every day {at}"
    if day == "*" and weekday == "1-5":
        return f"Monday to Friday {at}"
    if day == "*" and weekday.isdigit() and int(weekday) <= 7:
        return f"{_DAYS[int(weekday) % 7]} {at}"
    if day.isdigit() and weekday == "*":
        return f"On day {int(day)} of each month {at}"
    return f"At the times {cron}"


def shown(value: Any) -> str:
    """A value as evidence shows it."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (Mapping, list)):
        return "a list" if isinstance(value, list) else "several values"
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else text[:79].rstrip() + "…"


def counted(n: int, one: str, many: str | None = None) -> str:
    """“1 draft”, “3 drafts”."""
    return f"{n} {one if n == 1 else many or one + 's'}"
