"""`/`: what needs you first, then the journeys; an empty studio offers one way forward."""

from __future__ import annotations

from typing import Any

import reflex as rx

from builder.state.home import Home
from builder.ui.parts import (
    button,
    dialog,
    icon,
    icon_of,
    link,
    link_button,
    state_tag,
    tag,
    tile,
)
from builder.ui.say import tr
from builder.ui.shell import page as frame


def page() -> rx.Component:
    """The page."""
    return frame(
        rx.cond(Home.empty, tr("Journeys"), Home.greeting),
        rx.cond(Home.loaded, rx.cond(Home.empty, _empty(), _filled()), rx.fragment()),
        _delete_dialog(),
        here="/",
        about=rx.cond(Home.empty, "", Home.summary),
        phone_title=tr("Journeys"),
        actions=[
            rx.cond(
                Home.empty,
                rx.fragment(),
                link_button(tr("Browse templates"), href="/templates", glyph="layout-template"),
            ),
            button(tr("New journey"), glyph="plus", on_click=Home.new_journey),
        ],
        phone_action=rx.el.button(
            icon("plus", 20),
            type="button",
            aria_label=tr("New journey"),
            class_name="wl-btn primary square large",
            on_click=Home.new_journey,
        ),
    )


def _filled() -> rx.Component:
    return rx.fragment(
        rx.cond(
            Home.needs.length() > 0,
            rx.el.section(
                rx.el.div(rx.el.h2(tr("Needs you")), class_name="wl-heading"),
                rx.el.ul(rx.foreach(Home.needs, _need), class_name="wl-card wl-list"),
                class_name="wl-section",
            ),
        ),
        rx.cond(
            Home.tasks_open.length() > 0,
            rx.el.section(
                rx.el.div(rx.el.h2(tr("Tasks")), class_name="wl-heading"),
                rx.el.ul(rx.foreach(Home.tasks_open, _task), class_name="wl-card wl-list"),
                id="tasks",
                class_name="wl-section",
            ),
        ),
        rx.el.section(
            rx.el.div(rx.el.h2(tr("Journeys")), class_name="wl-heading"),
            _table(),
            class_name="wl-section",
        ),
    )


def _need(need: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(icon_of(need.icon, 20), class_name="wl-need-icon", data_tone=need.tone),
        rx.el.div(
            rx.el.strong(need.title),
            rx.el.span(need.text, class_name="wl-mute wl-small"),
            class_name="wl-stack wl-grow",
        ),
        rx.cond(
            need.first,
            link_button(need.button, href=need.href, kind="primary", class_name="wl-desk-only"),
            link_button(need.button, href=need.href, class_name="wl-desk-only"),
        ),
        link(
            icon("chevron-right"),
            href=need.href,
            aria_label=need.button,
            class_name="wl-cover wl-phone-only",
        ),
        class_name="wl-row",
    )


def _task(task: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.strong(task.title),
            rx.cond(task.notes != "", rx.el.span(task.notes, class_name="wl-mute wl-small")),
            rx.el.span(
                rx.cond(
                    task.customer != "",
                    link(task.who, href="/customers/" + task.customer, class_name="wl-link"),
                    rx.fragment(),
                ),
                rx.cond(
                    task.late,
                    tag(task.due, tone="warning"),
                    rx.el.span(task.due, class_name="wl-mute"),
                ),
                class_name="wl-small wl-with-icon",
            ),
            class_name="wl-stack wl-grow",
        ),
        button(
            tr("Done"),
            glyph="check",
            aria_label=tr("Done: {title}", title=task.title),
            on_click=Home.finish(task.id),
        ),
        class_name="wl-row",
    )


def _table() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(tr("Journey"), scope="col"),
                    rx.el.th(tr("State"), scope="col"),
                    rx.el.th(tr("In it now"), scope="col", class_name="wl-number"),
                    rx.el.th(tr("Reached the goal"), scope="col", class_name="wl-number"),
                    rx.el.th(tr("Rate, and how sure"), scope="col"),
                    rx.el.th(tr("Last activity"), scope="col"),
                    rx.el.th(rx.el.span(tr("Actions"), class_name="wl-hidden"), scope="col"),
                )
            ),
            rx.el.tbody(rx.foreach(Home.journeys, _row)),
            class_name="wl-table wl-journeys",
        ),
        class_name="wl-card wl-clip",
    )


