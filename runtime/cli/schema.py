"""`wayline schema [TYPE]`: the JSON Schema of journeys, or of a node type's config."""

from __future__ import annotations

import argparse
import json
import sys
from difflib import get_close_matches
from typing import Any

from nodes.registry import node_types
from nodes.spec import NodeType


def add(subparsers: Any) -> None:
    """Adds the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "schema",
        help="print the JSON Schema of journeys or of a node type",
        description="Prints the JSON Schema (2020-12) of journey documents, or of one node type's "
        "config.",
    )
    parser.add_argument("type", nargs="?", metavar="TYPE")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from runtime.journey.schemas import document_schema, type_schema

    if args.type is None:
        schema = document_schema(node_types())
    else:
        found = find_type(args.type)
        if found is None:
            return 2
        schema = type_schema(found)
    print(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0


def find_type(name: str) -> NodeType | None:
    """The node type of this name; without one, says so on standard error."""
    types = node_types()
    if name not in types:
        near: list[str] = get_close_matches(name[:60], list(types), 1)
        remedy = f"Did you mean {near[0]}?" if near else "`wayline nodes` lists them."
        print(f"wayline: there is no node type {name[:60]!r}. {remedy}", file=sys.stderr)
    return types.get(name)
