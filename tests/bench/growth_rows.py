"""Rows 5 and 6 of the table: what a run costs in a large database, and beside a noisy neighbour."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from runtime.store.database import Database, rows
from tests.bench import prepared
from tests.bench.intake import CONNECTIONS, hammer
from tests.bench.peers_job import burst, drained, quiet
from tests.bench.prepared import Stencil
from tests.bench.sink import Target, sink
from tests.bench.starting import House, up
from tests.bench.table import Figure, Section
from tests.bench.work_rows import stopped
from tests.support.postgres import Server

FEW = 10_000
WARM = 200
PATIENCE = 900

# --- 5. The cost of a run does not grow -----------------------------------------------------------

GROWTH_FIGURES = (
    Figure("ratio", "CPU per run there : here", "less", {"sqlite": 1.15, "postgres": 1.15}),
    Figure("cpu few", f"CPU-s for 1,000 runs with {FEW:,} stored", "less", digits=3),
    Figure("cpu many", "… with all stored", "less", digits=3),
    Figure("p99 few", f"p99 at 50/s with {FEW:,} stored, ms", "less"),
    Figure("p99 many", "… with all stored, ms", "less"),
    Figure("bytes", "bytes of the database for each finished run", "less", digits=0),
    Figure("bytes after", "… left of each by the retention rule", "less", digits=0),
)


def growth(runs: int, events: int) -> Section:
    """The empty section."""
    return Section(
        f"5. The peers' job with {runs:,} finished runs in the database and with {FEW:,}, bursts "
        f"of {events:,} in turns",
        GROWTH_FIGURES,
    )


class _Side:
    """One program with so many finished runs."""

    def __init__(self, stack: ExitStack, server: Server | None, folder: Path, runs: int) -> None:
        self.target = stack.enter_context(sink())
        self.house = stack.enter_context(up(server, folder))
        self.database = Database.open(self.house.settings, migrate=False)
        stack.callback(self.database.close)
        self.url = self.house.hook(prepared.document("journey", SINK=self.target.url), "bench")
        self.next = 0
        self.load(WARM)
        self.empty = prepared.database_bytes(self.database)
        _finished_run(self.database).copy(self.database, 0, runs)
        self.bytes = (prepared.database_bytes(self.database) - self.empty) / runs
        prepared.settle(self.house.settings)

    def load(self, events: int) -> dict[str, float]:
        """A burst; its figures."""
        first, self.next = self.next, self.next + events
        return burst(self.house, self.database, self.target, self.url, first, events)

    def slowly(self) -> float:
        """The p99 at a quiet rate."""
        found = quiet(self.house, self.database, self.target, self.url, self.next)
        self.next += 500
        drained(self.database, self.target, self.next)
        return found["p99 ms"]

    def retain(self) -> float:
        """Everything that has finished is taken out; the bytes that each run leaves (its customer,
        and that they were in the journey)."""
        before = datetime.now(UTC).isoformat()
        done = self.house.program.command("retain", "--before", before, seconds=PATIENCE)
        assert done.returncode == 0, done.stdout + done.stderr
        with self.database.read() as conn:
            left = rows(conn, "SELECT count(*) FROM run")[0][0]
        assert left == 0, f"{left} runs are still there"
        prepared.settle(self.house.settings)
        return (prepared.database_bytes(self.database) - self.empty) / (self.next + FEW)


def growth_round(
    server: Server | None, folder: Path, runs: int, events: int, turns: int = 3
) -> dict[str, float]:
    """Two programs side by side, loaded in turns."""
    with ExitStack() as stack:
        few = _Side(stack, server, folder, FEW)
        many = _Side(stack, server, folder, runs)
        spent: dict[str, list[float]] = {"few": [], "many": []}
        for turn in range(turns):
            for name, side in (("few", few), ("many", many))[:: 1 if turn % 2 else -1]:
                spent[name].append(side.load(events)["cpu"])
        least = {name: sorted(values)[len(values) // 2] for name, values in spent.items()}
        return {
            "ratio": least["many"] / least["few"],
            "cpu few": least["few"],
            "cpu many": least["many"],
            "p99 few": few.slowly(),
            "p99 many": many.slowly(),
            "bytes": many.bytes,
            "bytes after": few.retain(),
        }


def _finished_run(database: Database) -> Stencil:
    """A run of the peers' job that is over, with all that it left."""
    sql = """SELECT r.id, r.event, r.customer, c.email
 FROM run r JOIN customer c ON c.id = r.customer
 WHERE r.status = 'completed' ORDER BY r.id LIMIT 1"""
    with database.read() as conn:
        *ids, email = rows(conn, sql)[0]
        words = {one: prepared.begin_of(one) for one in ids}
        return Stencil(conn, words | {email: "stored-"})


