"""The one facade of this process. The web process sets it once; everything in the studio reads it
here, and tests set their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from runtime.facade import Wayline

_held: list[object] = []


def use(wayline: object) -> None:
    """Make this facade the one that the studio works with."""
    _held[:] = [wayline]


def wayline() -> Wayline:
    """The facade; RuntimeError when the process was not set up by `builder.web`."""
    if not _held:
        raise RuntimeError("The studio has no facade yet: start it with `wayline up`.")
    return cast("Wayline", _held[0])
