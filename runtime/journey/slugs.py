"""Names as they stand in addresses and file names."""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = str.maketrans({"ß": "ss", "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "œ": "oe", "ł": "l"})


def slugify(name: str) -> str:
    """Lower case ASCII words with hyphens, at most 60 characters: “Büro-Umzug 2” is `buro-umzug-2`.
    A name without any such letter is `journey`."""
    plain = unicodedata.normalize("NFKD", name.translate(_SPECIAL)).encode("ascii", "ignore")
    words = re.sub(r"[^a-z0-9]+", "-", plain.decode().lower()).strip("-")
    return words[:60].strip("-") or "journey"
