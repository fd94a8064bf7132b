"""What the shapes are made of."""

from __future__ import annotations

from typing import Any, Literal

Json = Any
Document = dict[str, Any]
Role = Literal["owner", "editor", "approver", "viewer"]
Severity = Literal["error", "warning"]
Tone = Literal["accent", "error", "warning", "quiet"]
JourneyState = Literal["draft", "live", "paused"]
RunStatus = Literal["running", "waiting", "completed", "exited", "failed"]
ApprovalState = Literal["open", "approved", "rejected", "expired", "cancelled"]
