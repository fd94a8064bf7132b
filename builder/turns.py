"""What takes long takes turns, so that nobody's slow questions keep all others waiting.

A process answers everybody with a few threads. What is dear (a try, a count, a rehearsal) has
threads of its own. One person has AT_ONCE of them, and more than one only while another stays free:
whoever comes next is worked on at once. What more they ask waits in order, and beyond MOST_WAITING
it is refused.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
    """How much of it they have asked for, and how much of that is worked on."""

    asked: int = 0
    running: int = 0


_people: dict[str, _Person] = {}
_waiting: list[tuple[_Person, asyncio.Future[None]]] = []  # the first one longest
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dear")


async def in_turn(person: str, call: Callable[..., T], *given: Any, **named: Any) -> T:
    """What the call gives, off the event loop, when it is this person's turn. Raises TooMuch."""
    one = _people.setdefault(person, _Person())
    if one.asked >= AT_ONCE + MOST_WAITING:
        raise TooMuch
    one.asked += 1
    loop = asyncio.get_running_loop()
    turn: asyncio.Future[None] = loop.create_future()
    _waiting.append((one, turn))
    _let_in()
    try:
        await turn
    except BaseException:
        if turn.cancelled():
            _waiting.remove((one, turn))
        else:  # it came at the same moment
            one.running -= 1
        _leave(person, one)
        raise

    def over(_: object) -> None:
        one.running -= 1
        _leave(person, one)

    context = contextvars.copy_context()
    work: Callable[[], T] = partial(context.run, partial(call, *given, **named))
    running = loop.run_in_executor(_threads, work)
    running.add_done_callback(over)
    # Who asked may go away; the thread is busy until it is done.
    return await asyncio.shield(running)


def _let_in() -> None:
    """Give the free threads away: to who has none first, and the last one to nobody else."""
    free = THREADS - sum(one.running for one in _people.values())
    for has in range(AT_ONCE):
        for one, turn in list(_waiting):
            if free > (has > 0) and one.running == has and not turn.done():
                one.running += 1
                free -= 1
                _waiting.remove((one, turn))
                turn.set_result(None)


def _leave(person: str, one: _Person) -> None:
    one.asked -= 1
    if not one.asked and _people.get(person) is one:
        del _people[person]
    _let_in()
