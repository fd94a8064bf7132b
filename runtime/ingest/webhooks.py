"""`POST /hooks/{token}`: one webhook becomes one event."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote

from nodes.spec import Start
from runtime.ingest import bodies, hostile, signatures
from runtime.ingest.hooks import Hook
from runtime.ingest.pressure import Pressure
from runtime.ingest.problems import Refusal
from runtime.ingest.recall import Recall
from runtime.ingest.values import is_object
from runtime.ingest.wire import Answer, Request, Room, read_body
from runtime.journey.paths import follow
from runtime.store.intake import Incoming, Receipt

LARGEST = 1024 * 1024  # bytes of a webhook, on the wire and unpacked
SECONDS = 20.0  # a body has to arrive
LONGEST_ID = 255
LONGEST_WHO = 512
ID_HEADERS = ("webhook-id", "svix-id", "idempotency-key")
_ID_HEADERS = frozenset(ID_HEADERS)


class Accepts(Protocol):
    """The part of `runtime.store.intake.Intake` that is used here."""

    async def accept(self, incoming: Incoming | Sequence[Incoming]) -> list[Receipt]: ...

    def submit(
        self,
        incoming: Incoming | Sequence[Incoming],
        done: Callable[[list[Receipt] | Exception], None],
    ) -> None: ...


# takes the body of a 202, or why there is none
Give = Callable[[bytes | Exception], None]


class Webhooks:
    """Answers webhooks."""

    def __init__(
        self,
        hooks: Recall[Hook | None],
        intake: Accepts,
        pressure: Pressure,
        room: Room,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._hooks = hooks
        self._intake = intake
        self._pressure = pressure
        self._room = room
        self._now = now

    async def post(self, request: Request, token: str) -> Answer:
        """202 with the event's id, after the event is committed."""
        known = 0 < len(token) <= 64 and "\x00" not in token  # PostgreSQL refuses to look for NUL
        hook = _there(await self._hooks.find(token) if known else None)
        await self._pressure.check(hook.workspace)
        raw = await read_body(request, LARGEST, SECONDS, self._room)
        plain = self._verified(hook, request, raw)
        content_type = request.content_type
        body = await bodies.read(plain, content_type, request.headers.get("content-type", ""))
        [receipt] = await self._intake.accept(_incoming(hook, request, plain, body))
        return Answer(202, self._accepted(hook, receipt))

    def at_once(self, token: str, request: Request, raw: bytes, answer: Give) -> bool:
        """The same for a request that is whole, without a task of its own: `answer` gets what is to
        be said, now or after the commit. False when something has to be awaited: ask `post`."""
        if len(raw) > LARGEST or request.content_type == "multipart/form-data":
            return False
        hook = self._hooks.known(token)
        if hook is None:
            return self._soon(token, request, raw, answer)
        if not self._pressure.check_now(hook.workspace):
            return False
        self._take(hook, request, raw, answer)
        return True

    def _soon(self, token: str, request: Request, raw: bytes, answer: Give) -> bool:
        """The same for an address that was known, and is read again at this moment."""
        old, reading = self._hooks.again(token)
        if old is None or reading is None or not self._pressure.check_now(old.workspace):
            return False

        def read(reading: asyncio.Future[Hook | None]) -> None:
            try:
                hook = _there(reading.result())
                self._pressure.check_now(hook.workspace)
                self._take(hook, request, raw, answer)
            except Exception as error:
                answer(error)

        reading.add_done_callback(read)
        return True

    def _take(self, hook: Hook, request: Request, raw: bytes, answer: Give) -> None:
        plain = self._verified(hook, request, raw)
        body = bodies.read_now(plain, request.content_type)

        def done(receipts: list[Receipt] | Exception) -> None:
            if isinstance(receipts, Exception):
                answer(receipts)
                return
            try:
                said = self._accepted(hook, receipts[0])
            except Refusal as refusal:
                answer(refusal)
            else:
                answer(said)

        self._intake.submit(_incoming(hook, request, plain, body), done)

    def _verified(self, hook: Hook, request: Request, raw: bytes) -> bytes:
        """The body as it was meant, from who may send it here now."""
        start = hook.start
        if start is not None and hook.kind != "none":
            wrong = signatures.problem(
                start.verify, hook.secrets, request.headers, raw, self._now()
            )
            if wrong:
                raise Refusal("bad-signature", wrong)
        if start is None or hook.state != "live":
            raise not_live(hook)
        return hostile.inflate(raw, request.encoding, LARGEST)

    def _accepted(self, hook: Hook, receipt: Receipt) -> bytes:
        if receipt.conflict:
            raise Refusal(
                "same-id-other-body",
                "A webhook with this id and another body was accepted before: give each message "
                "its own id, and repeat a message unchanged.",
                event_id=receipt.event_id,
            )
        if not receipt.duplicate:
            self._pressure.added(hook.workspace, 1)
        return b'{"event_id":"%b"}' % receipt.event_id.encode()


