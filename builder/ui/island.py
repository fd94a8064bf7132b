"""The pieces of the studio that are written in TypeScript: the editor, the
page's keys, its notices, and what is said at a field.

Their sources lie in `builder/canvas` and `builder/front`; the build lays them where Vite finds
them and takes them out of what is served.
"""

from __future__ import annotations

import reflex as rx
from reflex_base.vars import VarData


class JourneyEditor(rx.NoSSRComponent):
    """The whole inside of the editor page. It talks to `/studio/…` by itself."""

    library = "$/public/canvas/editor.tsx"
    lib_dependencies: list[str] = [  # noqa: RUF012 - Reflex's field
        "@xyflow/react@12.12.1",
        "elkjs@0.12.1",
        "@codemirror/autocomplete@6.20.4",
        "@codemirror/commands@6.11.1",
        "@codemirror/language@6.13.1",
        "@codemirror/lint@6.9.8",
        "@codemirror/state@6.7.6",
        "@codemirror/view@6.43.15",
    ]
    tag = "JourneyEditor"

    slug: rx.Var[str]
    color_mode: rx.Var[str]


class JourneyPreview(rx.NoSSRComponent):
    """A template on the canvas, to look at."""

    library = "$/public/canvas/gallery/preview.tsx"
    lib_dependencies: list[str] = JourneyEditor.lib_dependencies
    tag = "JourneyPreview"

    slug: rx.Var[str]
    color_mode: rx.Var[str]


class Leaving(rx.NoSSRComponent):
    """Signs out when everything is saved, and asks when something cannot be."""

    library = "$/public/front/leaving.tsx"
    tag = "Leaving"


class Hotkeys(rx.NoSSRComponent):
    """Single keys that click the controls with `data-key`."""

    library = "$/public/front/hotkeys.tsx"
    tag = "Hotkeys"


class Wrong(rx.NoSSRComponent):
    """What is the matter with a field; nothing while its text is empty."""

    library = "$/public/front/wrong.tsx"
    tag = "Wrong"

    text: rx.Var[str]


class Notice(rx.NoSSRComponent):
    """What was just done, or could not be done."""

    library = "$/public/front/notice.tsx"
    tag = "Notice"

    text: rx.Var[str]
    tone: rx.Var[str]
    seq: rx.Var[int]


# The part of the page's address, known in the browser before the studio has said a word.
slug_of_page = rx.Var(
    "slug",
    _var_type=str,
    _var_data=VarData(
        imports={"react-router": "useParams"}, hooks={'const { slug = "" } = useParams()': None}
    ),
)
journey_editor = JourneyEditor.create
journey_preview = JourneyPreview.create
hotkeys = Hotkeys.create
leaving = Leaving.create
notice = Notice.create
said_wrong = Wrong.create
