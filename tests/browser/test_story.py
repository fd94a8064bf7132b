"""The whole way: a person draws a journey, an enquiry arrives, a person approves, a mail comes."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Studio
from tests.support.chromium import drag_wire, shot
from tests.support.mailserver import received

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ENQUIRY = "We need a new identity for our pottery shop, logo and website."


def by(page: Page, test_id: str) -> Locator:
    return page.get_by_test_id(test_id)


def drop(page: Page, kind: str, x: float, y: float) -> str:
    """Drags a node type from the palette onto the canvas; the new node's id."""
    before = set(nodes(page))
    canvas = by(page, "canvas")
    by(page, f"palette-item-{kind}").drag_to(canvas, target_position={"x": x, "y": y})
    expect(page.locator(".react-flow__node")).to_have_count(len(before) + 1)
    (new,) = set(nodes(page)) - before
    return new


def nodes(page: Page) -> list[str]:
    """The ids of the nodes on the canvas."""
    found = page.locator(".react-flow__node")
    return [str(found.nth(i).get_attribute("data-id")) for i in range(found.count())]


def wire(page: Page, source: str, handle: str, target: str) -> None:
    """Connects a handle with a node by the mouse."""
    before = page.locator(".react-flow__edge").count()
    by(page, f"node-{source}").hover()
    drag_wire(page, by(page, f"handle-{source}-{handle}"), by(page, f"node-{target}"))
    expect(page.locator(".react-flow__edge")).to_have_count(before + 1)


def choose(page: Page, node: str) -> None:
    """Selects a node, so that the inspector shows its form."""
    by(page, f"node-{node}").locator(".wj-node-title").click()
    expect(by(page, "inspector")).to_be_visible()


def use_mail_server(studio: Studio) -> None:
    """Gives the program the SMTP server under Settings."""
    page = studio.page("/settings")
    if not page.get_by_text("Messages go out by your mail server.").is_visible():
        page.fill("[name=host]", studio.mail.host)
        page.fill("[name=port]", str(studio.mail.port))
        page.select_option("[name=security]", "none")
        page.fill("[name=username]", "ines")
        page.fill("[name=smtp_password]", "secret")
        page.get_by_role("button", name="Send by this server").click()
        expect(page.get_by_text("Messages go out by your mail server.")).to_be_visible()
    page.close()


def publish(page: Page) -> dict[str, str]:
    """Publishes and reads each webhook's address from the dialog."""
    expect(by(page, "save-state")).to_contain_text("Saved")
    by(page, "publish").click()
    by(page, "publish-now").click()
    dialog = by(page, "published")
    expect(dialog).to_be_visible()
    found: dict[str, str] = {}
    for line in dialog.locator("[data-testid^=hook-]").all():
        address = re.search(r"http\S+/hooks/[\w-]+", line.inner_html())
        assert address, line.inner_html()
        found[str(line.get_attribute("data-testid")).removeprefix("hook-")] = address.group()
    page.keyboard.press("Escape")
    return found


def post(url: str, email: str, message: str, name: str = "Maya") -> None:
    """The website's form, as a real HTTP request."""
    body = {"email": email, "first_name": name, "message": message, "budget": 6500}
    answer = httpx.post(url, json=body, timeout=60, trust_env=False)
    assert answer.status_code == 202, answer.text
    assert answer.json()["event_id"]


def approve(studio: Studio, customer: str) -> None:
    """Approves this customer's draft on screen."""
    page = studio.page("/approvals")
    page.get_by_role("button", name=customer).first.click(timeout=60_000)
    expect(page.get_by_text("If you approve")).to_be_visible()
    shot(page, "story-approval")
    page.get_by_role("button", name="Approve and send").click()
    expect(page.get_by_role("button", name=re.compile("Undo"))).to_be_visible()
    page.close()  # the decision counts all the same, ten seconds later


