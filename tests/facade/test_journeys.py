"""Drafts, edits by operations, publishing, versions, webhooks and schedules."""

from __future__ import annotations

import pytest

from runtime.facade import NotFound, Refused
from runtime.store.database import Database, rows, run
from tests.facade.conftest import HOUR, Place, document, edge, greeting, node, reply


def test_a_blank_journey_is_there_with_its_slug(place: Place):
    slug = place.studio.new_journey("Enquiry to first call")
    assert slug == "enquiry-to-first-call"
    assert place.studio.new_journey("Enquiry to first call") == "enquiry-to-first-call-2"
    found = place.studio.journey(slug)
    assert found["state"] == "draft"
    assert found["document"]["nodes"] == []
    assert found["live"] is None


def test_a_journey_without_a_name_is_refused(place: Place):
    with pytest.raises(Refused, match="no name"):
        place.studio.new_journey("  ")


def test_edits_count_up_and_say_what_is_wrong(place: Place):
    slug = place.studio.new_journey("Mine")
    added = place.studio.edit(slug, 1, [{"op": "node.add", "node": node("a", "trigger.manual")}])
    assert added["rev"] == 2
    assert "document" not in added
    broken = place.studio.edit(
        slug, 2, [{"op": "node.add", "node": node("b", "logic.wait", **{"for": "soon"})}]
    )
    assert any(p["node"] == "b" and p["severity"] == "error" for p in broken["problems"])


def test_two_who_edit_at_once_both_keep_their_work(place: Place):
    slug = place.studio.new_journey("Mine")
    place.studio.edit(slug, 1, [{"op": "node.add", "node": node("a", "trigger.manual")}])
    late = place.studio.edit(slug, 1, [{"op": "node.add", "node": node("b", "logic.exit")}])
    assert [n["id"] for n in late["document"]["nodes"]] == ["a", "b"]


def test_an_operation_that_does_not_fit_changes_nothing(place: Place):
    slug = place.studio.new_journey("Mine")
    with pytest.raises(Refused, match="no node"):
        place.studio.edit(slug, 1, [{"op": "node.del", "id": "ghost"}])
    assert place.studio.journey(slug)["rev"] == 1


def test_a_document_with_forbidden_keys_is_never_kept(place: Place):
    bad = {**greeting(), "settings": {"__proto__": {"polluted": True}}}
    with pytest.raises(Refused):
        place.studio.save_draft(None, bad)
    slug = place.studio.new_journey("Mine")
    with pytest.raises(Refused):
        place.studio.edit(slug, 1, [{"op": "doc.replace", "document": bad}])
    assert place.studio.journeys()[0]["slug"] == "mine"


def test_import_replaces_the_draft_of_that_name(place: Place):
    first = place.studio.save_draft(None, greeting())
    second = place.studio.save_draft(None, {**greeting(), "about": "Changed"})
    assert first == second == "greeting"
    assert place.studio.export("greeting")["about"] == "Changed"
    assert len(place.studio.journeys()) == 1


def test_publishing_makes_numbered_versions_and_the_same_draft_stays_one(place: Place):
    slug = place.studio.save_draft(None, greeting())
    assert place.studio.publish(slug)["version"] == 1
    assert place.studio.publish(slug)["version"] == 1
    place.studio.edit(slug, 1, [{"op": "doc.set", "about": "Changed"}])
    assert place.studio.journeys()[0]["draft_changed"]
    assert place.studio.publish(slug)["version"] == 2
    found = place.studio.journey(slug)
    assert [v["number"] for v in found["versions"]] == [2, 1]
    assert found["live"] is not None
    assert found["live"]["document"]["about"] == "Changed"


def test_a_draft_with_an_error_is_refused_with_its_problems(place: Place):
    slug = place.studio.save_draft(None, document("Bad", [node("a", "logic.nothing")], []))
    with pytest.raises(Refused) as refused:
        place.studio.publish(slug)
    assert refused.value.problems
    assert place.studio.journey(slug)["state"] == "draft"


