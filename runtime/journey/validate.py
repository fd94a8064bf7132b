"""Validation: everything that is wrong with a journey, each with its remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from nodes.spec import NodeType
from runtime.journey import document_checks, schema_checks
from runtime.journey.field_checks import Fields
from runtime.journey.graph_checks import check_graph, graph_of
from runtime.journey.hostile import scan
from runtime.journey.names import Names
from runtime.journey.outline import Outline, Placed, read_outline, schema_of
from runtime.journey.problems import Problem, shown
from runtime.journey.report import Report


def validate(
    document: Any,
    types: Mapping[str, NodeType],
    *,
    credentials: Mapping[str, str] | None = None,
) -> list[Problem]:
    """All problems of a document: its own first, then each node's. Never raises on a JSON value.

    `credentials` maps the names of the known credentials to their kinds; None: not known here, so
    that the ones the journey names are warnings."""
    report = Report()
    if not isinstance(document, dict):
        message = f"A journey is an object, not {shown(document)}: start it with {{."
        return [Problem(None, "", "error", message, "wrong_type")]
    table = cast(dict[str, Any], document)
    if not scan(table, report) or not document_checks.check_format(table, report):
        return report.done({})
    document_checks.check_fields(table, report)
    outline = read_outline(table, types, report)
    graph = graph_of(outline)
    fields = Fields(Names(outline.nodes, graph), credentials, report)
    document_checks.check_settings(table, fields)
    wanted: dict[str, int] = {}
    for node in outline.nodes.values():
        if node.type is not None and _check_config(node, node.type, fields):
            rule = node.type.join(node.type.read(node.config)) if node.type.join else None
            if rule is not None and isinstance(rule.mode, int) and not node.disabled:
                wanted[node.id] = rule.mode
    check_graph(outline, graph, wanted, report)
    return report.done(_order(outline))


def _check_config(node: Placed, node_type: NodeType, fields: Fields) -> bool:
    """Whether the config can be read as the type's own."""
    report = fields.report
    at = f"nodes[{node.index}]"
    schema = schema_of(node_type)
    flaws = schema_checks.check(node.config, schema)
    for place, message in flaws:
        report.add(node.id, f"{at}.config{place}", message, "config")
    if not flaws and node_type.check is not None:
        for place, message in node_type.check(node_type.read(node.config)):
            report.add(node.id, f"{at}.config{place}", message, "config")
    fields.check(node, schema, node.config, f"{at}.config")
    for handle, count in Counter(node.handles).items():
        if count > 1 and not flaws:
            message = f"Two ways out of {shown(node.id)} are called {shown(handle)}: rename one."
            report.add(node.id, f"{at}.config", message, "duplicate_handle")
    if node.disabled and not node.is_trigger and "out" not in node.handles:
        message = f"{shown(node.id)} is disabled, but it has no way out to pass it by: enable it."
        fix = {"op": "node.disable", "id": node.id, "disabled": False}
        report.add(node.id, f"{at}.disabled", message, "disabled", fix=fix)
    return not flaws


def _order(outline: Outline) -> dict[str, int]:
    return {n.id: n.index for n in outline.nodes.values()}
