"""`/customers` and `/customers/[id]`: who they are, and what happened to them and why."""

from __future__ import annotations

from typing import Any

import reflex as rx

from builder.state.customers import Customer, Customers
from builder.state.desk import Desk
from builder.ui.parts import button, details, dialog, icon, link, link_button, tag, tile
from builder.ui.say import tr
from builder.ui.shell import page as frame

KINDS = (
    ("", tr("Everything")),
    ("messages", tr("Messages")),
    ("decisions", tr("Decisions")),
    ("skipped", tr("Skipped")),
)


def page() -> rx.Component:
    """The list."""
    return frame(
        tr("Customers"),
        rx.el.div(
            rx.cond(
                Customers.loaded & (Customers.people.length() == 0),
                rx.el.p(
                    rx.cond(
                        Customers.search == "",
                        tr(
                            "No customers yet. Whoever comes in by a webhook or an event "
                            "appears here."
                        ),
                        tr("Nobody fits these words."),
                    ),
                    class_name="wl-nothing",
                ),
                rx.el.table(
                    rx.el.thead(
                        rx.el.tr(
                            rx.el.th(tr("Customer"), scope="col"),
                            rx.el.th(tr("Is in"), scope="col"),
                            rx.el.th(tr("Last activity"), scope="col"),
                            rx.el.th(tr("Customer since"), scope="col"),
                        )
                    ),
                    rx.el.tbody(rx.foreach(Customers.people, _line)),
                    class_name="wl-table wl-people",
                ),
            ),
            class_name="wl-card wl-clip wl-section",
        ),
        rx.cond(
            Customers.pages > 1,
            rx.el.nav(
                button(
                    tr("Newer"),
                    glyph="chevron-left",
                    on_click=Customers.turn(-1),
                    disabled=Customers.page == 0,
                ),
                rx.el.span(Customers.note, class_name="wl-mute wl-small"),
                button(
                    tr("Older"),
                    glyph="chevron-right",
                    on_click=Customers.turn(1),
                    disabled=Customers.page >= Customers.pages - 1,
                ),
                class_name="wl-pager",
                aria_label=tr("Pages"),
            ),
        ),
        here="/customers",
        about=Customers.note,
        actions=[
            rx.el.label(
                icon("search"),
                rx.el.input(
                    type="search",
                    placeholder=tr("Name, email or id"),
                    aria_label=tr("Find a customer"),
                    class_name="wl-input",
                    on_change=Customers.find.debounce(200),
                ),
                class_name="wl-search",
            )
        ],
    )


def _line(line: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.div(
                rx.el.span(line.initials, class_name="wl-avatar", aria_hidden="true"),
                rx.el.div(
                    rx.el.span(
                        link(
                            line.name, href="/customers/" + line.id, class_name="wl-name wl-cover"
                        ),
                        rx.cond(line.sample, tag(tr("sample")), rx.fragment()),
                    ),
                    rx.el.span(line.email, class_name="wl-mute wl-small wl-cut"),
                    class_name="wl-stack wl-grow",
                ),
                class_name="wl-who",
            )
        ),
        rx.el.td(line.inside),
        rx.el.td(line.seen, class_name="wl-mute wl-small"),
        rx.el.td(line.since, class_name="wl-mute wl-small"),
        class_name="wl-row-link",
    )


def one() -> rx.Component:
    """One customer."""
    return frame(
        Customer.title,
        rx.cond(
            Customer.missing,
            rx.el.div(
                rx.el.p(
                    tr(
                        "There is no customer with this address in your workspace. They may "
                        "have been "
                        "removed."
                    )
                ),
                link_button(tr("All customers"), href="/customers"),
                class_name="wl-nothing wl-stack wl-center",
            ),
            rx.cond(
                Customer.loaded,
                rx.el.div(
                    rx.el.div(_card(), _stopped(), _ahead(), class_name="wl-columns-side"),
                    _timeline(),
                    class_name="wl-columns",
                ),
            ),
        ),
        _end_dialog(),
        _erase_dialog(),
        here="/customers",
        about=Customer.since,
        back="/customers",
    )


def _card() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.span(Customer.letters, class_name="wl-avatar large", aria_hidden="true"),
            rx.el.div(
                rx.el.strong(Customer.title),
                rx.el.span(Customer.address, class_name="wl-mute wl-small wl-cut"),
                class_name="wl-stack wl-grow",
            ),
            rx.cond(Customer.sample, tag(tr("sample")), rx.fragment()),
            class_name="wl-who wl-who-head",
        ),
        rx.el.dl(
            rx.foreach(
                Customer.facts,
                lambda fact: rx.fragment(rx.el.dt(fact.label), rx.el.dd(fact.value)),
            ),
            class_name="wl-facts",
        ),
        rx.cond(
            Customer.role == "owner",
            rx.el.div(
                button(
                    tr("Erase this customer"),
                    kind="quiet",
                    small=True,
                    glyph="eraser",
                    on_click=Customer.ask_to_erase,
                ),
                class_name="wl-card-end",
            ),
        ),
        class_name="wl-card wl-pad",
        aria_label=tr("What is known"),
    )


def _end_dialog() -> rx.Component:
    return dialog(
        tr("End {journey} for this customer", journey=Customer.ending_words),
        rx.el.div(
            button(tr("Let it go on"), on_click=Customer.keep_inside(False)),
            button(tr("End it now"), kind="danger", on_click=Customer.end_run),
            class_name="wl-dialog-end",
        ),
        opened=Customer.ending != "",
        on_open_change=Customer.keep_inside,
        about=tr(
            "{name} leaves the journey where they stand. Nothing more is sent for it; what has "
            "happened stays in the timeline.",
            name=Customer.title,
        ),
    )


