"""Decisions that wait a moment before they count, so that undo is real.

A decision stays here for ten seconds and only then goes to the engine. It lives in the web
process: closing the page changes nothing, a clean stop decides at once, and a crash leaves the
approval open, so that it is simply asked again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

log = logging.getLogger("wayline.studio")


def delay() -> float:
    """Seconds a decision can be taken back (WAYLINE_UNDO_SECONDS, 10)."""
    return float(os.environ.get("WAYLINE_UNDO_SECONDS", "10"))


@dataclass(frozen=True, slots=True)
class Held:
    """One decision that can still be taken back."""

    approval: str
    workspace: str
    by: str
    act: Callable[[], Awaitable[None]]
    task: asyncio.Task[None]
    due: float


_held: dict[str, Held] = {}


def hold(
    approval: str,
    *,
    workspace: str,
    by: str,
    act: Callable[[], Awaitable[None]],
    seconds: float | None = None,
) -> bool:
    """Do `act` after a moment; False when this approval is already held."""
    if approval in _held:
        return False
    wait = delay() if seconds is None else seconds

    async def later() -> None:
        await asyncio.sleep(wait)
        await _finish(approval)

    task = asyncio.create_task(later())
    _held[approval] = Held(approval, workspace, by, act, task, time.monotonic() + wait)
    return True


def take_back(approval: str, by: str) -> bool:
    """Undo a held decision of this person; False when it has gone already."""
    held = _held.get(approval)
    if held is None or held.by != by:
        return False
    del _held[approval]
    held.task.cancel()
    return True


def is_held(approval: str) -> bool:
    """Whether a decision about this approval waits to count."""
    return approval in _held


def count(workspace: str) -> int:
    """How many decisions of a workspace wait to count."""
    return sum(1 for held in _held.values() if held.workspace == workspace)


async def flush() -> None:
    """Decide everything now: the process stops."""
    for approval, held in list(_held.items()):
        held.task.cancel()
        await _finish(approval)


async def _finish(approval: str) -> None:
    held = _held.pop(approval, None)
    if held is None:
        return
    try:
        await held.act()
    except Exception:
        log.exception("A decision could not be carried out; the approval stays open.")
