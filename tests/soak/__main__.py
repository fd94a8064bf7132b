"""`make soak EVENTS=100000`: webhooks at a steady rate while a process of a random kind is killed
(kill -9) at least every two seconds; then the drain, and everything held against each other.

`--kills` sets how many kills the load is stretched for (200 and at least 20 of each kind make a
full soak), `--database postgres` takes PostgreSQL and kills it too, `--seed` repeats the killer's
choices. Ends with 1 when something was lost, came with two bodies, or came twice without a kill
beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from runtime.store.database import Database, StoreFailed, rows
from tests.bench.databases import servers
from tests.bench.machine import machine, sync_mode
from tests.bench.peers_job import idle
from tests.bench.sink import Target, sink
from tests.soak.books import Result, check
from tests.soak.killer import LEAST, Killer
from tests.soak.memory import Memory
from tests.soak.town import Town, town

HERE = Path(__file__).parent
EVERY = 1.7  # seconds from kill to kill, about
MOST = 400.0  # messages a second
DRAIN = 300.0
SOON = 0.05
TWICE = 0.001  # of all effects, in a full soak: a short one has many kills for few effects
FULL = 200  # kills


def main() -> int:
    """The command line."""
    given = arguments()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=given.folder)))
        server = stack.enter_context(servers((given.database,)))[given.database]
        target = stack.enter_context(sink())
        running = stack.enter_context(town(folder, server))
        facts = machine(folder) | {"durability": sync_mode(running.settings)}
        found = soak(running, target, given)
        problems = verdict(found, given.kills)
        report(facts, given, found, problems)
        if problems and given.keep:
            print(f"\nThe data is kept in {keep(folder)}; what the parts printed last:")
            print(running.printed())
    return 1 if problems else 0


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=220)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--folder", type=Path, help="where the data goes; else the system's")
    parser.add_argument("--keep", action="store_true", help="keep the data when something is wrong")
    return parser.parse_args()


def soak(running: Town, target: Target, given: argparse.Namespace) -> dict[str, Any]:
    """The load with its kills, the drain, the books."""
    journey = json.loads((HERE / "journey.json").read_text().replace("SINK", target.url))
    path = running.begin(journey)
    rate = min(MOST, given.events / (given.kills * EVERY))
    killer, memory = Killer(running, given.seed), Memory(running)
    sender = sending(running, path, given.events, rate)
    try:
        said = load(running, sender, killer, memory)
    finally:
        sender.kill()
        sender.wait()
    began = time.monotonic()
    database = Database.open(running.settings, migrate=False)
    try:
        left = drain(running, database, target, memory)
        drained = time.monotonic() - began
        books = check(database, target.seen(), given.events, killer.kills)
    finally:
        database.close()
    for name, process in running.spared.items():
        if not process.is_running() or process.status() == "zombie":
            books.lost += 1
            books.note(f"the {name} that nobody killed has died")
    return {
        "sender": said,
        "rate": rate,
        "killer": killer,
        "memory": memory,
        "drained": drained,
        "left": left,
        "books": books,
        "calls": target.seen().calls,
    }


def sending(running: Town, path: str, events: int, rate: float) -> subprocess.Popen[str]:
    """The sender's process."""
    numbers = (events, rate, running.port, running.spare_port)
    command = [sys.executable, "-m", "tests.soak.sender", path, *map(str, numbers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def load(
    running: Town, sender: subprocess.Popen[str], killer: Killer, memory: Memory
) -> dict[str, Any]:
    """Until everything is accepted; kills all the time."""
    shown = time.monotonic()
    while sender.poll() is None:
        running.care()
        killer.tick()
        memory.tick()
        if time.monotonic() - shown > 30:
            shown = time.monotonic()
            print(f"… {len(killer.kills)} kills: {dict(killer.by_kind())}", flush=True)
        time.sleep(SOON)
    assert sender.stdout is not None
    text = sender.stdout.read()
    if sender.returncode != 0:
        raise SystemExit(f"the sender ended: {text}\n{running.printed()}")
    return json.loads(text)


def drain(running: Town, database: Database, target: Target, memory: Memory) -> list[str]:
    """Until nothing is left to do; what is left if that takes too long."""
    deadline = time.monotonic() + DRAIN
    while time.monotonic() < deadline:
        running.care()
        memory.tick()
        try:
            if idle(database) and _sent(database):
                return []
        except Exception as error:  # a killed PostgreSQL server recovers first
            if time.monotonic() > deadline - DRAIN / 2:
                raise StoreFailed("the database does not come back") from error
        time.sleep(0.2)
    with database.read() as conn:
        sql = "SELECT status, count(*) FROM run GROUP BY status"
        return [f"{n} runs {status}" for status, n in rows(conn, sql)]


def _sent(database: Database) -> bool:
    with database.read() as conn:
        sql = "SELECT 1 FROM outbox WHERE state IN ('pending', 'sending') LIMIT 1"
        return not rows(conn, sql)


def verdict(found: dict[str, Any], wanted: int) -> list[str]:
    """What must not be."""
    books: Result = found["books"]
    killer: Killer = found["killer"]
    problems: list[str] = []
    if found["left"]:
        problems.append(f"not drained within {DRAIN:.0f} s: {', '.join(found['left'])}")
    if books.lost:
        problems.append(f"{books.lost} lost")
    if books.two_bodies:
        problems.append(f"{books.two_bodies} with two bodies")
    if books.outside:
        problems.append(f"{books.outside} came twice without a kill beside them")
    if len(killer.kills) < wanted * 0.8:
        problems.append(f"only {len(killer.kills)} kills")
    if wanted >= FULL:
        if books.duplicates > TWICE * books.effects:
            problems.append(f"{books.duplicates} duplicates are more than {TWICE:.1%}")
        few = {k: n for k, n in killer.by_kind().items() if n < LEAST}
        if few or killer.longest > 2:
            problems.append(f"too few kills: {few}, {killer.longest:.1f} s between two")
    return problems


def report(
    facts: dict[str, Any], given: argparse.Namespace, found: dict[str, Any], problems: list[str]
) -> None:
    """The figures."""
    books: Result = found["books"]
    killer: Killer = found["killer"]
    sender = found["sender"]
    kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(killer.by_kind().items()))
    lines = {
        **facts,
        "load after": round(os.getloadavg()[0], 2),
        "database": given.database,
        "seed": given.seed,
        "sent": f"{given.events:,} at {found['rate']:.0f}/s in {sender['seconds']:.0f} s, "
        f"{sender['tries']:,} tries, {sender['broken']} unanswered, {sender['statuses']}",
        "accepted": f"{sender['accepted']:,} (the longest took {sender['longest']:.1f} s)",
        "runs": f"{books.runs:,}",
        "effects": f"{books.effects:,}, {found['calls']:,} calls at the sink",
        "lost": books.lost,
        "two bodies": books.two_bodies,
        "duplicates": f"{books.duplicates} = {books.duplicates / max(1, books.effects):.3%}, "
        f"{books.outside} of them without a kill beside them",
        "dead letters": f"{books.given_up} runs given up after three workers died over them",
        "kills": f"{len(killer.kills)}: {kinds}; at most {killer.longest:.1f} s between two",
        "drained after": f"{found['drained']:.0f} s (a lease is 30 s)",
        "memory": "; ".join(found["memory"].lines()),
    }
    width = max(map(len, lines))
    print()
    for name, value in lines.items():
        print(f"{name:<{width}}  {value}")
    for example in books.examples:
        print(f"  - {example}")
    print("WRONG: " + "; ".join(problems) if problems else "Nothing was lost.")


def keep(folder: Path) -> Path:
    """A copy that outlives this process."""
    import shutil

    copy = Path(tempfile.mkdtemp(prefix="soak-"))
    shutil.copytree(folder, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
    return copy


if __name__ == "__main__":
    sys.exit(main())
