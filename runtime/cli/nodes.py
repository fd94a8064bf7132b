"""`wayline nodes [TYPE]`: the node types there are, or one of them explained."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from typing import Any

from nodes.fields import config_schema
from nodes.registry import node_types
from nodes.spec import Handle, NodeType
from runtime.cli.schema import find_type


def add(subparsers: Any) -> None:
    """Adds the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "nodes",
        help="list the node types, or explain one",
        description="Lists the node types, or explains one with its config, handles and examples.",
    )
    parser.add_argument("type", nargs="?", metavar="TYPE")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    if args.type is None:
        types = node_types()
        width = max(map(len, types), default=0)
        for node_type in types.values():
            print(f"{node_type.type.ljust(width)}  {node_type.summary}")
        return 0
    found = find_type(args.type)
    if found is None:
        return 2
    print("\n".join(_explained(found)))
    return 0


def _explained(node_type: NodeType) -> Iterator[str]:
    yield f"{node_type.type} (version {node_type.version}): {node_type.title}"
    yield ""
    yield node_type.help
    yield ""
    yield "Config"
    schema = config_schema(node_type.config)
    fields: Mapping[str, Mapping[str, Any]] = schema["properties"]
    for name, field in fields.items():
        hint = field.get("x-field", {})
        need = "required" if name in schema["required"] else "optional"
        about = hint.get("help") or field.get("title", "")
        yield f"  {name} ({hint.get('kind', '')}, {need}): {about}"
    if not fields:
        yield "  nothing to set"
    yield ""
    yield "Handles"
    for handle in node_type.handles:
        if isinstance(handle, Handle):
            yield f"  {handle.name}" + (f": {handle.label}" if handle.label else "")
        else:
            yield f"  one for each {handle.key} in {handle.field}"
    if not node_type.handles:
        yield "  none: the run ends here"
    yield ""
    yield "Examples"
    for example in node_type.examples:
        yield f"  {example.title}"
        yield f"    {json.dumps(dict(example.config), ensure_ascii=False)}"
