"""What a page says when the studio itself has trouble: no server, a broken page, no page."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary
from reflex_components_core.core.banner import has_connection_errors

from builder.ui.parts import icon, link_button
from builder.ui.say import tr


def offline() -> rx.Component:
    """A line while the server cannot be reached; the page tries again by itself."""
    return rx.cond(
        has_connection_errors,
        rx.el.div(
            icon("unplug"),
            tr("Wayline does not answer. It is tried again by itself; what you see may be old."),
            class_name="wl-offline",
            role="status",
        ),
    )


def boundary(stateful: bool) -> rx.Component:
    """In the place of a page that cannot be drawn."""
    words: Any = rx.Var.create(
        rx.el.div(
            rx.el.h1(tr("This page stopped"), class_name="wl-dialog-title"),
            rx.el.p(tr("What you saved is safe. Open the page again to go on.")),
            rx.el.a(tr("Open it again"), href="", class_name="wl-btn primary"),
            class_name="wl-trouble",
        )
    )
    return ErrorBoundary.create(fallback_render=words)


def not_found() -> rx.Component:
    """The page of an address that leads nowhere."""
    return rx.el.main(
        rx.el.h1(tr("There is no such page"), class_name="wl-dialog-title"),
        rx.el.p(tr("The address may have a typing error, or what was here has been deleted.")),
        link_button(tr("All journeys"), href="/", kind="primary"),
        class_name="wl-trouble",
    )
