"""Where an event goes: which trigger it starts, whether the customer may enter again, which runs
hear it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import orjson

from runtime.engine.advance import meets
from runtime.engine.compiled import Journey, Trigger
from runtime.engine.context import Scope
from runtime.engine.state import Run
from runtime.engine.world import Event, World
from runtime.journey import durations, times

LONGEST_KEY = 200
NO_KEY = ""
MISSING_KEY = "missing"  # no JSON value is written like this


@dataclass(frozen=True, slots=True)
class Entry:
    """The last time a customer entered a journey under a key; `open` while that run goes on."""

    last_at: datetime
    open: bool


def match_trigger(
    journey: Journey, event: Event, target: str | None, target_node: str | None, world: World
) -> Trigger | None:
    """The first trigger in the document's order that the event starts.

    An event with a target (a journey's id; the caller has chosen this journey by it) was made for
    one trigger, `target_node`. Without one, only triggers that name the event can match.
    """
    for trigger in journey.triggers:
        if target is not None:
            if trigger.node_id != target_node:
                continue
        elif trigger.start.event is None or trigger.start.event != event.name:
            continue
        where = trigger.start.where
        if where is None or Scope(journey, world, event, {}).holds(where):
            return trigger
    return None


def entry_key(journey: Journey, trigger: Trigger, event: Event, world: World) -> str:
    """The key under which the reentry rule holds: the value at the trigger's `key` path, type and
    all, as JSON.
    """
    path = trigger.start.key
    if path is None:
        return NO_KEY
    value = Scope(journey, world, event, {}).value(path)
    if value is None:
        return MISSING_KEY
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if len(text) > LONGEST_KEY:
        return "sha256:" + hashlib.sha256(text).hexdigest()
    return text.decode()


def may_enter(
    journey: Journey, previous: Entry | None, now: datetime, zone: tzinfo | None = None
) -> str | None:
    """Why the reentry rule keeps the customer out; None when it does not. `zone` is the run's
    (`context.zone_of`)."""
    reentry = journey.reentry
    if previous is None or reentry.mode == "always":
        return None
    if reentry.mode == "once":
        return "The customer has entered before, and the journey is for once."
    if reentry.mode == "when_finished":
        return "The customer is still inside." if previous.open else None
    wait = durations.parse(reentry.wait or "P1D")
    again = durations.add(previous.last_at, wait, zone or UTC)
    if now >= again:
        return None
    return f"The customer entered less than {durations.words(wait)} ago."


def hears(journey: Journey, run: Run, event: Event) -> bool:
    """Whether the event may mean something to this open run: it belongs in its inbox. (Conditions
    are looked at when the run is carried.)
    """
    if run.ended or event.name not in journey.listens or event.id == run.entry.id:
        return False
    return any(listen.event == event.name for listen in journey.exit_when) or any(
        t.event == event.name for t in run.tokens.values()
    )


def exits(journey: Journey, run: Run, event: Event, world: World) -> bool:
    """Whether the event ends the run by `exit_when`."""
    return not run.ended and any(
        meets(journey, run, listen, event, world) for listen in journey.exit_when
    )


def reaches_goal(journey: Journey, run: Run, event: Event, world: World, zone: tzinfo) -> bool:
    """Whether the event is the journey's goal for this run, in time. The goal only measures."""
    goal = journey.goal
    if goal is None or not meets(journey, run, goal, event, world):
        return False
    if goal.within is None:
        return event.at >= run.started_at
    last = durations.add(run.started_at, durations.parse(goal.within), zone)
    return run.started_at <= event.at <= last


def fire_properties(nominal: str, at: datetime) -> dict[str, str]:
    """What the event of a schedule says: its instant, and the local time that it stands for."""
    return {"scheduled_at": times.rfc3339(at), "local_time": nominal}


def schedule_zone(trigger: Trigger, workspace_zone: tzinfo) -> tzinfo:
    """The zone of a schedule: its own, else the workspace's."""
    name = trigger.start.time_zone
    return (times.zone(name) if name else None) or workspace_zone
