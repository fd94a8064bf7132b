"""Checks a journey's own fields and settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from runtime.journey import durations
from runtime.journey.field_checks import Fields
from runtime.journey.outline import known_fields
from runtime.journey.problems import shown
from runtime.journey.report import Report
from runtime.journey.times import zone

FORMAT = 1
STAGES = ("awareness", "consideration", "decision", "onboarding", "retention", "advocacy")
REENTRY = ("once", "when_finished", "always", "after")
_FIELDS = ("format", "name", "about", "stage", "settings", "nodes", "edges", "ui")
_CARRIED_OUT = ("reentry", "exit_when", "goal", "time_zone")
_NOT_YET = {"quiet_hours": "Quiet hours are", "holdout": "A holdout is"}


def check_format(document: Mapping[str, Any], report: Report) -> bool:
    """Whether the document has the format that this program reads."""
    given: Any = document.get("format")
    if type(given) is int and given == FORMAT:
        return True
    if isinstance(given, int) and not isinstance(given, bool) and given > FORMAT:
        message = (
            f"The journey has format {shown(given)}, and this Wayline reads format {FORMAT}:"
            " update Wayline."
        )
        report.add(None, "format", message, "newer_format")
        return False
    said = "is missing" if given is None else f"is {shown(given)}"
    report.add(None, "format", f"The field format {said}: write {FORMAT}.", "format")
    return True


def check_fields(document: Mapping[str, Any], report: Report) -> None:
    """Name, about, stage, ui, and fields that do not exist."""
    known_fields(document, _FIELDS, None, "", report)
    name = document.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 200:
        said = "is missing" if name is None else f"is {shown(name)}"
        report.add(None, "name", f"The field name {said}: give the journey a name.", "name")
    about = document.get("about", "")
    if not isinstance(about, str) or len(about) > 5_000:
        message = f"The field about is {shown(about)}: write a text of at most 5,000 characters."
        report.add(None, "about", message, "wrong_type")
    stage = document.get("stage", STAGES[0])
    if stage not in STAGES:
        message = f"The stage is {shown(stage)}: choose one of {', '.join(STAGES)}."
        report.add(None, "stage", message, "stage")
    if not isinstance(document.get("ui", {}), dict):
        message = f"The field ui is {shown(document['ui'])}: write an object, or remove it."
        report.add(None, "ui", message, "wrong_type")


def check_settings(document: Mapping[str, Any], fields: Fields) -> None:
    """The settings, those that are not carried out included."""
    report = fields.report
    settings = _object(document.get("settings", {}), "settings", report)
    for key in settings:
        if key in _NOT_YET:
            message = f"{_NOT_YET[key]} not carried out yet: remove settings.{key}."
            report.add(None, f"settings.{key}", message, "not_carried_out")
    known_fields(settings, (*_CARRIED_OUT, *_NOT_YET), None, "settings", report)
    checks: dict[str, Callable[[Any, str, Fields], None]] = {
        "reentry": _reentry,
        "exit_when": _exit_when,
        "goal": _goal,
        "time_zone": _time_zone,
    }
    for key, check in checks.items():
        if key in settings:
            check(settings[key], f"settings.{key}", fields)


def _object(given: Any, path: str, report: Report) -> dict[str, Any]:
    if isinstance(given, dict):
        return cast(dict[str, Any], given)
    report.add(None, path, f"The field {path} is {shown(given)}: write an object.", "wrong_type")
    return {}


def _reentry(given: Any, path: str, fields: Fields) -> None:
    if not isinstance(given, dict):
        _object(given, path, fields.report)
        return
    table = cast(dict[str, Any], given)
    known_fields(table, ("mode", "wait"), None, path, fields.report)
    mode = table.get("mode")
    if mode not in REENTRY:
        said = "is missing" if mode is None else f"is {shown(mode)}"
        message = f"The mode of reentry {said}: choose one of {', '.join(REENTRY)}."
        fields.report.add(None, f"{path}.mode", message, "reentry")
    elif mode == "after":
        if "wait" in table:
            _duration(table["wait"], f"{path}.wait", fields.report)
        else:
            message = "The mode after needs a wait: say how long, for example P30D."
            fields.report.add(None, f"{path}.wait", message, "reentry")
    elif "wait" in table:
        message = f"The mode {mode} has no wait: remove it, or choose the mode after."
        fields.report.add(None, f"{path}.wait", message, "reentry")


def _exit_when(given: Any, path: str, fields: Fields) -> None:
    if not isinstance(given, list):
        message = f"The field {path} is {shown(given)}: write a list of events."
        fields.report.add(None, path, message, "wrong_type")
        return
    for index, item in enumerate(cast(list[Any], given)[:100]):
        _event(item, f"{path}[{index}]", ("event", "where"), fields)
    if len(cast(list[Any], given)) > 100:
        fields.report.add(None, path, f"{path} has more than 100 events: remove some.", "too_many")


def _goal(given: Any, path: str, fields: Fields) -> None:
    _event(given, path, ("event", "where", "within"), fields)
    if isinstance(given, dict) and "within" in given:
        _duration(cast(dict[str, Any], given)["within"], f"{path}.within", fields.report)


def _event(given: Any, path: str, known: tuple[str, ...], fields: Fields) -> None:
    if not isinstance(given, dict):
        _object(given, path, fields.report)
        return
    table = cast(dict[str, Any], given)
    known_fields(table, known, None, path, fields.report)
    event = table.get("event")
    if not isinstance(event, str) or not event.strip() or len(event) > 200:
        said = "is missing" if event is None else f"is {shown(event)}"
        message = f"The event of {path} {said}: name one, say order.completed."
        fields.report.add(None, f"{path}.event", message, "event")
    if "where" in table:
        named = [event] if isinstance(event, str) else []
        fields.condition(None, f"{path}.where", table["where"], where=True, events=named)


def _time_zone(given: Any, path: str, fields: Fields) -> None:
    if given == "customer" or (isinstance(given, str) and zone(given) is not None):
        return
    message = f"There is no time zone {shown(given)}: write customer, or one such as Europe/Lisbon."
    fields.report.add(None, path, message, "time_zone")


def _duration(given: Any, path: str, report: Report) -> None:
    try:
        if not isinstance(given, str):
            raise ValueError(f"{shown(given)} is not a duration: write one such as P30D.")
        durations.parse(given)
    except ValueError as problem:
        report.add(None, path, str(problem), "duration")
