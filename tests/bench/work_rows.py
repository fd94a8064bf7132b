"""Rows 2 to 4 of the table: steps without effects, the intake, waiting runs."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runtime.facade import history
from runtime.ports import Ports
from runtime.store.database import Database, rows, run
from runtime.store.intake import Incoming, accept
from runtime.work.drain import Work
from tests.bench import prepared
from tests.bench.engine_steps import WAITING
from tests.bench.intake import CONNECTIONS, document, hammer
from tests.bench.peers_job import idle
from tests.bench.processes import since
from tests.bench.starting import House, up
from tests.bench.table import Figure, Section, percentile
from tests.support.postgres import Server
from tests.support.program import wait_until

PATIENCE = 900
IDLE = 6.0  # seconds in which an idle program's CPU is taken


@contextmanager
def stopped(house: House) -> Iterator[None]:
    """No worker runs meanwhile."""
    workers = [p for kind, p in house.watched.processes() if kind == "worker"]
    for worker in workers:
        worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGCONT)


@contextmanager
def opened(house: House) -> Iterator[Database]:
    """The program's database."""
    database = Database.open(house.settings, migrate=False)
    try:
        yield database
    finally:
        database.close()


# --- 2. Ten nodes without effects -----------------------------------------------------------------

PERSON = "bench-person-"
TEN_FIGURES = (
    Figure(
        "steps/cpu-s", "durable steps for each CPU-s of the worker", "more", {"sqlite": 40_000}, 0
    ),
    Figure("steps/s", "durable steps/s by the clock", "more", {"sqlite": 40_000}, 0),
    Figure("runs/s", "… runs/s", "more", digits=0),
)


def ten_nodes(runs: int) -> Section:
    """The empty section."""
    return Section(
        f"2. A trigger and ten nodes without effects: {runs:,} queued events, one worker",
        TEN_FIGURES,
    )


def ten_nodes_round(server: Server | None, folder: Path, runs: int) -> dict[str, float]:
    """Queues events while the worker is stopped, then lets it go."""
    warm = 500
    with up(server, folder, WAYLINE_WORKERS="1") as house, opened(house) as database:
        made = prepared.publish(house.settings, prepared.document("ten_nodes"))
        _people(database, made.workspace, runs + warm)
        properties = {"total": 120, "sku": "A-1", "note": "x" * 100}
        said = (database, made.workspace, "order.completed", PERSON)
        prepared.queue(*said, range(warm), properties)
        wait_until(lambda: _ended(database) == warm and idle(database), PATIENCE)
        with stopped(house):
            prepared.queue(*said, range(warm, warm + runs), properties)
            before = house.watched.cpu()
            begin = time.time()
        wait_until(lambda: idle(database), PATIENCE, 0.2)
        spent = since(house.watched.cpu(), before)["worker"]
        seconds = _last_end(database) - begin
        steps = _steps(database, warm, runs)
    return {"steps/cpu-s": steps / spent, "steps/s": steps / seconds, "runs/s": runs / seconds}


def _people(database: Database, workspace: str, count: int) -> None:
    """Known customers, copies of one who came in by `identify`."""
    first = Incoming(
        workspace, "bench", None, "identify", "identify", {"id": PERSON + "one"},
        {"first_name": "Maya", "plan": "pro"},
    )  # fmt: skip
    database.transact(lambda conn: accept(conn, [first], database.now_us(conn)))
    wait_until(lambda: idle(database), 60)
    with database.read() as conn:
        sql = "SELECT customer FROM identity WHERE value = ?"
        customer = rows(conn, sql, (PERSON + "one",))[0][0]
        words = {customer: prepared.begin_of(customer), PERSON + "one": PERSON}
        stencil = prepared.Stencil(conn, words, only=("customer", "identity"))
    stencil.copy(database, 0, count)


def _ended(database: Database) -> int:
    with database.read() as conn:
        return rows(conn, "SELECT count(*) FROM run WHERE ended_at IS NOT NULL")[0][0]


def _last_end(database: Database) -> float:
    with database.read() as conn:
        return rows(conn, "SELECT max(ended_at) FROM run")[0][0] / 1e6


def _steps(database: Database, warm: int, runs: int) -> int:
    """How many steps the runs after the warm-up have left in the database; each run eleven."""
    with database.read() as conn:
        found = rows(conn, "SELECT id, status FROM run ORDER BY started_at, id")
        assert len(found) == warm + runs, len(found)
        assert {status for _, status in found} == {"completed"}
        by_run = history.steps(conn, [one for one, _ in found[warm:]])
    assert {len(steps) for steps in by_run.values()} == {11}
    return sum(map(len, by_run.values()))


# --- 3. The intake --------------------------------------------------------------------------------

INTAKE_FIGURES = (
    Figure(
        "alone accepted/s",
        "accepted/s, workers stopped",
        "more",
        dict(sqlite=5000, postgres=5000),
        0,
    ),
    Figure("alone p50 ms", "… p50 ms", "less"),
    Figure("alone p99 ms", "… p99 ms", "less", dict(sqlite=50, postgres=50)),
    Figure("alone cpu us", "… CPU of the web process for each, µs", "less", digits=0),
    Figure("busy accepted/s", "accepted/s, both workers busy", "more", digits=0),
    Figure("busy p50 ms", "… p50 ms", "less"),
    Figure("busy p99 ms", "… p99 ms", "less", dict(sqlite=150, postgres=150)),
    Figure("busy workers", "… cores that the workers took meanwhile"),
)


def intake(events: int) -> Section:
    """The empty section."""
    return Section(
        f"3. The intake of `up`: {events:,} webhooks at {CONNECTIONS} connections", INTAKE_FIGURES
    )


