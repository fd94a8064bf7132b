"""What is wrong with a document, its nodes, its edges and its configs."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from tests.journey.documents import GOOD, MAIL, START, codes, journey, node, only, problems

PLAN = {"field": "customer.plan", "op": "eq", "value": "pro"}


def test_a_good_journey_has_no_problems() -> None:
    assert problems(GOOD) == []


# --- The document -----------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, True, 3, "x", [], [1]])
def test_what_is_no_object_is_no_journey(value: Any) -> None:
    assert "is an object, not" in only(value, "wrong_type").message


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"format": 2}, "newer_format", "reads format 1: update Wayline"),
        ({"format": "1"}, "format", "The field format is “1”: write 1."),
        ({"format": None}, "format", "The field format is missing: write 1."),
        ({"name": "  "}, "name", "give the journey a name"),
        ({"name": None}, "name", "The field name is missing"),
        ({"about": 3}, "wrong_type", "The field about is 3"),
        ({"stage": "growth"}, "stage", "The stage is “growth”: choose one of awareness"),
        ({"ui": []}, "wrong_type", "The field ui is a list"),
        ({"nmae": "x"}, "unknown_field", "There is no field “nmae” here: did you mean name?"),
        ({"extra": 1}, "unknown_field", "There is no field “extra” here: remove it"),
        ({"settings": []}, "wrong_type", "The field settings is a list"),
    ],
)
def test_the_documents_own_fields(change: dict[str, Any], code: str, words: str) -> None:
    problem = only({**GOOD, **change}, code)
    assert words in problem.message
    assert problem.node is None


def test_anything_may_stand_in_ui() -> None:
    assert problems({**GOOD, "ui": {"positions": {"mail": "x"}, "whatever": [1, {}]}}) == []


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        (
            {"quiet_hours": {"from": "21:00"}},
            "not_carried_out",
            "Quiet hours are not carried out yet",
        ),
        ({"holdout": 0.1}, "not_carried_out", "remove settings.holdout"),
        ({"reentri": {}}, "unknown_field", "did you mean reentry?"),
        ({"reentry": "once"}, "wrong_type", "settings.reentry is “once”: write an object"),
        ({"reentry": {}}, "reentry", "The mode of reentry is missing"),
        ({"reentry": {"mode": "twice"}}, "reentry", "is “twice”: choose one of once"),
        ({"reentry": {"mode": "after"}}, "reentry", "needs a wait"),
        ({"reentry": {"mode": "after", "wait": "30 days"}}, "duration", "“30 days”|'30 days'"),
        ({"reentry": {"mode": "once", "wait": "P1D"}}, "reentry", "The mode once has no wait"),
        ({"exit_when": {}}, "wrong_type", "write a list of events"),
        ({"exit_when": [{}]}, "event", r"The event of settings.exit_when\[0\] is missing"),
        ({"exit_when": [{"event": "x", "within": "P1D"}]}, "unknown_field", "no field “within”"),
        ({"exit_when": [{"event": "x", "where": {}}]}, "condition", "The condition is empty"),
        ({"goal": {"event": ""}}, "event", "name one"),
        ({"goal": {"event": "x", "within": "P0D"}}, "duration", "is zero"),
        ({"goal": 3}, "wrong_type", "settings.goal is 3"),
        ({"time_zone": "Mars/Base"}, "time_zone", "There is no time zone “Mars/Base”"),
        ({"time_zone": 3}, "time_zone", "There is no time zone 3"),
    ],
)
def test_the_settings(settings: dict[str, Any], code: str, words: str) -> None:
    problem = only({**GOOD, "settings": settings}, code)
    assert re.search(words, problem.message), problem.message
    assert problem.path.startswith("settings")


def test_settings_that_are_carried_out_are_accepted() -> None:
    settings = {
        "reentry": {"mode": "after", "wait": "P30D"},
        "exit_when": [{"event": "x", "where": {"field": "entry.name", "op": "exists"}}],
        "goal": {"event": "x", "where": PLAN, "within": "P14D"},
        "time_zone": "customer",
    }
    assert problems({**GOOD, "settings": settings}) == []
    assert problems({**GOOD, "settings": {"time_zone": "Europe/Lisbon"}}) == []


# --- Nodes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (3, "wrong_type", "nodes[1] is 3, not an object"),
        ({"type": "logic.exit"}, "wrong_id", "nodes[1] has no id"),
        ({"id": 3, "type": "logic.exit"}, "wrong_id", "has the id 3"),
        ({**MAIL, "id": "a b"}, "wrong_id", "“a b” cannot be an id"),
        ({**MAIL, "id": "constructor"}, "wrong_id", "“constructor” cannot be an id"),
        ({**MAIL, "type": "action.send_emial"}, "unknown_type", "did you mean action.send_email?"),
        ({**MAIL, "type": "x"}, "unknown_type", "There is no node type “x”"),
        ({**MAIL, "type": None}, "unknown_type", "The node's type is missing"),
        ({**MAIL, "type": ["x"]}, "unknown_type", "The node's type is a list"),
        ({**MAIL, "config": 3}, "wrong_type", "The config of “mail” is 3"),
        ({**MAIL, "configg": {}}, "unknown_field", "did you mean config?"),
        ({**MAIL, "title": 3}, "wrong_type", "The title is 3"),
        ({**MAIL, "disabled": "yes"}, "wrong_type", "disabled is “yes”: write true or false"),
        ({**MAIL, "version": 99}, "newer_version", "version 99 of action.send_email"),
        ({**MAIL, "version": 0}, "wrong_type", "The version is 0"),
        ({**MAIL, "version": True}, "wrong_type", "The version is true"),
    ],
)
def test_a_nodes_own_fields(given: Any, code: str, words: str) -> None:
    found = problems(journey(given, ways=("start > mail",)) if isinstance(given, dict) else
                     {**GOOD, "nodes": [START, given]})  # fmt: skip
    messages = [p.message for p in found if p.code == code]
    assert messages, found
    assert words in messages[0]


def test_an_id_that_stands_twice_is_named() -> None:
    document = journey(MAIL, {**MAIL}, ways=("start > mail",))
    problem = only(document, "duplicate_id")
    assert problem.node == "mail"
    assert "Two nodes have the id “mail”" in problem.message


def test_a_version_may_be_left_out() -> None:
    assert problems(journey({**MAIL, "version": 1}, ways=("start > mail",))) == []


def test_disabling_a_node_without_a_plain_way_on_is_an_error_that_can_be_mended() -> None:
    branch = {**node("b", "logic.branch", condition=PLAN), "disabled": True}
    problem = only(journey(branch, ways=("start > b",)), "disabled")
    assert problem.fix == {
        "label": "Enable “b”",
        "ops": [{"op": "node.disable", "id": "b", "disabled": False}],
    }
    disabled = {**MAIL, "disabled": True}
    assert problems(journey(disabled, ways=("start > mail",))) == []
    assert codes(journey({**START, "disabled": True}, MAIL, ways=("start > mail",))) == set()


def edge(start: Any, handle: Any, end: Any) -> dict[str, Any]:
    return {"from": start, "handle": handle, "to": end}


# --- Edges ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code", "owner", "words"),
    [
        (3, "wrong_type", None, "edges[1] is 3"),
        ({"from": "mail", "to": "mail"}, "wrong_edge", "mail", "handle of edges[1] is missing"),
        (edge(3, "out", "mail"), "wrong_edge", None, "from of edges[1] is 3"),
        (edge("gone", "out", "mail"), "dangling_edge", "gone", "no node “gone”"),
        (edge("mail", "out", "gone"), "dangling_edge", "mail", "no node “gone”"),
        (edge("mail", "yes", "mail"), "unknown_handle", "mail",
         "“mail” has no handle “yes”: use out, skipped, failed"),
        (edge("mail", "out", "start"), "edge_to_trigger", "mail", "to a trigger"),
        (edge("start", "out", "mail"), "duplicate_edge", "start", "drawn twice"),
        ({**edge("start", "out", "mail"), "label": "x"}, "unknown_field", "start",
         "no field “label”"),
    ],
)  # fmt: skip
def test_edges(given: Any, code: str, owner: str | None, words: str) -> None:
    document = copy.deepcopy(GOOD)
    document["edges"].append(given)
    found = [p for p in problems(document) if p.code == code]
    assert len(found) == 1, problems(document)
    assert found[0].node == owner
    assert words in found[0].message


def test_a_dangling_edge_can_be_mended_by_removing_it() -> None:
    loose = edge("start", "out", "gone")
    document = {**GOOD, "edges": [*GOOD["edges"], loose]}
    fix = only(document, "dangling_edge").fix
    assert fix == {"label": "Remove the line", "ops": [{"op": "edge.del", **loose}]}


def test_an_exit_has_no_handle_to_leave_by() -> None:
    document = journey(node("end", "logic.exit"), MAIL, ways=("start > end > mail",))
    assert "it ends the run" in only(document, "unknown_handle").message


# --- Configs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("placed", "code", "path", "words"),
    [
        (node("x", "logic.wait"), "config", "config.for", "The field for (“For”) is missing"),
        (node("x", "logic.wait", for_=3), "config", "config.for", "is 3: write a text"),
        (node("x", "logic.wait", for_="3 days"), "duration", "config.for", "such as PT30M, P3D"),
        (node("x", "logic.wait", for_="P0D"), "duration", "config.for", "is zero"),
        (node("x", "logic.wait", for_="-P1D"), "duration", "config.for", "is negative"),
        (node("x", "logic.wait", for_="P1D", b=1), "config", "config.b", "no field “b”"),
        (node("x", "logic.wait_until", at="soon"), "moment", "config.at", "is not a date"),
        (node("x", "logic.wait_until", at="event.starts"), "unknown_path", "config.at",
         "write event.properties.starts"),
        (node("x", "logic.wait_until", at="customer.at", offset="P1X"), "duration",
         "config.offset", "P1X"),
        (node("x", "action.send_email", subject="{{ customer.name", body="b"), "liquid",
         "config.subject", "is not closed"),
        (node("x", "action.send_email", subject="s", body="{{ customer.name | upper }}"),
         "liquid", "config.body", "There is no Liquid filter “upper”"),
        (node("x", "action.send_email", subject="s", body="{{ steps.gone.text }}"),
         "unknown_path", "config.body", "names the node “gone”, which is not there"),
        (node("x", "action.http_request", method="GET", url="u", headers={"a b": "c"}), "header",
         "config.headers", "“a b” is no header's name"),
        (node("x", "action.http_request", method="SEND", url="u"), "config", "config.method",
         "choose one of GET, POST"),
        (node("x", "action.http_request", method="POST", url="u", body={"a": ["{% if %}"]}),
         "liquid", "config.body.a[0]", "malformed"),
        (node("x", "action.update_customer", set={"bad name": 1}), "config", "config.set",
         "has the name “bad name”"),
        (node("x", "logic.set", values={"a": "{{ }}"}), "liquid", "config.values.a", "malformed"),
        (node("x", "action.create_task", title="t", due="PT"), "duration", "config.due", "PT"),
        (node("x", "logic.join", mode="most"), "config", "config.mode", "all or any or a whole"),
        (node("x", "logic.split", ways=[{"handle": "a", "weight": 1}] * 2),
         "duplicate_handle", "config", "are called “a”"),
        (node("x", "logic.switch", cases=[{"handle": "else", "condition": PLAN}]), "config",
         "config.cases[0].handle", "none of out, failed, unsure, else"),
        (node("x", "logic.switch", cases=[{"handle": "a", "condition": {**PLAN, "field": "p"}}]),
         "condition", "config.cases[0].condition.field", "starts with none of"),
        (node("x", "logic.approval", of="gone", within="P1D"), "node", "config.of",
         "There is no node “gone”"),
        (node("x", "logic.approval", of="x", within="P1D"), "node", "config.of",
         "does not come before this node"),
        (node("x", "logic.wait_for_event", event=" x", within="P1D"), "name", "config.event",
         "blanks"),
        (node("x", "logic.wait_for_event", event="", within="P1D"), "config", "config.event",
         "is empty"),
    ],
)  # fmt: skip
def test_configs_are_checked_field_by_field(
    placed: dict[str, Any], code: str, path: str, words: str
) -> None:
    document = journey(placed, ways=("start > x",))
    found = [p for p in problems(document) if p.severity == "error"]
    assert [p.code for p in found] == [code], found
    assert found[0].node == "x"
    assert found[0].path == f"nodes[1].{path}"
    assert words in found[0].message


@pytest.mark.parametrize(
    ("trigger", "code", "words"),
    [
        (node("start", "trigger.schedule", cron="61 * * * *"), "cron", "is not a cron expression"),
        (node("start", "trigger.schedule", cron="@daily"), "cron", "write five fields"),
        (node("start", "trigger.schedule", cron="0 9 * * *", time_zone="X"), "time_zone", "X"),
        (node("start", "trigger.webhook", customer="email"), "path", "say body.email"),
        (node("start", "trigger.event", event="x", key="order"), "unknown_path", "starts with"),
        (node("start", "trigger.event", event="x", where={"field": "customer.a", "op": "=="}),
         "condition", "The operator “==” of customer.a is unknown"),
    ],
)  # fmt: skip
def test_triggers_are_checked(trigger: dict[str, Any], code: str, words: str) -> None:
    problem = only(journey(trigger, MAIL, ways=("start > mail",)), code)
    assert words in problem.message


def test_credentials_are_warnings_where_they_cannot_be_known() -> None:
    mail = node("mail", "action.send_email", subject="s", body="b", credential="post")
    document = journey(mail, ways=("start > mail",))
    assert only(document, "credential").severity == "warning"
    assert problems(document, credentials={"post": "smtp"}) == []
    assert "There is no credential “post”" in only(document, "credential", credentials={}).message
    wrong = only(document, "credential", credentials={"post": "http"})
    assert wrong.severity == "error"
    assert "is of the kind http" in wrong.message


def test_secrets_in_headers_are_pointed_out() -> None:
    call = node("x", "action.http_request", method="GET", url="u", headers={"Authorization": "k"})
    assert only(journey(call, ways=("start > x",)), "secret").severity == "warning"


def test_what_will_be_empty_is_a_warning() -> None:
    mail = node("mail", "action.send_email", subject="{{ name }}", body="{{ steps.end.x }}")
    end = node("end", "action.create_task", title="t {{ event.plan }}")
    found = problems(journey(mail, end, ways=("start > mail > end",)))
    assert [(p.node, p.severity, p.code) for p in found] == [
        ("mail", "warning", "empty_path"),
        ("mail", "warning", "empty_path"),
        ("end", "warning", "empty_path"),
    ]


def test_unknown_attributes_of_customers_are_no_problem() -> None:
    mail = node("mail", "action.send_email", subject="{{ customer.shoe_size }}", body="b")
    assert problems(journey(mail, ways=("start > mail",))) == []


def test_problems_come_in_the_order_of_the_document() -> None:
    bad = [node(f"n{i}", "logic.wait", for_="x") for i in range(5)]
    document = journey(*bad, MAIL, ways=(f"start > {' > '.join(n['id'] for n in bad)} > mail",))
    document["stage"] = "x"
    assert [p.node for p in problems(document)] == [None, "n0", "n1", "n2", "n3", "n4"]
