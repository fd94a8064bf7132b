"""Several people at one draft: what was done is remembered, told to the others, and made again."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.facade import NotAllowed, NotFound, Refused, edits
from runtime.facade.shapes import EditResult
from runtime.journey.operations import apply
from runtime.store.database import rows, run
from tests.facade.conftest import SECOND, Place, greeting, node

ADD: dict[str, Any] = {"op": "node.add", "node": node("a", "trigger.manual")}
CLIENT = "tab-of-ines"


def named(name: str) -> list[dict[str, Any]]:
    return [{"op": "doc.set", "name": name}]


def document_of(saved: EditResult) -> dict[str, Any]:
    found = saved.get("document")
    assert found is not None
    return found


def test_a_repeated_batch_is_answered_as_before_and_not_applied_again(place: Place):
    slug = place.studio.new_journey("Mine")
    first = place.studio.edit(slug, 1, [ADD], client=CLIENT, seq=1, label="add a start")
    again = place.studio.edit(slug, 1, [ADD], client=CLIENT, seq=1, label="add a start")
    assert again == first
    assert place.studio.journey(slug)["rev"] == 2
    place.studio.edit(slug, 2, named("Two"), client=CLIENT, seq=2)
    assert place.studio.edit(slug, 1, [ADD], client=CLIENT, seq=1)["rev"] == 2


def test_a_repeated_batch_on_an_old_state_gets_the_document_it_made(place: Place):
    slug = place.studio.new_journey("Mine")
    place.studio.edit(slug, 1, named("Theirs"))
    late = place.studio.edit(slug, 1, [ADD], client=CLIENT, seq=1)
    place.studio.edit(slug, 3, named("Later"))
    again = place.studio.edit(slug, 1, [ADD], client=CLIENT, seq=1)
    assert again == late
    assert document_of(again)["name"] == "Theirs"


def test_who_edits_an_old_state_is_told_what_the_others_did(place: Place):
    slug = place.studio.new_journey("Mine")
    editor = place.as_role("editor")
    editor.edit(slug, 1, named("Theirs"), label="rename")
    late = place.studio.edit(slug, 1, [ADD])
    (one,) = late.get("since") or []
    assert (one["rev"], one["label"], one["ops"]) == (2, "rename", named("Theirs"))
    assert one["person"] == {"id": "editor", "name": "Editor"}
    assert document_of(late)["name"] == "Theirs"


def test_what_was_done_after_a_revision_or_the_document_when_it_is_too_much(place: Place):
    slug = place.studio.new_journey("Mine")
    for i in range(205):
        place.studio.edit(slug, 1 + i, named(f"Name {i}"))
    near = place.studio.edits(slug, 200)
    assert [one["rev"] for one in near["edits"]] == [201, 202, 203, 204, 205, 206]
    assert "document" not in near
    far = place.studio.edits(slug, 2)
    assert (far["rev"], far["edits"]) == (206, [])
    assert far["document"]["name"] == "Name 204"
    now = place.studio.edits(slug, 206)
    assert (now["rev"], now["edits"]) == (206, [])
    assert now["problems"] == place.studio.journey(slug)["problems"]


def test_every_state_can_be_made_again(place: Place):
    slug = place.studio.new_journey("Mine")
    states = {1: place.studio.export(slug)}
    for i in range(2, 124):
        ops = [{**ADD, "node": node(f"n{i}", "logic.exit")}]
        if i % 3 == 0:
            ops = [{"op": "node.del", "id": f"n{i - 1}"}]
        states[i] = apply(states[i - 1], ops)
        place.studio.edit(slug, i - 1, ops)
    for rev in (1, 2, 49, 50, 51, 99, 101, 123):
        assert place.studio.revision(slug, rev) == {"rev": rev, "document": states[rev]}
    with place.database.read() as conn:
        kept = rows(conn, "SELECT rev FROM draft_edit WHERE document_json IS NOT NULL ORDER BY rev")
    assert [row[0] for row in kept] == [1, 50, 100]


def test_a_draft_from_before_the_history_begins_it_with_its_whole_document(place: Place):
    slug = place.studio.new_journey("Mine")
    place.studio.edit(slug, 1, [ADD])
    with place.database.write() as conn:
        run(conn, "DELETE FROM draft_edit")
    before = place.studio.export(slug)
    place.studio.edit(slug, 2, named("New"))
    assert place.studio.revision(slug, 2)["document"] == before
    with pytest.raises(NotFound, match="does not reach revision 1"):
        place.studio.revision(slug, 1)
    told = [one["ops"][0] for one in place.studio.edits(slug, 1)["edits"]]
    assert told == [{"op": "doc.replace", "document": before}, *named("New")]


def test_the_history_says_who_and_what_and_when(place: Place):
    slug = place.studio.save_draft(None, greeting())
    place.studio.publish(slug)
    editor = place.as_role("editor")
    place.clock.now += SECOND
    editor.edit(slug, 1, [{"op": "node.title", "id": "hello", "title": "Hi"}], label="rename")
    place.clock.now += SECOND
    editor.edit(slug, 2, named("Other"))
    place.studio.publish(slug)
    found = place.studio.history(slug)
    assert [(e["rev"], e["count"], e["nodes"]) for e in found["edits"]] == [
        (3, 1, []),
        (2, 1, ["hello"]),
        (1, 0, []),
    ]
    assert found["edits"][1]["label"] == "rename"
    assert found["edits"][1]["person"]["name"] == "Editor"
    assert [(v["number"], v["rev"]) for v in found["versions"]] == [(2, 3), (1, 1)]
    older = place.studio.history(slug, before=3, limit=1)
    assert [e["rev"] for e in older["edits"]] == [2]


def test_an_older_state_and_a_version_are_restored_as_one_more_edit(place: Place):
    slug = place.studio.save_draft(None, greeting())
    place.studio.publish(slug)
    first = place.studio.export(slug)
    place.studio.edit(slug, 1, [{"op": "node.del", "id": "hello"}])
    place.studio.edit(slug, 2, named("Other"))
    back = place.studio.restore(slug, rev=2, base=3)
    assert back["rev"] == 4
    assert "document" not in back
    assert place.studio.export(slug)["name"] == "Greeting"
    back = place.studio.restore(slug, version=1)
    assert document_of(back)["nodes"] == first["nodes"]
    told = place.studio.history(slug)["edits"][:2]
    assert [e["label"] for e in told] == ["restore version 1", "restore revision 2"]
    assert [e["nodes"] for e in told] == [["hello"], []]
    assert place.studio.version(slug, 1)["document"]["name"] == "Greeting"
    with pytest.raises(NotFound, match="no version 7"):
        place.studio.restore(slug, version=7)


def test_an_import_is_an_edit_that_others_are_told(place: Place):
    slug = place.studio.save_draft(None, greeting())
    place.studio.save_draft(slug, {**greeting(), "about": "Changed"})
    (one,) = place.studio.edits(slug, 1)["edits"]
    assert one["ops"][0]["op"] == "doc.replace"
    assert place.studio.revision(slug, 2)["document"]["about"] == "Changed"


def test_people_see_each_other_until_they_are_not_heard_of_any_more(place: Place):
    slug = place.studio.new_journey("Mine")
    ines, viewer = place.as_role("owner"), place.as_role("viewer")
    ines.here(slug, "tab-one", {"selection": ["a"], "cursor": [10, 20.5]})
    found = viewer.here(slug, "tab-two", {"selection": [], "cursor": None, "field": "a/text"})
    assert found["rev"] == 1
    one, two = found["people"]
    assert (one["client"], one["name"], one["selection"]) == ("tab-one", "Owner", ["a"])
    assert one["cursor"] == [10, 20.5]
    assert (two["field"], two["cursor"]) == ("a/text", None)
    assert one["color"] != two["color"]
    place.clock.now += 6 * SECOND
    ines.here(slug, "tab-one", {})
    place.clock.now += 6 * SECOND
    assert [p["client"] for p in ines.people(slug)["people"]] == ["tab-one"]
    ines.gone(slug, "tab-one")
    assert ines.people(slug)["people"] == []


def test_a_cursor_is_no_activity_that_other_pages_reload_for(place: Place):
    slug = place.studio.new_journey("Mine")
    place.clock.now += SECOND
    before = place.wayline.pulse() if place.database.sqlite else ""
    place.as_role("viewer").here(slug, "tab-one", {"cursor": [1, 2]})
    assert (place.wayline.pulse() if place.database.sqlite else "") == before


@pytest.mark.parametrize(
    ("client", "state", "words"),
    [
        ("x", {}, "name of this editor"),
        ("tab-one", {"selection": "a"}, "list of ids"),
        ("tab-one", {"selection": [3]}, "list of ids"),
        ("tab-one", {"cursor": [1]}, "place"),
        ("tab-one", {"cursor": [1, float("inf")]}, "place"),
        ("tab-one", {"field": 3}, "short text"),
    ],
)
def test_what_makes_no_sense_is_refused(place: Place, client: str, state: Any, words: str):
    slug = place.studio.new_journey("Mine")
    with pytest.raises(Refused, match=words):
        place.studio.here(slug, client, state)


def test_editing_and_restoring_need_an_editor(place: Place):
    slug = place.studio.new_journey("Mine")
    with pytest.raises(NotAllowed):
        place.as_role("viewer").edit(slug, 1, named("No"))
    with pytest.raises(NotAllowed):
        place.as_role("approver").restore(slug, rev=1)
    with pytest.raises(Refused, match="no number"):
        place.studio.edit(slug, 1, named("No"), client=CLIENT)


@pytest.mark.parametrize(
    "op",
    [
        {"op": "node.patch", "id": "a", "set": {"__proto__": 1}},
        {"op": "node.patch", "id": "a", "set": {"x": {"constructor": 1}}},
        {"op": "node.title", "id": "a", "title": "\ud800"},
        {"op": "doc.set", "settings": {"x": 2**80}},
    ],
)
def test_no_operation_brings_in_what_no_document_may_hold(place: Place, op: dict[str, Any]):
    slug = place.studio.new_journey("Mine")
    place.studio.edit(slug, 1, [ADD])
    with pytest.raises(Refused, match="cannot be kept"):
        place.studio.edit(slug, 2, [op])
    assert place.studio.journey(slug)["rev"] == 2


def test_the_samples_go_with_their_history(place: Place):
    slug = place.studio.new_journey("Mine")
    place.studio.edit(slug, 1, [ADD])
    with place.database.write() as conn:
        run(conn, "UPDATE journey SET sample = ?", (True,))
    place.studio.here(slug, "tab-one", {})
    place.studio.remove_samples()
    with place.database.read() as conn:
        assert rows(conn, "SELECT 1 FROM draft_edit") == []
        assert rows(conn, "SELECT 1 FROM presence") == []


def test_the_history_of_many_restores_makes_each_state_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    slug = place.studio.save_draft(None, greeting())
    place.studio.edit(slug, 1, [{"op": "node.del", "id": "hello"}])
    for rev in range(2, 42):
        place.studio.restore(slug, rev=rev - 1)
    made: list[int] = []
    monkeypatch.setattr(
        edits, "apply", lambda *given, **more: made.append(1) or apply(*given, **more)
    )
    told = place.studio.history(slug, limit=200)["edits"]
    assert len(made) < 100  # it was 1,680: who looked at the history stopped everybody else
    assert [one["nodes"] for one in told[:3]] == [["hello"], ["hello"], ["hello"]]
    assert told[-1]["nodes"] == []


def test_edits_that_are_too_much_to_tell_are_the_whole_document(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    slug = place.studio.save_draft(None, greeting())
    place.studio.edit(slug, 1, named("x" * 150))
    monkeypatch.setattr(edits, "MOST_TOLD", 100)
    found = place.studio.edits(slug, 1)
    assert found["edits"] == []
    assert found["document"]["name"] == "x" * 150
    assert place.studio.revision(slug, 2)["document"]["name"] == "x" * 150


def test_nobody_uses_up_the_numbers_of_another_persons_editor(place: Place):
    slug = place.studio.new_journey("Mine")
    ines, mallory = place.as_role("owner"), place.as_role("editor")
    mallory.edit(slug, 1, named("Hers"), client=CLIENT, seq=1)
    assert ines.edit(slug, 2, named("Mine"), client=CLIENT, seq=1)["rev"] == 3
    assert place.studio.export(slug)["name"] == "Mine"


def test_nobody_speaks_for_another_persons_editor(place: Place):
    slug = place.studio.new_journey("Mine")
    ines, mallory = place.as_role("owner"), place.as_role("viewer")
    ines.here(slug, "tab-one", {"selection": ["a"]})
    place.clock.now += 6 * SECOND
    mallory.here(slug, "tab-one", {"selection": ["forged"]})
    mallory.gone(slug, "tab-one")
    (one,) = ines.people(slug)["people"]
    assert (one["name"], one["selection"]) == ("Owner", ["a"])
    place.clock.now += 6 * SECOND
    assert ines.people(slug)["people"] == []


def test_one_person_does_not_push_the_others_out_of_sight(place: Place):
    slug = place.studio.new_journey("Mine")
    ines, mallory = place.as_role("owner"), place.as_role("viewer")
    ines.here(slug, "zz-the-last", {})
    for n in range(60):
        place.clock.now += 1
        mallory.here(slug, f"aa-{n:04}", {"selection": ["x" * 200] * 200})
    found = ines.people(slug)["people"]
    assert [one["client"] for one in found if one["name"] == "Owner"] == ["zz-the-last"]
    assert len(found) == 11
    assert found[0]["client"] == "aa-0050"
    assert all(sum(map(len, one["selection"])) <= 4_000 for one in found)


def test_a_number_beyond_all_revisions_finds_nothing(place: Place):
    slug = place.studio.new_journey("Mine")
    for ask in (place.studio.revision, place.studio.version):
        with pytest.raises(NotFound):
            ask(slug, 10**30)
    with pytest.raises(NotFound):
        place.studio.edits("none", 10**30)
    assert place.studio.history(slug, before=10**30)["edits"]
    assert place.studio.edits(slug, 10**30)["edits"] == []


def test_a_label_holds_nothing_that_cannot_be_kept(place: Place):
    slug = place.studio.new_journey("Mine")
    place.studio.edit(slug, 1, named("Two"), label="a\0b\nc")
    assert place.studio.history(slug)["edits"][0]["label"] == "a b c"
    with pytest.raises(Refused, match="short text"):
        place.studio.here(slug, "tab-one", {"field": 10**30})


def test_a_note_that_one_moves_and_another_writes_in_has_both(place: Place):
    slug = place.studio.new_journey("Mine")
    note = {"op": "note.set", "id": "n", "text": "old", "position": [0, 0]}
    place.studio.edit(slug, 1, [note])
    place.as_role("editor").edit(slug, 2, [{**note, "text": "theirs"}])
    late = place.studio.edit(slug, 2, [{**note, "position": [8, 8]}])
    both = {"id": "n", "text": "theirs", "position": [8, 8]}
    assert document_of(late)["ui"]["notes"] == [both]
    # the others carry out what was meant, not what was sent
    assert place.studio.edits(slug, 3)["edits"][0]["ops"] == [{"op": "note.set", **both}]
    assert place.studio.revision(slug, 4)["document"] == document_of(late)


def test_an_old_state_that_nobody_remembers_is_no_reason_to_refuse_an_edit(place: Place):
    slug = place.studio.new_journey("Mine")
    note = {"op": "note.set", "id": "n", "text": "old", "position": [0, 0]}
    for rev in (1, 2, 3):
        place.studio.edit(slug, rev, [{**note, "text": str(rev)}])
    desk = place.studio.desk
    desk.write("edit", lambda conn, now: run(conn, "DELETE FROM draft_edit WHERE rev < 4"))
    late = place.studio.edit(slug, 2, [{**note, "text": "late"}])
    assert document_of(late)["ui"]["notes"][0]["text"] == "late"
