"""The whole program, and a journey that goes through it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.support.program import Program, wait_until
from tests.support.sink import Sink, sink

JOURNEY: dict[str, Any] = {
    "format": 1,
    "name": "Carry on",
    "stage": "onboarding",
    "settings": {"reentry": {"mode": "always"}},
    "nodes": [
        {
            "id": "hook",
            "type": "trigger.webhook",
            "version": 1,
            "config": {"customer": "body.email", "verify": {"kind": "none"}},
        },
        {"id": "pause", "type": "logic.wait", "version": 1, "config": {"for": "PT1S"}},
        {
            "id": "tell",
            "type": "action.http_request",
            "version": 1,
            "config": {
                "method": "POST",
                "url": "SINK/told",
                "headers": {"X-Mark": "{{ event.properties.n }}"},
                "body": {"n": "{{ event.properties.n }}"},
            },
        },
        {
            "id": "mail",
            "type": "action.send_email",
            "version": 1,
            "config": {"subject": "Number {{ event.properties.n }}", "body": "It is done."},
        },
    ],
    "edges": [
        {"from": "hook", "handle": "out", "to": "pause"},
        {"from": "pause", "handle": "out", "to": "tell"},
        {"from": "tell", "handle": "out", "to": "mail"},
    ],
}


class House:
    """A running program with the journey published, and what its webhook has taken."""

    def __init__(self, program: Program, target: Sink) -> None:
        self.program, self.target = program, target
        self.taken: dict[str, str] = {}
        file = program.data / "journey.json"
        file.write_text(json.dumps(JOURNEY).replace("SINK", target.url))
        assert program.command("import", str(file)).returncode == 0
        published = program.command("publish", "carry-on")
        assert published.returncode == 0, published.stderr
        printed = next(w for w in published.stdout.split() if "/hooks/" in w)
        self.hook = program.url + urlsplit(printed).path
        self.key = program.command("key", "create").stdout.strip()

    def post(self, *numbers: int) -> None:
        """Post until each has a 2xx; a refused connection is an error, a broken one is not."""
        with httpx.Client(trust_env=False, verify=False, timeout=30) as client:
            for n in numbers:
                wait_until(lambda n=n: self._post(client, n), 60)

    def _post(self, client: httpx.Client, n: int) -> bool:
        body = {"email": f"c{n}@example.com", "n": str(n)}
        try:
            answer = client.post(self.hook, json=body, headers={"Idempotency-Key": f"n{n}"})
        except httpx.ConnectError:
            raise AssertionError("a caller was refused") from None
        except httpx.TransportError:
            return False
        if answer.status_code == 202:
            self.taken[str(n)] = answer.json()["event_id"]
        return answer.status_code == 202

    def posting(self, numbers: range, every: float = 0.02) -> threading.Thread:
        """Post from a thread of its own."""

        def run() -> None:
            for n in numbers:
                self.post(n)
                threading.Event().wait(every)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def runs(self, status: str = "") -> list[dict[str, Any]]:
        """The runs by the API, all pages."""
        found: list[dict[str, Any]] = []
        page = 0
        while True:
            answer = httpx.get(
                f"{self.program.url}/api/runs",
                params={"journey": "carry-on", "status": status, "page": page},
                headers={"Authorization": f"Bearer {self.key}"},
                timeout=30,
                trust_env=False,
                verify=False,
            )
            answer.raise_for_status()
            rows = answer.json()["runs"]
            found += rows
            if not rows:
                return found
            page += 1

    def wait_finished(self, count: int, seconds: float = 60) -> None:
        """Until each accepted event has one finished run, and each effect came at least once and
        always with the same body.
        """
        wait_until(lambda: len(self.target.seen(marks=True)["marks"]) >= count, seconds, 0.2)
        wait_until(lambda: self._finished() >= count, seconds, 0.5)
        assert self._finished() == count == len(self.taken)
        seen = self.target.seen(marks=True)
        assert set(seen["marks"]) == set(self.taken)
        assert seen["keys"] == count
        assert seen["two_bodies"] == 0

    def _finished(self) -> int:
        return sum(run["status"] == "completed" for run in self.runs())

    def children(self) -> dict[str, psutil.Process]:
        """The processes of the program by what they are: web, worker, redis; without those that
        end just now, or have been forked a moment ago."""
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.program.process.pid).children():
            try:
                line = " ".join(child.cmdline())
            except psutil.Error:
                continue
            if " up " in line:
                continue
            name = next((w for w in ("web", "worker", "ingest") if f" {w} " in line), "redis")
            if name == "worker" and name in found:
                name = "worker 2"
            found[name] = child
        return found


@pytest.fixture(scope="module")
def target() -> Iterator[Sink]:
    with sink() as running:
        yield running


def start(data: Path, **env: str) -> Program:
    """`wayline up`, ready."""
    given = {"WAYLINE_ALLOW_NET": "127.0.0.0/8", "WAYLINE_LEASE": "4", **env}
    program = Program(data, env=given)
    try:
        program.wait_ready(120)
    except BaseException:
        program.stop()
        raise
    return program
