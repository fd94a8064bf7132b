"""What keeps the front end small, as plugins of Reflex (see rxconfig.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reflex.plugins import RadixThemesPlugin
from reflex_base.plugins import Plugin

HERE = Path(__file__).resolve().parent


class LeanThemes(RadixThemesPlugin):
    """Radix's components without those that no page uses. Reflex would bundle the whole library for
    components that are made at run time, which this studio has none of."""

    def get_frontend_dependencies(self, **context: Any) -> tuple[str, ...]:
        """Nothing to bundle; the pages' own components bring the package."""
        return ()


class LeanSheets(Plugin):
    """Drops the styles of components that no page uses (builder/postcss.config.js)."""

    def pre_compile(self, **context: Any) -> None:
        """Put our configuration in the place of Reflex's."""
        text = (HERE / "postcss.config.js").read_text()
        context["add_modify_task"]("postcss.config.js", lambda _: text)
