"""Every quick fix, carried out: its problem is gone, and the document can still be read."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

import runtime.journey
from nodes.registry import node_types
from runtime.journey import fixes
from runtime.journey.known import Known
from runtime.journey.operations import apply
from runtime.journey.problems import Problem
from runtime.journey.validate import validate
from tests.journey.documents import MAIL, START, Document, journey, node, problems

PLAN = {"field": "customer.plan", "op": "eq", "value": "pro"}
WAIT = node("wait", "logic.wait", for_="P1D")
DRAFT = node("draft", "ai.write", instructions="x")
END = node("end", "logic.exit")
GOOD = journey(MAIL, ways=("start > mail",))
KNOWN = Known(
    frozenset(("first_name", "plan")),
    20,
    {"trial.started": frozenset(("budget", "kind"))},
    {"trial.started": 20},
)
SECRETS = {"mail": "smtp", "other": "smtp", "robot": "ai"}


def mail(**config: Any) -> Document:
    return journey(node("mail", "action.send_email", **{"subject": "Hi", "body": "Yo", **config}),
                   ways=("start > mail",))  # fmt: skip


def branch(condition: Any) -> Document:
    return journey(
        node("b", "logic.branch", condition=condition), END, ways=("start > b.yes > end",)
    )


def started(**config: Any) -> Document:
    start = {"id": "start", "type": "trigger.event", "config": {"event": "x", **config}}
    return journey(start, MAIL, ways=("start > mail",))


def settings(**given: Any) -> Document:
    return {**GOOD, "settings": given}


def with_edge(**edge: Any) -> Document:
    return {**GOOD, "edges": [*GOOD["edges"], edge]}


LOOP = journey(node("b", "logic.branch", condition=PLAN), MAIL,
               ways=("start > b.yes > mail > b",))  # fmt: skip
JOIN = journey(
    MAIL, {**MAIL, "id": "m2"}, node("join", "logic.join", mode=5), END,
    ways=("start > mail > join > end", "start > m2 > join"),
)  # fmt: skip

# Each document with the code of the problem that a fix mends.
CASES: list[tuple[str, Document]] = [
    ("format", {**GOOD, "format": "1"}),
    ("format", {k: v for k, v in GOOD.items() if k != "format"}),
    ("name", {**GOOD, "name": "  "}),
    ("name", {**GOOD, "name": "x" * 300}),
    ("name", mail() | {"nodes": [{**START, "config": {"event": " a "}}, MAIL]}),
    ("stage", {**GOOD, "stage": "retain"}),
    ("wrong_type", {**GOOD, "about": 3}),
    ("wrong_type", {**GOOD, "ui": []}),
    ("wrong_type", {**GOOD, "settings": []}),
    ("wrong_type", settings(reentry="once")),
    ("wrong_type", settings(exit_when={})),
    ("wrong_type", settings(goal=3)),
    ("wrong_type", {**GOOD, "nodes": [*GOOD["nodes"], 3]}),
    ("wrong_type", {**GOOD, "edges": [*GOOD["edges"], 3]}),
    ("wrong_type", {**GOOD, "edges": {}}),
    ("wrong_type", journey({**MAIL, "title": 3}, ways=("start > mail",))),
    ("wrong_type", journey({**MAIL, "disabled": "yes"}, ways=("start > mail",))),
    ("wrong_type", journey({**MAIL, "config": 3}, ways=("start > mail",))),
    ("wrong_type", journey({**MAIL, "version": 0}, ways=("start > mail",))),
    ("unknown_field", {**GOOD, "abuot": "x"}),
    ("unknown_field", {**GOOD, "extra": 1}),
    ("unknown_field", settings(reentri={"mode": "once"})),
    ("unknown_field", journey({**MAIL, "titel": "x"}, ways=("start > mail",))),
    ("unknown_field", with_edge(**{"from": "mail", "handle": "failed", "to": "mail", "x": 1})),
    ("not_carried_out", settings(holdout=0.1)),
    ("missing", {k: v for k, v in GOOD.items() if k != "nodes"} | {"edges": []}),
    ("reentry", settings(reentry={})),
    ("reentry", settings(reentry={"mode": "twice"})),
    ("reentry", settings(reentry={"mode": "after"})),
    ("reentry", settings(reentry={"mode": "once", "wait": "P1D"})),
    ("duration", settings(reentry={"mode": "after", "wait": "30 days"})),
    ("duration", settings(goal={"event": "x", "within": "P0D"})),
    ("duration", journey(node("wait", "logic.wait", for_="3 days"), END, ways=("start > wait > end",))),  # noqa: E501
    ("duration", journey(node("wait", "logic.wait", for_="-P3D"), END, ways=("start > wait > end",))),  # noqa: E501
    ("event", settings(exit_when=[{}])),
    ("event", settings(goal={"event": ""})),
    ("time_zone", settings(time_zone="Mars/Base")),
    ("time_zone", journey(
        node("start", "trigger.schedule", cron="0 9 * * *", time_zone="Europe/Lisboa"), MAIL,
        ways=("start > mail",))),
    ("wrong_id", journey({**MAIL, "id": "a b"}, ways=("start > a b",))),
    ("wrong_id", {**GOOD, "nodes": [*GOOD["nodes"], {"type": "logic.exit"}]}),
    ("wrong_id", journey({**MAIL, "id": "constructor"}, ways=("start > constructor",))),
    ("duplicate_id", journey(MAIL, {**MAIL}, ways=("start > mail",))),
    ("unknown_type", journey({**MAIL, "type": "action.send_emial"}, ways=("start > mail",))),
    ("unknown_type", journey({**MAIL, "type": "x"}, ways=("start > mail",))),
    ("wrong_edge", with_edge(**{"from": "mail", "handle": 3, "to": "mail"})),
    ("duplicate_edge", with_edge(**GOOD["edges"][0])),
    ("dangling_edge", with_edge(**{"from": "mail", "handle": "failed", "to": "gone"})),
    ("dangling_edge", with_edge(**{"from": "gone", "handle": "out", "to": "mail"})),
    ("dangling_edge", journey(MAIL, END, ways=("start > mail > end", "mail.failed > gone"))),
    ("edge_to_trigger", with_edge(**{"from": "mail", "handle": "out", "to": "start"})),
    ("unknown_handle", journey(node("b", "logic.branch", condition=PLAN), END,
                               ways=("start > b.yess > end",))),
    ("unknown_handle", journey(END, MAIL, ways=("start > end > mail",))),
    ("no_trigger", {**GOOD, "nodes": [MAIL], "edges": []}),
    ("no_trigger", {**GOOD, "nodes": [], "edges": []}),
    ("no_trigger", journey({**START, "disabled": True}, MAIL, ways=("start > mail",))),
    ("unreachable", journey(MAIL, END, ways=("start > mail",))),
    ("unreachable", journey(MAIL, WAIT, END, ways=("start > mail", "wait > end"))),
    ("disabled", journey({**node("b", "logic.branch", condition=PLAN), "disabled": True},
                         ways=("start > b",))),
    ("endless_loop", LOOP),
    ("join_never_fires", JOIN),
    ("nobody", journey(node("start", "trigger.webhook"), node("b", "logic.branch", condition=PLAN),
                       END, ways=("start > b.yes > end",))),
    ("loose_end", journey(WAIT, ways=("start > wait",))),
    ("loose_end", journey(MAIL, WAIT, ways=("start > wait", "start > mail"))),
    ("loose_end", journey(DRAFT, MAIL, ways=("start > draft > mail",))),
    ("duplicate_handle", journey(node("s", "logic.split", ways=[
        {"handle": "a", "weight": 1}, {"handle": "a", "weight": 1}, {"handle": "a_2", "weight": 1}]),  # noqa: E501
        END, ways=("start > s.a > end",))),
    ("config", journey(node("w", "logic.wait_for_event", event="x"), END, ways=("start > w > end",))),  # noqa: E501
    ("config", journey(node("start", "trigger.schedule"), MAIL, ways=("start > mail",))),
    ("config", journey(node("start", "trigger.schedule", cron="0 9 * * *", missed="letzte"), MAIL,
                       ways=("start > mail",))),
    ("config", journey(node("h", "action.http_request", url="https://example.com"), ways=("start > h",))),  # noqa: E501
    ("config", mail(subjekt="x")),
    ("config", mail(subject=3)),
    ("config", mail(to="x" * 600)),
    ("config", mail(at_most_once="yes")),
    ("config", journey(node("a", "ai.write", instructions="x", threshold=3), ways=("start > a",))),
    ("config", journey(node("a", "ai.write", instructions="x", threshold="0.5"), ways=("start > a",))),  # noqa: E501
    ("config", journey(node("a", "ai.classify", text="x", labels=[
        {"name": "Neue Arbeit", "description": "d"}]), ways=("start > a",))),
    ("config", journey(DRAFT, node("ok", "logic.approval", within="PT8H"), MAIL,
                       ways=("start > draft > ok > mail",))),
    ("node", journey(DRAFT, node("ok", "logic.approval", of="gone", within="PT8H"), MAIL,
                     ways=("start > draft > ok > mail",))),
    ("credential", mail(credential="mial")),
    ("credential", mail(credential="robot")),
    ("cron", journey(node("start", "trigger.schedule", cron="often"), MAIL, ways=("start > mail",))),  # noqa: E501
    ("moment", journey(node("t", "action.create_task", title="x", due="2026-99-99"), ways=("start > t",))),  # noqa: E501
    ("path", journey(node("start", "trigger.webhook", customer="email", verify={"kind": "none"}), MAIL,  # noqa: E501
                     ways=("start > mail",))),
    ("header", journey(node("h", "action.http_request", method="GET", url="https://example.com",
                            headers={"a b": "x"}), ways=("start > h",))),
    ("secret", journey(node("h", "action.http_request", method="GET", url="https://example.com",
                            headers={"authorization": "x"}), ways=("start > h",))),
    ("liquid", mail(subject="{{ customer.plan | upcas }}")),
    ("liquid", mail(body="{% if customer.plan %}x")),
    ("unknown_path", journey(DRAFT, node("mail", "action.send_email", subject="x",
                                         body="{{ steps.draf.text }}"), ways=("start > draft > mail",))),  # noqa: E501
    ("empty_path", mail(body="Hi {{ first_name }}")),
    ("empty_path", mail(body="{{ event.budget }}")),
    ("empty_path", journey(
        DRAFT, node("mail", "action.send_email", subject="x", body="{{ steps.late.text }}"),
        {**DRAFT, "id": "late"}, ways=("start > draft > mail > late",))),
    ("unseen", mail(subject="Hi {{ customer.frist_name | upcase }}")),
    ("unseen", mail(body="{{ event.properties.bugdet }}")),
    ("unseen", journey(DRAFT, node("mail", "action.send_email", subject="x",
                                   body="{{ steps.draft.txet }}"), ways=("start > draft > mail",))),
    ("unseen", branch({"all": [{"field": "customer.plann", "op": "exists"}, PLAN]})),
    ("unseen", started(where={"field": "customer.plann", "op": "exists"})),
    ("condition", started(where={})),
    ("condition", branch({"all": [PLAN, {"field": "event.budget", "op": "exists"}]})),
    ("condition", branch({"all": [PLAN, {"did": "x", "at_most": 0}]})),
    ("condition", branch({"any": [PLAN, {"field": "customer.a", "op": "equal", "value": 1}]})),
    ("condition", branch({"field": "customer.a", "op": "exists", "value": 1})),
    ("condition", branch({"field": "customer.a", "op": "in", "value": "x"})),
    ("condition", branch({"field": "customer.a", "op": "eq"})),
    ("condition", branch({"field": "customer.a", "op": "starts_with", "value": 3})),
    ("condition", branch({"field": "customer.a", "op": "within_last", "value": "soon"})),
    ("condition", journey(
        DRAFT, node("b", "logic.branch", condition={"field": "steps.draf.text", "op": "exists"}), END,  # noqa: E501
        ways=("start > draft > b.yes > end",))),
    ("condition", settings(goal={"event": "x", "where": {}})),
    ("condition", settings(exit_when=[{"event": "x", "where": {"all": [PLAN, {"in_segment": ""}]}}])),  # noqa: E501
]  # fmt: skip


def told(document: Document) -> list[Problem]:
    return problems(document, known=KNOWN, credentials=SECRETS)


def key(problem: Problem) -> tuple[Any, ...]:
    return (problem.node, problem.code, problem.path, problem.message)


@pytest.mark.parametrize(
    ("code", "document"), CASES, ids=[f"{code}-{i}" for i, (code, _) in enumerate(CASES)]
)
def test_each_fix_mends_its_problem(code: str, document: Document) -> None:
    found = [p for p in told(document) if p.code == code]
    assert found, told(document)
    assert any(p.fixes for p in found), found
    for problem in found:
        labels = [fix["label"] for fix in problem.fixes]
        assert len(set(labels)) == len(labels) <= fixes.MOST_FIXES
        for fix in problem.fixes:
            after = told(apply(document, fix["ops"]))
            assert key(problem) not in map(key, after), (fix, after)


def test_every_code_that_has_fixes_is_tried() -> None:
    assert {code for code, _ in CASES} | {"wrong_config"} == set(fixes._FIXES)


def test_a_config_that_cannot_be_read_any_more_is_set_up_anew() -> None:
    def gone(config: Any) -> Any:
        raise ValueError(config)

    end = dataclasses.replace(node_types()["logic.exit"], version=2, upgrades={1: gone})
    types = {**node_types(), "logic.exit": end}
    document = journey({**END, "version": 1}, ways=("start > end",))
    (problem,) = validate(document, types)
    assert problem.code == "wrong_config"
    assert problem.fix is not None
    assert validate(apply(document, problem.fix["ops"]), types) == []


# A person has to say what is meant, or the document is of another program.
NO_CODES = {"about", "ascii", "nodes", "ui", "warning"}  # other words in such calls
BY_HAND = {
    "hostile", "more_problems", "newer_format", "newer_version", "too_deep", "too_large",
    "too_many",
}  # fmt: skip


def test_every_code_has_fixes_or_a_reason_why_not() -> None:
    sources = Path(runtime.journey.__file__).parent.glob("*.py")
    said = {
        code
        for path in sources
        for call in re.findall(
            r"(?:report\.add|report\.warn|self\._add|late\.append)\((.*?)\)\n",
            path.read_text("utf-8"),
            re.DOTALL,
        )
        for code in re.findall(r'"([a-z]+_?[a-z_]*)"', call)
    }
    assert len(said) > 30
    assert said - set(fixes._FIXES) - BY_HAND <= NO_CODES


@pytest.mark.parametrize(
    ("code", "document", "labels"),
    [
        ("unseen", mail(subject="{{ customer.frist_name }}"), ["Use “first name”"]),
        ("credential", mail(credential="mial"), ["Use “mail”", "Use “other”", "Clear “Mail server”"]),  # noqa: E501
        ("dangling_edge", with_edge(**{"from": "mail", "handle": "failed", "to": "gone"}),
         ["Remove the line"]),
        ("unreachable", journey({**MAIL, "title": "Hello"}, END, ways=("start > mail",)),
         ["Connect it after “mail”", "Delete “end”"]),
        ("endless_loop", LOOP, ["Wait 1 day before “b”", "Remove the line from “mail”"]),
        ("config", journey(node("w", "logic.wait_for_event", event="x"), END,
                           ways=("start > w > end",)), ["Set “Wait at most” to 3 days"]),
    ],
)  # fmt: skip
def test_the_likeliest_comes_first(code: str, document: Document, labels: list[str]) -> None:
    problem = next(p for p in told(document) if p.code == code)
    assert [fix["label"] for fix in problem.fixes] == labels


def test_nothing_is_guessed_without_having_seen_anything() -> None:
    document = mail(subject="{{ customer.frist_name }}", body="{{ event.properties.bugdet }}")
    assert problems(document) == []
    assert problems(document, known=Known()) == []
    few = Known(frozenset(("plan",)), 2)
    assert problems(mail(subject="{{ customer.town }}"), known=few) == []
    many = Known(frozenset(("plan",)), 200)
    (told_once,) = problems(mail(subject="{{ customer.town }}"), known=many)
    assert (told_once.code, told_once.severity) == ("unseen", "warning")
    assert told_once.fixes == ()


def test_what_the_journey_sets_itself_is_known() -> None:
    update = node("set", "action.update_customer", set={"score": "1"})
    after = node("mail", "action.send_email", subject="{{ customer.score }}", body="x")
    assert problems(journey(update, after, ways=("start > set > mail",)), known=KNOWN) == []


def test_on_screen_nodes_and_fields_have_the_names_that_the_screen_shows() -> None:
    hello = {**MAIL, "title": "Say hello", "config": {"subject": "", "body": 3}}
    sort = node("sort", "ai.classify", text="x", labels=[{"description": "d"}])
    document = journey(hello, sort, ways=("start > sort",))
    shown = [p.message for p in problems(document, titles=True)]
    assert "Nothing leads to “Say hello”: connect it, or delete it." in shown
    assert "The field “Message” is 3: write a text." in shown
    assert any(m.startswith("The field “Name” in row 1 of “Labels” is missing") for m in shown)
    plain = [p.message for p in problems(document)]
    assert "Nothing leads to “mail”: connect it, or delete it." in plain
    assert "The field body is 3: write a text." in plain
