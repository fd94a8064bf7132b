"""`/settings`: the workspace, email, AI, keys and credentials."""

from __future__ import annotations

from zoneinfo import available_timezones

import reflex as rx

from builder.pages import limits
from builder.pages.credential_forms import http_form, smtp_form
from builder.pages.setting_parts import form, section, select
from builder.state.desk import Desk
from builder.state.setup import Setup
from builder.ui.language import language_choice
from builder.ui.parts import button, dialog, field, link_button, tag, text_input
from builder.ui.say import tr
from builder.ui.shell import mode_switch, sign_out
from builder.ui.shell import page as frame


def page() -> rx.Component:
    """The page."""
    return frame(
        tr("Settings"),
        rx.cond(
            Setup.loaded,
            rx.el.div(
                _workspace(),
                _email(),
                _ai(),
                _keys(),
                _secrets(),
                limits.section_of(),
                _stuck(),
                _appearance(),
                class_name="wl-settings",
            ),
        ),
        _fresh_key(),
        here="/settings",
        about=tr("Secrets go in here and are never shown again."),
    )


def _workspace() -> rx.Component:
    zones = sorted(z for z in available_timezones() if "/" in z and not z.startswith("Etc/"))
    return section(
        tr("Workspace"),
        tr("Your business, and the clock it lives by."),
        form(
            field(tr("Name"), text_input("name", default_value=Setup.business), name="name"),
            field(
                tr("Time zone"),
                select(
                    "time_zone",
                    [("UTC", "UTC"), *((z, z.replace("_", " ")) for z in zones)],
                    default_value=Setup.zone,
                ),
                name="time_zone",
                hint=tr("Used for schedules and times, unless a customer has a zone of their own."),
            ),
            field(
                tr("Keep what is finished for"),
                rx.el.div(
                    text_input(
                        "retention_days",
                        type="number",
                        min="0",
                        max="36500",
                        default_value=Setup.kept_days,
                        aria_describedby="retention_days-hint",
                    ),
                    rx.el.span(tr("days")),
                    class_name="wl-with-unit",
                ),
                name="retention_days",
                hint=tr(
                    "Finished journeys of customers with their messages, and events. 0 keeps them "
                    "for ever, otherwise at least 7. Who is inside, and what waits for you, stays."
                ),
            ),
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    name="opt_in",
                    id="opt_in",
                    default_checked=Setup.opt_in,
                ),
                rx.el.span(
                    tr("Write only to customers who said yes. Off: to everyone who did not say no.")
                ),
                class_name="wl-check",
            ),
            act=Setup.save_workspace,
        ),
        id="workspace",
    )


def _email() -> rx.Component:
    return section(
        tr("Email"),
        rx.cond(
            Setup.smtp != "",
            tr("Messages go out by your mail server."),
            tr("Messages stay in the mailbox and nothing goes out, until you add a mail server."),
        ),
        form(
            rx.el.div(
                field(
                    tr("Sender’s name"),
                    text_input("sender_name", default_value=Setup.sender_name),
                    name="sender_name",
                ),
                field(
                    tr("Sender’s address"),
                    text_input("sender_email", type="email", default_value=Setup.sender_email),
                    name="sender_email",
                ),
                class_name="wl-two",
            ),
            act=Setup.save_sender,
        ),
        rx.el.hr(),
        rx.cond(
            Setup.smtp != "",
            rx.el.div(
                tag(rx.el.span(class_name="wl-dot"), tr("Mail server set"), tone="live"),
                rx.el.span(class_name="wl-grow"),
                button(tr("Use the mailbox again"), small=True, on_click=Setup.use_mailbox),
                class_name="wl-line-row",
            ),
            rx.fragment(),
        ),
        smtp_form(),
        rx.cond(
            Setup.smtp != "",
            rx.fragment(
                rx.el.hr(),
                form(
                    field(
                        tr("Send a test to"),
                        text_input("to", type="email", default_value=Desk.email),
                        name="to",
                    ),
                    act=Setup.send_test,
                    save=tr("Send a test"),
                ),
            ),
            rx.fragment(),
        ),
        id="email",
    )


def _ai() -> rx.Component:
    return section(
        tr("AI"),
        rx.cond(
            Setup.ai != "",
            tr("AI steps use the model below."),
            tr("AI steps use the built-in model. It runs on this machine and nothing leaves it."),
        ),
        rx.cond(
            Setup.ai != "",
            rx.el.div(
                tag(rx.el.span(class_name="wl-dot"), tr("Model set"), tone="live"),
                rx.el.span(class_name="wl-grow"),
                button(tr("Use the built-in model"), small=True, on_click=Setup.use_built_in),
                class_name="wl-line-row",
            ),
            rx.fragment(),
        ),
        form(
            field(
                tr("Address"),
                text_input("base_url", placeholder="https://…/v1", auto_complete="off"),
                name="base_url",
                hint=tr("Any server that speaks the OpenAI protocol."),
            ),
            rx.el.div(
                field(tr("Model"), text_input("model", auto_complete="off"), name="model"),
                field(
                    tr("Key"),
                    text_input("ai_key", type="password", auto_complete="new-password"),
                    name="ai_key",
                ),
                class_name="wl-two",
            ),
            act=Setup.save_ai,
            save=tr("Use this model"),
        ),
        id="ai",
    )