def test_a_webhook_keeps_its_address_over_versions(place: Place):
    slug = place.studio.save_draft(None, reply())
    first = place.studio.publish(slug)["hooks"]
    place.studio.edit(slug, 1, [{"op": "doc.set", "about": "Changed"}])
    second = place.studio.publish(slug)["hooks"]
    assert first == second
    assert first["form"].startswith("http://127.0.0.1:8000/hooks/")
    assert len(first["form"].rsplit("/", 1)[1]) >= 32


def scheduled(cron: str) -> dict[str, object]:
    return document(
        "Report",
        [node("monday", "trigger.schedule", cron=cron, time_zone="Europe/Lisbon")],
        [],
    )


def fires(place: Place) -> list[tuple[object, ...]]:
    with place.database.read() as conn:
        return rows(conn, "SELECT id, cron, next_at FROM schedule")


def test_a_schedule_takes_new_times_and_an_unchanged_one_stays(place: Place):
    slug = place.studio.save_draft(None, scheduled("0 10 * * 1"))
    place.studio.publish(slug)
    first = fires(place)
    assert first[0][2] == place.clock.now + HOUR
    place.studio.save_draft(slug, {**scheduled("0 10 * * 1"), "about": "Changed"})
    place.studio.publish(slug)
    assert fires(place) == first
    place.studio.save_draft(slug, scheduled("0 11 * * 1"))
    place.studio.publish(slug)
    changed = fires(place)
    assert [row[1] for row in changed] == ["0 11 * * 1"]
    assert changed[0][0] == first[0][0]  # so that no local time fires twice


def test_a_schedule_follows_the_clock_of_the_workspace(place: Place):
    report = document("Report", [node("monday", "trigger.schedule", cron="0 10 * * 1")], [])
    slug = place.studio.save_draft(None, report)
    place.studio.publish(slug)
    (before,) = fires(place)
    place.studio.save_settings(time_zone="Europe/Vienna")
    (after,) = fires(place)
    assert after[0] == before[0]
    assert after[2] == place.clock.now + 7 * 24 * HOUR  # 09:00 UTC is 10:00 in Vienna, just gone


def test_a_paused_journey_has_no_schedule_and_gets_it_back(place: Place):
    slug = place.studio.save_draft(None, scheduled("0 10 * * 1"))
    place.studio.publish(slug)
    place.studio.pause_journey(slug)
    assert place.studio.journey(slug)["state"] == "paused"
    assert fires(place) == []
    place.studio.resume_journey(slug)
    assert len(fires(place)) == 1
    with pytest.raises(Refused):
        place.studio.resume_journey(slug)


def test_who_is_inside_a_deleted_journey_leaves_it(place: Place):
    slug = place.studio.save_draft(None, waiting())
    place.studio.publish(slug)
    place.event("trial.started", "maya@example.com")
    assert place.studio.journeys()[0]["inside"] == 1
    place.studio.delete_journey(slug)
    place.work()
    with pytest.raises(NotFound):
        place.studio.journey(slug)
    assert place.studio.save_draft(None, waiting()) == slug
    assert [r["status"] for r in place.studio.runs()] == ["exited"]


def waiting() -> dict[str, object]:
    return document(
        "Waiting",
        [
            node("came", "trigger.event", event="trial.started"),
            node("w", "logic.wait", **{"for": "P1D"}),
        ],
        [edge("came", "out", "w")],
    )


def test_counts_of_the_live_version_add_up(place: Place):
    slug = place.studio.save_draft(None, waiting())
    assert place.studio.counts(slug) == {"version": None, "nodes": {}, "left": {}}
    place.studio.publish(slug)
    for who in ("maya@example.com", "noor@example.com"):
        place.event("trial.started", who)
    nodes = place.studio.counts(slug)["nodes"]
    assert nodes["w"] == {"in": 2, "waiting": 2, "handles": {}}
    place.work(later=25 * HOUR)
    assert place.studio.counts(slug)["nodes"]["w"] == {"in": 2, "waiting": 0, "handles": {"out": 2}}