def _there(hook: Hook | None) -> Hook:
    if hook is None:
        raise Refusal(
            "unknown-hook",
            "No webhook has this address: copy it again from the trigger in the studio, "
            "or print it with: wayline publish SLUG.",
        )
    return hook


def _incoming(hook: Hook, request: Request, plain: bytes, body: Any) -> Incoming:
    """The event of a webhook that is verified and live."""
    start = hook.start
    assert start is not None
    query = bodies.form(_ascii(request.query)) if request.query else {}
    seen = {"body": body, "query": query, "headers": request.headers}
    external_id = _external_id(request.headers, seen, start, hook.kind)
    digest = None
    if external_id is not None:
        digest = hashlib.sha256(plain + b"\0" + request.query).digest()
    return Incoming(
        workspace=hook.workspace,
        source=hook.source,
        external_id=external_id,
        kind="track",
        name=start.event or f"webhook.{hook.node}",
        who=_who(seen, start.customer),
        properties=_properties(body, query),
        target=None if start.event else hook.journey,
        target_node=None if start.event else hook.node,
        body_hash=digest,
    )


def not_live(hook: Hook) -> Refusal:
    """Why a webhook with a right address is not accepted."""
    if hook.state == "paused":
        return Refusal(
            "journey-not-live",
            "The journey behind this webhook is paused, so nothing was accepted: resume it in the "
            "studio and send this again.",
            state="paused",
        )
    if hook.state == "live":
        return Refusal(
            "journey-not-live",
            f"The journey's live version has no webhook trigger {hook.node!r} that is switched on: "
            "publish a version that has it.",
            state="live",
        )
    return Refusal(
        "journey-not-live",
        "The journey behind this webhook is not published, so nothing was accepted: publish it "
        "and send this again.",
        state=hook.state,
    )


def _ascii(query: bytes) -> bytes:
    """A query string with its raw bytes percent-encoded, as browsers send it."""
    return query if query.isascii() else quote(query, safe="%&=+;/?:@!$'()*,").encode()


def _properties(body: Any, query: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = body if is_object(body) else {"body": body}
    if query and "query" not in properties:
        return {**properties, "query": query}
    return properties


def _external_id(
    headers: Mapping[str, str], seen: Mapping[str, Any], start: Start, kind: str
) -> str | None:
    """The message's own id. What is signed comes first: other headers can be changed when a
    message is repeated by somebody else."""
    at_path = text_at(seen, start.id_path)
    if kind == "standard" and (signed := signatures.signed_id(start.verify, headers)):
        return short(signed, LONGEST_ID, "The message's id")
    if not _ID_HEADERS.isdisjoint(headers):
        for name in ID_HEADERS:
            given = headers.get(name, "").strip()
            if given and not (at_path and kind == "hmac" and _is_in_body(start.id_path)):
                return short(given, LONGEST_ID, f"The header {name}")
    if at_path:
        return short(at_path, LONGEST_ID, f"The id at {start.id_path}")
    return None


def _is_in_body(path: str | None) -> bool:
    return (path or "").partition(".")[0] == "body"


def _who(seen: Mapping[str, Any], path: str | None) -> dict[str, str] | None:
    found = text_at(seen, path)
    return {"any": short(found, LONGEST_WHO, f"The customer at {path}")} if found else None


def short(text: str, most: int, what: str) -> str:
    """The text, unless it is too long to be an id."""
    if len(text) > most:
        raise Refusal("bad-message", f"{what} is longer than {most} characters: shorten it.")
    return text


@lru_cache(maxsize=1000)
def _parts(path: str) -> list[str]:
    return path.split(".")


def text_at(seen: Mapping[str, Any], path: str | None) -> str | None:
    """The text or whole number at `body.…`, `query.…` or `headers.…`; None when there is none."""
    if not path:
        return None
    root, *parts = _parts(path)
    if root == "headers":
        return seen["headers"].get(".".join(parts).lower(), "").strip() or None
    value = follow(seen.get(root), parts)
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
