"""`/approvals`: the list, the draft, the evidence, and what follows if you approve."""

from __future__ import annotations

from typing import Any

import reflex as rx

from builder.state.approvals import Approvals
from builder.ui.island import hotkeys
from builder.ui.parts import button, icon, icon_button, link, tag, tile
from builder.ui.say import tr
from builder.ui.shell import back_button, menu
from builder.ui.shell import page as frame


def page() -> rx.Component:
    """The page."""
    return frame(
        tr("Approvals"),
        hotkeys(),
        rx.cond(
            Approvals.loaded,
            rx.el.div(
                _list(),
                rx.cond(Approvals.sheet.id != "", _draft(), _nothing()),
                rx.cond(Approvals.sheet.id != "", _evidence(), rx.fragment()),
                class_name="wl-panes",
                data_open=rx.cond(Approvals.opened, "yes", "no"),
            ),
        ),
        here="/approvals",
        phone_start=rx.cond(
            Approvals.opened & (Approvals.sheet.id != ""), back_button(Approvals.close), menu()
        ),
        phone_action=rx.cond(
            Approvals.opened,
            rx.el.span(Approvals.sheet.place, class_name="wl-mute wl-small"),
        ),
        wide=True,
        head=False,
    )


def _list() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h1(tr("Approvals")),
            rx.el.p(Approvals.about, class_name="wl-about"),
            class_name="wl-pane-head",
        ),
        rx.cond(
            Approvals.undo != "",
            rx.el.div(
                rx.el.span(Approvals.undo_words, class_name="wl-grow"),
                button(
                    tr("Undo"),
                    rx.el.kbd("Z", class_name="wl-kbd"),
                    small=True,
                    on_click=Approvals.take_back,
                    data_key="z",
                    aria_keyshortcuts="z",
                ),
                class_name="wl-undo",
                role="status",
            ),
        ),
        rx.el.ul(rx.foreach(Approvals.waiting, _line), class_name="wl-picks"),
        class_name="wl-pane wl-pane-list",
        aria_label=tr("Drafts that wait"),
    )


def _line(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.span(
                rx.el.strong(line.who, class_name="wl-cut"),
                rx.cond(line.sample, tag(tr("sample")), rx.fragment()),
                rx.el.span(line.left, class_name="wl-mute wl-small wl-right"),
                class_name="wl-pick-top",
            ),
            rx.el.span(line.title, class_name="wl-mute wl-cut"),
            rx.el.span(line.sure, class_name="wl-mute wl-small"),
            type="button",
            on_click=Approvals.choose(line.id),
            aria_current=rx.cond(line.id == Approvals.chosen, "true", "false"),
            class_name="wl-pick",
        )
    )


def _nothing() -> rx.Component:
    return rx.el.section(
        rx.el.h2(tr("No approvals")),
        rx.el.p(
            tr("When a draft needs you, it appears here."),
            class_name="wl-mute",
        ),
        class_name="wl-pane wl-pane-main wl-nothing",
    )


def _draft() -> rx.Component:
    sheet: Any = Approvals.sheet
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2(sheet.title),
                rx.el.p(
                    icon("route", 12),
                    link(sheet.journey, href="/journeys/" + sheet.slug, class_name="wl-plain-link"),
                    rx.cond(
                        sheet.expiry != "",
                        rx.el.span(icon("clock", 12), sheet.expiry, class_name="wl-with-icon"),
                        rx.fragment(),
                    ),
                    class_name="wl-mute wl-small wl-with-icon",
                ),
                class_name="wl-grow",
            ),
            rx.el.div(
                icon_button(
                    "chevron-left",
                    tr("The draft before (K)"),
                    on_click=Approvals.step(-1),
                    data_key="k",
                ),
                rx.el.span(sheet.place, class_name="wl-mute wl-small"),
                icon_button(
                    "chevron-right",
                    tr("The next draft (J)"),
                    on_click=Approvals.step(1),
                    data_key="j",
                ),
                class_name="wl-steps",
            ),
            class_name="wl-draft-head",
        ),
        rx.el.div(_letter(), _follows(), _folded(), class_name="wl-draft-body"),
        _buttons(),
        class_name="wl-pane wl-pane-main",
        aria_label=tr("The draft"),
    )


def _letter() -> rx.Component:
    sheet: Any = Approvals.sheet
    return rx.el.article(
        rx.el.dl(
            rx.el.dt(tr("To")),
            rx.el.dd(sheet.recipient),
            rx.cond(
                sheet.subject != "",
                rx.fragment(rx.el.dt(tr("Subject")), rx.el.dd(rx.el.strong(sheet.subject))),
            ),
            class_name="wl-letter-head",
        ),
        rx.cond(
            Approvals.editing,
            rx.el.textarea(
                default_value=Approvals.edited,
                key=sheet.id,
                on_change=Approvals.write.debounce(200),
                on_blur=Approvals.write,
                aria_label=tr("The draft"),
                auto_focus=True,
                data_escape="yes",
                class_name="wl-textarea wl-letter-edit",
            ),
            rx.el.div(sheet.text, class_name="wl-letter-text"),
        ),
        class_name="wl-card wl-letter",
    )


