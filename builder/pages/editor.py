"""`/journeys/[slug]`: the whole page is the canvas island, which asks `/studio/…` by itself."""

from __future__ import annotations

import reflex as rx
from reflex.style import resolved_color_mode

from builder.state.desk import Desk
from builder.state.editor import Editor
from builder.ui.island import journey_editor


def page() -> rx.Component:
    """The page."""
    return rx.el.div(
        rx.cond(
            Desk.ready & (Editor.slug != ""),
            journey_editor(
                slug=Editor.slug,
                color_mode=resolved_color_mode,
                person={"name": Desk.name, "initials": Desk.initials, "role": Desk.role},
                key=Editor.slug,
            ),
            rx.fragment(),
        ),
        class_name="wl-editor",
        data_ready=Desk.ready,
    )
