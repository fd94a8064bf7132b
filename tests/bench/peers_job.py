"""The job the peers were measured on: webhook with JSON → branch → set → HTTP call → done, through
`wayline up` as it is, each round on a fresh data folder.

Run as `python -m tests.bench.peers_job [--events 20000] [--rounds 3] [--database sqlite]`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runtime.facade import history
from runtime.store.database import Database, rows
from tests.bench.databases import BOTH, Servers, servers
from tests.bench.intake import CONNECTIONS, hammer
from tests.bench.machine import pace, sync_mode
from tests.bench.processes import since
from tests.bench.sink import Seen, Target, sink
from tests.bench.starting import House, up
from tests.bench.table import Figure, Section, percentile
from tests.support.program import wait_until

DOCUMENT = Path(__file__).with_name("journey.json")
EVENTS = 20_000
WARM = 500  # webhooks before the clock starts: the workers' first imports
QUIET, RATE = 500, 50
PATIENCE = 600


def _aim(value: float) -> dict[str, float]:
    return dict.fromkeys(BOTH, value)


FIGURES = (
    Figure(
        "cpu", "CPU-s for 1,000 runs, all processes", "less", {"sqlite": 0.5, "postgres": 0.8}, 3
    ),
    Figure("cpu web", "… web", digits=3),
    Figure("cpu ingest", "… ingest", digits=3),
    Figure("cpu worker", "… workers", digits=3),
    Figure("cpu supervisor", "… supervisor", digits=3),
    Figure("cpu redis", "… embedded Redis server", digits=3),
    Figure("cpu postgres", "… PostgreSQL server", digits=3),
    Figure("finished/s", "finished runs/s, first 2xx to last end", "more", _aim(1500)),
    Figure("accepted/s", "accepted/s at 32 connections meanwhile", "more"),
    Figure("answer p99 ms", "p99 of the 2xx meanwhile, ms", "less"),
    Figure("p50 ms", "p50 from 2xx to the sink at 50/s, ms", "less", _aim(8)),
    Figure("p99 ms", "p99 from 2xx to the sink at 50/s, ms", "less", _aim(25)),
    Figure("whole p50 ms", "p50 from the post to the sink at 50/s, ms", "less"),
    Figure("cpu quiet", "CPU-s for 1,000 runs at 50/s", "less", digits=3),
    Figure("pss", "PSS of Wayline's processes, MiB", "less", _aim(300), 0),
    Figure("pss postgres", "… and of the PostgreSQL server", digits=0),
    Figure("ready intake s", "intake ready after, s (fresh folder)", "less", _aim(1.5)),
    Figure("ready studio s", "studio ready after, s (fresh folder)", "less", _aim(4)),
    Figure("lost", "accepted, but never at the sink", "zero"),
    Figure("twice", "keys at the sink more than once", "zero"),
    Figure("two bodies", "keys with two bodies", "zero"),
    Figure("pace ms", "not counted: CPU-ms of a fixed Python job, before and after", digits=1),
    Figure("cpu load", "not counted: CPU-s/1,000 of the sender", digits=3),
    Figure("cpu sink", "not counted: CPU-s/1,000 of the sink", digits=3),
)


def section(events: int) -> Section:
    """The empty section."""
    title = (
        f"1. The peers' job: {events:,} webhooks at {CONNECTIONS} connections as fast as they are "
        f"accepted, then {QUIET} at {RATE}/s; {WARM} before, not counted"
    )
    return Section(title, FIGURES)


def one_round(house: House, target: Target, events: int) -> tuple[dict[str, float], str]:
    """A warm-up, a burst, a quiet rate, and everything read back."""
    target.clear()
    document = json.loads(DOCUMENT.read_text().replace("SINK", target.url))
    url = house.hook(document, "bench")
    database = Database.open(house.settings, migrate=False)
    try:
        hammer(url, 0, WARM, CONNECTIONS, 0)
        drained(database, target, WARM)
        before = pace()
        found = {**house.ready, **burst(house, database, target, url, WARM, events)}
        found["pace ms"] = (before + pace()) / 2
        found |= quiet(house, database, target, url, WARM + events)
        wait_until(lambda: idle(database), PATIENCE, 0.05)
        pss = house.watched.pss()
        if "postgres" in pss:
            found["pss postgres"] = pss.pop("postgres")
        found["pss"] = sum(pss.values())
        seen = target.seen()
        note = read_back(database, seen, WARM + events + QUIET)
        assert not found.pop("refused"), "webhooks were refused at a quiet rate"
        found |= {
            "lost": WARM + events + QUIET - len(seen.marks),
            "twice": len({key for key, *_ in seen.again}),
            "two bodies": seen.two_bodies,
        }
    finally:
        database.close()
    return found, f"{note}; {sync_mode(house.settings)}"


def burst(
    house: House, database: Database, target: Target, url: str, first: int, events: int
) -> dict[str, float]:
    """Webhooks as fast as they are accepted, until the last run has ended."""
    before, sink_before = house.watched.cpu(), target.cpu()
    sent = hammer(url, first, events, CONNECTIONS, 0, "--marks")
    assert sent["refused"] == 0, sent["statuses"]
    drained(database, target, first + events)
    spent = since(house.watched.cpu(), before)
    with database.read() as conn:
        last = rows(conn, "SELECT max(ended_at) FROM run")[0][0] / 1e6
    found = {
        "cpu": sum(spent.values()) / events * 1000,
        "finished/s": events / (last - min(sent["sent"].values())),
        "accepted/s": events / sent["seconds"],
        "answer p99 ms": sent["answer_ms"]["p99"],
        "cpu load": sent["cpu_us"] / 1000,
        "cpu sink": (target.cpu() - sink_before) / events * 1000,
    }
    return found | {f"cpu {kind}": value / events * 1000 for kind, value in spent.items()}


def quiet(
    house: House, database: Database, target: Target, url: str, first: int
) -> dict[str, float]:
    """Webhooks at a steady rate that is far from the most; those that were refused are counted."""
    before = house.watched.cpu()
    sent = hammer(url, first, QUIET, 8, RATE, "--marks")
    taken = first + sent["accepted"]
    wait_until(lambda: target.count() >= taken or _gone_wrong(database), PATIENCE, 0.1)
    spent = since(house.watched.cpu(), before)
    marks = target.seen().marks
    # a call that overtook the answer to its sender counts as 0
    late = [max(0.0, marks[n][1] - at) * 1e3 for n, at in sent["sent"].items() if n in marks]
    return {
        "refused": sent["refused"],
        "p50 ms": percentile(late, 0.5),
        "p99 ms": percentile(late, 0.99),
        "whole p50 ms": percentile(late, 0.5) + sent["answer_ms"]["p50"],
        "cpu quiet": sum(spent.values()) / QUIET * 1000,
    }


def drained(database: Database, target: Target, runs: int) -> None:
    """Until so many calls have come and no run goes on."""
    wait_until(lambda: target.count() >= runs or _gone_wrong(database), PATIENCE, 0.1)
    wait_until(lambda: idle(database), PATIENCE, 0.05)


def _gone_wrong(database: Database) -> None:
    with database.read() as conn:
        letters = rows(conn, "SELECT kind, reason FROM dead_letter LIMIT 1")
    assert not letters, letters


def idle(database: Database) -> bool:
    """Whether every event is routed and no run goes on."""
    with database.read() as conn:
        return not (
            rows(conn, "SELECT 1 FROM event WHERE routed_at IS NULL LIMIT 1")
            or rows(conn, "SELECT 1 FROM run WHERE ended_at IS NULL LIMIT 1")
        )


def read_back(database: Database, seen: Seen, runs: int) -> str:
    """Reads every run's steps with their outputs, as the studio reads them, and holds them against
    what the sink has got."""
    with database.read() as conn:
        found = rows(conn, "SELECT id, status, event FROM run ORDER BY id")
        assert len(found) == runs, (len(found), runs)
        assert {status for _, status, _ in found} == {"completed"}, "some runs did not complete"
        steps = 0
        for some in _portions(found, 1000):
            by_run = history.steps(conn, [run for run, *_ in some])
            events = history.events(conn, [event for *_, event in some])
            for run, _, event in some:
                properties = events[event].properties
                _check(by_run[run], properties, seen.marks.get(str(properties["n"])))
                steps += len(by_run[run])
    return f"{runs:,} runs with {steps:,} steps and their outputs read back"


def _check(steps: list[history.Step], properties: Any, call: tuple[str, float] | None) -> None:
    """One run did what the journey says, and its call came under its own key."""
    tier = "high" if properties["amount"] >= 50 else "low"
    left = [(step.node, step.handle) for step in steps]
    way = "yes" if tier == "high" else "no"
    want = [("hook", "out"), ("big", way), (tier, "out"), (f"tell_{tier}", "out")]
    assert left == want, left
    assert steps[0].output["properties"] == properties, steps[0].output
    assert steps[2].output == {"tier": tier, "n": str(properties["n"])}, steps[2].output
    assert steps[3].output["status"] == 200, steps[3].output
    assert call is None or call[0] == steps[3].key, (call, steps[3].key)


def _portions(items: list[Any], size: int) -> Iterator[list[Any]]:
    return (items[i : i + size] for i in range(0, len(items), size))


def measure(running: Servers, folder: Path, events: int, rounds: int) -> Section:
    """`rounds` rounds on each database, in turns."""
    found = section(events)
    notes: dict[str, str] = {}
    with sink() as target:
        for _ in range(rounds):
            for name, server in running.items():
                with up(server, folder) as house:
                    figures, notes[name] = one_round(house, target, events)
                found.add(name, figures)
                shown = {k: round(v, 3) for k, v in figures.items()}
                print(json.dumps({"row": "peers", "database": name, **shown}), flush=True)
    found.notes += [f"{name}: {note}" for name, note in notes.items()]
    return found


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=(*BOTH, "both"), default="sqlite")
    given = parser.parse_args()
    names = BOTH if given.database == "both" else (given.database,)
    with tempfile.TemporaryDirectory() as folder, servers(names) as running:
        found = measure(running, Path(folder), given.events, given.rounds)
    print("\n".join(found.lines(names)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
