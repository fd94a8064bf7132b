"""`/mailbox`: the messages, as their readers see them; the page of a message is sandboxed."""

from __future__ import annotations

from typing import Any

import reflex as rx

from builder.state.mailbox import Mailbox
from builder.ui.parts import button, icon, link, tag
from builder.ui.say import tr
from builder.ui.shell import back_button, menu
from builder.ui.shell import page as frame


def page() -> rx.Component:
    """The page."""
    return frame(
        tr("Mailbox"),
        rx.cond(
            Mailbox.loaded,
            rx.el.div(
                _list(),
                rx.cond(Mailbox.letter.id != "", _letter(), _nothing()),
                class_name="wl-panes two",
                data_open=rx.cond(Mailbox.opened, "yes", "no"),
            ),
        ),
        here="/mailbox",
        phone_start=rx.cond(
            Mailbox.opened & (Mailbox.letter.id != ""), back_button(Mailbox.close), menu()
        ),
        wide=True,
        head=False,
    )


def _list() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h1(tr("Mailbox")),
            rx.el.p(tr("Every message that a journey wrote"), class_name="wl-about"),
            class_name="wl-pane-head",
        ),
        rx.el.ul(rx.foreach(Mailbox.letters, _line), class_name="wl-picks"),
        rx.cond(
            Mailbox.more | (Mailbox.page > 0),
            rx.el.nav(
                button(
                    tr("Newer"), small=True, on_click=Mailbox.turn(-1), disabled=Mailbox.page == 0
                ),
                button(tr("Older"), small=True, on_click=Mailbox.turn(1), disabled=~Mailbox.more),
                class_name="wl-pager",
                aria_label=tr("Pages"),
            ),
        ),
        class_name="wl-pane wl-pane-list",
        aria_label=tr("Messages"),
    )


def _line(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.span(
                rx.el.strong(line.who, class_name="wl-cut"),
                rx.cond(line.sample, tag(tr("sample")), rx.fragment()),
                rx.el.span(line.at, class_name="wl-mute wl-small wl-right"),
                class_name="wl-pick-top",
            ),
            rx.el.span(line.subject, class_name="wl-cut"),
            rx.el.span(line.preview, class_name="wl-mute wl-small wl-cut"),
            type="button",
            on_click=Mailbox.choose(line.id),
            aria_current=rx.cond(line.id == Mailbox.chosen, "true", "false"),
            class_name="wl-pick",
        )
    )


def _nothing() -> rx.Component:
    return rx.el.section(
        rx.el.h2(tr("No messages yet")),
        rx.el.p(
            tr(
                "Until you add a mail server in the settings, messages stay here and nothing "
                "goes out."
            ),
            class_name="wl-mute",
        ),
        class_name="wl-pane wl-pane-main wl-nothing",
    )


def _letter() -> rx.Component:
    letter: Any = Mailbox.letter
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2(letter.subject),
                rx.el.p(
                    icon("mail", 12),
                    letter.via,
                    ", ",
                    letter.at,
                    class_name="wl-mute wl-small wl-with-icon",
                ),
                class_name="wl-grow",
            ),
            rx.cond(
                letter.html != "",
                rx.el.div(
                    _view(tr("Page"), False),
                    _view(tr("Plain text"), True),
                    class_name="wl-segments",
                    role="group",
                    aria_label=tr("How to show it"),
                ),
            ),
            class_name="wl-draft-head",
        ),
        rx.el.div(
            rx.el.article(
                rx.el.dl(
                    rx.el.dt(tr("To")),
                    rx.el.dd(
                        rx.cond(
                            letter.customer != "",
                            link(
                                letter.recipient,
                                href="/customers/" + letter.customer,
                                class_name="wl-link",
                            ),
                            letter.recipient,
                        )
                    ),
                    rx.el.dt(tr("Subject")),
                    rx.el.dd(rx.el.strong(letter.subject)),
                    class_name="wl-letter-head",
                ),
                rx.cond(
                    (letter.html != "") & ~Mailbox.plain,
                    rx.el.iframe(
                        title=tr("The message as a mail program shows it"),
                        class_name="wl-preview",
                        custom_attrs={
                            "srcDoc": letter.html,
                            "sandbox": "",
                            "referrerPolicy": "no-referrer",
                        },
                    ),
                    rx.el.div(letter.text, class_name="wl-letter-text"),
                ),
                class_name="wl-card wl-letter",
            ),
            class_name="wl-draft-body",
        ),
        class_name="wl-pane wl-pane-main",
        aria_label=tr("The message"),
    )


def _view(words: Any, plain: bool) -> rx.Component:
    pressed = Mailbox.plain if plain else ~Mailbox.plain
    return rx.el.button(
        words,
        type="button",
        aria_pressed=rx.cond(pressed, "true", "false"),
        on_click=Mailbox.show_plain(plain),
    )
