"""A template's own sample customers as events to try a draft of it with.

The template is played once with its sample, and of the runs as few are kept as together go every
way. What a try would answer otherwise than the sample does (an AI's label, a decision, an event
that comes in time) is pinned, so that the try goes the same way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from nodes.registry import node_types
from nodes.spec import NodeType
from runtime.engine.world import Customer, Event
from runtime.gallery import Template, template
from runtime.journey.unchecked import objects
from runtime.simulate.trying import Pin, Trial, try_out

Table = Mapping[str, Any]
Way = tuple[str, str | None]  # a node, and the handle it was left by

ROUNDS = 8  # of tries until a sample goes its way: each pins one more step
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?")
OWN_TEXT = "text"  # an output that a try writes anew, from the draft's own facts


@dataclass(slots=True)
class Played:
    """One run of the sample: whose it was, what started it, how it left each node at first."""

    customer: str
    trigger: str
    event: Table
    left: dict[str, str | None] = field(default_factory=dict[str, str | None])
    made: dict[str, Table] = field(default_factory=dict[str, Table])  # by node, what it put out

    @property
    def ways(self) -> list[Way]:
        return list(self.left.items())


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample to try with. `way` is where it goes and few others do; a pin is {handle, output}."""

    name: str
    trigger: str
    at: datetime
    properties: Table
    customer: Table
    way: Way
    pins: Mapping[str, Table]


def of(document: Table, node: str, types: Mapping[str, NodeType], now: datetime) -> list[Sample]:
    """The samples of the template that a draft was made from, for one of its triggers, as if they
    came now. Pins of nodes that have changed since are left out."""
    ui: Any = document.get("ui")
    slug = cast(Table, ui).get("template") if isinstance(ui, dict) else None
    found = template(slug) if isinstance(slug, str) else None
    if found is None:
        return []
    nodes = [one for one in objects(document.get("nodes")) if isinstance(one.get("id"), str)]
    there = {(one["id"], str(one.get("type"))): one for one in nodes}
    known = {one["id"]: one["type"] for one in found.document["nodes"]}
    return [
        replace(
            one,
            properties={k: _moved(v, now - one.at) for k, v in one.properties.items()},
            pins={
                name: pin
                for name, pin in one.pins.items()
                if _leaves(there.get((name, known[name])), pin, types)
            },
        )
        for one in samples(found.slug)
        if one.trigger == node and (node, known.get(node)) in there
    ]


def _moved(value: Any, by: timedelta) -> Any:
    """A time of the sample, as far from now as it was from the event."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return value
    moved = datetime.fromisoformat(value) + by
    said = moved.replace(second=0, microsecond=0).isoformat()
    return said.replace("+00:00", "Z") if value.endswith("Z") else said


def _leaves(placed: Table | None, pin: Table, types: Mapping[str, NodeType]) -> bool:
    """Whether a node of the draft can be left as the pin says."""
    kind = types.get(str((placed or {}).get("type")))
    config = (placed or {}).get("config")
    if kind is None or not isinstance(config, dict):
        return False
    return pin["handle"] in {handle.name for handle in kind.exits(cast(Table, config))}


# --- The template's own -------------------------------------------------------------------------


@cache
def samples(slug: str) -> tuple[Sample, ...]:
    """As few samples of a template as go all ways that its sample goes."""
    found = template(slug)
    if found is None:
        return ()
    people = {str(one["id"]): one for one in found.customers}
    chosen = _covering(_played(found))
    shared = Counter(way for run in chosen for way in run.ways)
    made: list[Sample] = []
    for run in chosen:
        who = people.get(run.customer, {"id": run.customer})
        known = cast("dict[str, Any]", who.get("attributes") or {})
        # the rarest of its ways; of several the last one
        way = min(reversed(run.ways), key=lambda one: shared[one])
        made.append(
            Sample(
                str(known.get("first_name") or who["id"]),
                run.trigger,
                datetime.fromisoformat(run.event["at"]),
                cast(Table, run.event["properties"]),
                _record(who),
                way,
                _pins(found, run, who),
            )
        )
    return tuple(made)


def _played(one: Template) -> list[Played]:
    """The runs of the bundled sample, in the order in which they begin."""
    from runtime.simulate.simulator import simulate

    types = node_types()
    runs: dict[int, Played] = {}
    for line in simulate(one.document, one.events, one.customers, one.answers):
        if "run" not in line or "handle" not in line:
            continue
        if types[line["type"]].category == "trigger":
            customer = str(line.get("customer") or "")
            runs[line["run"]] = Played(customer, line["node"], line["output"])
        run = runs[line["run"]]
        run.left.setdefault(line["node"], line["handle"])
        run.made.setdefault(line["node"], line["output"])
    return list(runs.values())


def _covering(runs: Sequence[Played]) -> list[Played]:
    """Few runs that together go all ways, in their order."""
    left = {way for run in runs for way in run.ways}
    chosen: list[Played] = []
    while left:
        best = max(runs, key=lambda run: len(left.intersection(run.ways)))
        left.difference_update(best.ways)
        chosen.append(best)
    return [run for run in runs if run in chosen]


def _record(who: Table) -> dict[str, Any]:
    """A made-up customer as a try takes it."""
    known = dict(cast("dict[str, Any]", who.get("attributes") or {}))
    record: dict[str, Any] = {"id": who["id"], "email": known.pop("email", None)}
    record["attributes"] = known
    for key in ("consent", "segments"):
        if who.get(key):
            record[key] = who[key]
    return record


def _pins(one: Template, run: Played, who: Table) -> dict[str, Table]:
    """What has to be pinned for a try to go the way of the run."""
    types = node_types()
    kinds = {node["id"]: types[node["type"]] for node in one.document["nodes"]}
    pins: dict[str, Table] = {
        node: {"handle": handle, "output": run.made[node]}
        for node, handle in run.left.items()
        if kinds[node].category == "ai"
    }
    for _ in range(ROUNDS):
        other = next(
            (
                node
                for node, handle in _tried(one, run, who, pins)
                if node not in pins and run.left.get(node, handle) != handle
            ),
            None,
        )
        if other is None:
            break
        pins[other] = {"handle": run.left[other], "output": run.made[other]}
    # what an AI has written is written anew: the sample's words are not the draft's
    return {
        node: pin
        for node, pin in pins.items()
        if pin["handle"] != "out" or OWN_TEXT not in pin["output"] or kinds[node].category != "ai"
    }


def _tried(one: Template, run: Played, who: Table, pins: Mapping[str, Table]) -> Iterator[Way]:
    """The ways that a try with these pins goes."""
    record = _record(who)
    event = run.event
    at = datetime.fromisoformat(event["at"])
    tried = try_out(
        Trial(
            document=one.document,
            types=node_types(),
            trigger=run.trigger,
            event=Event("try", event["name"], event["properties"], at),
            customer=Customer(
                record["id"],
                record["attributes"],
                consent=record.get("consent") or {},
                segments=record.get("segments") or [],
                email=record["email"],
            ),
            pins={
                node: Pin(handle=pin["handle"], output=pin["output"]) for node, pin in pins.items()
            },
        )
    )
    for step in tried.steps:
        yield step["node"], step["handle"]
