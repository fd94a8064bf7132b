"""`/api/…`: finds the operation in the table, checks the key and the input, and runs it in a
thread of its own pool, so that a slow question never keeps a webhook waiting."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from runtime.facade.errors import NotAllowed, NotFound, Refused
from runtime.ingest import bodies, hostile, openapi
from runtime.ingest.endpoints import DOCUMENT, ENDPOINTS, Endpoint
from runtime.ingest.operations import AcceptsNow, Call
from runtime.ingest.pressure import Pressure
from runtime.ingest.problems import Refusal
from runtime.ingest.recall import Recall
from runtime.ingest.schemas import Schema, complaint
from runtime.ingest.wire import Answer, Request, Room, json_answer, read_body
from runtime.journey.limits import DocumentRefused, read_document
from runtime.store.keys import KeyRow

if TYPE_CHECKING:
    from runtime.facade import Studio
    from runtime.store.database import Database

LARGEST = 1024 * 1024
LARGEST_DOCUMENT = 4 * 1024 * 1024
SECONDS = 30.0
THREADS = 4

StudioOf = Callable[[KeyRow], "Studio"]


class Management:
    """Answers the management API."""

    def __init__(
        self,
        keys: Recall[KeyRow | None],
        studio_of: StudioOf,
        database: Database,
        intake: AcceptsNow,
        pressure: Pressure,
        room: Room,
        url: str,
    ) -> None:
        self._keys = keys
        self._studio_of = studio_of
        self._database = database
        self._intake = intake
        self._pressure = pressure
        self._room = room
        self._url = url
        self._threads = ThreadPoolExecutor(THREADS, "api")
        self._document: bytes | None = None

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True)

    async def answer(self, request: Request) -> Answer:
        """Dispatch below `/api`."""
        if request.path == "/api/openapi.json":
            if request.method not in ("GET", "HEAD"):
                raise wrong_method(["GET"])
            return self._openapi()
        endpoint, params = find(request.method, request.path)
        key = await self._key(request)
        if "busy" in endpoint.refusals:
            await self._pressure.check(key.workspace)
        call = Call(
            open_studio=partial(self._studio_of, key),
            database=self._database,
            intake=self._intake,
            workspace=key.workspace,
            params=params,
            query=read_query(endpoint, request.query),
            body=await self._body(endpoint, request),
        )
        value = await asyncio.get_running_loop().run_in_executor(self._threads, run, endpoint, call)
        return json_answer(value, endpoint.status)

    def _openapi(self) -> Answer:
        if self._document is None:
            self._document = orjson.dumps(openapi.document(self._url))
        return Answer(200, self._document)

    async def _key(self, request: Request) -> KeyRow:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        found = None
        if scheme.lower() == "bearer" and 0 < len(token) <= 200:
            found = await self._keys.find(token.strip())
        if found is None:
            raise Refusal(
                "unauthorised",
                "A management key is needed: Authorization: Bearer KEY. Make one in the settings "
                "or with: wayline key create.",
                headers={"www-authenticate": 'Bearer realm="Wayline management key"'},
            )
        return found

    async def _body(self, endpoint: Endpoint, request: Request) -> Any:
        if endpoint.body is None:
            return None
        document = endpoint.body is DOCUMENT
        most = LARGEST_DOCUMENT if document else LARGEST
        raw = await read_body(request, most, SECONDS, self._room)
        raw = hostile.inflate(raw, request.encoding, most)
        if document:
            try:
                return await asyncio.to_thread(read_document, raw)
            except DocumentRefused as error:
                raise Refusal("bad-json", str(error)) from None
        value = hostile.parse(raw)
        wrong = complaint(value, endpoint.body, {})
        if wrong:
            raise Refusal("invalid", wrong)
        return value


def run(endpoint: Endpoint, call: Call) -> Any:
    """The operation's value; the facade's errors become refusals."""
    try:
        return endpoint.run(call)
    except NotAllowed as error:
        raise Refusal("not-allowed", error.message) from None
    except Refused as error:
        extra: dict[str, Any] = {"problems": error.problems} if error.problems else {}
        raise Refusal("refused", error.message, **extra) from None
    except NotFound as error:
        raise Refusal("not-found", error.message) from None


def _pattern(endpoint: Endpoint) -> re.Pattern[str]:
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]{1,600})", endpoint.path))


_TABLE = [(_pattern(e), e) for e in ENDPOINTS]


def find(method: str, path: str) -> tuple[Endpoint, Mapping[str, str]]:
    """The operation at a path; `Refusal` when there is none."""
    offered: list[str] = []
    wanted = "GET" if method == "HEAD" else method
    for pattern, endpoint in _TABLE:
        match = pattern.fullmatch(path)
        if match is None:
            continue
        if endpoint.method == wanted:
            return endpoint, match.groupdict()
        offered.append(endpoint.method)
    if offered:
        raise wrong_method(offered)
    raise Refusal("not-found", "Nothing is offered here: see /api/openapi.json.")


def wrong_method(offered: list[str]) -> Refusal:
    """Another method is offered at this path."""
    return Refusal(
        "wrong-method", f"Use {' or '.join(offered)} here.", headers={"allow": ", ".join(offered)}
    )


def read_query(endpoint: Endpoint, query: bytes) -> dict[str, Any]:
    """The known parameters with their types; empty ones count as not given, unknown ones are
    refused."""
    if not query:
        return {}
    given = bodies.form(query)
    known = {q.name: q.schema for q in endpoint.query}
    found: dict[str, Any] = {}
    for name, text in given.items():
        if name not in known:
            offered = ", ".join(known) or "none"
            raise Refusal(
                "bad-request", f"The parameter {name[:50]!r} is not known: there are {offered}."
            )
        if text == "":
            continue
        value = _typed(name, text, known[name])
        wrong = complaint(value, known[name], {}, name)
        if wrong:
            raise Refusal("bad-request", wrong)
        found[name] = value
    return found


def _typed(name: str, text: Any, schema: Schema) -> Any:
    if not isinstance(text, str):
        raise Refusal("bad-request", f"The parameter {name} was given several times.")
    if schema.get("type") == "integer":
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Refusal("bad-request", f"The parameter {name} must be a whole number from 0.")
        return min(int(text), schema.get("maximum", int(text)))
    return text
