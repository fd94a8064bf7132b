"""Why the facade said no. Each message is a sentence with its remedy, fit to be shown.

WaylineError
├── Refused      what was asked breaks a rule (→ 409 or 422); may carry `problems`
├── NotAllowed   the person's role does not allow it (→ 403)
└── NotFound     there is no such thing in this workspace (→ 404)
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime.facade.shapes import ProblemShape


class WaylineError(Exception):
    """What happened and its remedy. `field`: the argument that mends it, when it is one alone."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Refused(WaylineError):
    """What was asked breaks a rule; `problems` says where, when it is about a document."""

    def __init__(
        self, message: str, problems: Sequence[ProblemShape] = (), *, field: str | None = None
    ) -> None:
        super().__init__(message, field=field)
        self.problems = list(problems)


class NotAllowed(Refused):
    """The person's role does not allow it."""


class NotFound(WaylineError):
    """There is no such thing in this workspace."""
