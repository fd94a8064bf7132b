"""What the commands share that work on an installation: its settings, its data, and a sentence for
whatever is wrong with them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime.facade import Wayline
    from runtime.settings import Settings


class Trouble(Exception):
    """The command cannot do it; the message says the remedy. `code` is how the command ends."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def settings_of(data: Path | None, **given: str | int | None) -> Settings:
    """The settings of the environment; what the command line says wins. Raises Trouble."""
    from runtime.settings import from_environment

    try:
        return from_environment(None, data=data.absolute() if data else None, **given)
    except ValueError as error:
        raise Trouble(f"a setting of the environment cannot be read: {error}", 2) from None


@contextmanager
def opened(settings: Settings) -> Generator[Wayline]:
    """The installation, whether the program runs or not. Raises Trouble."""
    from runtime.facade import Wayline

    try:
        wayline = Wayline.open(settings)
    except Exception as error:
        from runtime.first_start import explain

        raise Trouble(explain(error)) from error
    try:
        yield wayline
    finally:
        wayline.close()
