"""`/settings`: the workspace, email, AI, keys and credentials."""

from __future__ import annotations

from zoneinfo import available_timezones

import reflex as rx

from builder.pages import limits
from builder.pages.credential_forms import http_form, smtp_form
from builder.pages.setting_parts import form, section, select
from builder.state.desk import Desk
from builder.state.setup import Setup
from builder.ui.parts import button, dialog, field, link_button, tag, text_input
from builder.ui.shell import mode_switch, sign_out
from builder.ui.shell import page as frame


def page() -> rx.Component:
    """The page."""
    return frame(
        "Settings",
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
        about="Secrets go in here and are never shown again.",
    )


def _workspace() -> rx.Component:
    zones = sorted(z for z in available_timezones() if "/" in z and not z.startswith("Etc/"))
    return section(
        "Workspace",
        "Your business, and the clock it lives by.",
        form(
            field("Name", text_input("name", default_value=Setup.business), name="name"),
            field(
                "Time zone",
                select(
                    "time_zone",
                    [("UTC", "UTC"), *((z, z.replace("_", " ")) for z in zones)],
                    default_value=Setup.zone,
                ),
                name="time_zone",
                hint="Used for schedules and times, unless a customer has a zone of their own.",
            ),
            field(
                "Keep what is finished for",
                rx.el.div(
                    text_input(
                        "retention_days",
                        type="number",
                        min="0",
                        max="36500",
                        default_value=Setup.kept_days,
                        aria_describedby="retention_days-hint",
                    ),
                    rx.el.span("days"),
                    class_name="wl-with-unit",
                ),
                name="retention_days",
                hint="Finished journeys of customers with their messages, and events. 0 keeps them "
                "for ever, otherwise at least 7. Who is inside, and what waits for you, stays.",
            ),
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    name="opt_in",
                    id="opt_in",
                    default_checked=Setup.opt_in,
                ),
                rx.el.span(
                    "Write only to customers who said yes. Off: to everyone who did not say no."
                ),
                class_name="wl-check",
            ),
            act=Setup.save_workspace,
        ),
        id="workspace",
    )


def _email() -> rx.Component:
    return section(
        "Email",
        rx.cond(
            Setup.smtp != "",
            "Messages go out by your mail server.",
            "Messages stay in the mailbox and nothing goes out, until you add a mail server.",
        ),
        form(
            rx.el.div(
                field(
                    "Sender’s name",
                    text_input("sender_name", default_value=Setup.sender_name),
                    name="sender_name",
                ),
                field(
                    "Sender’s address",
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
                tag(rx.el.span(class_name="wl-dot"), "Mail server set", tone="live"),
                rx.el.span(class_name="wl-grow"),
                button("Use the mailbox again", small=True, on_click=Setup.use_mailbox),
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
                        "Send a test to",
                        text_input("to", type="email", default_value=Desk.email),
                        name="to",
                    ),
                    act=Setup.send_test,
                    save="Send a test",
                ),
            ),
            rx.fragment(),
        ),
        id="email",
    )


def _ai() -> rx.Component:
    return section(
        "AI",
        rx.cond(
            Setup.ai != "",
            "AI steps use the model below.",
            "AI steps use the built-in model. It runs on this machine and nothing leaves it.",
        ),
        rx.cond(
            Setup.ai != "",
            rx.el.div(
                tag(rx.el.span(class_name="wl-dot"), "Model set", tone="live"),
                rx.el.span(class_name="wl-grow"),
                button("Use the built-in model", small=True, on_click=Setup.use_built_in),
                class_name="wl-line-row",
            ),
            rx.fragment(),
        ),
        form(
            field(
                "Address",
                text_input("base_url", placeholder="https://…/v1", auto_complete="off"),
                name="base_url",
                hint="Any server that speaks the OpenAI protocol.",
            ),
            rx.el.div(
                field("Model", text_input("model", auto_complete="off"), name="model"),
                field(
                    "Key",
                    text_input("ai_key", type="password", auto_complete="new-password"),
                    name="ai_key",
                ),
                class_name="wl-two",
            ),
            act=Setup.save_ai,
            save="Use this model",
        ),
        id="ai",
    )


def _keys() -> rx.Component:
    return section(
        "Keys",
        "A key that sends events belongs on your website’s server; one that manages can do all "
        "that an editor can.",
        rx.cond(
            Setup.keys_made.length() > 0,
            rx.el.ul(
                rx.foreach(
                    Setup.keys_made,
                    lambda key: rx.el.li(
                        rx.el.div(
                            rx.el.strong(key.name),
                            rx.el.span(
                                key.kind, " · made ", key.made, class_name="wl-mute wl-small"
                            ),
                            class_name="wl-stack wl-grow",
                        ),
                        rx.el.code(key.hint, class_name="wl-mono wl-mute"),
                        button(
                            "Revoke",
                            kind="danger",
                            small=True,
                            aria_label="Revoke " + key.name,
                            on_click=Setup.revoke(key.id),
                        ),
                        class_name="wl-line-row",
                    ),
                ),
                class_name="wl-lines",
            ),
            rx.el.p("No keys yet.", class_name="wl-mute"),
        ),
        form(
            rx.el.div(
                field(
                    "What it is for",
                    text_input("key_name", placeholder="Website"),
                    name="key_name",
                ),
                field(
                    "It may",
                    select("kind", [("write", "Send events"), ("manage", "Manage")]),
                    name="kind",
                ),
                class_name="wl-two",
            ),
            act=Setup.make_key,
            save="Make a key",
        ),
        id="keys",
    )


def _fresh_key() -> rx.Component:
    return dialog(
        "Copy this key now",
        rx.el.input(
            value=Setup.fresh_key,
            read_only=True,
            aria_label="The new key",
            class_name="wl-input wl-mono wl-fresh-key",
        ),
        rx.el.div(
            button("I have copied it", kind="primary", on_click=Setup.hide_key(False)),
            class_name="wl-dialog-end",
        ),
        opened=Setup.fresh_key != "",
        on_open_change=Setup.hide_key,
        about="It is shown this one time only. Wayline keeps no copy of it.",
    )


def _secrets() -> rx.Component:
    return section(
        "Credentials",
        "For nodes that call a web address, and for checking who sends a webhook.",
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
                                " · changed ",
                                secret.changed,
                                class_name="wl-mute wl-small",
                            ),
                            class_name="wl-stack wl-grow",
                        ),
                        button(
                            "Delete",
                            kind="danger",
                            small=True,
                            aria_label="Delete " + secret.name,
                            on_click=Setup.drop_secret(secret.name),
                        ),
                        class_name="wl-line-row",
                    ),
                ),
                class_name="wl-lines",
            ),
            rx.el.p("No credentials yet.", class_name="wl-mute"),
        ),
        http_form(),
        id="credentials",
    )


def _stuck() -> rx.Component:
    return rx.cond(
        Setup.stuck != "",
        section(
            "Not done",
            "What failed after all its tries, and what nobody knows the end of.",
            rx.el.div(
                rx.el.span(Setup.stuck, class_name="wl-grow"),
                link_button("See what happened", href="/not-done", small=True),
                class_name="wl-line-row",
            ),
            id="not-done",
        ),
    )


def _appearance() -> rx.Component:
    return section(
        "You",
        rx.fragment(Desk.name, ", ", Desk.email),
        rx.el.div(
            rx.el.span("Light or dark", class_name="wl-grow"),
            mode_switch(),
            class_name="wl-line-row",
        ),
        sign_out(),
        id="you",
    )
