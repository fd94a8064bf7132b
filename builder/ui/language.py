"""The choice of the studio's language, as it stands in the person's menu and in the settings."""

from __future__ import annotations

import reflex as rx


class LanguageChoice(rx.NoSSRComponent):
    """A button for each language, in its own words; the page comes again in the one chosen."""

    library = "$/public/front/language.tsx"
    tag = "LanguageChoice"


language_choice = LanguageChoice.create
