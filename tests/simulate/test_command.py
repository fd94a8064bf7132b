"""`wayline simulate`: exit codes, files, and the same bytes every time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runtime.cli import main
from tests.engine.drawing import event, journey, note, wait

SPLIT = {"ways": [{"handle": "a", "weight": 1}, {"handle": "b", "weight": 1}], "name": "test"}
DOCUMENT = journey(
    {"s": ("split", SPLIT), "w": wait("P1D"), "x": note()}, "start > s", "s.a > w", "s.b > x"
)
EVENTS = [event("12:00", customer=f"c{n}") for n in range(20)]


@pytest.fixture
def files(tmp_path: Path):
    """Writes the files and gives the arguments."""

    def write(document: Any = DOCUMENT, **given: Any) -> list[str]:
        arguments = [str(tmp_path / "j.json")]
        text = document if isinstance(document, str) else json.dumps(document)
        (tmp_path / "j.json").write_text(text)
        for name, lines in given.items():
            text = lines if isinstance(lines, str) else "\n".join(map(json.dumps, lines))
            (tmp_path / f"{name}.jsonl").write_text(text)
            arguments += [f"--{name}", str(tmp_path / f"{name}.jsonl")]
        return arguments

    return write


def run(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, bytes, str]:
    code = main(["simulate", *arguments])
    out, err = capfdbinary.readouterr()
    return code, out, err.decode()


def test_it_prints_one_json_object_a_line_and_ends_with_0(files: Any, capfdbinary: Any):
    code, out, err = run(capfdbinary, *files(events=EVENTS[:1]))
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert lines[0]["node"] == "start"
    assert lines[-1]["status"] == "completed"


def test_the_same_input_and_seed_print_the_same_bytes(files: Any, capfdbinary: Any):
    given = files(events=EVENTS)
    first = run(capfdbinary, *given, "--seed", "7")
    assert first == run(capfdbinary, *given, "--seed", "7")
    assert first != run(capfdbinary, *given, "--seed", "8")
    assert run(capfdbinary, *given) == run(capfdbinary, *given)


def test_a_journey_with_errors_prints_its_problems_on_standard_error(files: Any, capfdbinary: Any):
    document = journey({"x": ("logic.nothing", {})}, "start > x")
    code, out, err = run(capfdbinary, *files(document, events=EVENTS))
    assert (code, out) == (1, b"")
    assert ": x: error: " in err
    assert "logic.nothing" in err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"events": '{"at"'}, "line 1: is not JSON"),
        ({"events": "\n[1]"}, "line 2: is not a JSON object"),
        ({"events": [{"at": "soon", "name": "go"}]}, "not a time"),
        ({"events": EVENTS, "customers": [{"attributes": {}}]}, "customer 1: has no id"),
        ({"events": EVENTS, "answers": [{"node": "s"}]}, "answer 1"),
        ({}, "--until"),
    ],
)
def test_bad_input_ends_with_2_and_a_sentence(files: Any, capfdbinary: Any, given: Any, words: str):
    code, out, err = run(capfdbinary, *files(**given))
    assert (code, out) == (2, b"")
    assert words in err


@pytest.mark.parametrize("document", ["", "{", '{"a": 1, "a": 2}', "[]"])
def test_what_is_no_document_ends_with_2(files: Any, capfdbinary: Any, document: str):
    code, out, err = run(capfdbinary, *files(document, events=EVENTS))
    assert (code, out) == (2, b"")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "more", [["--until", "soon"], ["--from", "x"], ["--seed", "x"], ["--nothing"], ["--events"]]
)
def test_wrong_usage_ends_with_2(files: Any, capfdbinary: Any, more: list[str]):
    assert run(capfdbinary, *files(events=EVENTS), *more)[0] == 2


def test_missing_files_end_with_2(files: Any, capfdbinary: Any, tmp_path: Path):
    missing = str(tmp_path / "missing")
    assert run(capfdbinary, missing)[0] == 2
    code, _, err = run(capfdbinary, *files(), "--events", missing)
    assert code == 2
    assert missing in err


def test_from_and_until_frame_the_clock(files: Any, capfdbinary: Any):
    given = files(events=EVENTS[:1])
    _, out, _ = run(capfdbinary, *given, "--until", "2026-03-02T11:00:00Z")
    assert out == b""
    _, out, _ = run(capfdbinary, *given, "--from", "2026-03-02T13:00:00Z")
    assert b"skipped" in out


def test_an_answer_for_a_node_that_is_not_there_is_said_and_not_used(files: Any, capfdbinary: Any):
    answers = [{"node": "gone", "output": {}}]
    code, out, err = run(capfdbinary, *files(events=EVENTS, answers=answers))
    assert code == 0
    assert out
    assert "gone" in err


def test_it_loads_no_studio_no_database_and_no_model_unless_an_ai_step_is_unanswered(files: Any):
    heavy = ("reflex", "onnxruntime", "tokenizers", "sqlalchemy", "httpx", "croniter", "networkx")
    code = (
        "import sys; from runtime.cli import main; code = main(sys.argv[1:]);"
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "simulate", *files(events=EVENTS)],
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert (done.returncode, done.stderr.decode().strip()) == (0, "[]")