# --- 6. A noisy neighbour -------------------------------------------------------------------------

NOISY_FIGURES = (
    Figure("ratio", "p99 beside : p99 alone", "less", {"sqlite": 2, "postgres": 2}),
    Figure("p99 alone", "p99 from 2xx to the sink at 50/s, alone, ms", "less"),
    Figure("p99 beside", "… beside the noisy workspace, ms", "less"),
    Figure("p50 alone", "p50 alone, ms", "less"),
    Figure("p50 beside", "… beside it, ms", "less"),
    Figure("refused", "webhooks of the quiet one refused meanwhile", "zero"),
    Figure("left", "events of the noisy one still queued at the end", digits=0),
)


def noisy(events: int) -> Section:
    """The empty section."""
    return Section(
        f"6. A quiet workspace (the peers' job at 50/s) beside one with {events:,} queued events",
        NOISY_FIGURES,
    )


def noisy_round(
    server: Server | None, folder: Path, target: Target, events: int
) -> dict[str, float]:
    """The quiet one alone, then beside the noisy one, which never runs dry meanwhile."""
    target.clear()
    with ExitStack() as stack:
        house: House = stack.enter_context(up(server, folder))
        database = Database.open(house.settings, migrate=False)
        stack.callback(database.close)
        other = _another_workspace(database, house)
        url = house.hook(prepared.document("journey", SINK=target.url), "bench")
        hammer(url, 0, WARM, CONNECTIONS, 0)
        drained(database, target, WARM)
        alone = quiet(house, database, target, url, WARM)
        with stopped(house):
            said = {"total": 120, "sku": "A-1", "note": "x" * 100}
            numbers = range(events)
            prepared.queue(database, other, "order.completed", "noisy-", numbers, said)
            prepared.settle(house.settings)
        beside = quiet(house, database, target, url, WARM + 500)
        with database.read() as conn:
            sql = "SELECT count(*), count(routed_at) FROM event WHERE workspace = ?"
            stored, routed = rows(conn, sql, (other,))[0]
        assert stored == events, f"{stored} events in the noisy workspace"
        return {
            "ratio": beside["p99 ms"] / max(alone["p99 ms"], 1.0),
            "p99 alone": alone["p99 ms"],
            "p99 beside": beside["p99 ms"],
            "p50 alone": alone["p50 ms"],
            "p50 beside": beside["p50 ms"],
            "left": stored - routed,
            "refused": beside["refused"],
        }


def _another_workspace(database: Database, house: House) -> str:
    """A second business with a journey of its own; its id."""
    made = prepared.publish(house.settings, prepared.document("ten_nodes"))
    words = {word: prepared.begin_of(word) for word in (made.journey, made.version)}
    # behind the first in their order: commands work on the first workspace
    words[made.workspace] = "f" + prepared.begin_of(made.workspace)[1:]
    with database.read() as conn:
        stencil = Stencil(conn, words, only=("workspace", "journey", "journey_version"))
    stencil.copy(database, 1, 1)
    return f"{words[made.workspace]}{prepared.BASE + 1}"
