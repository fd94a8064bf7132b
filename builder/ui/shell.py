"""The frame around every page: side navigation on a desk, top bar and tab bar on a phone."""

from __future__ import annotations

from typing import Any, Literal, cast

import reflex as rx
from reflex.style import color_mode, set_color_mode

from builder.state.desk import Desk
from builder.ui.island import leaving, notice
from builder.ui.language import language_choice
from builder.ui.parts import icon, link, plain_form
from builder.ui.say import tr

PLACES = (
    ("/", tr("Journeys"), "route"),
    ("/approvals", tr("Approvals"), "inbox"),
    ("/customers", tr("Customers"), "users"),
    ("/templates", tr("Templates"), "layout-template"),
    ("/mailbox", tr("Mailbox"), "mail"),
)
TABS = PLACES[:4]


def logo(size: int = 20) -> rx.Component:
    """The line that runs through it."""
    return rx.el.svg(
        rx.el.path(
            d="M5 6.2v5.3a4 4 0 0 0 4 4h3.2",
            custom_attrs={"stroke": "currentColor"},
            stroke_width=2,
        ),
        rx.el.circle(cx=5, cy=4, r="2.2", custom_attrs={"stroke": "currentColor"}, stroke_width=2),
        rx.el.circle(cx="15.2", cy="15.5", r=3, class_name="wl-logo-dot"),
        view_box="0 0 20 20",
        width=size,
        height=size,
        fill="none",
        aria_hidden="true",
    )


def page(
    title: Any,
    *body: Any,
    here: str,
    about: Any = None,
    actions: list[rx.Component] | None = None,
    phone_action: rx.Component | None = None,
    phone_title: Any = None,
    phone_start: Any = None,
    back: str | None = None,
    wide: bool = False,
    head: bool = True,
) -> rx.Component:
    """One page in its frame. `wide` leaves the padding to the page."""
    return rx.el.div(
        rx.el.a(tr("Skip to the page"), href="#page", class_name="wl-skip"),
        _side(here),
        rx.el.header(
            phone_start if phone_start is not None else _back(back) if back else menu(),
            rx.el.h1(
                phone_title if phone_title is not None else title,
                class_name="wl-phone-title wl-cut",
            ),
            phone_action or rx.fragment(),
            class_name="wl-phone-bar",
        ),
        rx.el.main(
            _samples(),
            rx.el.header(
                rx.el.div(
                    rx.el.h1(title),
                    rx.el.p(about, class_name="wl-about") if about is not None else rx.fragment(),
                ),
                rx.el.div(*(actions or []), class_name="wl-actions"),
                class_name="wl-head",
            )
            if head
            else rx.fragment(),
            *body,
            id="page",
            tab_index=-1,
            class_name="wl-main wide" if wide else "wl-main",
        ),
        _tabs(here),
        notice(text=Desk.notice, tone=Desk.notice_tone, seq=Desk.notice_seq),
        leaving(),
        class_name="wl-frame",
        data_ready=Desk.ready,
    )


def _side(here: str) -> rx.Component:
    return rx.el.aside(
        rx.el.div(logo(), rx.el.span(Desk.workspace), class_name="wl-workspace"),
        rx.el.nav(
            *[_place(href, words, glyph, here) for href, words, glyph in PLACES],
            aria_label=tr("Studio"),
        ),
        rx.el.div(
            _place("/settings", tr("Settings"), "settings", here),
            _person(),
            class_name="wl-side-end",
        ),
        class_name="wl-side",
    )


def _place(href: str, words: Any, glyph: str, here: str, size: int = 16) -> rx.Component:
    count = (
        rx.cond(
            Desk.open_approvals > 0,
            rx.el.span(
                Desk.open_approvals,
                rx.el.span(" ", tr("waiting"), class_name="wl-hidden"),
                class_name="wl-count",
            ),
        )
        if href == "/approvals"
        else rx.fragment()
    )
    return link(
        icon(glyph, size),
        rx.el.span(words),
        count,
        href=href,
        class_name="wl-place",
        **({"aria_current": "page"} if href == here else {}),
    )


def _person() -> rx.Component:
    return rx.popover.root(
        rx.popover.trigger(
            rx.el.button(
                rx.el.span(Desk.initials, class_name="wl-avatar", aria_hidden="true"),
                rx.el.span(Desk.name, class_name="wl-cut"),
                type="button",
                class_name="wl-place wl-person",
            )
        ),
        rx.popover.content(
            rx.el.div(
                rx.el.strong(Desk.name),
                rx.el.span(Desk.email, class_name="wl-mute wl-small"),
                class_name="wl-stack",
            ),
            mode_switch(),
            language_choice(),
            sign_out(),
            side="top",
            align="start",
            class_name="wl-popover",
        ),
    )


def mode_switch() -> rx.Component:
    """Light, dark, or as the system does."""
    modes: tuple[tuple[Literal["system", "light", "dark"], Any], ...] = (
        ("system", tr("System")),
        ("light", tr("Light")),
        ("dark", tr("Dark")),
    )
    return rx.el.div(
        *[
            rx.el.button(
                words,
                type="button",
                aria_pressed=rx.cond(color_mode == mode, "true", "false"),
                on_click=cast(Any, set_color_mode)(mode),
            )
            for mode, words in modes
        ],
        role="group",
        aria_label=tr("Light or dark"),
        class_name="wl-segments",
    )


def sign_out(kind: str = "wl-btn quiet wl-full") -> rx.Component:
    """A plain form: the session cookie is out of reach for scripts."""
    return plain_form(
        rx.el.button(icon("log-out"), tr("Sign out"), type="submit", class_name=kind),
        action="/logout",
        method="post",
    )


def _samples() -> rx.Component:
    return rx.cond(
        Desk.samples,
        rx.el.div(
            icon("flask-conical", 16),
            rx.el.span(
                tr("You are looking at sample customers."),
                " ",
                tr("They are marked, and nothing is ever sent to them."),
            ),
            rx.el.button(
                tr("Remove them"),
                type="button",
                on_click=Desk.remove_samples,
                class_name="wl-btn quiet small",
            ),
            class_name="wl-samples",
        ),
    )


def menu() -> rx.Component:
    """All places, on a phone."""
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.el.button(
                icon("menu", 20), type="button", aria_label=tr("Menu"), class_name="wl-tap"
            )
        ),
        rx.dropdown_menu.content(
            *[
                rx.dropdown_menu.item(words, on_select=rx.redirect(href))
                for href, words, _ in (*PLACES, ("/settings", tr("Settings"), ""))
            ],
            size="2",
        ),
    )


def back_button(act: Any) -> rx.Component:
    """Back to the list, on a phone."""
    return rx.el.button(
        icon("chevron-left", 20),
        type="button",
        aria_label=tr("Back to the list"),
        class_name="wl-tap",
        on_click=act,
    )


def _back(href: str) -> rx.Component:
    return link(icon("chevron-left", 20), href=href, aria_label=tr("Back"), class_name="wl-tap")


def _tabs(here: str) -> rx.Component:
    return rx.el.nav(
        *[_place(href, words, glyph, here, 20) for href, words, glyph in TABS],
        class_name="wl-tabs",
        aria_label=tr("Studio, short"),
    )
