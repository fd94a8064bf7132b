"""The job the peers were measured on: webhook → branch → set → HTTP call → done, through `wayline
up` as it is.

Run as `python -m tests.bench.peers_job [--events 5000] [--rounds 3]` (or `make bench`).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

from tests.support.program import Program, running, wait_until
from tests.support.sink import Sink, sink

DOCUMENT = Path(__file__).with_name("journey.json")


def family(pid: int) -> list[psutil.Process]:
    """The supervisor and everything below it."""
    top = psutil.Process(pid)
    return [top, *top.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    """User and system seconds of all the program's processes, ended children included."""
    total = 0.0
    for process in family(pid):
        times = process.cpu_times()
        total += times.user + times.system
    return total


def memory_mib(pid: int) -> float:
    """Proportional set size of all the program's processes."""
    return sum(p.memory_full_info().pss for p in family(pid)) / 2**20


def load(url: str, first: int, count: int, connections: int, rate: float) -> dict[str, Any]:
    """Posts `count` webhooks from another process."""
    command = [
        sys.executable,
        "-m",
        "tests.bench.load",
        url,
        *map(str, (first, count, connections, rate)),
    ]
    return json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout
    )


def publish(program: Program, target: Sink, folder: Path) -> str:
    """Imports and publishes the journey; the webhook's address."""
    file = folder / "bench.json"
    file.write_text(DOCUMENT.read_text().replace("SINK", target.url))
    for command in (("import", str(file)), ("publish", "bench")):
        done = program.command(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"https?://\S+/hooks/\S+", done.stdout)
    assert found, done.stdout
    return re.sub(r"^https?://[^/]+", program.url, found.group())


def percentiles(values: list[float]) -> tuple[float, float]:
    """p50 and p99, in milliseconds."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2] * 1e3, ordered[len(ordered) * 99 // 100] * 1e3


def latencies(answer: dict[str, Any], marks: dict[str, float]) -> tuple[float, float]:
    """From the 2xx as the sender saw it to the sink; a call that overtook the answer counts as
    0.
    """
    return percentiles([max(0.0, marks[n] - at) for n, at in answer["sent"].items()])


def finished(database: Path, count: int) -> bool:
    """Whether the database holds `count` completed runs."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as conn:
        return (
            conn.execute("select count(*) from run where status = 'completed'").fetchone()[0]
            >= count
        )


def one_round(
    program: Program, target: Sink, url: str, first: int, events: int
) -> dict[str, float]:
    """A burst as fast as it goes, then a quiet rate of 50/s."""
    database = program.data / "wayline.db"
    cpu = cpu_seconds(program.process.pid)
    burst = load(url, first, events, 32, 0)
    assert burst["refused"] == 0, burst["refused"]
    began = min(burst["sent"].values())
    wait_until(lambda: target.seen()["keys"] >= first + events, 300)
    wait_until(lambda: finished(database, first + events), 60)
    spent = cpu_seconds(program.process.pid) - cpu
    marks = target.seen(marks=True)["marks"]
    last = max(marks[str(n)] for n in range(first, first + events))
    quiet_count = 500
    quiet = load(url, first + events, quiet_count, 8, 50)
    wait_until(lambda: target.seen()["keys"] >= first + events + quiet_count, 60)
    wait_until(lambda: finished(database, first + events + quiet_count), 60)
    p50, p99 = latencies(quiet, target.seen(marks=True)["marks"])
    return {
        "accepted/s": events / burst["seconds"],
        "answer p99 ms": burst["answer_ms"]["p99"],
        "finished/s": events / (last - began),
        "CPU-s/1000": spent / events * 1000,
        "p50 ms at 50/s": p50,
        "p99 ms at 50/s": p99,
        "PSS MiB": memory_mib(program.process.pid),
    }


def checked(database: Path, runs: int) -> str:
    """Reads back what was written: every run's steps and their outputs, and the sync mode."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as conn:
        steps = 0
        rows = conn.execute("select r.id, j.steps_json from run r join journal j on j.run = r.id")
        seen: dict[str, int] = {}
        for run, text in rows:
            listed = json.loads(text)
            steps += len(listed)
            seen[run] = seen.get(run, 0) + len(listed)
        assert len(seen) == runs, (len(seen), runs)
        assert set(seen.values()) == {4}, set(seen.values())
        page = conn.execute("pragma journal_mode").fetchone()[0]
    return f"{runs} runs, {steps} steps read back; journal_mode {page}, synchronous FULL"


def main() -> int:
    """Runs the rounds and prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    rounds: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder, sink() as target:
        data = Path(folder) / "data"
        with running(data, env={"WAYLINE_ALLOW_NET": "127.0.0.0/8"}) as program:
            url = publish(program, target, Path(folder))
            first = 0
            for _ in range(given.rounds):
                rounds.append(one_round(program, target, url, first, given.events))
                first += given.events + 500
                print(json.dumps({k: round(v, 3) for k, v in rounds[-1].items()}), flush=True)
            seen = target.seen()
        note = checked(data / "wayline.db", first)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"\n{machine}, SQLite; medians of {given.rounds} rounds:")
    print(f"{given.events} webhooks at 32 connections, then 500 at 50/s")
    for name in rounds[0]:
        print(f"  {name:16} {statistics.median(r[name] for r in rounds):10.2f}")
    print(f"  sink: {seen['total']} calls, {seen['twice']} twice, {seen['two_bodies']} two bodies")
    print(f"  {note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
