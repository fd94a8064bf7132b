"""`/not-done`: what could not be done, why, and what may be done about it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from builder.state.letters import Letters
from builder.ui.parts import button, details, icon, link
from builder.ui.say import tr
from builder.ui.shell import page as frame


def page() -> rx.Component:
    """The page."""
    return frame(
        tr("Not done"),
        rx.cond(
            Letters.loaded,
            rx.el.div(
                rx.cond(
                    Letters.lines.length() > 0,
                    rx.el.ul(
                        rx.foreach(Letters.lines, _line),
                        class_name="wl-card wl-not-done wl-section",
                    ),
                    rx.cond(
                        Letters.stopped.length() == 0,
                        rx.el.p(
                            tr(
                                "Everything has been done. What fails after all its tries, and "
                                "what "
                                "nobody knows the end of, waits here for you."
                            ),
                            class_name="wl-nothing",
                        ),
                    ),
                ),
                rx.cond(Letters.stopped.length() > 0, _stopped()),
            ),
        ),
        here="/not-done",
        about=Letters.about,
        back="/",
    )


def _line(line: Any) -> rx.Component:
    return rx.el.li(
        rx.cond(
            line.doubt,
            rx.el.span(icon("circle-help", 20), class_name="wl-not-done-sign", data_tone="warning"),
            rx.el.span(icon("octagon-alert", 20), class_name="wl-not-done-sign", data_tone="error"),
        ),
        rx.el.div(
            rx.el.strong(line.title),
            rx.el.p(line.reason),
            details(line.details),
            rx.el.p(
                rx.cond(
                    line.customer != "",
                    rx.fragment(
                        link(line.who, href="/customers/" + line.customer, class_name="wl-link"),
                        ", ",
                    ),
                ),
                rx.cond(
                    line.slug != "",
                    rx.fragment(
                        link(line.journey, href="/journeys/" + line.slug, class_name="wl-link"),
                        ", ",
                    ),
                ),
                line.at,
                class_name="wl-mute wl-small",
            ),
            class_name="wl-stack wl-grow",
        ),
        rx.cond((Letters.role == "owner") | (Letters.role == "editor"), _choices(line)),
        class_name="wl-not-done-line",
    )


def _stopped() -> rx.Component:
    return rx.el.section(
        rx.el.h2(tr("Stopped on the way")),
        rx.el.p(
            tr(
                "A step failed in the last seven days and no way leads on from it. Mend what it "
                "says, "
                "then let the customer go on: the step is done once more."
            ),
            class_name="wl-mute",
        ),
        rx.el.ul(rx.foreach(Letters.stopped, _stopped_line), class_name="wl-card wl-not-done"),
        id="stopped",
        class_name="wl-section wl-stopped wl-stack wl-gap",
    )


def _stopped_line(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(icon("circle-alert", 20), class_name="wl-not-done-sign", data_tone="error"),
        rx.el.div(
            rx.el.strong(
                rx.cond(
                    line.customer != "",
                    link(line.who, href="/customers/" + line.customer, class_name="wl-link"),
                    line.who,
                )
            ),
            rx.el.p(line.reason),
            details(line.details),
            rx.el.p(
                link(line.journey, href="/journeys/" + line.slug, class_name="wl-link"),
                ", ",
                line.at,
                rx.cond(line.again, "", tr(". Not enough was kept for it to go on from there.")),
                class_name="wl-mute wl-small",
            ),
            class_name="wl-stack wl-grow",
        ),
        rx.cond(
            line.again & ((Letters.role == "owner") | (Letters.role == "editor")),
            rx.el.div(
                button(
                    tr("Try again from there"),
                    small=True,
                    aria_label=tr("Let {who} try again from there", who=line.who),
                    on_click=Letters.retry(line.run),
                ),
                class_name="wl-not-done-choices",
            ),
        ),
        class_name="wl-not-done-line",
    )


def _choices(line: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(
            line.doubt,
            rx.fragment(
                button(tr("It went out"), small=True, on_click=Letters.confirm(line.id)),
                button(tr("Send it again"), small=True, on_click=Letters.resend(line.id)),
                button(tr("Go on without it"), kind="quiet", small=True, on_click=_leave(line)),
            ),
            rx.fragment(
                rx.cond(
                    line.again,
                    button(tr("Try again"), small=True, on_click=Letters.replay(line.id)),
                ),
                button(tr("Leave it"), kind="quiet", small=True, on_click=_leave(line)),
            ),
        ),
        class_name="wl-not-done-choices",
    )


def _leave(line: Any) -> Any:
    return Letters.dismiss(line.id)
