"""Texts in the editor, in a real browser: typing, chips, completion, errors in place, previews, and
a test of an email by a real mail server.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.canvas.conftest import Editor
from tests.canvas.test_access_and_speed import violations
from tests.support.mailserver import mail_server, received

pytestmark = pytest.mark.browser

HTML = """<meta http-equiv="refresh" content="0;url=https://example.com/gone">
<style>@import "https://example.com/a.css"; p { background: url(https://example.com/b.png) }</style>
<script>top.document.title = "run"</script>
<p>Hi {{ customer.first_name }}</p><img src="https://example.com/c.png" alt="A chair">
<img src=x onerror="top.document.title = 'run'" alt="Another chair">
<a href="https://example.com/d">Look</a><form action="https://example.com/e"><input></form>"""


def select(editor: Editor, node: str) -> None:
    editor.get(f"node-{node}").locator(".wj-node-title").click()


def config(editor: Editor, node: str) -> dict:
    return next(n["config"] for n in editor.document["nodes"] if n["id"] == node)


def rich(page: Page, name: str) -> Locator:
    """The field after it was used once, and has chips."""
    page.get_by_test_id(name).click()
    field = page.locator(f'.cm-content[data-testid="{name}"]')
    expect(field).to_be_focused()
    return field


def offered(page: Page) -> None:
    """The list of completions is there for what stands in the text now: Enter takes from it."""
    expect(page.get_by_role("listbox", name="Completions")).to_be_visible()
    ready = ".cm-tooltip-autocomplete:not(.cm-tooltip-autocomplete-disabled)"
    expect(page.locator(ready)).to_be_visible()


def test_a_text_stands_there_as_it_reads_before_it_is_used(editor: Editor) -> None:
    page = editor.open("enquiry-to-first-call").page
    select(editor, "remind")
    drawn = editor.get("inspector").locator(".wj-liquid-drawn")
    expect(drawn.first).to_be_visible()
    expect(drawn.locator(".wj-chip").first).to_have_text("first name")
    expect(drawn.filter(has_text="Hello").locator(".wj-chip")).to_have_text(
        ["first name, or “there”", "kind"]
    )
    expect(drawn.filter(has_text="{{")).to_have_count(0)
    assert violations(editor, '[data-testid="inspector"]') == []
    expect(page.locator(".cm-content")).to_have_count(0)

    # "Show as Liquid" shows it without a use as well.
    page.get_by_role("button", name="Show as Liquid").first.click()
    expect(drawn).to_have_count(0)
    page.get_by_role("button", name="Show as Liquid").first.click()

    # Who points into a word goes on in that word, wherever it stands in the Liquid.
    word = page.evaluate(
        """() => {
          const field = document.querySelector('[data-testid="field-body"]');
          const layer = field.parentElement.querySelector(".wj-liquid-drawn");
          const text = [...layer.querySelectorAll("span")].at(-1).firstChild;
          const range = document.createRange();
          range.setStart(text, text.data.length - 3);
          range.setEnd(text, text.data.length - 2);
          const box = range.getBoundingClientRect();
          return [box.left + 1, box.top + box.height / 2];
        }"""
    )
    page.mouse.click(*word)
    expect(page.locator('.cm-content[data-testid="field-body"]')).to_be_focused()
    editor.type("!")
    editor.saved()
    assert config(editor, "remind")["body"].endswith("this we!ek.")


def test_a_text_is_written_with_chips_completion_and_errors_in_place(editor: Editor) -> None:
    page = editor.open("enquiry-to-first-call").page
    select(editor, "remind")
    body = rich(page, "field-body")
    expect(body.locator(".wj-chip").first).to_have_text("first name, or “there”")

    # Behind the braces there are the values that are known, with what was seen of them.
    page.keyboard.press("Control+End")
    editor.type("\nYours, {{ first")
    offers = page.get_by_role("listbox", name="Completions")
    expect(offers.get_by_role("option").first).to_have_text("first nameMaya")
    offered(page)
    page.keyboard.press("Enter")
    expect(body.locator(".wj-chip").last).to_have_text("first name")
    editor.type(" {{ customer.frist_name | upcas }}")
    problems = editor.get("field-body-problems")
    expect(problems).to_contain_text("There is no Liquid filter “upcas”: did you mean “upcase”?")
    expect(body).to_have_attribute("aria-invalid", "true")
    problems.get_by_role("button", name="Use “upcase”").click()
    problems.get_by_role("button", name="Use “first name”").click()
    expect(problems).to_have_count(0)
    expect(body.locator(".wj-chip").last).to_have_text("first name (upcase)")
    editor.saved()
    end = "Yours, {{ customer.first_name }} {{ customer.first_name | upcase }}"
    assert config(editor, "remind")["body"].endswith(end)

    # A chip is one character to the keyboard, and Liquid again when it is clicked or asked for.
    body.locator(".wj-chip").last.click()
    expect(body).to_contain_text("{{ customer.first_name | upcase }}")
    page.get_by_role("button", name="Show as Liquid").last.click()
    expect(body.locator(".wj-chip")).to_have_count(0)
    page.get_by_role("button", name="Show as Liquid").last.click()
    body.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Backspace")
    editor.saved()
    assert config(editor, "remind")["body"].endswith("Yours, {{ customer.first_name }} ")

    # Tab leaves, undo is the editor's own, and stays with this field.
    page.keyboard.press("Tab")
    expect(body).not_to_be_focused()
    body.focus()
    before = body.inner_text()
    page.keyboard.press("Control+z")
    expect(body).not_to_have_text(before, use_inner_text=True)
    page.keyboard.press("Control+y")
    expect(body).to_have_text(before, use_inner_text=True)
    editor.saved()
    assert config(editor, "remind")["body"].endswith("Yours, {{ customer.first_name }} ")
    subject = rich(page, "field-subject")
    page.keyboard.press("Control+z")
    expect(page.locator(".wj-message")).to_contain_text("Nothing to undo in this field")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("One\nline")
    expect(subject).to_have_text("One line")
    page.keyboard.press("Escape")
    expect(subject).not_to_be_focused()


def test_a_preview_shows_the_message_for_a_chosen_customer(editor: Editor) -> None:
    page = editor.open("enquiry-to-first-call").page
    select(editor, "remind")
    preview = editor.get("preview")
    expect(preview).to_contain_text("Still keen to talk, Maya?")
    expect(preview).to_contain_text("Ines Okafor <ines@okafor.example>")
    editor.get("reader").click()
    editor.type("nobody here")
    expect(page.get_by_text("Nobody has this name or address.")).to_be_visible()
    editor.get("reader-search").fill("noor")
    found = page.get_by_role("listbox", name="Customers").get_by_role("option")
    expect(found).to_have_count(1)
    page.keyboard.press("Enter")
    expect(editor.get("reader")).to_be_focused()
    expect(preview).to_contain_text("Still keen to talk, Noor?")
    expect(preview).to_contain_text("noor@example.com")
    editor.get("reader").click()
    page.get_by_role("option", name="A customer without a name").click()
    expect(preview).to_contain_text("Hello there,")
    expect(editor.get("preview-notes")).to_contain_text(
        "Not known for this customer, so empty: first name."
    )
    select(editor, "send")
    expect(editor.get("mail-text")).to_contain_text("⟨Ines approves the reply: text⟩")
    expect(editor.get("preview-notes")).to_contain_text("Ines approves the reply")


def test_an_email_is_written_in_a_big_window_and_tried(editor: Editor, tmp_path: Path) -> None:
    page = editor.open("enquiry-to-first-call").page
    ended: dict[str, str | None] = {}
    page.on("requestfailed", lambda request: ended.update({request.url: request.failure}))
    page.on("requestfinished", lambda request: ended.update({request.url: None}))
    select(editor, "remind")
    editor.get("open-big").click()
    window = editor.get("big-window")
    html = window.get_by_test_id("big-html")
    window.get_by_test_id("html-from-text").click()
    frame = window.frame_locator('[data-testid="mail-frame"]')
    expect(frame.locator("p")).to_have_text(
        "Hello Maya,\nI kept a half hour for your website this week."
    )
    expect(window.get_by_test_id("mail-hints")).to_contain_text("how to stop these emails")
    for piece in ("button", "image", "divider", "list", "heading"):
        window.get_by_test_id(f"piece-html-{piece}").click()
    expect(frame.locator("body > *")).to_have_count(6)  # the paragraph, and each of them by itself
    expect(window.get_by_test_id("mail-hints")).to_contain_text(
        "The link https:// is no web address"
    )
    assert violations(editor, '[data-testid="big-window"]') == []

    # A hostile letter runs nothing, loads nothing and leads nowhere.
    html.fill(HTML)
    expect(frame.get_by_text("Hi Maya")).to_be_visible()
    expect(frame.locator("img, script, form, meta[http-equiv=refresh], a[href]")).to_have_count(0)
    expect(window).to_contain_text("2 images are not loaded here")
    assert page.title() == "Journey editor"
    assert {ended[url] for url in ended if "example.com" in url} == {"csp"}
    blocked = [said for said in editor.faults if "Content Security Policy" in said]
    assert any("a.css" in said for said in blocked)
    editor.faults[:] = [said for said in editor.faults if said not in blocked]
    window.get_by_role("button", name="Phone").click()
    shown = window.get_by_test_id("mail-frame")
    assert shown.evaluate("e => e.offsetWidth") == 375
    window.get_by_role("button", name="Plain text").click()
    expect(window.get_by_test_id("mail-text")).to_contain_text("Hello Maya,")

    # A test goes out as it stands here, to whom it is sent.
    window.get_by_test_id("test-send").click()
    expect(window.get_by_test_id("test-said")).to_contain_text("There is no mail server yet.")
    with mail_server(tmp_path) as server:
        editor.studio.mail = server
        window.get_by_test_id("big-subject").fill("For you, {{ customer.first_name }}")
        window.get_by_test_id("test-send").click()
        expect(window.get_by_test_id("test-said")).to_contain_text("Look at ines@okafor.example")
        (message,) = received(server, 1)
        assert (message["Subject"], message["To"]) == (
            "[Test] For you, Maya",
            "ines@okafor.example",
        )
        assert "Hello Maya," in message.get_body(("plain",)).get_content()
        window.get_by_test_id("test-to").fill("never@example.com")
        window.get_by_test_id("test-send").click()
        expect(window.get_by_test_id("test-said")).to_contain_text("550")
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    expect(editor.get("open-big")).to_be_focused()


def test_json_that_is_broken_says_where(editor: Editor) -> None:
    editor.open("project-welcome")
    select(editor, "folder")
    body = rich(editor.page, "field-body")
    body.fill('{"who": {{ customer.email }}}')
    problems = editor.get("field-body-problems")
    expect(problems).to_contain_text("A value that is filled in stands in quotation marks in JSON.")
    body.fill('{"who": "{{ customer.email }}" "n": 1}')
    expect(problems).to_contain_text("A comma is missing here.")
    problems.get_by_role("button", name="Add ,").click()
    expect(problems).to_have_count(0)
    editor.saved()
    assert config(editor, "folder")["body"] == {"who": "{{ customer.email }}", "n": 1}


def test_a_value_to_set_has_chips_too(editor: Editor) -> None:
    page = editor.open("blank").page
    editor.drop("logic.set", 400, 200)
    editor.get("field-values-add").click()
    expect(editor.get("field-values-0-name")).to_be_focused()  # else letters are the editor's keys
    editor.type("greeting")
    value = rich(page, "field-values-0-value")
    editor.type("Hi {{ first")
    offered(page)
    page.keyboard.press("Enter")
    expect(value.locator(".wj-chip")).to_have_text("first name")
    editor.type(" {{ a | upcas }}")
    expect(editor.get("field-values-0-value-problems")).to_contain_text("“upcas”")
    expect(page.locator(".wj-form .wj-field-problem")).to_have_count(1)
    page.get_by_role("button", name="Use “upcase”").click()
    editor.saved()
    text = "Hi {{ customer.first_name }} {{ a | upcase }}"
    assert config(editor, "set")["values"] == {"greeting": text}


def test_who_writes_stays_in_the_text_and_sees_the_cursor(editor: Editor) -> None:
    page = editor.open("enquiry-to-first-call").page
    select(editor, "remind")
    subject = rich(page, "field-subject")
    page.keyboard.press("End")
    editor.type(" and {{ customer.frist_name }}, in a subject that is wider than its field")
    expect(editor.get("field-subject-problems")).to_contain_text("frist_name")
    expect(subject).to_be_focused()
    page.wait_for_function("""() => {
        const shown = document.activeElement.closest(".cm-scroller");
        return shown.scrollWidth - shown.clientWidth - shown.scrollLeft < 16;
    }""")
    page.get_by_role("button", name="Insert a value into Subject").click()
    page.keyboard.press("Enter")
    expect(subject).to_be_focused()
    editor.type(" or so")
    editor.saved()
    assert config(editor, "remind")["subject"].endswith("}} or so")


def test_a_text_is_mended_and_read_on_a_phone(phone: Editor) -> None:
    page = phone.open("enquiry-to-first-call").page
    page.get_by_text("Gentle reminder").first.click()
    rich(page, "field-subject")
    page.keyboard.press("End")
    phone.type("!")
    expect(phone.get("preview")).to_contain_text("Still keen to talk, Maya?!")
    phone.get("open-big").click()
    window = phone.get("big-window")
    expect(window.get_by_test_id("mail-view")).to_contain_text("Still keen to talk, Maya?!")
    assert violations(phone, '[data-testid="big-window"]') == []
    wide = page.evaluate("document.querySelector('.wj-big').scrollWidth")
    assert wide <= 390
    window.get_by_test_id("big-close").click()
    expect(window).to_have_count(0)