def _keys() -> rx.Component:
    return section(
        tr("Keys"),
        tr(
            "A key that sends events belongs on your website’s server; one that manages can do all "
            "that an editor can."
        ),
        rx.cond(
            Setup.keys_made.length() > 0,
            rx.el.ul(
                rx.foreach(
                    Setup.keys_made,
                    lambda key: rx.el.li(
                        rx.el.div(
                            rx.el.strong(key.name),
                            rx.el.span(
                                tr("{kind} · made {when}", kind=key.kind, when=key.made),
                                class_name="wl-mute wl-small",
                            ),
                            class_name="wl-stack wl-grow",
                        ),
                        rx.el.code(key.hint, class_name="wl-mono wl-mute"),
                        button(
                            tr("Revoke"),
                            kind="danger",
                            small=True,
                            aria_label=tr("Revoke {name}", name=key.name),
                            on_click=Setup.revoke(key.id),
                        ),
                        class_name="wl-line-row",
                    ),
                ),
                class_name="wl-lines",
            ),
            rx.el.p(tr("No keys yet."), class_name="wl-mute"),
        ),
        form(
            rx.el.div(
                field(
                    tr("What it is for"),
                    text_input("key_name", placeholder=tr("Website")),
                    name="key_name",
                ),
                field(
                    tr("It may"),
                    select("kind", [("write", tr("Send events")), ("manage", tr("Manage"))]),
                    name="kind",
                ),
                class_name="wl-two",
            ),
            act=Setup.make_key,
            save=tr("Make a key"),
        ),
        id="keys",
    )


def _fresh_key() -> rx.Component:
    return dialog(
        tr("Copy this key now"),
        rx.el.input(
            value=Setup.fresh_key,
            read_only=True,
            aria_label=tr("The new key"),
            class_name="wl-input wl-mono wl-fresh-key",
        ),
        rx.el.div(
            button(tr("I have copied it"), kind="primary", on_click=Setup.hide_key(False)),
            class_name="wl-dialog-end",
        ),
        opened=Setup.fresh_key != "",
        on_open_change=Setup.hide_key,
        about=tr("It is shown this one time only. Wayline keeps no copy of it."),
    )


def _secrets() -> rx.Component:
    return section(
        tr("Credentials"),
        tr("For nodes that call a web address, and for checking who sends a webhook."),
        rx.cond(
            Setup.secrets.length() > 0,
            rx.el.ul(
                rx.foreach(
                    Setup.secrets,
                    lambda secret: rx.el.li(
                        rx.el.div(
                            rx.el.strong(secret.name),
                            rx.el.span(
                                secret.kind,
                                rx.cond(secret.hosts != "", " · " + secret.hosts, ""),
                                " · ",
                                tr("changed {when}", when=secret.changed),
                                class_name="wl-mute wl-small",
                            ),
                            class_name="wl-stack wl-grow",
                        ),
                        button(
                            tr("Delete"),
                            kind="danger",
                            small=True,
                            aria_label=tr("Delete {name}", name=secret.name),
                            on_click=Setup.drop_secret(secret.name),
                        ),
                        class_name="wl-line-row",
                    ),
                ),
                class_name="wl-lines",
            ),
            rx.el.p(tr("No credentials yet."), class_name="wl-mute"),
        ),
        http_form(),
        id="credentials",
    )


def _stuck() -> rx.Component:
    return rx.cond(
        Setup.stuck != "",
        section(
            tr("Not done"),
            tr("What failed after all its tries, and what nobody knows the end of."),
            rx.el.div(
                rx.el.span(Setup.stuck, class_name="wl-grow"),
                link_button(tr("See what happened"), href="/not-done", small=True),
                class_name="wl-line-row",
            ),
            id="not-done",
        ),
    )


def _appearance() -> rx.Component:
    return section(
        tr("You"),
        rx.fragment(Desk.name, ", ", Desk.email),
        rx.el.div(
            rx.el.span(tr("Light or dark"), class_name="wl-grow"),
            mode_switch(),
            class_name="wl-line-row",
        ),
        rx.el.div(
            rx.el.span(tr("Language"), class_name="wl-grow"),
            language_choice(),
            class_name="wl-line-row",
        ),
        rx.el.div(
            rx.el.span(tr("Signed in here"), class_name="wl-grow"),
            sign_out("wl-btn small"),
            class_name="wl-line-row",
        ),
        id="you",
    )
