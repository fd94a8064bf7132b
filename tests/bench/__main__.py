"""`make bench`: every row of the table, on SQLite and on PostgreSQL in turns.

`--full` (`make bench FULL=1`) takes a million rows where the aims say so; without it 100,000.
`--only peers,intake` takes some rows, `--json FILE` keeps the figures for `tests.bench.compare`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import growth_rows, peers_job, work_rows
from tests.bench.databases import BOTH, Servers, servers
from tests.bench.machine import machine, pace
from tests.bench.sink import sink
from tests.bench.table import Section, number
from tests.support.postgres import Server

OneRound = Callable[[Server | None, Path], dict[str, float]]


@dataclass(frozen=True)
class Row:
    """A section of the table and how one round of it is measured."""

    name: str
    section: Section
    measure: OneRound
    rounds: int
    databases: Sequence[str] = BOTH


def rows_of(given: argparse.Namespace) -> list[Row]:
    """All rows but the first, at these sizes."""
    large = 1_000_000 if given.full else 100_000
    few = 1 if given.full else min(given.rounds, 2)  # the whole table within a quarter of an hour

    def noisy(server: Server | None, folder: Path) -> dict[str, float]:
        with sink() as target:
            return growth_rows.noisy_round(server, folder, target, large)

    return [
        Row(
            "steps",
            work_rows.ten_nodes(20_000),
            lambda server, folder: work_rows.ten_nodes_round(server, folder, 20_000),
            given.rounds,
            ("sqlite",),
        ),
        Row(
            "intake",
            work_rows.intake(20_000),
            lambda server, folder: work_rows.intake_round(server, folder, 20_000),
            few,
        ),
        Row(
            "waiting",
            work_rows.waiting(large),
            lambda server, folder: work_rows.waiting_round(server, folder, large),
            few,
        ),
        Row(
            "growth",
            growth_rows.growth(large, 2_000),
            lambda server, folder: growth_rows.growth_round(server, folder, large, 2_000),
            1,
        ),
        Row("noisy", growth_rows.noisy(large), noisy, few),
    ]


def measured(row: Row, running: Servers, folder: Path) -> None:
    """Its rounds, the databases in turns. What cannot be measured is said and passed by."""
    for _ in range(row.rounds):
        for database, server in running.items():
            if database not in row.databases:
                continue
            begin = time.monotonic()
            try:
                found = row.measure(server, folder)
            except Exception as error:
                traceback.print_exc()
                row.section.notes.append(f"{database}: NOT MEASURED, {error!r:.200}")
                continue
            row.section.add(database, found)
            found["pace ms"] = pace()
            said = {k: round(v, 3) for k, v in found.items()} | {"took": time.monotonic() - begin}
            print(json.dumps({"row": row.name, "database": database, **said}), flush=True)


def heading(facts: dict[str, Any]) -> list[str]:
    """What it was measured on."""
    width = max(map(len, facts))
    return [f"{name:<{width}}  {value}" for name, value in facts.items()]


def missed(sections: Sequence[Section], databases: Sequence[str]) -> list[str]:
    """The aims that were not reached."""
    return [
        f"{section.title.split('.')[0]}. {figure.name} ({database}): {number(value, figure.digits)}"
        for section in sections
        for figure in section.figures
        for database in databases
        if (value := section.median(database, figure.key)) is not None
        and figure.missed(database, value)
    ]


def main() -> int:
    """The command line."""
    given = arguments()
    databases = BOTH if given.database == "both" else (given.database,)
    only = set(given.only.split(",")) if given.only else None
    sections: list[Section] = []
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(dir=given.folder) as text, servers(databases) as running:
        folder = Path(text)
        facts = machine(folder)
        if only is None or "peers" in only:
            found = peers_job.measure(running, folder, given.events, given.rounds)
            sections.append(found)
        for row in rows_of(given):
            if only is None or row.name in only:
                measured(row, running, folder)
                sections.append(row.section)
    facts["load after"] = round(os.getloadavg()[0], 2)
    facts["pace ms after"] = round(pace(), 1)
    counts = ", ".join(
        f"{s.title[:1]}: {max(map(len, s.rounds.values()), default=0)}" for s in sections
    )
    facts["rounds"] = f"{counts} (databases in turns); {time.monotonic() - begin:.0f} s in all"
    facts["sizes"] = "1,000,000 rows" if given.full else "100,000 rows (FULL=1: 1,000,000)"
    show(facts, sections, databases)
    if given.json:
        kept = {"machine": facts, "figures": {s.title[:1]: s.json() for s in sections}}
        Path(given.json).write_text(json.dumps(kept, indent=1))
    return 0


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--events", type=int, default=peers_job.EVENTS, help="of the peers' job")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=(*BOTH, "both"), default="both")
    parser.add_argument("--only", help="peers, steps, intake, waiting, growth, noisy")
    parser.add_argument("--full", action="store_true", help="a million rows")
    parser.add_argument("--folder", type=Path, help="where the data goes; else the system's")
    parser.add_argument("--json", help="a file for the figures")
    return parser.parse_args()


def show(facts: dict[str, Any], sections: Sequence[Section], databases: Sequence[str]) -> None:
    """The table."""
    print("\n" + "\n".join(heading(facts)))
    titles = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
    print("\n" + " " * 46 + "".join(f"{titles[d]:>12} {'aim':<19}" for d in databases).rstrip())
    for section in sections:
        print("\n".join(section.lines(databases)))
    late = missed(sections, databases)
    print(f"\n{len(late)} aims missed" + "".join(f"\n  {line}" for line in late))


if __name__ == "__main__":
    sys.exit(main())