def _follows() -> rx.Component:
    return rx.cond(
        Approvals.follows.length() > 0,
        rx.el.div(
            rx.el.h2(tr("If you approve")),
            rx.cond(
                Approvals.sheet.mailbox != "",
                rx.el.p(Approvals.sheet.mailbox, class_name="wl-small"),
            ),
            rx.el.ul(
                rx.foreach(
                    Approvals.follows,
                    lambda step: rx.el.li(
                        tile(step.category, step.icon, "small"), rx.el.span(step.text)
                    ),
                ),
            ),
            class_name="wl-follows",
        ),
    )


def _sure() -> rx.Component:
    return rx.cond(
        Approvals.sheet.sure != "",
        rx.el.div(
            rx.el.h2(tr("How sure it is")),
            rx.el.div(
                rx.el.span(Approvals.sheet.sure, class_name="wl-figure"),
                rx.el.span(
                    tr("by the model’s own estimate. You decide each time."),
                    class_name="wl-mute wl-small",
                ),
                class_name="wl-sure",
            ),
        ),
    )


def _read() -> rx.Component:
    return rx.cond(
        Approvals.sources.length() > 0,
        rx.el.div(
            rx.el.h2(tr("What it read")),
            rx.el.ol(
                rx.foreach(
                    Approvals.sources,
                    lambda source: rx.el.li(
                        rx.el.span(source.number, class_name="wl-number-tag"),
                        rx.el.div(
                            rx.el.strong(source.title),
                            rx.el.q(source.text, class_name="wl-mute"),
                            class_name="wl-stack wl-small",
                        ),
                    ),
                ),
                class_name="wl-sources",
            ),
        ),
    )


def _evidence() -> rx.Component:
    sheet: Any = Approvals.sheet
    return rx.el.aside(
        _sure(),
        _read(),
        rx.el.div(
            rx.el.h2(sheet.who),
            rx.el.dl(
                rx.foreach(
                    Approvals.card,
                    lambda fact: rx.fragment(rx.el.dt(fact.label), rx.el.dd(fact.value)),
                ),
                class_name="wl-facts wl-small",
            ),
            rx.cond(
                sheet.customer != "",
                link(
                    tr("Open the timeline"),
                    href="/customers/" + sheet.customer,
                    class_name="wl-link wl-small",
                ),
                rx.fragment(),
            ),
            class_name="wl-stack wl-gap",
        ),
        class_name="wl-pane wl-pane-side wl-desk-only",
        aria_label=tr("Evidence"),
    )


def _folded() -> rx.Component:
    """The evidence on a phone: folded under the draft."""
    return rx.el.div(
        rx.cond(
            Approvals.sheet.sure != "",
            rx.el.div(
                rx.el.strong(tr("{share} sure", share=Approvals.sheet.sure)), class_name="wl-fold"
            ),
            rx.fragment(),
        ),
        rx.cond(
            Approvals.sources.length() > 0,
            rx.el.details(
                rx.el.summary(
                    rx.el.strong(tr("What it read")),
                    " ",
                    rx.el.span(Approvals.source_count, class_name="wl-mute wl-small"),
                ),
                _read(),
                class_name="wl-fold",
            ),
            rx.fragment(),
        ),
        class_name="wl-card wl-phone-only wl-folds",
    )


def _buttons() -> rx.Component:
    return rx.el.div(
        button(
            tr("Approve and send"),
            rx.el.kbd("A", class_name="wl-kbd"),
            kind="primary",
            class_name="large",
            on_click=Approvals.approve,
            data_key="a",
            aria_keyshortcuts="a",
        ),
        rx.cond(
            Approvals.editing,
            button(
                tr("Leave as it was"),
                class_name="large",
                on_click=Approvals.leave_edit,
                data_key="escape",
            ),
            button(
                tr("Edit"),
                rx.el.kbd("E", class_name="wl-kbd"),
                class_name="large",
                on_click=Approvals.edit,
                data_key="e",
                aria_keyshortcuts="e",
            ),
        ),
        button(
            tr("Reject"),
            rx.el.kbd("R", class_name="wl-kbd"),
            kind="danger",
            class_name="large",
            on_click=Approvals.reject,
            data_key="r",
            aria_keyshortcuts="r",
        ),
        rx.el.span(
            rx.el.kbd("J", class_name="wl-kbd"),
            rx.el.kbd("K", class_name="wl-kbd"),
            tr("move"),
            rx.el.kbd("Z", class_name="wl-kbd"),
            tr("undo"),
            class_name="wl-keys wl-mute wl-small",
        ),
        class_name="wl-buttons",
    )
