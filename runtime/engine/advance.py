"""Starting a run and carrying it on: the two calls everything else is made of."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.engine.compiled import Journey, Listen, Trigger
from runtime.engine.context import Scope
from runtime.engine.moves import Mover
from runtime.engine.progress import (
    Answerer,
    AnswerSignal,
    CancelSignal,
    Changed,
    Closed,
    DecisionSignal,
    Effect,
    EventSignal,
    Note,
    Progress,
    RetrySignal,
    RunSignal,
    Step,
    Waiting,
)
from runtime.engine.state import Run
from runtime.engine.world import Customer, Event, World

__all__ = [
    "AnswerSignal",
    "Answerer",
    "CancelSignal",
    "Changed",
    "Closed",
    "Customer",
    "DecisionSignal",
    "Effect",
    "Event",
    "EventSignal",
    "Note",
    "Progress",
    "RetrySignal",
    "Run",
    "RunSignal",
    "Step",
    "Waiting",
    "World",
    "advance",
    "begin",
    "meets",
]


def begin(
    journey: Journey,
    *,
    run_id: str,
    trigger: Trigger,
    event: Event,
    world: World,
    answerer: Answerer | None = None,
) -> tuple[Run, Progress]:
    """Start a run at its trigger and carry it until nothing moves. The entry event ends no wait of
    its own run.
    """
    run = Run(id=run_id, trigger=trigger.node_id, entry=event, started_at=world.now)
    mover = Mover(journey, run, world, answerer)
    mover.start()
    return run, mover.finish()


def advance(
    journey: Journey,
    run: Run,
    signals: Sequence[RunSignal],
    world: World,
    *,
    timers: bool = True,
    answerer: Answerer | None = None,
) -> Progress:
    """Apply the signals in order, then the deadlines that `world.now` has reached (unless `timers`
    is False), and carry the run until nothing moves. Changes `run` in place.

    A deadline includes its instant: what came in at or before it wins over it, what came later
    finds it passed. Signals that fit no open wait are ignored, and so is everything once the run
    has ended.
    """
    mover = Mover(journey, run, world, answerer)
    for index, signal in enumerate(signals):
        if run.ended:
            mover.progress.unheard = len(signals) - index
            break
        if isinstance(signal, AnswerSignal):
            mover.answer(signal)
        elif isinstance(signal, EventSignal):
            if timers:
                mover.expire(signal.at or signal.event.at, inclusive=False)
            if not run.ended:
                _hear(mover, signal.event)
        elif isinstance(signal, DecisionSignal):
            if timers and signal.at is not None:
                mover.expire(signal.at, inclusive=False)
            mover.decide(signal)
        elif isinstance(signal, RetrySignal):
            mover.retry()
        else:
            mover.end("exited", signal.reason)
    if timers and not run.ended:
        mover.expire(world.now, inclusive=True)
    return mover.finish()


def meets(journey: Journey, run: Run, listen: Listen, event: Event, world: World) -> bool:
    """Whether the event is the one listened for, for this run."""
    if event.name != listen.event or event.id == run.entry.id:
        return False
    scope = Scope(journey, world, run.entry, run.outputs, event)
    return listen.where is None or scope.holds(listen.where)


def _hear(mover: Mover, event: Event) -> None:
    """Exits first, then all the waits that this event ends, decided before any of them moves."""
    run = mover.run
    if event.id == run.entry.id:
        return
    for listen in mover.journey.exit_when:
        if meets(mover.journey, run, listen, event, mover.world):
            mover.end("exited", f"{listen.event} came")
            return
    mover.hear(event)
