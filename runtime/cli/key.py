"""`wayline key create`: print a new management or write key."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from runtime.cli.opening import opened, settings_of


def add(subparsers: Any) -> None:
    """Add the command to the parser."""
    key = subparsers.add_parser("key", help="make a key for the API")
    actions = key.add_subparsers(dest="action", required=True, metavar="create")
    create = actions.add_parser(
        "create",
        help="print a new key, once",
        description="Prints a new management key (for /api), or with --write a key that only sends "
        "events (for /v1). It is shown this once: keep it like a password.",
    )
    create.add_argument("--write", action="store_true", help="a key that only sends events")
    create.add_argument("--name", default="", help="what it is for, shown in the settings")
    create.add_argument("--data", type=Path, help="the data folder (default ./data)")
    create.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the key in the data folder or DATABASE_URL, whether the program runs or not."""
    with opened(settings_of(args.data)) as wayline:
        kind = "write" if args.write else "manage"
        print(wayline.system().create_key(kind, args.name or "command line"))
    return 0
