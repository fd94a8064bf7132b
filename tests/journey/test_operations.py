from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.journey.operations import OperationRefused, apply
from tests.journey.documents import MAIL, START, edges, journey
from tests.journey.test_hostile import JSON

GOOD = {**journey(MAIL, ways=("start > mail",)), "ui": {"positions": {"mail": [1, 2]}, "zoom": 1}}


def after(*ops: dict[str, Any]) -> dict[str, Any]:
    before = copy.deepcopy(GOOD)
    found = apply(GOOD, list(ops))
    assert before == GOOD, "the document that was given stays as it is"
    return found


def test_a_node_is_added_with_its_position() -> None:
    new = {"id": "new", "type": "logic.exit", "config": {}}
    found = after({"op": "node.add", "node": new, "position": [10, 20.5]})
    assert found["nodes"] == [START, MAIL, new]
    assert found["ui"]["positions"] == {"mail": [1, 2], "new": [10, 20.5]}
    assert found["ui"]["zoom"] == 1


def test_a_node_may_be_added_without_a_position() -> None:
    found = after({"op": "node.add", "node": {"id": "new", "type": "logic.exit"}})
    assert found["ui"]["positions"] == {"mail": [1, 2]}


def test_a_node_is_moved_set_titled_and_disabled() -> None:
    found = after(
        {"op": "node.move", "id": "mail", "position": [5, 6]},
        {"op": "node.set", "id": "mail", "config": {"subject": "New"}},
        {"op": "node.title", "id": "mail", "title": "Greet"},
        {"op": "node.disable", "id": "mail", "disabled": True},
    )
    assert found["ui"]["positions"]["mail"] == [5, 6]
    assert found["nodes"][1] == {
        "id": "mail",
        "type": "action.send_email",
        "config": {"subject": "New"},
        "title": "Greet",
        "disabled": True,
    }
    back = apply(found, [{"op": "node.title", "id": "mail", "title": ""},
                         {"op": "node.disable", "id": "mail", "disabled": False}])  # fmt: skip
    assert set(back["nodes"][1]) == {"id", "type", "config"}


def test_a_deleted_node_takes_its_edges_and_its_position_along() -> None:
    found = after({"op": "node.del", "id": "mail"})
    assert found["nodes"] == [START]
    assert found["edges"] == []
    assert found["ui"]["positions"] == {}


def test_an_edge_is_added_once_and_deleted() -> None:
    edge = {"op": "edge.add", "from": "mail", "handle": "failed", "to": "mail"}
    found = after(edge, edge)
    assert found["edges"] == [*edges("start > mail"), *edges("mail.failed > mail")]
    assert apply(found, [{**edge, "op": "edge.del"}])["edges"] == edges("start > mail")


def test_the_documents_own_fields_are_set_and_removed() -> None:
    found = after({"op": "doc.set", "name": "New", "stage": "advocacy", "settings": {}})
    assert (found["name"], found["stage"], found["settings"]) == ("New", "advocacy", {})
    assert "stage" not in apply(found, [{"op": "doc.set", "stage": None}])


def test_notes_are_set_and_deleted() -> None:
    note = {"op": "note.set", "id": "n", "text": "Hi", "position": [0, 0]}
    found = after(note, {"op": "note.set", "id": "n", "text": "Ho"})
    assert found["ui"]["notes"] == [{"id": "n", "text": "Ho", "position": [0, 0]}]
    assert apply(found, [{"op": "note.del", "id": "n"}])["ui"]["notes"] == []


def test_a_document_is_replaced() -> None:
    found = after({"op": "doc.replace", "document": {"format": 1, "name": "Other"}})
    assert found["name"] == "Other"
    assert found["nodes"] == []


@pytest.mark.parametrize(
    ("op", "words"),
    [
        ("x", "There is no operation null"),
        ({"op": "node.paint"}, "There is no operation “node.paint”: use one of node.add"),
        ({"op": ["node.add"]}, "There is no operation a list"),
        ({"op": "node.add", "node": {"id": "a b"}}, "“a b” cannot be a node's id"),
        ({"op": "node.add", "node": 3}, "null cannot be a node's id"),
        ({"op": "node.add", "node": MAIL}, "There is a node “mail” already"),
        ({"op": "node.add", "node": {"id": "x"}, "position": [1]}, "needs a position"),
        ({"op": "node.add", "node": {"id": "x"}, "position": [1, "2"]}, "needs a position"),
        (
            {"op": "node.add", "node": {"id": "x"}, "position": [1, float("nan")]},
            "needs a position",
        ),
        ({"op": "node.move", "id": "gone", "position": [1, 2]}, "no node “gone” any more"),
        ({"op": "node.move", "id": "mail"}, "needs a position"),
        ({"op": "node.del"}, "needs a text as id"),
        ({"op": "node.set", "id": "mail", "config": 3}, "got a wrong config: 3"),
        ({"op": "node.disable", "id": "mail", "disabled": "yes"}, "got a wrong disabled"),
        ({"op": "edge.add", "from": "mail", "to": "start"}, "needs a text as handle"),
        ({"op": "edge.add", "from": "mail", "handle": "out", "to": "gone"}, "no node “gone”"),
        ({"op": "note.set", "id": "n", "text": "x"}, "needs a position"),
        ({"op": "doc.replace", "document": []}, "needs a document"),
    ],
)
def test_an_operation_that_does_not_fit_is_refused(op: Any, words: str) -> None:
    with pytest.raises(OperationRefused, match="^.*" + words.replace("?", r"\?")):
        apply(GOOD, [op])


def test_too_many_operations_are_refused() -> None:
    with pytest.raises(OperationRefused, match="at most 1000"):
        apply(GOOD, [{"op": "doc.set"}] * 1001)


OPS = ["node.add", "node.move", "node.del", "node.set", "node.title", "node.disable", "edge.add",
       "edge.del", "doc.set", "note.set", "note.del", "doc.replace"]  # fmt: skip
KEYS = ["id", "node", "position", "config", "title", "disabled", "from", "handle", "to", "text",
        "document", "name", "settings"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    JSON,
    st.lists(
        st.builds(
            lambda op, more: {**more, "op": op},
            st.sampled_from(OPS),
            st.dictionaries(
                st.sampled_from(KEYS), JSON | st.just("mail") | st.just([1, 2]), max_size=4
            ),
        ),
        max_size=4,
    ),
)
def test_any_operation_on_any_document_is_done_or_refused(document: Any, ops: Any) -> None:
    for given_to in (document if isinstance(document, dict) else {"nodes": document}, GOOD):
        try:
            assert isinstance(apply(given_to, ops), dict)
        except OperationRefused as refused:
            assert str(refused)  # noqa: PT017
