"""The content hash of a journey: RFC 8785 canonical JSON, SHA-256, without `ui`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785


def content_hash(document: Mapping[str, Any]) -> str:
    """64 hexadecimal digits; moving a node does not change them."""
    graph = {k: v for k, v in document.items() if k != "ui"}
    return hashlib.sha256(rfc8785.dumps(graph)).hexdigest()
