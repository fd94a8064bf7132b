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


def test_fields_of_a_config_are_set_and_taken_out_beside_each_other() -> None:
    one = {"op": "node.patch", "id": "mail", "set": {"subject": "New", "cc": "a@b.c"}}
    other = {"op": "node.patch", "id": "mail", "set": {"reply": "x"}, "unset": ["cc", "gone"]}
    found = after(one, other)
    assert found["nodes"][1]["config"] == {**MAIL["config"], "subject": "New", "reply": "x"}
    assert after(one, other) == after(other, {**one, "set": {"subject": "New"}})


def test_what_was_deleted_comes_back_at_its_place() -> None:
    gone = apply(GOOD, [{"op": "node.del", "id": "start"}])
    back = {"op": "node.add", "node": START, "at": 0}
    edge = {"op": "edge.add", **edges("start > mail")[0], "at": 0}
    assert apply(gone, [back, edge])["nodes"] == GOOD["nodes"]
    far = apply(gone, [{**back, "at": 99}])
    assert [n["id"] for n in far["nodes"]] == ["mail", "start"]


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
        ({"op": "node.add", "node": {"id": "x"}, "at": -1}, "got a wrong at: -1"),
        ({"op": "node.patch", "id": "gone", "set": {}}, "no node “gone” any more"),
        ({"op": "node.patch", "id": "mail", "set": []}, "got a wrong set"),
        ({"op": "node.patch", "id": "mail", "unset": "subject"}, "got a wrong unset"),
        ({"op": "node.patch", "id": "mail", "unset": [1]}, "got a wrong unset"),
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


NAMES = st.sampled_from(["a", "b", "c", "d", "mail"])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.builds(
                lambda name, at: {"op": "node.add", "node": {"id": name}, "at": at},
                NAMES,
                st.none() | st.integers(0, 5),
            ),
            st.builds(lambda name: {"op": "node.del", "id": name}, NAMES),
            st.builds(lambda name: {"op": "node.title", "id": name, "title": "x"}, NAMES),
            st.builds(
                lambda a, b: {"op": "edge.add", "from": a, "handle": "out", "to": b}, NAMES, NAMES
            ),
            st.builds(lambda a, b: group("g", a, b), NAMES, NAMES),
            st.just({"op": "doc.replace", "document": GOOD}),
        ),
        max_size=12,
    )
)
def test_operations_together_do_what_they_do_one_after_the_other(ops: list[Any]) -> None:
    twice = {"nodes": [{"id": "b"}, 7, {"id": "c"}, {"id": "b", "title": "second"}], "edges": [1]}
    alone, fitting = apply(twice, []), list[Any]()
    for op in ops:
        try:
            alone = apply(alone, [op])
        except OperationRefused:
            with pytest.raises(OperationRefused):
                apply(twice, [*fitting, op])
        else:
            fitting.append(op)
    together = apply(twice, fitting)
    assert together == alone
    assert type(together["nodes"]) is list


class Looked(dict[str, Any]):
    """A node that counts how often one of them is looked into."""

    looks = 0

    def get(self, *asked: Any) -> Any:
        Looked.looks += 1
        return super().get(*asked)


def test_a_batch_looks_through_all_nodes_a_few_times_and_not_for_each_operation() -> None:
    many = {"nodes": [Looked(id=f"n{n}", type="logic.exit") for n in range(1_000)]}
    names = [f"n{n}" for n in range(0, 1_000, 2)]
    for ops in (
        [{"op": "node.move", "id": name, "position": [1, 2]} for name in names],
        [{"op": "node.title", "id": name, "title": "x"} for name in names],
        [{"op": "node.add", "node": {"id": f"m{name}"}} for name in names],
        [{"op": "edge.add", "from": name, "handle": "out", "to": "n1"} for name in names],
        [group(f"g{n % 9}", name, "n1") for n, name in enumerate(names)],
    ):
        Looked.looks = 0
        apply(many, ops)
        assert Looked.looks <= 3_000, ops[0]["op"]


def _grouped(*ops: dict[str, Any]) -> Any:
    extra = {"op": "node.add", "node": {"id": "end", "type": "logic.exit"}}
    return after(extra, *ops)["ui"].get("groups")


def group(name: str, *nodes: str, **more: Any) -> dict[str, Any]:
    return {"op": "group.set", "id": name, "title": name.title(), "nodes": list(nodes), **more}


def test_a_group_holds_nodes_that_are_there_and_each_node_is_in_one() -> None:
    found = _grouped(group("b", "mail", "mail", "gone"), group("a", "end", color=3, collapsed=True))
    assert found == [
        {"id": "a", "title": "A", "nodes": ["end"], "collapsed": True, "color": 3},
        {"id": "b", "title": "B", "nodes": ["mail"]},
    ]
    taken = _grouped(group("b", "mail"), group("a", "end", "mail"))
    assert taken == [{"id": "a", "title": "A", "nodes": ["end", "mail"]}]


def test_a_group_goes_by_itself_or_with_its_last_node() -> None:
    assert _grouped(group("a", "mail"), {"op": "group.del", "id": "a"}) is None
    assert _grouped(group("a", "mail"), {"op": "node.del", "id": "mail"}) is None
    left = _grouped(group("a", "mail", "end"), {"op": "node.del", "id": "mail"})
    assert left == [{"id": "a", "title": "A", "nodes": ["end"]}]