def _row(row: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            link(row.name, href="/journeys/" + row.slug, class_name="wl-name wl-cover"),
            rx.cond(row.sample, tag(tr("sample")), rx.fragment()),
            rx.el.span(row.note, class_name="wl-mute wl-small wl-block wl-desk-only"),
            rx.el.span(row.brief, class_name="wl-mute wl-small wl-block wl-phone-only"),
        ),
        rx.el.td(
            state_tag(row.state, row.state_word),
            rx.el.span(row.version, class_name="wl-mute wl-small wl-version"),
        ),
        rx.el.td(row.inside, class_name="wl-number"),
        rx.el.td(row.reached, class_name="wl-number"),
        rx.el.td(
            rx.cond(
                row.has_rate,
                rx.el.div(
                    _range(row),
                    rx.el.strong(row.rate),
                    rx.el.span(row.interval, class_name="wl-mute wl-small"),
                    class_name="wl-rate",
                ),
                rx.el.span(row.empty_rate, class_name="wl-mute wl-small"),
            )
        ),
        rx.el.td(row.activity, class_name="wl-mute wl-small"),
        rx.el.td(_menu(row), class_name="wl-end"),
        class_name="wl-row-link",
    )


def _range(row: Any) -> rx.Component:
    """The interval as a bar and the rate as a dot; the words beside it say the same."""
    return rx.el.span(
        rx.el.span(class_name="wl-range-bar", style={"left": row.low, "width": row.width}),
        rx.el.span(class_name="wl-range-dot", style={"left": row.dot}),
        class_name="wl-range",
        aria_hidden="true",
    )


def _menu(row: Any) -> rx.Component:
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.el.button(
                icon("ellipsis"),
                type="button",
                aria_label=tr("Actions for {name}", name=row.name),
                class_name="wl-btn quiet square",
            )
        ),
        rx.dropdown_menu.content(
            rx.dropdown_menu.item(tr("Open"), on_select=rx.redirect("/journeys/" + row.slug)),
            rx.cond(
                row.live,
                rx.dropdown_menu.item(tr("Hold it"), on_select=Home.pause(row.slug)),
            ),
            rx.cond(
                row.paused,
                rx.dropdown_menu.item(tr("Let it go on"), on_select=Home.resume(row.slug)),
            ),
            rx.dropdown_menu.separator(),
            rx.dropdown_menu.item(
                tr("Delete…"), color="red", on_select=Home.ask_delete(row.slug, row.name)
            ),
            align="end",
        ),
    )


def _delete_dialog() -> rx.Component:
    return dialog(
        tr("Delete {name}", name=Home.asked_name),
        rx.el.div(
            button(tr("Keep it"), on_click=Home.ask_delete("", "")),
            button(tr("Delete the journey"), kind="danger", on_click=Home.delete),
            class_name="wl-dialog-end",
        ),
        opened=Home.asked_delete != "",
        on_open_change=lambda _opened: Home.ask_delete("", ""),
        about=tr(
            "Customers who are in it stop where they are. What happened to them stays in their "
            "timelines."
        ),
    )


STORY: tuple[tuple[str, str, Any], ...] = (
    ("trigger", "webhook", tr("Someone fills in your website form")),
    ("ai", "pen-line", tr("AI drafts a reply from your own facts")),
    ("logic", "stamp", tr("You approve it, or change it")),
    ("action", "mail", tr("It goes out, and you see what happened")),
)


def _empty() -> rx.Component:
    return rx.el.div(
        rx.el.h2(tr("Nobody should wait for an answer"), class_name="wl-big"),
        rx.el.p(
            tr(
                "A journey looks after one kind of moment: an enquiry, a proposal, a late invoice. "
                "Begin with one that matters this week. Nothing is sent until you publish."
            ),
            class_name="wl-about",
        ),
        rx.el.div(
            rx.el.ol(*[_story(*line) for line in STORY], class_name="wl-story"),
            rx.el.div(
                rx.el.h3(Home.first_name),
                rx.el.p(Home.first_about, class_name="wl-mute wl-small"),
                button(
                    tr("Start with this one"),
                    kind="primary",
                    class_name="large",
                    auto_focus=True,
                    on_click=Home.start_with(Home.first_slug),
                ),
                link_button(
                    tr("See all {count} templates", count=Home.templates),
                    href="/templates",
                    class_name="large",
                ),
                class_name="wl-start",
            ),
            class_name="wl-card wl-opening",
        ),
        rx.el.div(
            _way("flask-conical", tr("Try with sample customers"), Home.try_samples),
            link(
                icon("file-text"),
                tr("Import a journey file"),
                href="/templates?import=1",
                class_name="wl-way",
            ),
            _way("plus", tr("Start with an empty canvas"), Home.new_journey),
            class_name="wl-ways",
        ),
        class_name="wl-empty",
    )


def _story(category: str, glyph: str, words: Any) -> rx.Component:
    return rx.el.li(tile(category, glyph), rx.el.span(words))


def _way(glyph: str, words: Any, act: Any) -> rx.Component:
    return rx.el.button(icon(glyph), words, type="button", on_click=act, class_name="wl-way")
