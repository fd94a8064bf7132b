"""Finds the node types: every module of the category packages, and what installed packages offer
under the entry-point group `wayline.nodes`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from nodes.spec import NodeType

CATEGORIES = ("triggers", "ai", "logic", "actions")


@cache
def node_types() -> Mapping[str, NodeType]:
    """All node types by name, built-in ones first, in the palette's order."""
    found: dict[str, NodeType] = {}
    for category in CATEGORIES:
        package = importlib.import_module(f"nodes.{category}")
        modules = [
            importlib.import_module(f"{package.__name__}.{m.name}")
            for m in pkgutil.iter_modules(package.__path__)
        ]
        for module in sorted(modules, key=lambda m: getattr(m, "ORDER", 100)):
            _add(found, module.NODE, module.__name__)
    for point in entry_points(group="wayline.nodes"):
        _add(found, point.load(), point.value)
    return MappingProxyType(found)


def _add(found: dict[str, NodeType], node: NodeType, origin: str) -> None:
    if node.type in found:
        raise ValueError(
            f"{origin} defines the node type {node.type}, which exists already: "
            "give it another name."
        )
    found[node.type] = node