def test_a_person_is_added_by_hand(place: Place):
    made = document(
        "By hand",
        [node("hand", "trigger.manual"), node("x", "logic.exit")],
        [edge("hand", "out", "x")],
    )
    slug = place.studio.save_draft(None, made)
    with pytest.raises(Refused, match="not live"):
        place.studio.start_manually(slug, "hand", "maya@example.com", {})
    place.studio.publish(slug)
    place.studio.start_manually(slug, "hand", "maya@example.com", {"note": "Called"})
    place.work()
    maya = place.customer("maya")
    assert maya["timeline"][-1]["title"] == "Entered By hand"
    place.studio.start_manually(slug, "hand", maya["customer"]["id"], {})
    place.work()
    assert place.studio.customers()["total"] == 1
    assert len(place.studio.runs(journey=slug)) == 2


def test_a_template_becomes_a_draft_of_its_own(place: Place):
    found = place.studio.templates()
    assert len(found) == 6
    assert "email" in found[1]["needs"]
    assert "website form" in found[1]["needs"]
    slug = place.studio.use_template(found[1]["slug"])
    assert {p["code"] for p in place.studio.journey(slug)["problems"]} == {"placeholder"}
    with pytest.raises(NotFound):
        place.studio.use_template("nothing")


def test_the_catalogue_knows_what_has_come_in(place: Place):
    place.event("order.completed", "maya@example.com", total=120, items={"sku": "A1"})
    found = place.studio.catalogue()
    assert len(found["types"]) == 20
    assert found["stages"][0] == {"name": "awareness", "title": "Awareness"}
    (event,) = found["fields"]["events"]
    paths = {field["path"]: field["sample"] for field in event["properties"]}
    assert paths["event.properties.total"] == 120
    assert paths["event.properties.items.sku"] == "A1"
    assert "customer.email" in {field["path"] for field in found["fields"]["customer"]}


def test_the_pulse_changes_with_what_happens(place: Place):
    before = place.wayline.pulse()
    assert place.wayline.pulse() == before
    place.event("anything", "maya@example.com")
    assert place.wayline.pulse() != before


def test_the_numbers_of_a_journey_stay_when_its_runs_have_gone(place: Place):
    slug = place.studio.new_journey("Greeting", greeting())
    place.studio.publish(slug)
    for who in ("maya", "tom", "ada"):
        place.event("trial.started", who, seats=1)
    place.event("paid", "maya")
    place.event("paid", "maya")

    def numbers() -> tuple[int, int, int]:
        (row,) = place.studio.journeys()
        return row["entered"], row["inside"], row["goal_reached"]

    assert numbers() == (3, 0, 1)
    with place.database.write() as conn:  # as the retention rule takes them out
        run(conn, "DELETE FROM journal")
        run(conn, "DELETE FROM run")
    assert numbers() == (3, 0, 1)
    assert set(place.studio.counts(slug)["nodes"]) == {"came", "large"}


def test_who_enters_a_later_version_is_counted_with_the_others(place: Place):
    slug = place.studio.new_journey("Greeting", greeting())
    place.studio.publish(slug)
    place.event("trial.started", "maya", seats=1)
    place.studio.edit(slug, 1, [{"op": "node.add", "node": node("b", "logic.exit")}])
    place.studio.edit(slug, 2, [{"op": "edge.add", **edge("large", "no", "b")}])
    assert place.studio.publish(slug)["version"] == 2
    place.event("trial.started", "tom", seats=1)
    assert place.studio.journeys()[0]["entered"] == 2


def test_goals_reached_before_they_were_counted_are_counted_by_the_migration(place: Place):
    slug = place.studio.new_journey("Greeting", greeting())
    place.studio.publish(slug)
    for who in ("maya", "tom"):
        place.event("trial.started", who, seats=1)
        place.event("paid", who)
    with place.database.write() as conn:  # as the version before has left it
        run(conn, "DELETE FROM counter WHERE handle = 'goal'")
        run(conn, "UPDATE alembic_version SET version_num = '0003'")
        run(conn, "ALTER TABLE workspace DROP COLUMN flood_by")
        run(conn, "ALTER TABLE workspace DROP COLUMN flood_until")
        run(conn, "DROP TABLE draft_edit")
        run(conn, "DROP TABLE presence")
    assert place.studio.journeys()[0]["goal_reached"] == 0
    Database.open(place.settings, clock=place.clock).close()
    assert place.studio.journeys()[0]["goal_reached"] == 2
