"""The lines of a trace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from runtime.engine.progress import Effect, Note, Progress, Step
from runtime.engine.state import Run
from runtime.journey.times import rfc3339
from runtime.simulate.inputs import Happening

Line = dict[str, Any]
SENT = ("email", "http")  # a model is asked; nothing is sent


def happened(run: int, customer: str | None, progress: Progress) -> Iterator[Line]:
    """What a call of the engine did, in its order."""
    for entry in progress.log:
        line: Line = {"at": rfc3339(entry.at), "run": run, "customer": customer, "node": entry.node}
        match entry:
            case Step():
                line |= {"type": entry.type, "visit": entry.visit}
                line |= {"handle": entry.handle, "output": entry.output}
            case Effect():
                if entry.kind not in SENT:
                    continue
                line["effect"] = {"kind": entry.kind, **entry.body}
            case Note():
                line["note"] = entry.text
        yield line


def status(at: datetime, number: int, customer: str | None, run: Run) -> Line:
    """How a run stands, at its end or at the end of the simulation."""
    line: Line = {
        "at": rfc3339(at),
        "run": number,
        "customer": customer,
        "status": run.status,
    }
    if run.reason is not None:
        line["reason"] = run.reason
    return line


def skipped(happening: Happening, reason: str) -> Line:
    """An event that started no run and reached none."""
    return {
        "at": rfc3339(happening.event.at),
        "event": happening.event.name,
        "customer": happening.customer,
        "skipped": reason,
    }
