"""Who is signed in, and when things happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

WORKSPACE = {"id": "w1", "name": "Marlow Street", "time_zone": "Europe/Lisbon"}
PEOPLE = {
    role: {
        "id": f"p-{role}",
        "name": "Ines Okafor" if role == "owner" else f"{role.title()} Person",
        "email": f"{role}@marlow.studio",
        "role": role,
        "workspace": WORKSPACE,
    }
    for role in ("owner", "editor", "approver", "viewer")
}


def instant(**ago: float) -> str:
    """An instant before now as RFC 3339."""
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
