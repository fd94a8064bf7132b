"""What the checks of the latest drafts remember, so that an edit is checked in a moment."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager

from runtime.journey.memory import Memory

MOST = 16  # journeys
MOST_TEXT = 4 * 1024 * 1024  # characters of their drafts together: what is remembered is larger


class Memories:
    """The latest journeys that were checked, each with the length of its draft."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[int, Memory]] = OrderedDict()
        self._taken: set[str] = set()

    @contextmanager
    def of(self, journey: str, length: int) -> Generator[Memory | None]:
        """The journey's own, for one at a time: None while another thread has it."""
        with self._lock:
            memory = self._take(journey, length)
        if memory is None:
            yield None
            return
        try:
            yield memory
        except BaseException:
            with self._lock:
                self._kept.pop(journey, None)  # it may have been left half way
            raise
        finally:
            with self._lock:
                self._taken.discard(journey)

    def _take(self, journey: str, length: int) -> Memory | None:
        if journey in self._taken:
            return None
        self._taken.add(journey)
        _, memory = self._kept.pop(journey, (0, None))
        memory = memory or Memory()
        self._kept[journey] = (length, memory)
        while len(self._kept) > 1 and (len(self._kept) > MOST or self._text() > MOST_TEXT):
            self._kept.popitem(last=False)
        return memory

    def _text(self) -> int:
        return sum(length for length, _ in self._kept.values())
