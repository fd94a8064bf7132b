"""What takes long takes turns, so that nobody's slow questions keep all others waiting.

A process answers everybody with a few threads. What is dear (a try, a count, a rehearsal) has
threads of its own, of which one person has AT_ONCE; what more they ask waits in order, and beyond
MOST_WAITING it is refused.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from runtime.facade.errors import WaylineError

T = TypeVar("T")

AT_ONCE = 2
MOST_WAITING = 10
THREADS = 4
SECONDS = 5  # until it is worth asking again


class TooMuch(WaylineError):
    """A person asks for more than one may at once (→ 429)."""

    def __init__(self) -> None:
        super().__init__(
            "You have asked for more than can be done at once. Wait until the first answers are "
            "there, and try again."
        )


@dataclass(slots=True)
class _Person:
    """How much of it they have asked for, and the way through for so many at once."""

    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    asked: int = 0


_people: dict[str, _Person] = {}
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dear")


async def in_turn(person: str, call: Callable[..., T], *given: Any, **named: Any) -> T:
    """What the call gives, off the event loop, when it is this person's turn. Raises TooMuch."""
    one = _people.setdefault(person, _Person())
    if one.asked >= AT_ONCE + MOST_WAITING:
        raise TooMuch
    one.asked += 1
    try:
        await one.gate.acquire()
    except BaseException:
        _leave(person, one)
        raise

    def over(_: object) -> None:
        one.gate.release()
        _leave(person, one)

    context = contextvars.copy_context()
    work: Callable[[], T] = partial(context.run, partial(call, *given, **named))
    running = asyncio.get_running_loop().run_in_executor(_threads, work)
    running.add_done_callback(over)
    # Who asked may go away; the thread is busy until it is done.
    return await asyncio.shield(running)


def _leave(person: str, one: _Person) -> None:
    one.asked -= 1
    if not one.asked and _people.get(person) is one:
        del _people[person]
