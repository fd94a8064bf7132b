from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runtime.cli import main
from tests.journey.documents import MAIL, journey, node

GOOD = journey(MAIL, ways=("start > mail",))


def write(path: Path, document: Any) -> str:
    path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return str(path)


def test_a_good_journey_prints_nothing_and_ends_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", write(tmp_path / "a.json", GOOD)]) == 0
    assert capsys.readouterr() == ("", "")


def test_each_problem_is_one_line_with_file_node_severity_and_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wait = node("pause", "logic.wait", for_="soon")
    document = {**journey(wait, ways=("start > pause > gone",)), "stage": "x\ny"}
    path = write(tmp_path / "a.json", document)
    assert main(["validate", path]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.removeprefix(f"{path}: ").split(": ")[:2] for line in lines] == [
        ["-", "error"],
        ["pause", "error"],
        ["pause", "error"],
        ["pause", "warning"],
    ]
    assert "“x y”" in lines[0]
    assert "“gone”" in lines[1]
    assert lines[2].endswith("write an ISO 8601 duration such as PT30M, P3D or P1M.")


def test_warnings_alone_end_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mail = {**MAIL, "config": {**MAIL["config"], "credential": "post"}}
    path = write(tmp_path / "a.json", journey(mail, ways=("start > mail",)))
    assert main(["validate", path]) == 0
    assert capsys.readouterr().out.startswith(f"{path}: mail: warning: The credential “post”")


def test_the_file_is_printed_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a.json", {**GOOD, "format": 2})
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "./a.json"]) == 1
    assert capsys.readouterr().out.startswith("./a.json: -: error: The journey has format 2")


def test_of_several_files_the_highest_code_counts(tmp_path: Path) -> None:
    good = write(tmp_path / "good.json", GOOD)
    wrong = write(tmp_path / "wrong.json", {**GOOD, "nodes": []})
    assert main(["validate", good, good]) == 0
    assert main(["validate", good, wrong, good]) == 1
    assert main(["validate", wrong, str(tmp_path / "none.json"), good]) == 2


def test_missing_files_and_folders_end_with_2_and_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (tmp_path / "none.json", tmp_path, "a\0b"):
        assert main(["validate", str(path)]) == 2
        assert str(path)[:3] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"[]", "is a list"),
        (b'{"a": 1, "a": 2}', "stands twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1e999}', "1e999"),
        (b"[" * 200_000, "nested more than 64 levels"),
        (b'{"a":' * 200_000, "nested more than 64 levels"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "' + b"x" * (4 << 20) + b'"}', "larger than 4 MiB"),
    ],
    ids=lambda v: str(v[:12]),
)
def test_what_is_no_json_within_the_limits_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], raw: bytes, words: str
) -> None:
    path = write(tmp_path / "a.json", raw)
    assert main(["validate", path]) == 2
    out = capsys.readouterr().out
    assert out.startswith(f"{path}: -: error: ")
    assert words in out
    assert out.count("\n") == 1


@pytest.mark.parametrize(
    "change",
    [{"x": 1}, {"format": 2}, {"ui": {"__proto__": 1}}, {"about": "\0"},
     {"settings": {"holdout": 0}}, {"ui": {"constructor": {}}}],
)  # fmt: skip
def test_what_a_journey_may_not_hold_ends_with_1(tmp_path: Path, change: dict[str, Any]) -> None:
    assert main(["validate", write(tmp_path / "a.json", {**GOOD, **change})]) == 1


@pytest.mark.parametrize("size", [50 << 20])
def test_fifty_megabytes_are_refused_in_bounded_memory(tmp_path: Path, size: int) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.write(b'{"a": [')
        file.truncate(size)  # the rest are NUL bytes, and never read
    found = subprocess.run(
        [sys.executable, "-m", "runtime.cli", "validate", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20)),
    )
    assert found.returncode == 2, found.stderr
    assert "larger than 4 MiB" in found.stdout


def test_a_deep_document_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "deep.json", b'{"a":' * 800_000)
    found = subprocess.run(
        [sys.executable, "-m", "runtime.cli", "validate", path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20)),
    )
    assert found.returncode == 2, found.stderr
    assert found.stderr == ""