def draw(page: Page) -> None:
    """Webhook → classify → branch → write → approval → email, from a blank canvas by dragging."""
    hook = drop(page, "trigger.webhook", 360, 60)
    sort = drop(page, "ai.classify", 360, 170)
    choose(page, hook)
    by(page, "field-customer").fill("body.email")
    choose(page, sort)
    by(page, "field-text").fill("{{ event.properties.message }}")
    for i, (name, about) in enumerate(
        (("project", "Someone wants new work from us"), ("question", "A question about prices"))
    ):
        if not by(page, f"field-labels-{i}-name").is_visible():
            by(page, "field-labels-add").click()
        by(page, f"field-labels-{i}-name").fill(name)
        by(page, f"field-labels-{i}-description").fill(about)
    big = drop(page, "logic.branch", 360, 320)
    choose(page, big)
    condition(page)
    write = drop(page, "ai.write", 360, 440)
    choose(page, write)
    by(page, "field-instructions").fill("Thank them and offer a first call.")
    ask = drop(page, "logic.approval", 360, 560)
    send = drop(page, "action.send_email", 360, 700)
    choose(page, send)
    by(page, "field-subject").fill("Your enquiry, {{ customer.first_name | default: 'there' }}")
    by(page, "field-body").fill("{{ steps." + ask + ".text }}")
    page.keyboard.press("Escape")
    wire(page, hook, "out", sort)
    wire(page, sort, "project", big)
    wire(page, big, "yes", write)
    wire(page, write, "out", ask)
    wire(page, ask, "out", send)
    choose(page, ask)  # the drafts to choose from are those that come before it
    by(page, "field-of").select_option(write)
    by(page, "field-within").fill("8")
    page.keyboard.press("Escape")


def condition(page: Page) -> None:
    """`event.properties.budget` is at least 1000."""
    by(page, "field-condition-add").click()
    row = by(page, "field-condition-row").first
    row.locator("input").first.fill("event.properties.budget")
    by(page, "field-condition-op").select_option("gte")
    by(page, "field-condition-value").fill("1000")


def test_a_journey_drawn_on_a_blank_canvas_ends_in_a_delivered_mail(studio: Studio) -> None:
    use_mail_server(studio)
    page = studio.page("/")
    page.get_by_role("button", name="Start with an empty canvas").click()
    expect(by(page, "canvas")).to_be_visible()
    draw(page)
    shot(page, "story-drawn")
    expect(by(page, "problem-strip")).not_to_contain_text("error")
    hooks = publish(page)
    assert len(hooks) == 1
    post(next(iter(hooks.values())), "maya@lindqvist.example", ENQUIRY)
    approve(studio, "Maya")
    (mail,) = received(studio.mail, 1, 60)
    assert mail["to"] == "maya@lindqvist.example"
    assert mail["subject"].startswith("Your enquiry")
    assert mail["message-id"]
    page.close()
    told(studio)


def told(studio: Studio) -> None:
    """What happened to the customer, and why, stands on screen."""
    page = studio.page("/customers")
    page.get_by_role("link", name=re.compile("Maya|maya@")).first.click()
    expect(page.get_by_text("Sorted as", exact=False).first).to_be_visible()
    expect(page.get_by_text("approved", exact=False).first).to_be_visible()
    expect(page.get_by_text("Sent", exact=False).first).to_be_visible()
    shot(page, "story-timeline")
    page.close()


def test_a_template_is_used_published_and_ends_in_a_delivered_mail(studio: Studio) -> None:
    use_mail_server(studio)
    before = len(studio.mail.messages)
    page = studio.page("/templates")
    page.get_by_role("link", name="Use it: Enquiry to first call").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Your own words").last.click()
    page.get_by_label("Where they choose a time").fill("https://haddad.studio/call")
    page.get_by_label("Your page of answers").fill("https://haddad.studio/answers")
    by(page, "leave-draft").click()
    expect(by(page, "canvas")).to_be_visible()
    hooks = publish(page)
    post(next(iter(hooks.values())), "noor@haddad.example", ENQUIRY, "Noor")
    approve(studio, "Noor")  # the name that the form has posted is kept
    found = received(studio.mail, before + 1, 60)
    assert found[-1]["to"] == "noor@haddad.example"
    page.close()
