"""`/v1/…`: the Segment HTTP spec, so that its SDKs work with only the host changed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Any

from runtime.ingest import hostile, tracking
from runtime.ingest.pressure import Pressure
from runtime.ingest.problems import Refusal
from runtime.ingest.recall import Recall
from runtime.ingest.values import is_list, is_object
from runtime.ingest.webhooks import Accepts
from runtime.ingest.wire import Answer, Request, Room, json_answer, read_body
from runtime.store.keys import KeyRow

SECONDS = 20.0
METHODS = "POST, GET, OPTIONS"

CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", METHODS.encode()),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding"),
    (b"access-control-max-age", b"86400"),
)


class TrackApi:
    """Answers the tracking API."""

    def __init__(
        self,
        keys: Recall[KeyRow | None],
        intake: Accepts,
        pressure: Pressure,
        room: Room,
        now: Callable[[], datetime],
        url: str,
    ) -> None:
        self._keys = keys
        self._intake = intake
        self._pressure = pressure
        self._room = room
        self._now = now
        self._url = url

    async def answer(self, request: Request) -> Answer:
        """Dispatch below `/v1/`."""
        rest = request.path.removeprefix("/v1/")
        if request.method == "OPTIONS":
            return Answer(204)
        kind = tracking.SHORT.get(rest, rest)
        if kind == "batch" or kind in tracking.KINDS:
            if request.method != "POST":
                raise Refusal(
                    "wrong-method", f"Send a POST to /v1/{rest}.", headers={"allow": METHODS}
                )
            return await self._accept(request, kind)
        parts = rest.split("/")
        if len(parts) == 3 and (parts[0], parts[2]) == ("projects", "settings"):
            return await self._settings(parts[1])
        raise Refusal(
            "not-found", "The tracking API has identify, track, page, screen, group, alias, batch."
        )

    async def _settings(self, token: str) -> Answer:
        if await self._keys.find(token) is None:
            raise Refusal("not-found", "There is no such write key: make one in the settings.")
        return json_answer(tracking.default_settings(token, self._url))

    async def _accept(self, request: Request, kind: str) -> Answer:
        token = basic_user(request.headers.get("authorization", ""))
        key = await self._key(token) if token else None
        if key is not None:
            await self._pressure.check(key.workspace)
        raw = await read_body(request, tracking.MOST_BYTES, SECONDS, self._room, "over-limit")
        plain = hostile.inflate(raw, request.encoding, tracking.MOST_BYTES, "over-limit")
        if key is None and not plain:
            raise missing_key()
        body = hostile.parse(plain)
        if key is None:
            key = await self._key(key_in(body))
            await self._pressure.check(key.workspace)
        events = tracking.read(kind, body, len(plain), key.workspace, self._now())
        receipts = await self._intake.accept(events)
        self._pressure.added(key.workspace, sum(not r.duplicate for r in receipts))
        return _outcome(kind, events, receipts)

    async def _key(self, token: str) -> KeyRow:
        found = await self._keys.find(token) if 0 < len(token) <= 200 else None
        if found is None:
            raise missing_key()
        return found


def _outcome(kind: str, events: list[Any], receipts: list[Any]) -> Answer:
    conflicts = [e.external_id for e, r in zip(events, receipts, strict=True) if r.conflict]
    if conflicts and kind != "batch":
        raise Refusal(
            "same-id-other-body",
            "A message with this messageId and another content was accepted before: give each "
            "message its own messageId.",
        )
    answer: dict[str, Any] = {"success": True}
    if conflicts:  # the first message under an id stands; the rest of the batch is in
        answer["ignored"] = conflicts
    return json_answer(answer)


def missing_key() -> Refusal:
    """No usable write key."""
    return Refusal(
        "unauthorised",
        "A write key is needed as the user name of Basic authorisation: make one in the settings "
        "or with: wayline key create --write.",
        headers={"www-authenticate": 'Basic realm="Wayline write key"'},
    )


def basic_user(header: str) -> str:
    """The user name in a Basic authorisation header; empty when there is none."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "basic" or len(rest) > 1_000:
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")[0]
    except (binascii.Error, ValueError):
        return ""


def key_in(body: Any) -> str:
    """The write key that the browser SDK puts into the body."""
    if not is_object(body):
        return ""
    given: Any = body.get("writeKey")
    if given is None and is_list(body.get("batch")) and body["batch"]:
        first: Any = body["batch"][0]
        given = first.get("writeKey") if is_object(first) else None
    return given if isinstance(given, str) else ""
