"""Instants as the tables keep them: whole microseconds since 1970 UTC."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def host_us() -> int:
    """The host's clock."""
    return time.time_ns() // 1000


def to_us(instant: datetime) -> int:
    """An aware instant as microseconds."""
    return (instant - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """Microseconds as an aware instant in UTC."""
    return _EPOCH + timedelta(microseconds=us)


def rfc3339(us: int) -> str:
    """Microseconds as RFC 3339 text with `Z`, without a fraction when it is zero."""
    return from_us(us).isoformat().replace("+00:00", "Z")
