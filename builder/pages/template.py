"""`/templates/[slug]`: a template on the canvas, and the way from it to a draft of one's own."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.style import resolved_color_mode

from builder.pages.credential_forms import http_form, smtp_form
from builder.state.desk import Desk
from builder.state.template import Wizard
from builder.ui.island import journey_preview
from builder.ui.parts import button, icon, icon_of, link_button, tag
from builder.ui.say import tr
from builder.ui.shell import page as frame

STEPS = (
    ("needs", tr("Needs")),
    ("words", tr("Your own words")),
    ("sample", tr("See it run")),
)


def page() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(Wizard.title != "", Wizard.title, tr("Template")),
        rx.cond(
            Wizard.loaded & ~Wizard.found,
            rx.el.p(
                tr("There is no such template. It may have been renamed."), class_name="wl-nothing"
            ),
            rx.cond(Wizard.loaded, _body(), rx.fragment()),
        ),
        here="/templates",
        about=Wizard.about,
        actions=[link_button(tr("All templates"), href="/templates", glyph="chevron-left")],
    )


def _body() -> rx.Component:
    return rx.el.div(
        rx.el.section(
            rx.cond(
                Wizard.slug != "",
                journey_preview(slug=Wizard.slug, color_mode=resolved_color_mode, key=Wizard.slug),
            ),
            class_name="wl-template-canvas",
            aria_label=tr("The journey, to look at"),
        ),
        rx.el.section(
            _facts(),
            rx.cond(
                Wizard.foreign,
                rx.el.p(
                    tr(
                        "The messages and the names of the steps are written in English. You can "
                        "change them in the draft."
                    ),
                    class_name="wl-small",
                ),
            ),
            rx.el.ol(
                *[_mark(number, name, words) for number, (name, words) in enumerate(STEPS, 1)],
                class_name="wl-wizard-steps",
            ),
            rx.match(
                Wizard.step,
                ("words", _words()),
                ("sample", _sample()),
                _needs(),
            ),
            class_name="wl-wizard",
            aria_label=tr("Make it yours"),
        ),
        class_name="wl-template-page",
    )


def _facts() -> rx.Component:
    return rx.el.div(
        tag(Wizard.stage_word),
        rx.foreach(Wizard.channels, lambda one: tag(one)),
        rx.cond(
            Wizard.goal != "",
            rx.el.span(tr("Goal"), ": ", Wizard.goal),
        ),
        rx.el.span(Wizard.cost, class_name="wl-mute"),
        class_name="wl-template-facts",
    )


def _mark(number: int, name: str, words: Any) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.span(str(number), class_name="wl-step-number", aria_hidden="true"),
            words,
            type="button",
            aria_current=rx.cond(Wizard.step == name, "step", "false"),
            on_click=Wizard.go(name),
        ),
    )


def _end(back: str, forward: tuple[str, Any] | None) -> rx.Component:
    """The way back, the way on, and the draft, which can be had at each step."""
    may = (Desk.role == "owner") | (Desk.role == "editor")
    draft = button(
        tr("Leave it as a draft"),
        kind="plain" if forward else "primary",
        on_click=Wizard.leave_draft,
        custom_attrs={"data-testid": "leave-draft"},
    )
    return rx.el.div(
        button(tr("Back"), kind="quiet", on_click=Wizard.go(back)) if back else rx.fragment(),
        rx.el.span(class_name="wl-grow"),
        rx.cond(
            may, draft, rx.el.span(tr("Only owners and editors make drafts."), class_name="wl-mute")
        ),
        button(forward[1], kind="primary", on_click=Wizard.go(forward[0]))
        if forward
        else rx.fragment(),
        class_name="wl-line-row wl-wizard-end",
    )


def _needs() -> rx.Component:
    return rx.el.div(
        rx.el.ul(rx.foreach(Wizard.needs, _need), class_name="wl-lines"),
        _end("", ("words", tr("Your own words"))),
        class_name="wl-form",
    )


def _need(one: Any) -> rx.Component:
    sign = rx.cond(
        one.ready,
        tag(tr("Ready"), tone="live", glyph="check"),
        rx.cond(one.missing, tag(tr("Not yet")), tag(tr("Later"))),
    )
    add = rx.el.details(
        rx.el.summary(tr("Add it now")),
        rx.cond(one.kind == "smtp", smtp_form(), http_form()),
        class_name="wl-details",
    )
    return rx.el.li(
        rx.el.div(
            rx.el.div(rx.el.strong(one.name), sign, class_name="wl-line-row"),
            rx.el.span(one.text, class_name="wl-mute wl-small"),
            rx.cond(one.missing & (Desk.role == "owner"), add),
            class_name="wl-stack wl-grow",
        ),
    )


def _words() -> rx.Component:
    return rx.el.div(
        rx.cond(
            Wizard.blanks.length() > 0,
            rx.el.p(
                tr(
                    "What is left empty can be filled in later, in the draft. You are warned of "
                    "example addresses there, and before you publish."
                ),
                class_name="wl-mute wl-small",
            ),
            rx.el.p(tr("There is nothing to fill in."), class_name="wl-mute"),
        ),
        rx.foreach(Wizard.blanks, _field),
        rx.cond(
            Wizard.wrong != "",
            rx.el.p(icon("circle-alert"), Wizard.wrong, class_name="wl-wrong", role="alert"),
        ),
        _end("needs", ("sample", tr("See it run"))),
        class_name="wl-form",
    )


def _field(one: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(one.label, html_for=one.key),
        rx.el.input(
            id=one.key,
            name=one.key,
            class_name="wl-input",
            placeholder=one.stands,
            default_value=one.value,
            auto_complete="off",
            on_change=lambda text: Wizard.write(one.key, text).debounce(200),
            on_blur=lambda text: Wizard.write(one.key, text),
        ),
        rx.cond(one.hint != "", rx.el.span(one.hint, class_name="wl-hint")),
        class_name="wl-field",
        key=one.key,
    )


def _sample() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            tr(
                "The journey as it would run for its sample customers, in a moment. Nothing is "
                "sent."
            ),
            class_name="wl-mute wl-small",
        ),
        rx.foreach(Wizard.stories, _story),
        rx.cond(Wizard.others != "", rx.el.p(Wizard.others, class_name="wl-mute wl-small")),
        _end("words", None),
        class_name="wl-form",
    )


def _story(story: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.el.strong(story.customer), rx.el.span(" · ", story.sum, class_name="wl-mute")
        ),
        rx.el.ol(rx.foreach(story.lines, _line), class_name="wl-played"),
        open=story.opened,
        class_name="wl-details wl-sample",
    )


def _line(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(icon_of(line.icon), aria_hidden="true"),
        rx.el.div(
            rx.el.span(line.text, class_name=rx.cond(line.sent, "wl-strong", "")),
            rx.cond(
                line.more != "",
                rx.el.details(
                    rx.el.summary(tr("Read it")),
                    rx.el.p(line.more, class_name="wl-letter"),
                    class_name="wl-details",
                ),
            ),
            class_name="wl-stack wl-grow",
        ),
        rx.el.time(line.when, class_name="wl-mute wl-small"),
        class_name="wl-line-row",
    )
