"""`wayline simulate`: run a journey on a virtual clock, send nothing, print what happens."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runtime.simulate.simulator import Simulation


def add(subparsers: Any) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser(
        "simulate",
        help="run a journey on a virtual clock",
        description="Runs a journey on a virtual clock and sends nothing. Prints one JSON object a "
        "line: each step, each email or call that would have been sent, and how each run ended.",
    )
    command.add_argument("file", metavar="FILE", help="the journey's document")
    command.add_argument(
        "--events", type=Path, help='JSON Lines: {"at", "name", "customer", "properties", "id"?}'
    )
    command.add_argument(
        "--customers", type=Path, help='JSON Lines: {"id", "attributes", "consent"?, "segments"?}'
    )
    command.add_argument(
        "--answers",
        type=Path,
        help='JSON Lines: {"node", "output" or "error"} or {"approval", "decision", "after"?}',
    )
    command.add_argument(
        "--until", metavar="TIME", help="the last instant; needed when there are no events"
    )
    command.add_argument(
        "--from", dest="start", metavar="TIME", help="the first instant (default: first event)"
    )
    command.add_argument("--seed", type=int, help="another seed sends customers other split ways")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when it ran; 1 when the journey has errors; 2 when something given cannot be read."""
    from runtime.cli.validate import print_problem, read_bytes
    from runtime.journey.limits import DocumentRefused, read_document
    from runtime.simulate.inputs import BadInput

    try:
        document = read_document(read_bytes(args.file))
    except OSError as problem:
        print(f"wayline: {args.file}: {problem.strerror or problem}.", file=sys.stderr)
        return 2
    except DocumentRefused as problem:
        print_problem(args.file, None, "error", str(problem), sys.stderr)
        return 2
    if _has_errors(args.file, document):
        return 1
    try:
        simulation = _simulation(args, document)
    except BadInput as problem:
        print(f"wayline: {problem}", file=sys.stderr)
        return 2
    for sentence in simulation.unknown:
        print(f"wayline: {sentence}", file=sys.stderr)
    return _print(simulation)


def _has_errors(file: str, document: dict[str, Any]) -> bool:
    """Whether the journey has errors; then all its problems are printed."""
    from nodes.registry import node_types
    from runtime.cli.validate import print_problem
    from runtime.journey.problems import errors
    from runtime.journey.validate import validate

    problems = validate(document, node_types())
    if not errors(problems):
        return False
    for p in problems:
        print_problem(file, p.node, p.severity, p.message, sys.stderr)
    return True


def _simulation(args: argparse.Namespace, document: dict[str, Any]) -> Simulation:
    from runtime.simulate.inputs import read_lines
    from runtime.simulate.simulator import Simulation

    return Simulation(
        document,
        read_lines(args.events) if args.events else [],
        read_lines(args.customers) if args.customers else [],
        read_lines(args.answers) if args.answers else [],
        args.until,
        args.seed,
        args.start,
    )


def _print(simulation: Simulation) -> int:
    import orjson

    out = sys.stdout.buffer
    for line in simulation.lines():
        out.write(orjson.dumps(line) + b"\n")
    out.flush()
    return 0
