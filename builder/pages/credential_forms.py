"""The forms by which secrets go in: in the settings, and where a template needs them."""

from __future__ import annotations

import reflex as rx

from builder.pages.setting_parts import form, select
from builder.state.setup import Setup
from builder.ui.parts import field, text_input
from builder.ui.say import tr


def smtp_form() -> rx.Component:
    """Send by a mail server from now on."""
    return form(
        rx.el.div(
            field(
                tr("Mail server"),
                text_input("host", placeholder="mail.example.com", auto_complete="off"),
                name="host",
            ),
            field(
                tr("Port"), text_input("port", placeholder="587", input_mode="numeric"), name="port"
            ),
            field(
                tr("Encryption"),
                select(
                    "security",
                    [("starttls", "STARTTLS"), ("tls", "TLS"), ("none", tr("None"))],
                    default_value="starttls",
                ),
                name="security",
            ),
            class_name="wl-three",
        ),
        rx.el.div(
            field(tr("User name"), text_input("username", auto_complete="off"), name="username"),
            field(
                tr("Password"),
                text_input("smtp_password", type="password", auto_complete="new-password"),
                name="smtp_password",
            ),
            class_name="wl-two",
        ),
        act=Setup.save_smtp,
        save=tr("Send by this server"),
    )


def http_form() -> rx.Component:
    """Keep a secret for web calls or webhooks."""
    return form(
        rx.el.div(
            field(tr("Name"), text_input("secret_name", auto_complete="off"), name="secret_name"),
            field(
                tr("For"),
                select(
                    "secret_kind",
                    [("token", tr("Web calls (bearer token)")), ("hook", tr("Checking webhooks"))],
                ),
                name="secret_kind",
            ),
            class_name="wl-two",
        ),
        rx.el.div(
            field(
                tr("Secret"),
                text_input("secret_value", type="password", auto_complete="new-password"),
                name="secret_value",
            ),
            field(
                tr("Only for these hosts"),
                text_input("hosts", placeholder="api.example.com"),
                name="hosts",
            ),
            class_name="wl-two",
        ),
        act=Setup.save_secret,
        save=tr("Keep it"),
    )
