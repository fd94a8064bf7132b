"""What publishing would do is told before it is done."""

from __future__ import annotations

from tests.facade.conftest import Place, document, edge, node


def waiting(*, gone: bool = False) -> dict[str, object]:
    came = node("came", "trigger.event", event="trial.started")
    wait = {**node("w", "logic.wait", **{"for": "P1D"}), "title": "A day of rest"}
    if gone:
        return document("Waiting", [came, node("end", "logic.exit")], [edge("came", "out", "end")])
    return document("Waiting", [came, wait], [edge("came", "out", "w")])


def test_the_first_publish_has_nobody_inside(place: Place):
    slug = place.studio.save_draft(None, waiting())
    found = place.studio.publish_review(slug)
    assert (found["number"], found["same"], found["state"]) == (1, False, "draft")
    assert found["inside"] == []


def test_an_unchanged_draft_stays_the_version_that_it_is(place: Place):
    slug = place.studio.save_draft(None, waiting())
    place.studio.publish(slug)
    moved = {**waiting(), "ui": {"positions": {"w": [80, 80]}, "notes": []}}
    place.studio.save_draft(slug, moved)
    found = place.studio.publish_review(slug)
    assert (found["number"], found["same"], found["state"]) == (1, True, "live")
    assert place.studio.publish(slug)["version"] == found["number"]


def test_who_stands_at_a_step_that_the_draft_has_no_more_is_counted_there(place: Place):
    slug = place.studio.save_draft(None, waiting())
    place.studio.publish(slug)
    for person in ("maya", "noor"):
        place.event("trial.started", f"{person}@example.com")
    place.studio.save_draft(slug, waiting(gone=True))
    found = place.as_role("viewer").publish_review(slug)
    at_rest = {"node": "w", "title": "A day of rest", "people": 2, "gone": True}
    assert found["inside"] == [{"version": 1, "people": 2, "steps": [at_rest]}]
    assert place.studio.publish(slug)["version"] == found["number"] == 2
    place.event("trial.started", "lena@example.com")  # goes straight to the end
    found = place.studio.publish_review(slug)
    assert [(one["version"], one["people"]) for one in found["inside"]] == [(1, 2)]
    place.work(25 * 3600 * 1_000_000)
    assert place.studio.publish_review(slug)["inside"] == []
