"""What the engine alone costs: CPU for a step, for the peers' job and for waking a waiting run.

No database and no I/O, one process. Run as `python -m tests.bench.engine_steps [--runs 2000]
[--rounds 9]`; the figures are medians of `time.process_time`.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nodes.registry import node_types
from nodes.spec import Answered
from runtime.engine.advance import AnswerSignal, Customer, Event, Run, World, advance, begin
from runtime.engine.compiled import Journey, compile_journey

HERE = Path(__file__).parent
NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
PEOPLE = 100
STEPS = 11
WAITING = {
    "format": 1,
    "name": "Waiting",
    "nodes": [
        {"id": "started", "type": "trigger.event", "config": {"event": "trial.started"}},
        {"id": "pause", "type": "logic.wait", "config": {"for": "P3D"}},
        {
            "id": "keep",
            "type": "logic.set",
            "config": {"values": {"n": "{{ event.properties.n }}"}},
        },
    ],
    "edges": [
        {"from": "started", "handle": "out", "to": "pause"},
        {"from": "pause", "handle": "out", "to": "keep"},
    ],
}


def compiled(document: Any) -> Journey:
    """The journey with the real node types."""
    return compile_journey(document, node_types())


def read(name: str) -> Journey:
    """A journey from a file beside this one."""
    return compiled(json.loads((HERE / name).read_text()))


def customer(number: int) -> Customer:
    """One of the people, as a worker reads them."""
    return Customer(
        f"c{number}",
        {"first_name": "Maya", "plan": "pro"},
        external_id=f"maya{number}",
        email=f"maya{number}@example.com",
    )


def event(number: int, name: str) -> Event:
    """An event of one of them."""
    properties = {
        "n": number,
        "total": 120,
        "amount": number % 100,
        "sku": "A-1",
        "email": "m@x.org",
    }
    return Event(f"e{number}", name, properties, NOON)


class Bench:
    """One job: `prepare` makes what `work` is timed on."""

    def __init__(
        self,
        name: str,
        unit: str,
        per: int,
        prepare: Callable[[int], Any],
        work: Callable[[Any], Any],
    ) -> None:
        self.name, self.unit, self.per = name, unit, per
        self.prepare, self.work = prepare, work
        self.found: list[float] = []

    def round(self, runs: int) -> None:
        """Time the job on so many runs."""
        given = [self.prepare(n) for n in range(runs)]
        work = self.work
        began = time.process_time()
        for one in given:
            work(one)
        self.found.append((time.process_time() - began) / runs / self.per * 1e6)


def ten_nodes(stored: bool) -> Callable[[Any], Any]:
    """Begin a run of the ten nodes, which ends at once; with the text that is stored."""
    journey = read("ten_nodes.json")
    trigger = journey.triggers[0]

    def work(given: tuple[Event, Customer]) -> None:
        world = World(NOON, given[1])
        run, progress = begin(journey, run_id="r1", trigger=trigger, event=given[0], world=world)
        assert len(progress.steps) == STEPS
        assert run.status == "completed"
        if stored:
            run.to_json()

    return work


def peers_job(through_text: bool) -> Callable[[Any], Any]:
    """Webhook, branch, set, call and its answer; `through_text`: stored and read again between."""
    journey = read("journey.json")
    trigger = journey.triggers[0]
    answered = Answered(
        True, {"status": 200, "headers": {"content-type": "text/plain"}, "body": "ok"}
    )

    def work(given: tuple[Event, Customer]) -> None:
        world = World(NOON, given[1])
        run, progress = begin(journey, run_id="r1", trigger=trigger, event=given[0], world=world)
        text = run.to_json()
        effect = progress.effects[0]
        if through_text:
            run = Run.from_json(text)
        later = World(NOON + timedelta(seconds=1), given[1])
        signal = AnswerSignal(effect.token, effect.node, effect.visit, answered)
        advance(journey, run, [signal], later)
        run.to_json()
        assert run.status == "completed"

    return work


def waiting_run() -> str:
    """The text of a run that waits three days."""
    journey = compiled(WAITING)
    run, _ = begin(
        journey,
        run_id="r1",
        trigger=journey.triggers[0],
        event=event(1, "trial.started"),
        world=World(NOON, customer(1)),
    )
    return run.to_json()


def wake() -> Callable[[Any], Any]:
    """A waiting run is read, its time comes, one more step, and it is written."""
    journey = compiled(WAITING)
    text = waiting_run()
    due = NOON + timedelta(days=3)

    def work(given: Customer) -> None:
        run = Run.from_json(text)
        advance(journey, run, (), World(due, given))
        run.to_json()
        assert run.status == "completed"

    return work


def benches() -> list[Bench]:
    """All of them."""
    people = [customer(n) for n in range(PEOPLE)]

    def entry(name: str) -> Callable[[int], Any]:
        return lambda n: (event(n, name), people[n % PEOPLE])

    def person(n: int) -> Customer:
        return people[n % PEOPLE]

    text = waiting_run()
    again = Run.from_json(text)
    ordered, hooked = entry("order.completed"), entry("webhook.hook")
    return [
        Bench("ten nodes: begin", "µs/step", STEPS, ordered, ten_nodes(False)),
        Bench("ten nodes: begin, to_json", "µs/step", STEPS, ordered, ten_nodes(True)),
        Bench("peers' job in memory", "µs/run", 1, hooked, peers_job(False)),
        Bench("peers' job through text", "µs/run", 1, hooked, peers_job(True)),
        Bench("wake: from_json, advance, to_json", "µs/run", 1, person, wake()),
        Bench("from_json", "µs", 1, person, lambda _: Run.from_json(text)),
        Bench("to_json", "µs", 1, person, lambda _: again.to_json()),
    ]


def main() -> int:
    """Runs the rounds in turns and prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    measured = benches()
    for one in measured:
        one.round(given.runs)  # warms up
        one.found.clear()
    for _ in range(given.rounds):
        for one in measured:
            one.round(given.runs)
    print(f"{platform.machine()}, Python {platform.python_version()}; ", end="")
    print(f"CPU, medians of {given.rounds} rounds of {given.runs} runs")
    for one in measured:
        median, best = statistics.median(one.found), min(one.found)
        print(f"  {one.name:36}{median:9.2f} {one.unit:8} (best round {best:.2f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
