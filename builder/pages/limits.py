"""The section "Sending limits" of `/settings`."""

from __future__ import annotations

from typing import Any

import reflex as rx

from builder.pages.setting_parts import form, section, select, wrong
from builder.state.desk import Desk
from builder.state.setup import Setup
from builder.ui.parts import button, field, tag, text_input
from builder.ui.say import tr


def section_of() -> rx.Component:
    """How many calls a second each provider gets, and which ones are held back now."""
    return section(
        tr("Sending limits"),
        tr(
            "How many calls a second go to a service, from the whole of Wayline. What is over "
            "waits "
            "its turn. A service that asks for a pause, or keeps failing, is held back by itself."
        ),
        rx.cond(
            Setup.limits.length() > 0,
            rx.el.ul(rx.foreach(Setup.limits, _line), class_name="wl-lines"),
            rx.el.p(
                tr("No limits. Nothing is held back now."),
                class_name="wl-mute",
            ),
        ),
        rx.cond(Desk.role == "owner", rx.fragment(rx.el.hr(), _add())),
        id="limits",
    )


def _line(limit: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.strong(limit.label),
            rx.el.span(limit.rate, class_name="wl-mute wl-small"),
            rx.cond(limit.held != "", rx.el.span(limit.held, class_name="wl-small")),
            class_name="wl-stack wl-grow",
        ),
        rx.cond(limit.held != "", tag(tr("Held back"), tone="warning", glyph="clock")),
        rx.cond(
            limit.limited & (Desk.role == "owner"),
            button(
                tr("Remove"),
                kind="quiet",
                small=True,
                aria_label=tr("Remove the limit of {name}", name=limit.label),
                on_click=Setup.drop_limit(limit.provider),
            ),
        ),
        class_name="wl-line-row",
    )


def _add() -> rx.Component:
    host, rate = wrong("limit_host"), wrong("limit_rate")
    return form(
        rx.el.div(
            field(
                tr("For"),
                select(
                    "limit_kind",
                    [
                        ("host", tr("A web address")),
                        ("smtp", tr("Your mail server")),
                        ("ai", tr("Your AI model")),
                    ],
                    value=Setup.limit_kind,
                    on_change=Setup.choose_limit_kind,
                ),
                name="limit_kind",
            ),
            rx.cond(
                Setup.limit_kind == "host",
                field(
                    tr("Its host"),
                    text_input(
                        "limit_host",
                        placeholder="api.example.com",
                        auto_complete="off",
                        wrong=host,
                    ),
                    name="limit_host",
                    wrong=host,
                ),
            ),
            field(
                tr("Calls a second"),
                text_input("limit_rate", placeholder="5", input_mode="decimal", wrong=rate),
                name="limit_rate",
                wrong=rate,
            ),
            class_name="wl-limit",
        ),
        act=Setup.save_limit,
        save=tr("Keep to it"),
    )
