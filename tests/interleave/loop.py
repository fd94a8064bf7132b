"""An asyncio event loop whose time is virtual and whose waiting is the process's rest."""

from __future__ import annotations

import asyncio
import math
from asyncio import events
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.interleave.hub import SECOND, START, Died, Process


class VirtualLoop(asyncio.BaseEventLoop):
    """The loop of one virtual process; it has no files and no sockets."""

    def __init__(self, process: Process, failed: Callable[[str], None]) -> None:
        super().__init__()
        self._process = process
        self._selector = self
        self._failed = failed
        self.set_exception_handler(self._wrong)
        process.ends.append(self.abandon)

    def time(self) -> float:
        """Virtual seconds; no clock that is set changes them."""
        return (self._process.hub.now - START) / SECOND

    def select(self, timeout: float | None) -> list[Any]:
        """Rest until a timer or a wake-up; as a selector would."""
        self._process.here()
        if timeout != 0:
            self._process.wait(None if timeout is None else math.ceil(timeout * SECOND))
        return []

    def run_forever(self) -> None:
        """As asyncio's, without its hooks of the thread: greenlets share them."""
        self._check_closed()
        events._set_running_loop(self)
        try:
            while True:
                self._run_once()
                if self._stopping:
                    break
        finally:
            self._stopping = False
            events._set_running_loop(None)

    def abandon(self) -> None:
        """The process is over: close what it was about to do, begun or not. Left to the collector,
        a coroutine would end at a moment of Python's choosing, in whoever's turn that is."""
        if self.is_closed():
            return
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False
            with suppress(BaseException):
                task.get_coro().close()
        self.close()

    def is_running(self) -> bool:
        return events._get_running_loop() is self

    def _process_events(self, event_list: Any) -> None:
        pass

    def _write_to_self(self) -> None:
        self._process.wake()

    def _wrong(self, _: Any, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if self._process.alive and not isinstance(error, Died):
            self._failed(f"the event loop: {context.get('message')} {error!r}")
