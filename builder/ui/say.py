"""The texts of the pages. They are written in English where they stand; `tr` makes an expression
that says them in the language of the page (builder/front/words.ts, builder/words/de.json)."""

from __future__ import annotations

import json
from typing import Any

import reflex as rx
from reflex_base.vars import VarData

WORDS = "$/public/front/words.ts"


def tr(english: str, **values: Any) -> Any:
    """A text; each `{name}` in it stands for a value: `tr("Actions for {name}", name=row.name)`."""
    data = VarData(imports={WORDS: "tr"})
    given: list[str] = []
    for name, value in values.items():
        one = rx.Var.create(value)
        data = VarData.merge(data, one._get_all_var_data()) or data
        given.append(f"{name}: {one!s}")
    filled = f", {{{', '.join(given)}}}" if given else ""
    text = f"tr({json.dumps(english, ensure_ascii=False)}{filled})"
    return rx.Var(text, _var_type=str, _var_data=data).to(str)
