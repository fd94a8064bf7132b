"""Whether a webhook really comes from who it should: bearer token, HMAC over the raw bytes,
Standard Webhooks.

A rule is the `verify` of a webhook trigger: {"kind": "none" | "bearer" | "hmac" | "standard",
"credential": name, and for hmac: "header", "algorithm" (sha256, sha1, sha512), "encoding" (hex,
base64), "prefix", "timestamp_header" (then `timestamp.body` is what is signed)}. Each check gets
every secret that is live now, since secrets rotate. All comparisons take constant time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

TOLERANCE = 300  # seconds that a signed timestamp may be off

# where senders put a generic signature, when the trigger names no header
HEADERS = ("x-signature-256", "x-signature", "x-hub-signature-256", "x-webhook-signature")
_HASHES = {"sha256": hashlib.sha256, "sha1": hashlib.sha1, "sha512": hashlib.sha512}
_UNVERIFIED = "so nothing was accepted."


def secrets_of(credential: Mapping[str, Any]) -> list[str]:
    """The live secrets in a "hook" credential: {"secret": …, "previous"?: …} or {"secrets":
    […]}."""
    found = [credential.get(k) for k in ("secret", "token", "previous")]
    several = credential.get("secrets")
    if isinstance(several, Sequence) and not isinstance(several, str):
        found += several
    return [s for s in found if isinstance(s, str) and s]


def problem(
    rule: Mapping[str, Any] | None,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    raw: bytes,
    now: float,
) -> str | None:
    """None when the webhook is verified (or needs no verification); else the sentence to answer
    with 401.

    `headers` has lower-case names, `raw` is the body as it came, `now` in seconds since 1970."""
    if not rule or (kind := kind_of(rule)) == "none":
        return None
    if not secrets:
        return (
            "The secret for this webhook is missing, "
            f"{_UNVERIFIED} Add its credential in the settings or by: wayline credential set NAME"
        )
    check = {"bearer": _bearer, "hmac": _hmac, "standard": _standard}.get(kind)
    if check is None:
        return f"This webhook asks for a verification that is not known, {_UNVERIFIED}"
    return check(rule, secrets, headers, raw, now)


def kind_of(rule: Mapping[str, Any]) -> str:
    """How to verify; a rule that says anything but no kind is never taken for an open door."""
    return str(rule.get("kind") or ("unknown" if any(rule.values()) else "none"))


def _bearer(
    rule: Mapping[str, Any], secrets: Sequence[str], headers: Mapping[str, str], *_: Any
) -> str | None:
    scheme, _space, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return "The header Authorization: Bearer … with the webhook's token is missing."
    given = token.strip().encode("utf-8", "surrogatepass")
    if _any(hmac.compare_digest(given, s.encode()) for s in secrets):
        return None
    return "The webhook's token is wrong: compare it with the credential."


def _hmac(
    rule: Mapping[str, Any],
    secrets: Sequence[str],
    headers: Mapping[str, str],
    raw: bytes,
    now: float,
) -> str | None:
    header = str(rule.get("header") or next((h for h in HEADERS if h in headers), HEADERS[0]))
    given = headers.get(header.lower(), "").strip()
    if not given:
        return f"The header {header} with the signature is missing."
    signed = raw
    stamp_header = rule.get("timestamp_header")
    if isinstance(stamp_header, str) and stamp_header:
        stamp = headers.get(stamp_header.lower(), "").strip()
        late = _stale(stamp, now, stamp_header)
        if late:
            return late
        signed = stamp.encode() + b"." + raw
    name = str(rule.get("algorithm") or "sha256")
    algorithm = _HASHES.get(name)
    if algorithm is None:
        return f"This webhook asks for an algorithm that is not known, {_UNVERIFIED}"
    prefix = str(rule.get("prefix") or "")
    if not given.startswith(prefix):
        return f"The signature in {header} must begin with {prefix}"
    digits = given.removeprefix(prefix or f"{name}=")
    wanted = _decoded(digits, str(rule.get("encoding") or "hex"))
    if wanted is not None and _any(
        hmac.compare_digest(hmac.new(s.encode(), signed, algorithm).digest(), wanted)
        for s in secrets
    ):
        return None
    return (
        f"The signature in {header} does not fit: sign the body's bytes as they are sent, "
        "with the secret of the credential."
    )


def _standard(
    rule: Mapping[str, Any],
    secrets: Sequence[str],
    headers: Mapping[str, str],
    raw: bytes,
    now: float,
) -> str | None:
    name = _sender(headers)
    message_id = headers.get(f"{name}-id", "").strip()
    stamp = headers.get(f"{name}-timestamp", "").strip()
    given = headers.get(f"{name}-signature", "")
    if not (message_id and stamp and given.strip()):
        return "The headers webhook-id, webhook-timestamp and webhook-signature are needed."
    late = _stale(stamp, now, f"{name}-timestamp")
    if late:
        return late
    signed = f"{message_id}.{stamp}.".encode() + raw
    wanted = [
        w
        for part in given.split()[:20]
        if part.startswith("v1,") and (w := _decoded(part[3:], "base64")) is not None
    ]
    made = [hmac.new(key, signed, hashlib.sha256).digest() for key in _standard_keys(secrets)]
    if _any(hmac.compare_digest(m, w) for m in made for w in wanted):
        return None
    return (
        "No signature in webhook-signature fits: sign id.timestamp.body with the secret of the "
        "credential, and do not change the body afterwards."
    )


def signed_id(rule: Mapping[str, Any] | None, headers: Mapping[str, str]) -> str | None:
    """The id that a Standard Webhook's signature covers; None for the other kinds. Whoever repeats
    a message can write any other header anew."""
    if kind_of(rule or {}) != "standard":
        return None
    return headers.get(f"{_sender(headers)}-id", "").strip()


def _sender(headers: Mapping[str, str]) -> str:
    names = ("webhook", "svix")
    return next((n for n in names if f"{n}-signature" in headers), names[0])


def _standard_keys(secrets: Sequence[str]) -> Iterator[bytes]:
    """The key is the base64 after `whsec_`; a secret that is none is taken as it is."""
    for secret in secrets:
        text = secret.removeprefix("whsec_")
        try:
            yield base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            yield secret.encode()


def _stale(stamp: str, now: float, header: str) -> str | None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 16):
        return f"The header {header} must hold the time of sending in seconds since 1970."
    seconds = int(stamp) / 1000 if len(stamp) >= 13 else int(stamp)
    if abs(now - seconds) > TOLERANCE:
        return (
            f"The webhook was signed more than {TOLERANCE} seconds from now: check the sender's "
            "clock, and sign again for each attempt."
        )
    return None


def _decoded(text: str, encoding: str) -> bytes | None:
    try:
        if encoding == "base64":
            return base64.b64decode(text, validate=True)
        return bytes.fromhex(text)
    except (binascii.Error, ValueError):
        return None


def _any(results: Iterator[bool]) -> bool:
    """Whether one is true, looking at all of them, so that the time tells nothing."""
    found = False
    for result in results:
        found = result or found
    return found
