"""How many webhooks the web process accepts, each durable before its 2xx, and what one costs it.

Run as `python -m tests.bench.intake [--events 20000] [--rounds 3] [--part ingest]`. `--part` is
the real process that answers: `ingest` or `web` alone, where nothing else happens, or the web
process of `up`, whose workers are busy with a run of ten steps for each webhook meanwhile.
`measure` gives the figures to other benches.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.program import Program, free_port, wait_until, wayline

CONNECTIONS = 32
TEN = [
    {"id": f"n{i}", "type": "logic.set", "version": 1, "config": {"values": {"at": str(i)}}}
    for i in range(10)
]


def document() -> dict[str, Any]:
    """A webhook and ten steps without effects behind it."""
    config: dict[str, Any] = {"customer": "body.email", "verify": {"kind": "none"}}
    hook = {"id": "hook", "type": "trigger.webhook", "version": 1, "config": config}
    nodes = [hook, *TEN]
    edges = [{"from": a["id"], "handle": "out", "to": b["id"]} for a, b in pairwise(nodes)]
    return {
        "format": 1,
        "name": "Bench intake",
        "stage": "onboarding",
        "settings": {"reentry": {"mode": "always"}},
        "nodes": nodes,
        "edges": edges,
    }


def hammer(
    url: str, first: int, count: int, connections: int = CONNECTIONS, rate: float = 0, *more: str
) -> dict[str, Any]:
    """What tests/bench/hammer.py says, run as a process of its own."""
    numbers = map(str, (first, count, connections, rate))
    command = [sys.executable, "-m", "tests.bench.hammer", url, *numbers, *more]
    with tempfile.TemporaryFile() as said:  # uvloop may leave a pipe that takes only a part
        subprocess.run(command, stdout=said, check=True, timeout=600)
        said.seek(0)
        return json.load(said)


def cpu(pid: int) -> float:
    """User and system seconds of one process."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def measure(url: str, web: int, first: int, count: int, *more: str) -> dict[str, float]:
    """One load as fast as it goes at 32 connections on the web process `web` (a pid)."""
    before = cpu(web)
    found = hammer(url, first, count, CONNECTIONS, 0, *more)
    spent = cpu(web) - before
    assert found["refused"] == 0, found["statuses"]
    return {
        "accepted/s": count / found["seconds"],
        "web CPU us": spent / count * 1e6,
        "p50 ms": found["answer_ms"]["p50"],
        "p99 ms": found["answer_ms"]["p99"],
        "most ms": found["answer_ms"]["most"],
        "hammer CPU us": found["cpu_us"],
    }


def publish(data: Path, url: str) -> str:
    """Imports and publishes the journey; the webhook's address at `url`."""
    file = data.parent / "intake.json"
    file.write_text(json.dumps(document()))
    env = {"WAYLINE_DATA": str(data)}
    for command in (("import", str(file)), ("publish", "bench-intake")):
        done = wayline(*command, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"https?://\S+/hooks/\S+", done.stdout)
    assert found, done.stdout
    return re.sub(r"^https?://[^/]+", url, found.group())


@contextmanager
def part(name: str, data: Path) -> Iterator[tuple[str, int]]:
    """A running part: its URL and the pid of the process that answers."""
    if name == "up":
        program = Program(data, env={"WAYLINE_HIGH_WATER": "100000000"})
        try:
            program.wait_ready(180)
            yield program.url, _listening(program.process.pid)
        finally:
            program.stop(60)
        return
    port = free_port()
    command = [sys.executable, "-m", "runtime.cli", name, "--port", str(port)]
    env = {**os.environ, "WAYLINE_DATA": str(data), "WAYLINE_HIGH_WATER": "100000000"}
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _ready(url), 60)
        yield url, _listening(process.pid)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _ready(url: str) -> bool:
    try:
        return httpx.get(url + "/readyz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _listening(pid: int) -> int:
    top = psutil.Process(pid)
    for process in [top, *top.children(recursive=True)]:
        words = process.cmdline()
        if "runtime.cli" in words and {"web", "ingest"} & set(words):
            return process.pid
    raise AssertionError("nothing answers")


def stored(database: Path) -> tuple[int, int]:
    """Events in the database, and how many of them wait to be routed."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as conn:
        sql = "select count(*), count(*) filter (where routed_at is null) from event"
        return conn.execute(sql).fetchone()


def main() -> int:
    """Runs the rounds and prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--part", choices=("ingest", "web", "up"), default="ingest")
    parser.add_argument("--ids", action="store_true", help="each message has an id of its own")
    parser.add_argument("--during", help="a command to run beside the rounds; {pid} is the process")
    given = parser.parse_args()
    more = ["--ids"] if given.ids else []
    rounds: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with part(given.part, data) as (url, web):
            hook = publish(data, url)
            hammer(hook, 0, 500, CONNECTIONS, 0, *more)
            if given.during:
                subprocess.Popen(shlex.split(given.during.format(pid=web)))
            for n in range(given.rounds):
                first = 500 + n * given.events
                rounds.append(measure(hook, web, first, given.events, *more))
                print(json.dumps({k: round(v, 2) for k, v in rounds[-1].items()}), flush=True)
            events, waiting = stored(data / "wayline.db")
            assert events == 500 + given.rounds * given.events, events
    print(f"medians of {given.rounds} rounds of {given.events} at {CONNECTIONS} connections")
    print(f"({given.part}, {waiting} wait to be routed):")
    for name in rounds[0]:
        print(f"  {name:14} {statistics.median(r[name] for r in rounds):10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
