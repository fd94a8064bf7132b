"""What the editor's page will ask for in the end, said with its first byte (a `Link` header).

The page's script must be there and have run before it asks for the editor: without a word ahead
the browser waits in between. Which files these are is read from the build, each time it changes.
"""

from __future__ import annotations

import re
from pathlib import Path

ROUTE = "_journeys_.__slug_*.js"  # so Reflex names the script of builder/pages/editor.py
LEAST = 4_000  # bytes: for less a line of the header is not worth while

_NEEDED = re.compile(r'"(assets/[\w.-]+\.(?:js|css))"')
_LIST = re.compile(r"__vite__mapDeps=.*?\]", re.DOTALL)


def links(client: Path) -> str:
    """The `Link` header of the editor's page; empty when the build names nothing."""
    route = next(iter((client / "assets").glob(ROUTE)), None)
    if route is None:
        return ""
    listed = _LIST.search(route.read_text("utf-8"))
    named = dict.fromkeys(_NEEDED.findall(listed[0] if listed else ""))
    page = (client / "__spa-fallback.html").read_text("utf-8")
    worth = [n for n in named if n not in page and (client / n).stat().st_size >= LEAST]
    return ", ".join(_link(name) for name in (f"assets/{route.name}", *worth))


def _link(name: str) -> str:
    if name.endswith(".css"):  # asked for with CORS by Vite's loader, so only that one fits
        return f"</{name}>; rel=preload; as=style; crossorigin"
    return f"</{name}>; rel=modulepreload"
