"""What the Segment HTTP spec's messages mean as events. Pure: the time of receipt is an argument.

| message | event's name | properties |
| --- | --- | --- |
| track | `event` | `properties` |
| page, screen | `page`, `screen` | `properties` with `name` and `category` |
| identify | `identify` | `traits` |
| group | `group` | `{groupId, traits}` |
| alias | `alias` | `{previousId}` |
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson

from runtime.ingest.problems import Refusal
from runtime.ingest.values import is_list, is_object
from runtime.store.clock import to_us
from runtime.store.intake import Incoming

KINDS = ("identify", "track", "page", "screen", "group", "alias")
SHORT = {kind[0]: kind for kind in KINDS if kind != "screen"} | {"s": "screen", "b": "batch"}
MOST_BYTES = 500 * 1024  # of a batch, unpacked
MOST_EVENT_BYTES = 32 * 1024
MOST_EVENTS = 2_500
LONGEST_ID = 255
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LONGEST_NAME = 200
SOURCE = "track"

# what changes when an SDK sends the same message again
_VOLATILE = frozenset({"sentAt", "writeKey", "receivedAt", "_metadata"})


def messages(kind: str, body: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """The (kind, message) pairs of a request body."""
    if not is_object(body):
        raise Refusal("bad-message", "The body must be a JSON object.")
    if kind != "batch":
        return [(kind, body)]
    batch: Any = body.get("batch")
    if not is_list(batch) or not batch:
        raise Refusal("bad-message", 'A batch needs its messages in the list "batch".')
    if len(batch) > MOST_EVENTS:
        raise Refusal(
            "over-limit", f"A batch holds at most {MOST_EVENTS:,} messages: split it into several."
        )
    found: list[tuple[str, Mapping[str, Any]]] = []
    for at, message in enumerate(batch):
        if not is_object(message):
            raise Refusal("bad-message", f"Message {at} of the batch must be a JSON object.")
        found.append((str(message.get("type") or message.get("action") or ""), message))
    return found


def read(kind: str, body: Any, size: int, workspace: str, received: datetime) -> list[Incoming]:
    """The events of a request of `size` bytes; one that cannot be used refuses all."""
    several = messages(kind, body)
    sent_at = body.get("sentAt")
    found: list[Incoming] = []
    for at, (one, message) in enumerate(several):
        where = f"Message {at} of the batch" if kind == "batch" else "The message"
        if size > MOST_EVENT_BYTES and len(orjson.dumps(message)) > MOST_EVENT_BYTES:
            raise Refusal(
                "over-limit",
                f"{where} is larger than {MOST_EVENT_BYTES // 1024} KB: send fewer properties.",
            )
        found.append(_event(one, message, where, workspace, received, sent_at))
    return found


def _event(
    kind: str,
    message: Mapping[str, Any],
    where: str,
    workspace: str,
    received: datetime,
    sent_at: Any,
) -> Incoming:
    if kind not in KINDS:
        raise Refusal("bad-message", f"{where} needs a type: one of {', '.join(KINDS)}.")
    who = {
        key: text
        for key, name in (("id", "userId"), ("anonymous", "anonymousId"))
        if (text := _id(message, name, where))
    }
    if not who:
        raise Refusal("bad-message", f"{where} needs a userId or an anonymousId.")
    name, properties = _content(kind, message, where)
    return Incoming(
        workspace=workspace,
        source=SOURCE,
        external_id=_id(message, "messageId", where),
        kind=kind,
        name=name,
        who=who,
        properties=properties,
        at=to_us(_time(message, message.get("sentAt") or sent_at, received, where)),
        body_hash=_digest(kind, message),
    )


def _content(kind: str, message: Mapping[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    """The event's name and properties."""
    if kind == "track":
        name = message.get("event")
        if not isinstance(name, str) or not name.strip():
            raise Refusal("bad-message", f'{where} needs the event\'s name in "event".')
        if len(name) > LONGEST_NAME:
            raise Refusal(
                "bad-message", f"{where} has an event name longer than {LONGEST_NAME} characters."
            )
        return name.strip(), _object(message, "properties", where)
    if kind == "identify":
        return kind, _object(message, "traits", where)
    if kind == "group":
        group = _id(message, "groupId", where)
        if not group:
            raise Refusal("bad-message", f"{where} needs a groupId.")
        return kind, {"groupId": group, "traits": _object(message, "traits", where)}
    if kind == "alias":
        previous = _id(message, "previousId", where)
        if not previous or not message.get("userId"):
            raise Refusal("bad-message", f"{where} needs a previousId and a userId.")
        return kind, {"previousId": previous}
    named = {k: message[k] for k in ("name", "category") if isinstance(message.get(k), str)}
    return kind, {**named, **_object(message, "properties", where)}


def _object(message: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    value: Any = message.get(name)
    if value is None:
        return {}
    if not is_object(value):
        raise Refusal("bad-message", f'{where} has "{name}" that is not an object.')
    return value


def _id(message: Mapping[str, Any], name: str, where: str) -> str | None:
    value = message.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Refusal("bad-message", f"{where} has a {name} that is not a text.")
    text = str(value).strip()
    if len(text) > LONGEST_ID:
        raise Refusal("bad-message", f"{where} has a {name} longer than {LONGEST_ID} characters.")
    return text or None


def _time(message: Mapping[str, Any], sent_at: Any, received: datetime, where: str) -> datetime:
    """When it happened by our clock: the sender's clock is set right by the time it says it sent
    at. Never before `EARLIEST`: in the first hours of the calendar there is no local time."""
    happened = _instant(message.get("timestamp"), "timestamp", where)
    if happened is None:
        return received
    sent = _instant(sent_at, "sentAt", where)
    if sent is not None and sent >= happened:
        with suppress(OverflowError):
            happened = received - (sent - happened)
    return max(min(happened, received), EARLIEST)


def _instant(value: Any, name: str, where: str) -> datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= 40:
        try:
            found = datetime.fromisoformat(value)
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
            return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Refusal("bad-message", f"{where} has a {name} that is not an ISO 8601 time.")


def _digest(kind: str, message: Mapping[str, Any]) -> bytes:
    """Tells another message under the same id from the same one sent again."""
    said: Sequence[Any] = (kind, {k: v for k, v in message.items() if k not in _VOLATILE})
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()


def default_settings(write_key: str, api_host: str) -> dict[str, Any]:
    """What the browser SDK asks for before it sends: no other destinations, no sampling, our
    address."""
    protocol, _, host = api_host.partition("://")
    everything = {"enabled": True, "integrations": dict[str, Any]()}
    return {
        "integrations": {
            "Segment.io": {
                "apiKey": write_key,
                "apiHost": f"{host}/v1",
                "protocol": protocol,
                "unbundledIntegrations": [],
                "addBundledMetadata": False,
                "maybeBundledConfigIds": {},
                "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
            }
        },
        "plan": {kind: {"__default": everything} for kind in ("track", "identify", "group")},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
        "autoInstrumentationSettings": {"sampleRate": 0},
    }
