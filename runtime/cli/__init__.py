"""The command line: each command in its own module, imported when it is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from runtime.cli.opening import Trouble

USAGE = 2  # the exit code for wrong usage and missing files

# The command, the module of this package that has it, and what it does.
COMMANDS = {
    "up": ("serve", "start everything: studio, webhooks and workers"),
    "validate": ("validate", "check journeys and print their problems"),
    "simulate": ("simulate", "run a journey on a virtual clock, sending nothing"),
    "import": ("documents", "take journeys from files as drafts"),
    "export": ("documents", "print a journey's draft"),
    "publish": ("documents", "publish a draft and print its webhook addresses"),
    "key": ("key", "make keys for programs that send events or manage journeys"),
    "credential": ("documents", "store a secret, read from standard input"),
    "nodes": ("nodes", "list the node types, or explain one"),
    "schema": ("schema", "print the JSON Schema of journeys or of a node type"),
    "templates": ("templates", "list the templates"),
    "web": ("serve", "run the studio and the intake alone"),
    "ingest": ("serve", "run the intake alone"),
    "worker": ("serve", "run one worker alone"),
    "doctor": ("safety", "check that this installation is in order"),
    "backup": ("safety", "save all data to a file"),
    "restore": ("safety", "bring saved data back"),
    "retain": ("keeping", "take out what finished long ago, now"),
    "erased": ("keeping", "list who was erased, or erase them again"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or given[0] in ("-h", "--help", "help"):
        print(_overview())
        return 0 if given else USAGE
    if given[0] == "--version":
        from importlib.metadata import version

        print(f"wayline {version('wayline')}")
        return 0
    found = COMMANDS.get(given[0])
    if found is None:
        print(f"wayline: there is no command {given[0][:60]!r}.\n\n{_overview()}", file=sys.stderr)
        return USAGE
    module: Any = import_module(f"runtime.cli.{found[0]}")
    parser = argparse.ArgumentParser(prog="wayline", allow_abbrev=False)
    module.add(parser.add_subparsers(dest="command", required=True))
    try:
        args = parser.parse_args(given)
        code = args.run(args) if hasattr(args, "run") else module.run(args)
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse: 0 after --help, 2 for wrong usage
        return stop.code if isinstance(stop.code, int) else USAGE
    except BrokenPipeError:  # the reader has seen enough, say `wayline nodes | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Trouble as trouble:
        print(f"wayline: {trouble}", file=sys.stderr)
        return trouble.code
    except OSError as problem:  # a full disk, a folder that may not be written
        print(f"wayline: {problem}.", file=sys.stderr)
        return 1


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {about}" for name, (_, about) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: wayline COMMAND …",
            "",
            "Customer journeys, drawn and carried out.",
            "",
            *lines,
            "",
            "`wayline COMMAND --help` says more. `wayline up` starts everything.",
        ]
    )