@pytest.mark.parametrize(
    ("op", "says"),
    [
        (group("a"), "needs a node"),
        (group("a", "gone"), "needs a node"),
        (group("mail", "mail"), "name of a node"),
        (group("n", "mail"), "name of a node or a note"),
        (group("../x", "mail"), "cannot be a group's id"),
        ({**group("a", "mail"), "nodes": "mail"}, "a list of nodes"),
        ({**group("a", "mail"), "title": 3}, "a text as title"),
        (group("a", "mail", color=6), "Use 0 to 5"),
        (group("a", "mail", color=True), "Use 0 to 5"),
        (group("a", "mail", collapsed="yes"), "wrong collapsed"),
    ],
)
def test_a_group_that_cannot_be_is_refused_with_the_reason(op: dict[str, Any], says: str) -> None:
    note = {"op": "note.set", "id": "n", "text": "Hi", "position": [0, 0]}
    with pytest.raises(OperationRefused, match=says):
        after(note, op)


def test_nodes_notes_and_groups_share_no_name() -> None:
    taken = group("a", "mail")
    with pytest.raises(OperationRefused, match="group"):
        after(taken, {"op": "node.add", "node": {"id": "a", "type": "logic.exit"}})
    with pytest.raises(OperationRefused, match="group"):
        after(taken, {"op": "note.set", "id": "a", "text": "", "position": [0, 0]})


def test_a_journey_has_a_limit_of_groups() -> None:
    many = [{"id": f"g{i:03}", "title": "", "nodes": [f"x{i}"]} for i in range(500)]
    full = {**GOOD, "ui": {"groups": many}}
    with pytest.raises(OperationRefused, match="at most 500"):
        apply(full, [group("one-more", "mail")])
    assert len(apply(full, [group("g000", "mail")])["ui"]["groups"]) == 500


def test_a_note_keeps_its_place_among_the_others_and_may_have_a_colour_and_a_size() -> None:
    first, second = (
        {"op": "note.set", "id": name, "text": name, "position": [0, 0]} for name in "ab"
    )
    found = after(first, second, {**first, "color": 2, "size": [320, 120]})["ui"]["notes"]
    assert found[0] == {"id": "a", "text": "a", "position": [0, 0], "color": 2, "size": [320, 120]}
    assert [n["id"] for n in found] == ["a", "b"]
    for wrong in ({"size": [1]}, {"size": "x"}, {"color": 9}):
        with pytest.raises(OperationRefused):
            after({**first, **wrong})


def test_a_node_gets_another_type_and_keeps_its_id_and_lines() -> None:
    op = {"op": "node.type", "id": "mail", "type": "logic.wait", "version": 1}
    found = after({**op, "config": {"for": "P1D"}})
    (_, changed) = found["nodes"]
    assert changed == {**MAIL, "type": "logic.wait", "version": 1, "config": {"for": "P1D"}}
    assert found["edges"] == GOOD["edges"]
    assert found["ui"]["positions"] == {"mail": [1, 2]}


@pytest.mark.parametrize(
    "wrong",
    [{"config": []}, {"config": {}, "version": "1"}, {"config": {}, "type": ""}, {"id": "gone"}],
)
def test_another_type_is_checked(wrong: dict[str, Any]) -> None:
    op = {"op": "node.type", "id": "mail", "type": "logic.wait", "config": {}, **wrong}
    with pytest.raises(OperationRefused):
        after(op)


def test_many_operations_on_a_huge_document_are_refused_before_they_keep_everybody_waiting() -> (
    None
):
    huge = {"nodes": [{"id": f"n{n}"} for n in range(20_000)]}
    moves = [{"op": "node.move", "id": "n19999", "position": [n, 0]} for n in range(1_000)]
    with pytest.raises(OperationRefused, match="send fewer"):
        apply(huge, moves)
    with pytest.raises(OperationRefused, match="send fewer"):
        apply({}, [{"op": "doc.replace", "document": huge}, *moves[1:]])
    assert apply(huge, moves[:10])["ui"]["positions"] == {"n19999": [9, 0]}
    # a batch that a version before has carried out is made again as it was
    assert apply(huge, moves, again=True)["ui"]["positions"] == {"n19999": [999, 0]}
    wide = {"nodes": [{"id": "n", "config": {f"f{n}": n for n in range(20_000)}}]}
    patches = [{"op": "node.patch", "id": "n", "set": {"f": n}} for n in range(1_000)]
    with pytest.raises(OperationRefused, match="send fewer"):
        apply(wide, patches)
    assert apply(wide, patches[:100])["nodes"][0]["config"]["f"] == 99
    framed = {"ui": {"groups": [{"id": f"g{n}", "title": "G", "nodes": []} for n in range(9_000)]}}
    with pytest.raises(OperationRefused, match="send fewer"):
        apply(framed, [{"op": "note.set", "id": "n", "text": "x", "position": [1, 1]}] * 200)


class Name(str):
    """The name of a field that counts how often it is compared."""

    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, str(other))


def test_fields_are_taken_out_by_name_and_not_by_comparing_each_with_all() -> None:
    node = {"id": "n", "config": {f"f{n}": n for n in range(500)}}
    gone = [Name(f"f{n}") for n in range(0, 1_000, 2)]
    found = apply({"nodes": [node]}, [{"op": "node.patch", "id": "n", "unset": gone}])
    assert sorted(found["nodes"][0]["config"].values()) == list(range(1, 500, 2))
    assert Name.compared <= 2_000
