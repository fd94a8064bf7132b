"""`/journeys/[slug]`: the whole page is the canvas island, which asks `/studio/…` by itself, and
does not wait for the page's state."""

from __future__ import annotations

import reflex as rx
from reflex.style import resolved_color_mode

from builder.state.desk import Desk
from builder.ui.island import journey_editor, slug_of_page


def page() -> rx.Component:
    """The page."""
    return rx.el.div(
        journey_editor(slug=slug_of_page, color_mode=resolved_color_mode, key=slug_of_page),
        class_name="wl-editor",
        data_ready=Desk.ready,
    )
