"""Ends a process that holds SQLite's write ticket and does not move: nobody else could write."""

from __future__ import annotations

import logging
import os
import signal

from runtime.settings import Settings
from runtime.store.ticket import stuck_writer

_log = logging.getLogger("wayline.watchdog")
PATIENCE = 10.0  # seconds; writers take milliseconds


class Watchdog:
    """Call it every second."""

    def __init__(self, settings: Settings, patience: float = PATIENCE) -> None:
        self._settings, self._patience = settings, patience
        self._suspect: int | None = None

    def __call__(self) -> None:
        """End the process that was stuck the last time and still is."""
        found = stuck_writer(self._settings, self._patience)
        if found is not None and found == self._suspect and found != os.getpid():
            _log.error("Process %s holds the database and does not move: it is ended.", found)
            try:
                os.kill(found, signal.SIGKILL)
            except (ProcessLookupError, PermissionError) as error:
                _log.error("Process %s cannot be ended (%s).", found, type(error).__name__)
        self._suspect = found
