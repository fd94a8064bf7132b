"""Where a run that is over left its journey: one place each, however many ways it went at once."""

from __future__ import annotations

from runtime.engine.advance import Progress, Run
from runtime.engine.compiled import Journey

Place = tuple[str, str]
HERE = ""  # at the node itself, by none of its handles


def place(run: Run, journey: Journey, progress: Progress) -> Place | None:
    """The node and handle at which a run that has just ended did so; None for an end on purpose.

    `progress` is that of the call that ended it. What came to its end beside a way that still went
    on is no leaving: only the last of a run's ways ends it.
    """
    step = progress.steps[-1] if progress.steps else None
    if run.status == "exited":
        if step is not None and step.handle is None:
            return None  # a node that ends journeys
        waits = [closed for closed in progress.closed if closed.by == "cancelled"]
        if waits:
            return min(waits, key=lambda closed: closed.token).node, HERE
    if step is None:
        return (progress.arrivals[-1], HERE) if progress.arrivals else None
    if step.handle is None:
        return step.node, HERE
    on = journey.nodes[step.node].edges.get(step.handle)
    # It went on, to a join that let it in no more, or never had enough of them.
    return (on[0], HERE) if on else (step.node, step.handle)
