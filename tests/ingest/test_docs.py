"""docs/http.md is true: its examples run against the real process, its tables are the code's."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from runtime.ingest.endpoints import ENDPOINTS, Endpoint
from runtime.ingest.problems import KINDS
from runtime.work.drain import Work
from tests.ingest.conftest import ROOT, Place, Server, serving
from tests.work.house import Outside

PAGE = (ROOT / "docs" / "http.md").read_text("utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n+```json\n(.*?)```", PAGE, re.DOTALL)

ENQUIRIES = {
    "format": 1,
    "name": "Enquiries",
    "stage": "decision",
    "nodes": [
        {"id": "form", "type": "trigger.webhook", "version": 1,
         "config": {"customer": "body.email"}},
        {"id": "call", "type": "action.create_task", "version": 1, "config": {"title": "Call"}},
    ],
    "edges": [{"from": "form", "handle": "out", "to": "call"}],
}  # fmt: skip


def values(text: str) -> Iterator[Any]:
    """The JSON values that stand one after the other."""
    decoder, at = json.JSONDecoder(), 0
    text = text.strip()
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        at += len(text[at:]) - len(text[at:].lstrip())
        yield value


def differs(shown: Any, real: Any, at: str = "") -> str | None:
    """Where an answer is not as shown. `…` stands for any text; the answer may have more fields."""
    if shown == "…" and isinstance(real, str) and real:
        return None
    if isinstance(shown, dict) and isinstance(real, dict):
        for key, value in shown.items():
            if key not in real:
                return f"{at}.{key} is missing"
            if found := differs(value, real[key], f"{at}.{key}"):
                return found
        return None
    if isinstance(shown, list) and isinstance(real, list) and len(shown) == len(real):
        found = (
            differs(s, r, f"{at}[{n}]") for n, (s, r) in enumerate(zip(shown, real, strict=True))
        )
        return next((f for f in found if f), None)
    return None if shown == real else f"{at} is {real!r}, not {shown!r}"


@pytest.mark.service
def test_the_examples_answer_as_shown(place: Place) -> None:
    assert shutil.which("curl"), "curl is missing: install it (apt-get install curl)."
    place.work_on(ENQUIRIES)
    with serving(place) as server:
        run_examples(place, server)
    assert len(EXAMPLES) >= 10


def run_examples(place: Place, server: Server) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "WAYLINE": f"http://127.0.0.1:{server.port}",
        "HOOK": f"http://127.0.0.1:{server.port}{place.hook_path('enquiries')}",
        "MANAGE_KEY": place.manage_key,
        "WRITE_KEY": place.write_key,
    }
    work = Work(place.database, Outside(), place.settings)
    try:
        for command, shown in EXAMPLES:
            work.drain(time.monotonic() + 20)
            done = subprocess.run(
                ["sh", "-ec", command], env=env, capture_output=True, text=True, timeout=30
            )
            assert done.returncode == 0, done.stderr
            real = list(values(done.stdout))
            assert differs(list(values(shown)), real) is None, f"{command}\n{done.stdout}"
    finally:
        work.close()


def line(endpoint: Endpoint) -> str:
    query = "?" + "&".join(f"{q.name}=" for q in endpoint.query) if endpoint.query else ""
    return f"| `{endpoint.method} {endpoint.path}{query}` | {endpoint.summary} |"


def test_the_page_lists_every_operation() -> None:
    said = [row for row in PAGE.splitlines() if re.match(r"\| `[A-Z]+ /api", row)]
    assert said == [line(endpoint) for endpoint in ENDPOINTS]


def test_the_page_lists_every_problem() -> None:
    said = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|$", PAGE, re.MULTILINE)
    assert said == [(kind, str(status)) for kind, (status, _) in KINDS.items()]
