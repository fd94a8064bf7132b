"""What every part of the studio has: the desk of the person whom it works for."""

from __future__ import annotations

from runtime.facade.desk import Desk


class Part:
    """One workspace, on behalf of one person."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def desk(self) -> Desk:
        """What the parts of the facade work with."""
        return self._desk