def _erase_dialog() -> rx.Component:
    return dialog(
        tr("Erase {name} for good", name=Customer.title),
        rx.el.div(
            button(tr("Keep this customer"), on_click=Customer.keep_customer(False)),
            button(tr("Erase for good"), kind="danger", on_click=Customer.erase),
            class_name="wl-dialog-end",
        ),
        opened=Customer.erasing,
        on_open_change=Customer.keep_customer,
        about=tr(
            "Their journeys end now and nothing more is sent to them. Their details, events, "
            "messages and answers are taken out of Wayline; only numbers without a name stay. A "
            "backup that is brought back erases them again. This cannot be undone."
        ),
    )


def _stopped() -> rx.Component:
    return rx.cond(
        Customer.stopped.length() > 0,
        rx.el.section(
            rx.el.h2(tr("Stopped on the way")),
            rx.el.ul(rx.foreach(Customer.stopped, _stopped_line)),
            class_name="wl-card wl-pad wl-stack wl-gap",
        ),
    )


def _stopped_line(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            link(line.journey, href="/journeys/" + line.slug, class_name="wl-link"),
            rx.el.span(line.reason, class_name="wl-small"),
            details(line.details),
            rx.el.span(line.at, class_name="wl-mute wl-small"),
            class_name="wl-stack wl-grow",
        ),
        rx.cond(
            (Customer.role == "owner") | (Customer.role == "editor"),
            button(
                tr("Try again"),
                small=True,
                aria_label=tr("Try {journey} again for this customer", journey=line.journey),
                on_click=Customer.retry(line.run),
            ),
        ),
        class_name="wl-next",
    )


def _ahead() -> rx.Component:
    return rx.cond(
        Customer.ahead.length() > 0,
        rx.el.section(
            rx.el.h2(tr("Next")),
            rx.el.ul(
                rx.foreach(
                    Customer.ahead,
                    lambda item: rx.el.li(
                        tile(item.category, item.icon, "small"),
                        rx.el.div(
                            rx.el.strong(item.title),
                            rx.el.span(item.text, class_name="wl-mute wl-small"),
                            link(
                                item.journey,
                                href="/journeys/" + item.slug,
                                class_name="wl-link wl-small",
                            ),
                            class_name="wl-stack wl-grow",
                        ),
                        rx.cond(
                            (Customer.role == "owner") | (Customer.role == "editor"),
                            button(
                                tr("End"),
                                kind="quiet",
                                small=True,
                                aria_label=tr(
                                    "End {journey} for this customer", journey=item.journey
                                ),
                                on_click=Customer.ask_to_end(item.run, item.journey),
                            ),
                        ),
                        class_name="wl-next",
                    ),
                )
            ),
            class_name="wl-card wl-pad wl-stack wl-gap",
        ),
    )


def _timeline() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                *[
                    rx.el.button(
                        word,
                        type="button",
                        aria_pressed=rx.cond(Customer.kind == kind, "true", "false"),
                        on_click=Customer.show(kind),
                    )
                    for kind, word in KINDS
                ],
                class_name="wl-segments",
                role="group",
                aria_label=tr("What to show"),
            ),
            rx.el.span(
                tr("Times are yours, {place}", place=Desk.place), class_name="wl-mute wl-small"
            ),
            class_name="wl-bar",
        ),
        rx.cond(
            Customer.moments.length() > 0,
            rx.el.ol(rx.foreach(Customer.moments, _moment), class_name="wl-timeline"),
            rx.el.p(tr("Nothing of this kind has happened yet."), class_name="wl-nothing"),
        ),
        aria_label=tr("Timeline"),
        class_name="wl-grow",
    )


def _moment(moment: Any) -> rx.Component:
    return rx.el.li(
        rx.cond(moment.day != "", rx.el.h2(moment.day, class_name="wl-day"), rx.fragment()),
        rx.el.div(
            rx.el.time(moment.clock, class_name="wl-mute wl-small wl-clock"),
            rx.el.div(tile(moment.category, moment.icon), class_name="wl-rail"),
            rx.el.div(
                rx.el.span(moment.title),
                rx.el.span(moment.text, class_name="wl-mute wl-small"),
                rx.cond(
                    moment.why.length() > 0,
                    rx.el.details(
                        rx.el.summary(moment.why_title),
                        rx.el.ul(
                            rx.foreach(moment.why, _reason),
                        ),
                        class_name="wl-why",
                        open=True,
                    ),
                ),
                class_name="wl-stack wl-moment-text",
            ),
            class_name="wl-moment",
            data_tone=moment.tone,
        ),
        key=moment.key,
    )


def _reason(reason: Any) -> rx.Component:
    return rx.el.li(
        rx.cond(
            reason.ok,
            rx.el.span(
                icon("check", 12), rx.el.span(tr("yes: "), class_name="wl-hidden"), data_ok="yes"
            ),
            rx.el.span(icon("x", 12), rx.el.span(tr("no: "), class_name="wl-hidden"), data_ok="no"),
        ),
        rx.el.span(reason.text, class_name="wl-grow"),
        rx.el.span(reason.value, class_name="wl-mute"),
    )