def intake_round(server: Server | None, folder: Path, events: int) -> dict[str, float]:
    """One load with the workers stopped, one while they work on what came."""
    with up(server, folder) as house, opened(house) as database:
        url = house.hook(document(), "bench-intake")
        hammer(url, 0, 500, CONNECTIONS, 0)
        wait_until(lambda: idle(database), PATIENCE)
        with stopped(house):
            found = _posted(house, "alone", url, 500, events)
        begin = time.perf_counter()
        busy = _posted(house, "busy", url, 500 + events, events // 2)
        busy["busy workers"] /= time.perf_counter() - begin
        with database.read() as conn:
            stored = rows(conn, "SELECT count(*) FROM event WHERE kind = 'track'")[0][0]
        assert stored == 500 + events + events // 2, stored
    return found | busy


def _posted(house: House, name: str, url: str, first: int, count: int) -> dict[str, float]:
    before = house.watched.cpu()
    done = hammer(url, first, count, CONNECTIONS, 0)
    assert done["refused"] == 0, done["statuses"]
    spent = since(house.watched.cpu(), before)
    return {
        f"{name} accepted/s": count / done["seconds"],
        f"{name} p50 ms": done["answer_ms"]["p50"],
        f"{name} p99 ms": done["answer_ms"]["p99"],
        f"{name} cpu us": (spent["web"] + spent["ingest"]) / count * 1e6,
        f"{name} workers": spent["worker"],
    }


# --- 4. Waiting runs ------------------------------------------------------------------------------

WAITING_FIGURES = (
    Figure("sweep ms", "an idle sweep, ms", "less", dict(sqlite=1, postgres=1), 3),
    Figure(
        "woken/s",
        "all due at once: runs/s to their ends",
        "more",
        dict(sqlite=10_000, postgres=10_000),
        0,
    ),
    Figure("woken/cpu-s", "… for each CPU-s of all processes", "more", digits=0),
    Figure(
        "idle few", "idle CPU with 10,000 waiting, % of a core", "less", dict(sqlite=1, postgres=1)
    ),
    Figure(
        "idle many", "idle CPU with all waiting, % of a core", "less", dict(sqlite=1, postgres=1)
    ),
)


def waiting(runs: int) -> Section:
    """The empty section."""
    note = "idle CPU is that of supervisor, web, workers and Redis server"
    return Section(f"4. {runs:,} waiting runs", WAITING_FIGURES, notes=[note])


def waiting_round(server: Server | None, folder: Path, runs: int) -> dict[str, float]:
    """Copies a waiting run, looks at the idle program, then lets all be due."""
    with up(server, folder) as house, opened(house) as database:
        made = prepared.publish(house.settings, WAITING | {"stage": "onboarding"})
        stencil = _one_waits(database, made)
        stencil.copy(database, 0, 10_000)
        found = {"idle few": _idle_cpu(house)}
        stencil.copy(database, 10_000, runs - 10_000)
        found["idle many"] = _idle_cpu(house)
        found["sweep ms"] = _sweep(house, database)
        with stopped(house):
            _all_due(database)
            before = house.watched.cpu()
            begin = time.time()
        wait_until(lambda: idle(database), PATIENCE, 0.2)
        spent = since(house.watched.cpu(), before)
        assert _ended(database) == runs + 1
        found["woken/s"] = runs / (_last_end(database) - begin)
        found["woken/cpu-s"] = runs / sum(spent.values())
    return found


def _one_waits(database: Database, made: prepared.Made) -> prepared.Stencil:
    """One run that waits for three days, with all that it left in the tables."""
    event = Incoming(
        made.workspace, "bench", None, "track", "trial.started", {"id": PERSON + "one"},
        {"n": 1, "note": "x" * 100},
    )  # fmt: skip
    database.transact(lambda conn: accept(conn, [event], database.now_us(conn)))
    sql = "SELECT id, event, customer, wake_at FROM run WHERE status = 'waiting'"

    def look() -> Sequence[tuple[Any, ...]]:
        with database.read() as conn:
            return rows(conn, sql)

    wait_until(look, 60)
    [(one, entry, customer, wake_at)] = look()
    words = {word: prepared.begin_of(word) for word in (one, entry, customer)}
    with database.read() as conn:
        return prepared.Stencil(conn, words | {PERSON + "one": PERSON}, (wake_at,))


def _idle_cpu(house: House) -> float:
    """Percent of a core, a moment after the last change."""
    time.sleep(2)
    before, begin = house.watched.cpu(), time.perf_counter()
    time.sleep(IDLE)
    spent = since(house.watched.cpu(), before)
    spent.pop("postgres", None)
    return sum(spent.values()) / (time.perf_counter() - begin) * 100


def _sweep(house: House, database: Database) -> float:
    """Median milliseconds of a worker's look for due work."""
    work = Work(database, Ports(house.settings), house.settings)
    took: list[float] = []
    with contextlib.closing(work):
        for _ in range(200):
            begin = time.perf_counter()
            assert not work.anything_due()
            took.append(time.perf_counter() - begin)
    return percentile(took, 0.5) * 1e3


def _all_due(database: Database) -> None:
    """Their deadlines were a while ago."""
    sql = """UPDATE run SET wake_at = wake_at - ?, state_json = replace(state_json,
 CAST(wake_at AS TEXT), CAST(wake_at - ? AS TEXT)) WHERE status = 'waiting'"""
    shift = 4 * 24 * 3_600_000_000
    with database.write() as conn:
        run(conn, sql, (shift, shift))
