"""The history of a draft is cut by the retention rule, or forgotten when the owner asks."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.cli import main
from runtime.facade import NotAllowed, NotFound
from runtime.store import past_edits, retention
from runtime.store.database import rows
from runtime.store.tables import metadata
from runtime.work.chores import step
from tests.facade.conftest import DAY, Place, greeting

CLIENT = "tab-of-ines"
SECRET = "sk-live-4711"


def edited(place: Place, slug: str, name: str, **more: Any) -> Any:
    rev = place.studio.journey(slug)["rev"]
    return place.studio.edit(slug, rev, [{"op": "doc.set", "name": name}], **more)


def kept(place: Place) -> str:
    """All that the database holds of edits."""
    with place.database.read() as conn:
        sql = "SELECT rev, label, ops_json, document_json FROM draft_edit ORDER BY rev"
        return repr(rows(conn, sql))


def everything(place: Place) -> str:
    """All rows of all tables."""
    with place.database.read() as conn:
        return repr([rows(conn, f'SELECT * FROM "{one.name}"') for one in metadata.sorted_tables])


def test_a_secret_that_was_typed_by_mistake_is_forgotten(place: Place) -> None:
    slug = place.studio.new_journey("Mine", greeting())
    place.studio.publish(slug)
    for seq, name in enumerate(("One", SECRET, "Two")):
        edited(place, slug, name, client=CLIENT, seq=seq, label=f"name it {name}")
    before = place.studio.journey(slug)
    assert SECRET in kept(place)
    assert place.studio.forget_history(slug).edits == 4
    assert SECRET not in kept(place)
    after = place.studio.journey(slug)
    assert (after["rev"], after["document"]) == (before["rev"], before["document"])
    assert [v["number"] for v in after["versions"]] == [1]
    assert place.studio.version(slug, 1)["document"]["name"] == "Mine"
    assert place.studio.forget_history(slug).edits == 0
    assert place.studio.audit()[1]["detail"] == {"edits": 4}


def test_what_is_forgotten_stands_in_no_row_of_any_table(place: Place) -> None:
    """Of the files of SQLite tests/store/test_taken_out.py reads every byte; those of PostgreSQL
    are for its vacuum, and docs/operation.md says so."""
    slug = place.studio.new_journey("Mine")
    for n in range(60):
        about = f"{SECRET} {n} " + "x" * 9_000 if n < 55 else "Nothing"
        place.studio.edit(
            slug, n + 1, [{"op": "doc.set", "about": about}], client=CLIENT, seq=n, label=about
        )
    assert SECRET in everything(place)
    assert place.studio.forget_history(slug).clean
    assert SECRET not in everything(place)


def test_after_it_the_history_goes_on_and_an_old_page_gets_the_whole_draft(place: Place) -> None:
    slug = place.studio.new_journey("Mine")
    for name in ("One", "Two"):
        edited(place, slug, name)
    last = edited(place, slug, "Three", client=CLIENT, seq=3)
    place.studio.forget_history(slug)
    again = place.studio.edit(
        slug, last["rev"] - 1, [{"op": "doc.set", "name": "Three"}], client=CLIENT, seq=3
    )
    assert again["rev"] == last["rev"]  # the same batch once more is still known
    caught_up = place.studio.edits(slug, 1)
    assert caught_up["document"]["name"] == "Three"
    late = place.studio.edit(slug, 2, [{"op": "doc.set", "about": "Late"}], client=CLIENT, seq=4)
    assert (late.get("document") or {}) | {"about": "Late"} == late.get("document")
    assert place.studio.revision(slug, last["rev"])["document"]["name"] == "Three"
    with pytest.raises(NotFound, match="does not reach"):
        place.studio.revision(slug, 2)
    assert [edit["rev"] for edit in place.studio.history(slug)["edits"]] == [5, 4]
    restored = place.studio.restore(slug, rev=last["rev"])
    assert (restored.get("document") or {})["name"] == "Three"


def test_the_rule_takes_old_edits_and_leaves_every_younger_state(place: Place) -> None:
    slug = place.studio.new_journey("Mine")
    for n in range(60):
        edited(place, slug, f"Old {n}")
    place.clock.now += 40 * DAY
    for n in range(3):
        edited(place, slug, f"Young {n}")
    states = {rev: place.studio.revision(slug, rev) for rev in range(50, 65)}
    with place.database.read() as conn:
        [(journey,)] = rows(conn, "SELECT id FROM journey WHERE slug = ?", (slug,))
    before = place.clock.now - 30 * DAY

    def drop(most: int) -> int:
        return place.database.transact(
            lambda conn: past_edits.drop_before(conn, journey, before, most)
        )

    assert [drop(40), drop(40), drop(40)] == [40, 9, 0]
    assert {rev: place.studio.revision(slug, rev) for rev in range(50, 65)} == states
    with pytest.raises(NotFound, match="does not reach"):
        place.studio.revision(slug, 49)
    place.clock.now += 100 * DAY
    before = place.clock.now - 30 * DAY
    assert drop(100) == 14  # all are old now, and the draft is the whole document
    assert place.studio.revision(slug, 64) == states[64]
    assert "Old" not in kept(place)
    assert edited(place, slug, "Next")["rev"] == 65


def test_the_pass_of_the_rule_takes_edits_of_all_journeys(place: Place) -> None:
    place.studio.save_settings(retention_days=30)
    for name in ("One", "Two"):
        slug = place.studio.new_journey(name)
        for n in range(120):
            edited(place, slug, f"{name} {n}")
    place.clock.now += 40 * DAY
    desk = place.studio.desk
    place.database.transact(lambda conn: retention.begin(conn, desk.workspace, place.clock.now))
    while step(place.database):
        pass
    with place.database.read() as conn:
        assert rows(conn, "SELECT count(*) FROM draft_edit") == [(2,)]
        [(state,)] = rows(conn, "SELECT state_json FROM chore WHERE kind = 'retain'")
    assert '"edits":240' in state.replace(" ", "")


def test_only_the_owner_may_make_a_draft_forget(place: Place) -> None:
    slug = place.studio.new_journey("Mine")
    with pytest.raises(NotAllowed):
        place.as_role("editor").forget_history(slug)


def test_the_command_says_what_is_gone_and_what_is_not(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", place.settings.database_url)
    slug = place.studio.new_journey("Mine", greeting())
    place.studio.publish(slug)
    edited(place, slug, SECRET)
    edited(place, slug, "Mine")
    data = str(place.settings.data)
    assert main(["retain", "--history", slug, "--data", data]) == 0
    said = capsys.readouterr().out
    assert "Taken out: 3 edits of mine." in said
    assert "Published versions stay as they are: 1." in said
    assert "Change a secret that was seen." in said
    assert SECRET not in kept(place)
    assert main(["retain", "--history", "nothing", "--data", data]) != 0
    assert main(["retain", "--history", slug, "--before", "2020-01-01", "--data", data]) == 2
