"""The form of a condition: its operators by what they compare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Condition = Mapping[str, Any]

EQUALITY = ("eq", "ne")
ORDER = ("gt", "gte", "lt", "lte")
TEXT = ("starts_with", "ends_with")
CONTENT = ("contains", "not_contains")
MEMBER = ("in", "not_in")
PRESENCE = ("exists", "missing")
INSTANTS = ("before", "after")
WINDOWS = ("within_last", "within_next")
OPS = (*EQUALITY, *ORDER, *CONTENT, *TEXT, *MEMBER, *PRESENCE, *INSTANTS, *WINDOWS)
