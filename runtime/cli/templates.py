"""`wayline templates`: the journeys to start from."""

from __future__ import annotations

import argparse
from typing import Any


def add(subparsers: Any) -> None:
    """Adds the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "templates",
        help="list the templates",
        description="Lists the templates: their slug, stage, name and what they do.",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from runtime.gallery import templates

    found = templates()
    slugs = max((len(t.slug) for t in found), default=0)
    stages = max((len(t.stage) for t in found), default=0)
    for template in found:
        print(f"{template.slug.ljust(slugs)}  {template.stage.ljust(stages)}  {template.about}")
    return 0
