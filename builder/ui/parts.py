"""Small parts: buttons, links, tags, tiles, icons by name."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink as Link

from builder.ui.island import said_wrong
from builder.ui.say import tr

# The icons that data may name (node types, "Needs you"); a test holds them against the catalogue.
ICONS = (
    "alarm-clock",
    "arrow-right",
    "bell",
    "calendar-clock",
    "calendar-days",
    "check",
    "circle",
    "circle-alert",
    "circle-slash",
    "clipboard-list",
    "clock",
    "clock-alert",
    "code",
    "file-pen-line",
    "flag",
    "git-branch",
    "git-fork",
    "globe",
    "hourglass",
    "inbox",
    "list-checks",
    "list-todo",
    "log-in",
    "mail",
    "mail-warning",
    "merge",
    "milestone",
    "mouse-pointer-click",
    "octagon-alert",
    "pen",
    "pen-line",
    "pencil",
    "route",
    "send",
    "shuffle",
    "signpost",
    "skip-forward",
    "split",
    "square-check-big",
    "stamp",
    "tag",
    "tags",
    "timer",
    "triangle-alert",
    "unplug",
    "user",
    "user-pen",
    "user-plus",
    "user-round-pen",
    "user-round-plus",
    "variable",
    "webhook",
    "zap",
)


def icon(name: str, size: int = 16, **props: Any) -> rx.Component:
    """A Lucide icon known while building; stroke 2 up to 16, 1.75 above."""
    return rx.icon(name, size=size, stroke_width=2 if size <= 16 else 1.75, **props)


def icon_of(name: Any, size: int = 16) -> Any:
    """An icon that data names."""
    cases = [(known, icon(known, size)) for known in ICONS]
    return rx.match(name, *cases, icon("circle-dot", size))


def link(*children: Any, href: Any, **props: Any) -> rx.Component:
    """A link inside the studio, without a full navigation."""
    return Link.create(*children, to=href, **props)


def button(
    *children: Any, kind: str = "plain", glyph: str | None = None, small: bool = False, **props: Any
) -> rx.Component:
    """A button: plain, primary, quiet or danger."""
    props.setdefault("type", "button")
    return rx.el.button(
        *([icon(glyph)] if glyph else []),
        *children,
        class_name=_classes(kind, small, props),
        **props,
    )


def link_button(
    *children: Any,
    href: Any,
    kind: str = "plain",
    glyph: str | None = None,
    small: bool = False,
    **props: Any,
) -> rx.Component:
    """A link that looks like a button."""
    return link(
        *([icon(glyph)] if glyph else []),
        *children,
        href=href,
        class_name=_classes(kind, small, props),
        **props,
    )


def _classes(kind: str, small: bool, props: dict[str, Any]) -> str:
    names = ["wl-btn", kind, "small" if small else "", props.pop("class_name", "")]
    return " ".join(n for n in names if n)


def icon_button(glyph: str, name: Any, size: int = 16, **props: Any) -> rx.Component:
    """An icon alone, with its name for everyone."""
    return rx.el.button(
        icon(glyph, size),
        type="button",
        aria_label=name,
        title=name,
        class_name=f"wl-btn quiet square {props.pop('class_name', '')}".strip(),
        **props,
    )


def tag(*children: Any, tone: Any = "", glyph: str | None = None) -> rx.Component:
    """A small tag; `tone` is live, warning, error, accent, ink or nothing."""
    return rx.el.span(
        *([icon(glyph, 12)] if glyph else []), *children, class_name="wl-tag", data_tone=tone
    )


def state_tag(state: Any, word: Any) -> Any:
    """Live, held or draft: colour, sign and word."""
    return rx.match(
        state,
        ("live", rx.el.span(rx.el.span(class_name="wl-dot"), word, class_name="wl-tag live")),
        ("paused", rx.el.span(icon("pause", 12), word, class_name="wl-tag warning")),
        rx.el.span(icon("pen-line", 12), word, class_name="wl-tag"),
    )


def tile(category: Any, name: Any, size: str = "") -> rx.Component:
    """The tile of a node: shape and colour say the category, the icon the kind."""
    return rx.el.span(
        icon_of(name, 16 if size != "small" else 12),
        class_name=f"wl-tile {size}".strip(),
        data_category=category,
        aria_hidden="true",
    )


def field(
    label: Any,
    control: rx.Component,
    *,
    name: str,
    hint: Any = None,
    wrong: Any = None,
    **props: Any,
) -> rx.Component:
    """A labelled control; the label is tied to it by its id. `wrong`, when it is not empty: what
    is the matter with what was written, and what to do about it (give it to the control, too)."""
    return rx.el.div(
        rx.el.label(label, html_for=name),
        control,
        rx.fragment() if wrong is None else said_wrong(id=f"{name}-wrong", text=wrong),
        rx.el.span(hint, class_name="wl-hint", id=f"{name}-hint")
        if hint is not None
        else rx.fragment(),
        class_name="wl-field",
        **props,
    )


class _PlainForm(rx.el.Div):
    tag = "form"


def plain_form(*body: Any, **attributes: str) -> rx.Component:
    """A form that the browser sends by itself: `rx.el.form` keeps every submit from going out."""
    return _PlainForm.create(*body, custom_attrs=attributes)


def text_input(name: str, *, wrong: Any = None, **props: Any) -> rx.Component:
    """A one-line field. `wrong`: as for the `field` around it."""
    props.setdefault("id", name)
    if wrong is not None:
        about = props.get("aria_describedby", "")
        props["aria_invalid"] = rx.cond(wrong != "", "true", "false")
        props["aria_describedby"] = rx.cond(wrong != "", f"{name}-wrong {about}".strip(), about)
    return rx.el.input(name=name, class_name="wl-input", **props)


def heading(words: Any, *more: Any, level: int = 2) -> rx.Component:
    """A section's heading with what stands to its right."""
    tag_of = rx.el.h1 if level == 1 else rx.el.h2 if level == 2 else rx.el.h3
    return rx.el.div(tag_of(words), *more, class_name="wl-heading")


def dialog(
    title: Any, *body: Any, opened: Any, on_open_change: Any, about: Any = None
) -> rx.Component:
    """A dialog with its own title; Escape and a click outside close it."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(title, class_name="wl-dialog-title"),
            rx.dialog.description(about, class_name="wl-dialog-about")
            if about is not None
            else rx.fragment(),
            *body,
            class_name="wl-dialog",
            max_width="440px",
        ),
        open=opened,
        on_open_change=on_open_change,
    )


def details(text: Any) -> rx.Component:
    """The program's own words, for whoever looks after it."""
    return rx.cond(
        text != "",
        rx.el.details(
            rx.el.summary(tr("Details")),
            rx.el.code(text, class_name="wl-mono"),
            class_name="wl-details",
        ),
    )
