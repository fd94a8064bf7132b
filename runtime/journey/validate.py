"""Validation: everything that is wrong with a journey, each with its remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from nodes.spec import NodeType
from runtime.journey import document_checks, schema_checks
from runtime.journey.field_checks import Fields
from runtime.journey.fixes import Case, mended
from runtime.journey.graph_checks import check_graph, graph_of
from runtime.journey.hostile import scan
from runtime.journey.known import Known
from runtime.journey.memory import Memory
from runtime.journey.names import Names
from runtime.journey.nobody import check_nobody
from runtime.journey.outline import Outline, Placed, read_outline, schema_of
from runtime.journey.placeholders import check_blanks
from runtime.journey.problems import Problem, shown
from runtime.journey.report import Report


def validate(
    document: Any,
    types: Mapping[str, NodeType],
    *,
    credentials: Mapping[str, str] | None = None,
    known: Known | None = None,
    titles: bool = False,
    memory: Memory | None = None,
) -> list[Problem]:
    """All problems of a document: its own first, then each node's. Never raises on a JSON value.

    `credentials` maps the names of the known credentials to their kinds; None: not known here, so
    that the ones the journey names are warnings. `known` is what has been seen of customers and
    events: names that nobody has are warnings then. `titles`: nodes and fields are called what the
    screen calls them, not by their ids. `memory`: the draft's, which nobody
    else uses meanwhile."""
    report = Report()
    if not isinstance(document, dict):
        message = f"A journey is an object, not {shown(document)}: start it with {{."
        return [Problem(None, "", "error", message, "wrong_type")]
    table = cast(dict[str, Any], document)
    if titles:
        report.titles = titles_of(table, types)
    if memory is not None:
        seen = (None if known is None else known.mark, credentials)
        memory.begin(table, report.titles, titles, *seen)
    harmless = memory is not None and memory.is_harmless(table)
    if not harmless and not scan(table, report):
        return report.done({})
    if not document_checks.check_format(table, report):
        return report.done({})
    document_checks.check_fields(table, report)
    outline = read_outline(table, types, report, memory)
    graph = memory.graph(outline) if memory else graph_of(outline)
    names = Names(outline.nodes, graph, known=known, named=report.named)
    fields = Fields(names, credentials, report)
    document_checks.check_settings(table, fields)
    wanted = {
        node.id: least
        for node in outline.nodes.values()
        if (least := _checked(node, fields, memory, labels=titles)) is not None
    }
    if memory:
        memory.check_graph(outline, graph, wanted, report)
    else:
        check_graph(outline, graph, wanted, report)
    check_nobody(outline, graph, report)
    check_blanks(table, outline, report)
    found = report.done(_order(outline))
    return mended(found, Case(table, types, outline, graph, names, credentials, report))


def _checked(node: Placed, fields: Fields, memory: Memory | None, *, labels: bool) -> int | None:
    """Reports what is wrong with a node's config; gives how many tokens it waits for."""
    report = fields.report
    kept = memory.check(node) if memory else None
    if kept is not None and kept.liquid <= fields.liquid_left:
        for problem in kept.said:
            report.put(problem)
        fields.liquid_left -= kept.liquid
        return kept.wanted
    wanted = None
    fields.asked, left, before = False, fields.liquid_left, report.begin()
    if node.type is not None and _check_config(node, node.type, fields, labels=labels):
        rule = node.type.join(node.type.read(node.config)) if node.type.join else None
        if rule is not None and isinstance(rule.mode, int) and not node.disabled:
            wanted = rule.mode
    said = report.end(before)
    if memory and fields.liquid_left >= 0:
        memory.keep_check(node, said, left - fields.liquid_left, wanted, alone=not fields.asked)
    return wanted


def titles_of(document: Mapping[str, Any], types: Mapping[str, NodeType]) -> dict[str, str]:
    """What each node is called on the screen."""
    found: dict[str, str] = {}
    nodes = document.get("nodes")
    for node in cast(list[Any], nodes) if isinstance(nodes, list) else ():
        table = cast(dict[str, Any], node) if isinstance(node, dict) else {}
        name, title, kind = table.get("id"), table.get("title"), table.get("type")
        if not isinstance(name, str):
            continue
        if isinstance(title, str) and title.strip():
            found[name] = title
        elif isinstance(kind, str) and kind in types:
            found[name] = types[kind].title
    return found


def _check_config(node: Placed, node_type: NodeType, fields: Fields, *, labels: bool) -> bool:
    """Whether the config can be read as the type's own."""
    report = fields.report
    at = f"nodes[{node.index}]"
    schema = schema_of(node_type)
    flaws = schema_checks.check(node.config, schema, labels=labels)
    for place, message in flaws:
        report.add(node.id, f"{at}.config{place}", message, "config")
    if not flaws and node_type.check is not None:
        for place, message in node_type.check(node_type.read(node.config)):
            report.add(node.id, f"{at}.config{place}", message, "config")
    fields.check(node, schema, node.config, f"{at}.config")
    for handle, count in Counter(node.handles).items():
        if count > 1 and not flaws:
            message = (
                f"Two ways out of {report.named(node.id)} are called {shown(handle)}: rename one."
            )
            report.add(node.id, f"{at}.config", message, "duplicate_handle", about=handle)
    if node.disabled and not node.is_trigger and "out" not in node.handles:
        message = (
            f"{report.named(node.id)} is disabled, but it has no way out to pass it by: enable it."
        )
        report.add(node.id, f"{at}.disabled", message, "disabled")
    return not flaws


def _order(outline: Outline) -> dict[str, int]:
    return {n.id: n.index for n in outline.nodes.values()}
