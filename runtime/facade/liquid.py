"""What is wrong with a text of a draft, and where: as it is written, and what it names."""

from __future__ import annotations

import re
from typing import NotRequired, TypedDict, cast

from runtime import templates
from runtime.facade import seen
from runtime.facade.desk import Desk
from runtime.facade.errors import Refused
from runtime.facade.journeys import find
from runtime.journey.graph_checks import graph_of
from runtime.journey.names import Names
from runtime.journey.outline import read_outline
from runtime.journey.report import Report
from runtime.journey.validate import titles_of

MOST_TEXT = 500_000

Mend = TypedDict("Mend", {"label": str, "from": int, "to": int, "insert": str})
TextProblem = TypedDict(
    "TextProblem",
    {
        "from": int,
        "to": int,
        "message": str,
        "severity": str,
        "fix": NotRequired[Mend],
    },
)


def problems(desk: Desk, slug: str, node: str, template: str) -> list[TextProblem]:
    """The problems of a text that stands at this node, in the editor's counting (UTF-16)."""
    desk.may("read")
    if len(template) > MOST_TEXT:
        raise Refused(f"The text is longer than {MOST_TEXT:,} characters. Shorten it.")
    found: list[TextProblem] = []
    for wrong in templates.problems(template):
        one = _problem(template, wrong.start, wrong.end, wrong.message, "error")
        if wrong.remedy is not None:
            one["fix"] = {
                "label": wrong.remedy.label,
                "from": _units(template, wrong.remedy.start),
                "to": _units(template, wrong.remedy.end),
                "insert": wrong.remedy.text,
            }
        found.append(one)
    if not found:
        with desk.read() as conn:
            document = find(conn, desk.workspace, slug).draft
            known = seen.known(conn, desk)
        report = Report()
        report.titles = titles_of(document, desk.house.types)
        outline = read_outline(document, desk.house.types, report)
        names = Names(outline.nodes, graph_of(outline), known=known, named=report.named)
        for path in templates.variables(template):
            said = names.step(path) if path.startswith("steps.") else None
            late = (names.late(path, node) or names.unseen(path)) if said is None else None
            if said or late:
                start, end = _where(template, path)
                kind = "error" if said else "warning"
                one = _problem(template, start, end, said or late or "", kind)
                if meant := names.meant(path):
                    label = f"Use “{meant.split('.')[-1].replace('_', ' ')}”"
                    here = {"label": label, "from": one["from"], "to": one["to"], "insert": meant}
                    one["fix"] = cast("Mend", here)
                found.append(one)
    return found


def _where(template: str, path: str) -> tuple[int, int]:
    """Where the path stands for the first time; the whole text when it is written otherwise."""
    found = re.search(rf"(?<![\w.-]){re.escape(path)}(?![\w-])", template)
    return found.span() if found else (0, len(template))


def _problem(template: str, start: int, end: int, message: str, severity: str) -> TextProblem:
    return {
        "from": _units(template, start),
        "to": _units(template, end),
        "message": message,
        "severity": severity,
    }


def _units(text: str, index: int) -> int:
    """The place as a browser counts: a character beyond the first 65,536 counts twice."""
    return len(text[:index].encode("utf-16-le", "surrogatepass")) // 2
