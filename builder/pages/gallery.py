"""`/templates`: journeys that already work, shown as pictures of their graphs."""

from __future__ import annotations

from typing import Any

import reflex as rx

from builder.state.gallery import Gallery
from builder.ui.parts import button, dialog, icon, link_button, plain_form, tag
from builder.ui.say import tr
from builder.ui.shell import page as frame
from builder.ui.thumbs import HEIGHT, WIDTH


def page() -> rx.Component:
    """The page."""
    return frame(
        tr("Templates"),
        rx.el.div(
            rx.el.div(
                rx.foreach(Gallery.stages, _stage),
                class_name="wl-segments",
                role="group",
                aria_label=tr("Stage"),
            ),
            button(
                tr("Import a file"),
                glyph="file-text",
                small=True,
                on_click=Gallery.show_import(True),
            ),
            class_name="wl-bar",
        ),
        rx.el.div(
            rx.foreach(Gallery.channels, _channel),
            class_name="wl-chips",
            role="group",
            aria_label=tr("By which way"),
        ),
        rx.cond(
            Gallery.loaded & (Gallery.cards.length() == 0),
            rx.el.p(
                tr("No template fits. Choose another stage or other words."),
                class_name="wl-nothing",
            ),
            rx.el.ul(rx.foreach(Gallery.cards, _card), class_name="wl-gallery"),
        ),
        _import_dialog(),
        here="/templates",
        about=tr(
            "Start from a journey that already works. You change the words, we keep the wiring."
        ),
        actions=[
            rx.el.label(
                icon("search"),
                rx.el.input(
                    type="search",
                    placeholder=tr("Find a template"),
                    aria_label=tr("Find a template"),
                    class_name="wl-input",
                    on_change=Gallery.find.debounce(150),
                ),
                class_name="wl-search",
            )
        ],
    )


def _stage(choice: Any) -> rx.Component:
    return rx.el.button(
        choice.word,
        type="button",
        aria_pressed=rx.cond(Gallery.stage == choice.value, "true", "false"),
        on_click=Gallery.choose(choice.value),
    )


def _channel(choice: Any) -> rx.Component:
    return rx.el.button(
        choice.word,
        type="button",
        aria_pressed=rx.cond(Gallery.channel == choice.value, "true", "false"),
        on_click=Gallery.choose_channel(choice.value),
        class_name="wl-chip",
    )


def _card(card: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(_picture(card), class_name="wl-picture"),
        rx.el.div(
            rx.el.h2(card.name),
            rx.el.p(card.about, class_name="wl-mute"),
            rx.el.dl(
                _fact(tr("Goal"), card.goal),
                _fact(tr("Channels"), card.channels),
                _fact(tr("Needs"), card.needs),
                _fact(tr("Costs"), card.cost),
                class_name="wl-card-facts",
            ),
            rx.el.div(
                tag(card.stage_word),
                rx.el.span(card.note, class_name="wl-mute wl-small wl-grow"),
                link_button(
                    tr("Use it"),
                    kind="primary",
                    small=True,
                    aria_label=tr("Use it: {name}", name=card.name),
                    href="/templates/" + card.slug,
                ),
                class_name="wl-card-foot",
            ),
            class_name="wl-card-body",
        ),
        class_name="wl-card wl-template",
    )


def _fact(name: Any, words: Any) -> rx.Component:
    return rx.cond(words != "", rx.el.div(rx.el.dt(name), rx.el.dd(words)))


def _picture(card: Any) -> rx.Component:
    return rx.el.svg(
        rx.el.title(card.picture),
        rx.foreach(
            card.lines,
            lambda line: rx.el.path(
                d=line.path, class_name=rx.cond(line.dashed, "wl-line dashed", "wl-line")
            ),
        ),
        rx.foreach(
            card.shapes,
            lambda shape: rx.el.path(
                d=shape.path, class_name="wl-shape", data_category=shape.category
            ),
        ),
        view_box=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        custom_attrs={"preserveAspectRatio": "xMidYMid meet"},
    )


def _import_dialog() -> rx.Component:
    return dialog(
        tr("Import a journey file"),
        plain_form(
            rx.el.label(tr("The file"), html_for="file", class_name="wl-label"),
            rx.el.input(
                id="file",
                name="file",
                type="file",
                custom_attrs={"accept": ".json,application/json"},
                required=True,
                class_name="wl-file",
            ),
            rx.el.label(
                rx.el.input(type="checkbox", name="replace"),
                rx.el.span(
                    tr(
                        "Let it replace the draft of the journey of the same name. "
                        "Off: both are kept. What was there before stays in its history."
                    )
                ),
                class_name="wl-check",
            ),
            rx.el.div(
                button(tr("Leave it"), on_click=Gallery.show_import(False)),
                button(tr("Import it as a draft"), kind="primary", type="submit"),
                class_name="wl-dialog-end",
            ),
            action="/studio/import",
            method="post",
            encType="multipart/form-data",
        ),
        opened=Gallery.importing,
        on_open_change=Gallery.show_import,
        about=tr(
            "A .json that Wayline exported. It becomes a draft; nothing runs until you publish."
        ),
    )
