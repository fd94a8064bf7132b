from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from nodes.registry import node_types
from runtime.cli import COMMANDS, main
from runtime.gallery import templates


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    for command in COMMANDS:
        assert f"\n  {command} " in out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_own_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"usage: wayline {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv", [[], ["launch"], ["validate"], ["validate", "--x"], ["nodes", "a", "b"], ["simulate"]]
)
def test_wrong_usage_ends_with_2_and_says_so(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    said = capsys.readouterr()
    assert "usage: wayline" in said.out + said.err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("wayline 0.")


def test_nodes_lists_every_type(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nodes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(node_types())


@pytest.mark.parametrize("kind", sorted(node_types()))
def test_nodes_explains_each_type(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nodes", kind]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{kind} (version ")
    for part in ("\nConfig\n", "\nHandles\n", "\nExamples\n"):
        assert part in out


def test_schema_prints_the_documents_schema_and_each_types(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["schema"]) == 0
    Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))
    assert main(["schema", "logic.wait"]) == 0
    assert json.loads(capsys.readouterr().out)["required"] == ["for"]


@pytest.mark.parametrize("command", ["nodes", "schema"])
def test_a_type_that_is_not_there_ends_with_2(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "logic.wiat"]) == 2
    assert "Did you mean logic.wait?" in capsys.readouterr().err


def test_templates_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [t.slug for t in templates()]
