"""Without a mail server emails stay in the mailbox, and who sends them is told so before."""

from __future__ import annotations

from runtime.ports.results import Done
from tests.facade.conftest import Place, greeting, reply


def test_a_publish_and_an_approval_say_whether_the_mail_goes_out(place: Place):
    place.model.answers["write"] = Done({"text": "Hello", "subject": "Hi", "confidence": 0.9})
    slug = place.studio.new_journey("Reply", reply())

    def told() -> tuple[bool, bool]:
        (waiting,) = place.studio.approvals()
        return (
            place.studio.publish_review(slug)["mailbox"],
            place.studio.approval(waiting["id"])["mailbox"],
        )

    assert place.studio.publish_review(slug)["mailbox"]
    place.studio.publish(slug)
    place.event("enquiry.sent", "maya@example.com", message="Hello")
    assert told() == (True, True)
    place.studio.set_credential("mail", "smtp", {"host": "127.0.0.1"})
    assert told() == (False, False)
    place.studio.save_settings(smtp=False)
    assert told() == (True, True)


def test_a_step_with_a_server_of_its_own_and_a_journey_without_mail_need_none(place: Place):
    place.studio.set_credential("mail", "smtp", {"host": "127.0.0.1"})
    place.studio.save_settings(smtp=False)
    made = greeting()
    for change, stays in (({}, True), ({"credential": "mail"}, False)):
        for node in made["nodes"]:
            if node["type"] == "action.send_email":
                node["config"] |= change
        slug = place.studio.new_journey("Greeting", made)
        assert place.studio.publish_review(slug)["mailbox"] is stays
    made["nodes"] = [n for n in made["nodes"] if n["type"] != "action.send_email"]
    assert not place.studio.publish_review(place.studio.new_journey("None", made))["mailbox"]
