"""What came of one attempt at an effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Done:
    """The provider took it."""

    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never go through like this; trying again is of no use. `message` is a sentence for a
    person.
    """

    kind: str
    message: str
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Later:
    """It may go through another time, not before `after` seconds when the provider said so.

    `data` is what the last answer said, for the step's record when no attempt is left.
    `uncertain`: the provider may have taken it (the connection broke after the request was on its
    way).
    """

    kind: str
    message: str
    after: float | None = None
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    uncertain: bool = False


Result = Done | Refused | Later
