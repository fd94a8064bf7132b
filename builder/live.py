"""Live pages: when something happened, every open page loads itself again.

One task for each web process asks the facade for its pulse, a number that changes with every
commit, and only while somebody is connected. Each session then runs its own `refresh`, which
authorises like any other handler: nothing is pushed that its person could not ask for.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from builder.context import wayline

if TYPE_CHECKING:
    import reflex as rx

log = logging.getLogger("wayline.studio")

EVERY = 1.0  # seconds between two looks

_loaders: dict[str, Any] = {}


def register(route: str, handler: Any) -> Any:
    """Remember which handler loads a page; gives the handler back."""
    _loaders[route] = handler
    return handler


def loader(path: str) -> Any:
    """The load handler of the page at this path, or None (the editor looks after itself)."""
    first = "/" + path.strip("/").split("/", 1)[0]
    deep = path.strip("/").count("/") > 0
    return _loaders.get(f"{first}/[id]" if deep else first)


async def watch(app: rx.App) -> None:
    """The lifespan task."""
    from reflex.event import Event

    from builder.state.desk import Desk

    last: Any = None
    while True:
        await asyncio.sleep(EVERY)
        try:
            namespace = app.event_namespace
            open_pages = list(namespace.token_to_sid) if namespace is not None else []
            if not open_pages:
                last = None
                continue
            pulse = await asyncio.to_thread(wayline().pulse)
            if pulse == last:
                continue
            first, last = last is None, pulse
            if first:
                continue
            for token in open_pages:
                for event in Event.from_event_type(Desk.refresh()):
                    await app.event_processor.enqueue(token, event)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("A live update was missed; the next one follows.")
