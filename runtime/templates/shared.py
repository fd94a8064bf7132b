"""One budget for many texts: each has limits of its own, but a form may hold a thousand of them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_left: ContextVar[list[int] | None] = ContextVar("wayline_texts_left", default=None)


@contextmanager
def budget(work: int) -> Generator[None]:
    """All texts that are rendered inside share so much work."""
    mark = _left.set([work])
    try:
        yield
    finally:
        _left.reset(mark)


def spend(cost: int) -> bool:
    """Whether there is so much left, which is then used; always where no budget is set."""
    left = _left.get()
    if left is None:
        return True
    left[0] -= cost
    return left[0] >= 0
