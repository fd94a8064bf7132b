"""Commands start fast, because they load only what they need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

TEMPLATE = "runtime/gallery/enquiry-to-first-call.json"
EVENTS = TEMPLATE.replace(".json", ".events.jsonl")
COMMANDS = {
    "help": ["--help"],
    "validate": ["validate", TEMPLATE],
    "nodes": ["nodes"],
    "schema": ["schema"],
    "templates": ["templates"],
    "simulate": ["simulate", TEMPLATE, "--events", EVENTS],
}
HEAVY = {"reflex", "sqlalchemy", "alembic", "httpx", "aiohttp", "starlette", "rq", "redis",
         "onnxruntime", "tokenizers", "numpy", "liquid", "networkx", "jsonschema"}  # fmt: skip
SCRIPT = """
import json, sys
from runtime.cli import main
code = main(json.loads(sys.argv[1]))
loaded = {m.split(".")[0] for m in sys.modules}
print(json.dumps([code, sorted(loaded)]), file=sys.stderr)
"""


def loaded(argv: list[str]) -> tuple[int, set[str]]:
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(argv)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    code, modules = json.loads(found.stderr.splitlines()[-1])
    return code, set(modules)


@pytest.mark.parametrize("name", [n for n in COMMANDS if n != "simulate"])
def test_a_command_loads_no_heavy_library(name: str) -> None:
    code, modules = loaded(COMMANDS[name])
    assert code == 0
    assert not HEAVY & modules


def test_simulating_loads_a_model_only_for_ai_steps_without_an_answer(tmp_path: Path) -> None:
    answers = TEMPLATE.replace(".json", ".answers.jsonl")
    code, modules = loaded([*COMMANDS["simulate"], "--answers", answers])
    assert code == 0
    assert not (HEAVY - {"numpy"}) & modules


def test_validating_what_needs_them_loads_the_small_libraries_and_no_other(tmp_path: Path) -> None:
    document = json.loads(Path(TEMPLATE).read_text("utf-8"))
    document["nodes"][0]["config"]["surprise"] = "{% if x %}"
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document), "utf-8")
    code, modules = loaded(["validate", str(path)])
    assert code == 1
    assert HEAVY & modules == {"jsonschema"}


@pytest.mark.parametrize("name", ["help", "validate", "nodes", "schema"])
def test_a_command_starts_within_half_a_second_of_processor_time(name: str) -> None:
    """Processor time, the best of three: the machine may be busy with other tests."""
    best = min(_seconds(COMMANDS[name]) for _ in range(3))
    assert best < 0.5


def _seconds(argv: list[str]) -> float:
    before = os.times()
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "runtime.cli", *argv],
        stdout=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    return min(used, time.monotonic() - started)
