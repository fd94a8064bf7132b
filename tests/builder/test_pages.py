"""The pages in a real browser: they work under their policy, by keys, and run nobody's scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Dialog, Page, expect

from runtime.facade.errors import Refused
from tests.builder.conftest import Served
from tests.builder.fakes import CARD, DOCUMENT, JOURNEYS, approvals, standard
from tests.support.chromium import chromium, shot
from tests.support.program import wait_until
from tests.support.tabs import Desks

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PATHS = [
    "/",
    "/templates",
    "/templates/late-invoice",
    "/customers",
    "/customers/c1",
    "/approvals",
    "/mailbox",
    "/settings",
]
PATHS += ["/not-done"]
# The controls without a text, a label or a name of their own.
NAMELESS = """() => [...document.querySelectorAll('button, a[href], input, select, textarea')]
  .filter(e => e.type !== 'hidden' && !e.closest('[aria-hidden=true]'))
  .filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
  .map(e => e.outerHTML.slice(0, 120))"""
NASTY = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}javascript:alert(3)'


@pytest.fixture(scope="module")
def desks(server: Served) -> Iterator[Desks]:
    """The contexts of one browser."""
    with chromium() as browser:
        made = Desks(browser, server.url + "/favicon.svg")
        yield made
        made.close()


@contextmanager
def opened(
    desks: Desks, served: Served, role: str = "owner", size: str = "desk", mode: str = "light"
) -> Iterator[tuple[Page, list[str]]]:
    """A signed-in page, and what went wrong on it."""
    tabs = desks.tabs(viewport=SIZES[size], color_scheme=mode)
    cookie = {"name": "wayline_session", "value": f"token-{role}", "url": served.url}
    tabs.context.add_cookies([cookie])  # type: ignore[list-item]
    page = tabs.open()
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: wrong.append(str(e)))

    def refuse(dialog: Dialog) -> None:
        wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", refuse)
    try:
        yield page, wrong
    finally:
        tabs.clear(served.url)


def visit(page: Page, served: Served, path: str) -> None:
    page.goto(served.url + path)
    page.wait_for_selector("[data-ready=true]", timeout=30_000)


def settle(page: Page) -> None:
    """Until the letters have their fonts, and nothing moves on the page any more."""
    page.evaluate(
        """async () => {
          const frame = () => new Promise(requestAnimationFrame);
          const moves = () => document.getAnimations()
            .filter((one) => one.playState === "running")
            .filter((one) => one.effect?.getComputedTiming().endTime < Infinity);
          await document.fonts.ready;
          do { await frame(); await frame(); } while (moves().length);
        }"""
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_page_draws_itself_without_a_complaint_and_names_every_control(
    desks: Desks, served: Served, size: str, mode: str
) -> None:
    served.fake.answers["message"] = lambda id: {**standard()["message"](id), "html": None}
    with opened(desks, served, size=size, mode=mode) as (page, wrong):
        for path in PATHS:
            visit(page, served, path)
            expect(page.locator("#page")).not_to_be_empty()
            settle(page)
            shot(page, f"studio{path.replace('/', '-').rstrip('-')}-{size}-{mode}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= SIZES[size]["width"], f"{path} scrolls sideways"
            assert page.evaluate(NAMELESS) == [], path
        assert not wrong


def test_what_customers_and_models_write_never_runs(desks: Desks, served: Served) -> None:
    card = CARD | {"name": NASTY, "attributes": {"company": NASTY}}
    row = approvals()[0]
    row |= {"title": NASTY, "customer_name": NASTY, "card": card, "journey_name": NASTY}
    row |= {"draft": {"to": NASTY, "subject": NASTY, "text": NASTY}}
    person = standard()["customer"]("c1")
    person["timeline"][0] |= {"title": NASTY, "text": NASTY}
    served.fake.answers |= {
        "journeys": [JOURNEYS[0] | {"name": NASTY}],
        "approvals": [row],
        "approval": lambda id: row,
        "customer": lambda id: person | {"customer": card},
    }
    with opened(desks, served) as (page, wrong):
        for path in PATHS:
            visit(page, served, path)
            settle(page)
            expect(page.locator("[onerror], img[src=x]")).to_have_count(0)
        assert not [w for w in wrong if w.startswith("dialog")]
        visit(page, served, "/approvals")
        expect(page.locator(".wl-letter-text")).to_have_text(NASTY)


def test_the_preview_of_a_message_runs_nothing(desks: Desks, served: Served) -> None:
    with opened(desks, served) as (page, wrong):
        visit(page, served, "/mailbox")
        frame = page.locator("iframe")
        expect(frame).to_have_attribute("sandbox", "")
        expect(page.frame_locator("iframe").locator("b")).to_have_text("Noor")
        assert not [w for w in wrong if w.startswith("dialog")]


def test_a_draft_is_decided_by_keys_and_taken_back(desks: Desks, served: Served) -> None:
    with opened(desks, served) as (page, wrong):
        visit(page, served, "/approvals")
        expect(page.get_by_role("heading", name="Reply to a shop identity")).to_be_visible()
        page.keyboard.press("j")
        expect(page.get_by_role("heading", name="Reply about a menu redesign")).to_be_visible()
        page.keyboard.press("k")
        expect(page.get_by_role("heading", name="Reply to a shop identity")).to_be_visible()
        page.keyboard.press("a")
        expect(page.get_by_text("Approved: Noor Haddad")).to_be_visible()
        expect(page.get_by_text("2 wait for you")).to_be_visible()
        page.keyboard.press("z")
        expect(page.get_by_text("3 wait for you")).to_be_visible()
        assert not [a for a in served.fake.asked if a[1] == "decide"]
        assert not wrong


def test_keys_rest_while_a_draft_is_edited(desks: Desks, served: Served) -> None:
    with opened(desks, served) as (page, _):
        visit(page, served, "/approvals")
        expect(page.get_by_role("heading", name="Reply to a shop identity")).to_be_visible()
        page.keyboard.press("e")
        draft = page.get_by_role("textbox", name="The draft")
        expect(draft).to_be_focused()
        draft.press("End")
        page.keyboard.type(" ra")
        expect(page.get_by_text("3 wait for you")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".wl-letter-text")).to_be_visible()


def test_a_viewer_is_told_that_the_role_does_not_allow_it(desks: Desks, served: Served) -> None:
    with opened(desks, served, role="viewer") as (page, _):
        visit(page, served, "/approvals")
        page.get_by_role("button", name="Approve and send").click()
        expect(page.get_by_role("alert")).to_contain_text("does not allow this")
        assert not [a for a in served.fake.asked if a[1] == "decide"]


def test_an_ended_session_ends_at_the_sign_in(desks: Desks, served: Served) -> None:
    with opened(desks, served) as (page, _):
        visit(page, served, "/")
        served.fake.signed_out.add("token-owner")
        page.get_by_role("button", name="New journey").first.click()
        expect(page).to_have_url(served.url + "/login")
        assert not [a for a in served.fake.asked if a[1] == "new_journey"]


def test_signing_out_leaves_the_studio(desks: Desks, served: Served) -> None:
    with opened(desks, served) as (page, _):
        page.goto(served.url + "/settings")
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(served.url + "/login")


def test_templates_are_found_by_stage_and_words(desks: Desks, served: Served) -> None:
    with opened(desks, served) as (page, _):
        visit(page, served, "/templates")
        cards = page.locator(".wl-template")
        expect(cards).to_have_count(3)
        page.get_by_role("button", name="Decision").click()
        expect(cards).to_have_count(1)
        page.get_by_role("button", name="All 3").click()
        page.get_by_role("searchbox").fill("invoice")
        expect(cards).to_have_count(1)
        page.get_by_role("link", name="Use it: Late invoice").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(served.url + "/templates/late-invoice")


def test_the_wizard_leads_from_a_template_to_a_draft(desks: Desks, served: Served) -> None:
    with opened(desks, served) as (page, _):
        visit(page, served, "/templates")
        page.get_by_role("button", name="AI", exact=True).click()
        expect(page.locator(".wl-template")).to_have_count(1)
        visit(page, served, "/templates/late-invoice")
        expect(page.get_by_test_id("template-preview")).to_be_visible()
        page.get_by_text("Add it now").click()
        expect(page.get_by_label("Mail server")).to_be_visible()
        page.get_by_role("button", name="Your own words").last.click()
        page.get_by_label("Where they choose a time").fill("https://marlow.studio/call")
        page.get_by_role("button", name="See it run").last.click()
        page.get_by_text("Read it").click()
        expect(page.get_by_text("Choose a time: https://marlow.studio/call")).to_be_visible()
        shot(page, "studio-wizard-sample-light")
        page.get_by_role("button", name="Back").click()
        expect(page.get_by_label("Where they choose a time")).to_have_value(
            "https://marlow.studio/call"
        )
        page.get_by_test_id("leave-draft").click()
        expect(page).to_have_url(served.url + "/journeys/late-invoice")
    given = {"https://example.com/call": "https://marlow.studio/call"}
    assert ("late-invoice", given, "Late invoice, kindly") in [
        args for _, name, args, _ in served.fake.asked if name == "use_template"
    ]


def test_dark_mode_follows_the_system_and_the_switch(desks: Desks, served: Served) -> None:
    with opened(desks, served, mode="dark") as (page, _):
        visit(page, served, "/settings")
        expect(page.locator("html")).to_have_class("dark")
        page.get_by_role("button", name="Light", exact=True).click()
        expect(page.locator("html")).to_have_class("light")
        page.reload()
        page.wait_for_selector("[data-ready=true]")
        expect(page.locator("html")).to_have_class("light")


def test_a_key_is_shown_once(desks: Desks, served: Served) -> None:
    served.fake.answers["create_key"] = "wl_secret_key"
    with opened(desks, served) as (page, _):
        visit(page, served, "/settings")
        page.get_by_role("button", name="Make a key").click()
        expect(page.get_by_role("textbox", name="The new key")).to_have_value("wl_secret_key")
        page.get_by_role("button", name="I have copied it").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.reload()
        page.wait_for_selector("[data-ready=true]")
        assert "wl_secret_key" not in page.content()


def test_the_phone_opens_a_draft_over_the_list(desks: Desks, served: Served) -> None:
    with opened(desks, served, size="phone") as (page, _):
        visit(page, served, "/approvals")
        page.get_by_role("button", name="Noor Haddad").click()
        expect(page.get_by_role("button", name="Approve and send")).to_be_visible()
        shot(page, "studio-approvals-draft-phone-light")
        page.get_by_role("button", name="Back to the list").click()
        expect(page.get_by_role("button", name="Noor Haddad")).to_be_visible()


def test_a_journey_file_is_imported_and_opens(desks: Desks, served: Served) -> None:
    file = {
        "name": "j.json",
        "mimeType": "application/json",
        "buffer": json.dumps(DOCUMENT).encode(),
    }
    with opened(desks, served) as (page, _):
        visit(page, served, "/templates")
        page.get_by_role("button", name="Import a file").click()
        page.get_by_label("The file").set_input_files(file)  # type: ignore[arg-type]
        page.get_by_role("button", name="Import it as a draft").click()
        expect(page).to_have_url(served.url + "/journeys/brought-along")


def told(served: Served) -> list[tuple[str, tuple[object, ...]]]:
    """What was asked of the studio, by whom it was changed."""
    changing = {"cancel_run", "erase_customer", "replay", "confirm", "dismiss", "resend"}
    changing |= {"retry_run", "set_limit", "remove_limit"}
    return [(name, args) for _, name, args, _ in served.fake.asked if name in changing]


def is_told(served: Served, *wanted: tuple[str, tuple[object, ...]]) -> None:
    """This, once as much was asked as is wanted."""
    wait_until(lambda: len(told(served)) >= len(wanted))
    assert told(served) == list(wanted)


def test_what_was_not_done_is_settled_by_its_buttons(desks: Desks, served: Served) -> None:
    with opened(desks, served) as (page, wrong):
        visit(page, served, "/not-done")
        first = page.locator(".wl-not-done-line").first
        expect(first).to_contain_text("Nobody knows whether this went out")
        first.get_by_role("button", name="It went out").click()
        expect(page.get_by_text("Noted: it went out.")).to_be_visible()
        first.get_by_role("button", name="Send it again").click()
        expect(page.get_by_text("It is sent again now.")).to_be_visible()
        page.get_by_role("button", name="Try again").first.click()
        expect(page.get_by_text("It is tried again now.")).to_be_visible()
        wait_until(lambda: [name for name, _ in told(served)] == ["confirm", "resend", "replay"])
        assert not wrong
    with opened(desks, served, role="viewer") as (page, _):
        visit(page, served, "/not-done")
        expect(page.locator(".wl-not-done-line")).to_have_count(5)
        expect(page.locator(".wl-not-done-line button")).to_have_count(0)


def test_the_words_of_the_program_stand_behind_details(desks: Desks, served: Served) -> None:
    with opened(desks, served) as (page, wrong):
        visit(page, served, "/not-done")
        raw = page.get_by_text("ValueError: a path is empty")
        expect(page.get_by_text("is not as expected. Try it again")).to_be_visible()
        expect(raw).to_be_hidden()
        page.get_by_text("Details").first.press("Enter")
        expect(raw).to_be_visible()
        assert not wrong


def test_who_stopped_goes_on_from_there(desks: Desks, served: Served) -> None:
    with opened(desks, served) as (page, wrong):
        visit(page, served, "/not-done")
        stopped = page.locator("#stopped")
        expect(stopped.locator(".wl-not-done-line")).to_have_count(2)
        expect(stopped.get_by_role("button")).to_have_count(1)  # of the other nothing was kept
        stopped.get_by_role("button", name="Let Noor Haddad try again from there").click()
        expect(page.get_by_text("They go on from where they stopped.")).to_be_visible()
        visit(page, served, "/customers/c1")
        page.get_by_role("button", name="Try Enquiry to first call again").click()
        # the same sentence may still stand there from the page before: what was asked decides
        is_told(served, ("retry_run", ("r7",)), ("retry_run", ("r7",)))
        expect(page.get_by_text("They go on from where they stopped.")).to_be_visible()
        assert not wrong


def test_a_sending_limit_is_set_and_removed(desks: Desks, served: Served) -> None:
    with opened(desks, served) as (page, wrong):
        visit(page, served, "/settings")
        limits = page.locator("#limits")
        expect(limits.locator("li")).to_have_count(3)
        expect(limits.get_by_text("Failed 7 times in a row. One call tries again")).to_be_visible()
        limits.get_by_label("Its host").fill("api.example.com")
        limits.get_by_label("Calls a second").fill("0,5")
        limits.get_by_role("button", name="Keep to it").click()
        expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()
        limits.get_by_label("For").select_option("ai")
        expect(limits.get_by_label("Its host")).to_have_count(0)
        limits.get_by_label("Calls a second").fill("2")
        limits.get_by_role("button", name="Keep to it").click()
        limits.get_by_role("button", name="Remove the limit of api.example.com").click()
        expect(page.get_by_text("The limit is gone.")).to_be_visible()
        is_told(
            served,
            ("set_limit", ("api.example.com", 0.5)),
            ("set_limit", ("ai", 2.0)),
            ("remove_limit", ("api.example.com",)),
        )
        assert not wrong
    with opened(desks, served, role="editor") as (page, _):
        visit(page, served, "/settings")
        expect(page.locator("#limits li")).to_have_count(3)
        expect(page.locator("#limits").get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_wrong_limit_is_said_at_its_field(
    desks: Desks, served: Served, size: str, mode: str
) -> None:
    with opened(desks, served, size=size, mode=mode) as (page, wrong):
        visit(page, served, "/settings")
        limits = page.locator("#limits")
        host, rate = limits.get_by_label("Its host"), limits.get_by_label("Calls a second")
        rate.fill("many")
        rate.press("Enter")
        for field, sentence in [(host, "like api.example.com"), (rate, "a number, like 5 or 0.5")]:
            expect(field).to_have_attribute("aria-invalid", "true")
            expect(field).to_have_accessible_description(re.compile(sentence))
        expect(rate).to_be_focused()
        expect(page.locator(".wl-notice")).to_have_count(0)
        expect(limits.get_by_role("alert").first).to_be_in_viewport(ratio=1)
        shot(page, f"studio-limit-wrong-{size}-{mode}")

        served.fake.answers["set_limit"] = Refused("At most 10,000.", field="rate")
        host.fill("api.example.com")
        rate.fill("99999")
        rate.press("Enter")
        expect(rate).to_have_accessible_description("At most 10,000.")
        expect(host).to_have_attribute("aria-invalid", "false")
        expect(host).to_have_accessible_description("")
        expect(rate).to_be_focused()

        limits.get_by_label("For").select_option("smtp")  # what was wrong is another matter now
        expect(rate).to_have_attribute("aria-invalid", "false")
        expect(limits.get_by_role("alert")).to_have_count(0)
        served.fake.answers["set_limit"] = Refused("There are 200 limits already.")
        rate.press("Enter")  # no field mends this
        expect(page.locator(".wl-notice")).to_contain_text("There are 200 limits already.")
        assert not wrong


def test_a_journey_is_ended_and_a_customer_erased_only_after_a_question(
    desks: Desks, served: Served
) -> None:
    with opened(desks, served) as (page, wrong):
        visit(page, served, "/customers/c1")
        page.get_by_role("button", name="End Enquiry to first call for this customer").click()
        shot(page, "studio-customer-end")
        page.get_by_role("button", name="Let it go on").click()
        assert told(served) == []
        page.get_by_role("button", name="End Enquiry to first call for this customer").click()
        page.get_by_role("button", name="End it now").click()
        expect(page.get_by_text("Nothing more is sent for it.")).to_be_visible()
        page.get_by_role("button", name="Erase this customer").click()
        expect(page.get_by_role("dialog")).to_contain_text("This cannot be undone")
        settle(page)
        shot(page, "studio-customer-erase")
        page.get_by_role("button", name="Erase for good").click()
        expect(page).to_have_url(served.url + "/customers")
        is_told(served, ("cancel_run", ("r1",)), ("erase_customer", ("c1",)))
        assert not wrong
    with opened(desks, served, role="editor") as (page, _):
        visit(page, served, "/customers/c1")
        expect(page.get_by_role("button", name="End Enquiry")).to_have_count(1)
        expect(page.get_by_role("button", name="Erase this customer")).to_have_count(0)
