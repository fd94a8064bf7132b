"""What the sections of `/settings` are made of."""

from __future__ import annotations

from typing import Any

import reflex as rx

from builder.state.setup import Setup
from builder.ui.parts import button
from builder.ui.say import tr

SAVE = tr("Save")


def section(title: Any, about: Any, *body: rx.Component, id: str) -> rx.Component:
    """A section: what it is about beside a card."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title),
            rx.el.p(about, class_name="wl-mute wl-small"),
            class_name="wl-setting-words",
        ),
        rx.el.div(*body, class_name="wl-card wl-pad wl-form"),
        id=id,
        class_name="wl-setting",
    )


def form(*body: rx.Component, act: Any, save: Any = SAVE) -> rx.Component:
    """A form with its one button."""
    return rx.el.form(
        *body,
        rx.el.div(button(save, type="submit"), class_name="wl-end-row"),
        on_submit=act,
        class_name="wl-form",
    )


def wrong(name: str) -> Any:
    """What is the matter with a field, or nothing: for the `field` and for its control."""
    return Setup.wrong.get(name, "")


def select(name: str, options: list[tuple[str, Any]], **props: Any) -> rx.Component:
    """A choice of (value, words)."""
    return rx.el.select(
        *[rx.el.option(words, value=value) for value, words in options],
        id=name,
        name=name,
        class_name="wl-select",
        **props,
    )
