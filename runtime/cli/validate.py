"""`wayline validate FILE…`: one line for each problem."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from runtime.journey.limits import MOST_BYTES, DocumentRefused, read_document

_MOST_SHOWN = 400  # characters of one part of a line


def add(subparsers: Any) -> None:
    """Adds the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "validate",
        help="check journeys and print their problems",
        description="Prints one line for each problem: FILE: node: severity: sentence. "
        "Ends with 0 without errors, 1 with errors, 2 when a file is missing or no JSON document.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """The highest exit code of the files."""
    return max(_validate(path) for path in args.files)


def _validate(path: str) -> int:
    try:
        document = read_document(read_bytes(path))
    except OSError as problem:
        _say(f"wayline: {path}: {problem.strerror or problem}.", sys.stderr)
        return 2
    except DocumentRefused as problem:
        print_problem(path, None, "error", str(problem))
        return 2
    from nodes.registry import node_types
    from runtime.journey.validate import validate

    problems = validate(document, node_types())
    for problem in problems:
        print_problem(path, problem.node, problem.severity, problem.message)
    return 1 if any(p.severity == "error" for p in problems) else 0


def read_bytes(path: str) -> bytes:
    """The file's bytes, never more than one beyond the limit. Raises OSError."""
    try:
        with open(path, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except ValueError as problem:  # a NUL in the name
        raise OSError(f"no such file: {problem}") from None


def print_problem(path: str, node: str | None, severity: str, message: str, to: Any = None) -> None:
    """`FILE: node: severity: sentence`, always on one line."""
    name = _one_line(node) if node else "-"
    _say(f"{path}: {name or '-'}: {severity}: {_one_line(message)}", to or sys.stdout)


def _one_line(text: str) -> str:
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[: _MOST_SHOWN - 1]}…"


def _say(line: str, to: Any) -> None:
    encoding = getattr(to, "encoding", None) or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding), file=to)
