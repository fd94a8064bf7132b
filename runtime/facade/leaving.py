"""Where people leave a journey: by handles that lead nowhere, and at nodes that end them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nodes.spec import NodeType
from runtime.engine.compiled import compile_journey
from runtime.facade.desk import mapping
from runtime.facade.shapes import NodeCounts
from runtime.store.database import Connection, rows

HERE = ""  # ended at the node itself: it ends journeys, it failed, or the run was ended meanwhile
MOST_KNOWN = 500

Ways = Mapping[str, frozenset[str]]
_known: dict[str, Ways] = {}  # by version, which never changes


def left(
    conn: Connection, version: str, types: Mapping[str, NodeType], nodes: Mapping[str, NodeCounts]
) -> dict[str, dict[str, int]]:
    """By node and handle, how many ended there. Of each node: arrivals are those who wait, those
    who left by a handle that leads on, and these."""
    ways = _ways(conn, version, types)
    found: dict[str, dict[str, int]] = {}
    for node, numbers in nodes.items():
        on = ways.get(node, frozenset())
        ended = {h: n for h, n in numbers["handles"].items() if n and h not in on}
        here = numbers["in"] - numbers["waiting"] - sum(numbers["handles"].values())
        if here > 0:
            ended[HERE] = here
        if ended:
            found[node] = ended
    return found


def _ways(conn: Connection, version: str, types: Mapping[str, NodeType]) -> Ways:
    """The handles of each node that lead on, past nodes that are off."""
    known = _known.get(version)
    if known is None:
        sql = "SELECT document_json FROM journey_version WHERE id = ?"
        document: dict[str, Any] = mapping(rows(conn, sql, (version,))[0][0])
        journey = compile_journey(document, types)
        known = {
            node.id: frozenset(h for h, targets in node.edges.items() if targets)
            for node in journey.nodes.values()
        }
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[version] = known
    return known
