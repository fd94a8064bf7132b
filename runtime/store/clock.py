"""Instants as the tables keep them: whole microseconds since 1970 UTC."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], int]

NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"  # PostgreSQL's clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT = 4_000_000_000_000_000  # until 2096 a float holds microseconds, and is twice as quick


def host_us() -> int:
    """The host's clock."""
    return time.time_ns() // 1000


def to_us(instant: datetime) -> int:
    """An aware instant as microseconds."""
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_us(us: int) -> datetime:
    """Microseconds as an aware instant in UTC."""
    if 0 <= us < _EXACT:
        return datetime.fromtimestamp(us / 1e6, UTC)
    return _EPOCH + timedelta(microseconds=us)


def rfc3339(us: int) -> str:
    """Microseconds as RFC 3339 text with `Z`, without a fraction when it is zero."""
    return from_us(us).isoformat().replace("+00:00", "Z")
