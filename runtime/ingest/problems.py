"""What can be refused, and how it is said: RFC 9457 problem documents.

`Refusal` is raised anywhere below a handler; the application turns it into the answer. `KINDS` is
the closed list of reasons: each has a status, a title and a place in docs/http.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

KINDS: Mapping[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be read"),
    "bad-json": (400, "The body is not usable JSON"),
    "bad-message": (400, "The message is incomplete"),
    "too-large": (413, "The request is too large"),
    "over-limit": (400, "The events are over the limit"),
    "unsupported-body": (415, "The body's format is not supported"),
    "too-slow": (408, "The request came too slowly"),
    "unauthorised": (401, "The key is missing or wrong"),
    "bad-signature": (401, "The webhook could not be verified"),
    "not-allowed": (403, "This is not allowed"),
    "not-found": (404, "There is no such thing"),
    "unknown-hook": (404, "There is no such webhook"),
    "wrong-method": (405, "The method is not offered here"),
    "same-id-other-body": (409, "This id was already used"),
    "journey-not-live": (409, "The journey is not live"),
    "refused": (409, "That cannot be done now"),
    "invalid": (422, "The values are not valid"),
    "busy": (429, "Too much is waiting"),
    "failed": (500, "Something went wrong here"),
    "unavailable": (503, "Not available now"),
}

PROBLEM_TYPE = "application/problem+json"


class Refusal(Exception):
    """An answer other than success: a kind of `KINDS` and a sentence with the remedy."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra

    @property
    def status(self) -> int:
        """The HTTP status of its kind."""
        return KINDS[self.kind][0]

    def document(self) -> dict[str, Any]:
        """The problem document."""
        status, title = KINDS[self.kind]
        return {
            "type": f"urn:wayline:problem:{self.kind}",
            "title": title,
            "status": status,
            "detail": self.detail,
            **self.extra,
        }

    def body(self) -> bytes:
        """The problem document as bytes."""
        return orjson.dumps(self.document())
