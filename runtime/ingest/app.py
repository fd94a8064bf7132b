"""The ASGI application of the intake: a bare dispatcher, because every webhook passes here."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from nodes.registry import node_types
from runtime import keys
from runtime.facade.desk import Desk, House
from runtime.facade.studio import Studio
from runtime.ingest import health
from runtime.ingest.at_once import AtOnce
from runtime.ingest.hooks import Hooks, Opener
from runtime.ingest.management import Management, StudioOf
from runtime.ingest.metrics import TEXT, Metrics
from runtime.ingest.pressure import Pressure
from runtime.ingest.problems import Refusal
from runtime.ingest.recall import Recall
from runtime.ingest.track_api import CORS, TrackApi
from runtime.ingest.webhooks import Webhooks
from runtime.ingest.wire import (
    Answer,
    Gone,
    Receive,
    Request,
    Room,
    Scope,
    Send,
    refused,
    respond,
)
from runtime.settings import Settings
from runtime.store.database import Database, StoreFailed, away
from runtime.store.intake import QUIET, Bell, Intake, code
from runtime.store.keys import KeyRow

if TYPE_CHECKING:
    from runtime.queue.doorbell import Doorbell as RedisDoorbell

_log = logging.getLogger("wayline.ingest")

_SAFE = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))
_OPEN = (*_SAFE, *CORS)
AREAS = ("/hooks/", "/v1/", "/api/", "/healthz", "/readyz", "/metrics")


class Doorbell(Bell, Protocol):
    """What wakes the workers, and whether it can be reached."""

    def reachable(self) -> bool: ...


def belongs_here(path: str) -> bool:
    """Whether a path is the intake's (the studio's dispatcher asks)."""
    return path.startswith(AREAS) or path == "/api"


def create_app(
    settings: Settings,
    database: Database | None = None,
    doorbell: Doorbell | None = None,
    *,
    studio_of: StudioOf | None = None,
    opener: Opener | None = None,
    now: Callable[[], float] = time.time,
) -> Ingest:
    """The intake of this installation. What is not given is made from the settings; `now` in
    seconds since 1970."""
    closers: list[Callable[[], None]] = []
    if database is None:
        database = Database.open(settings)
        closers.append(database.close)
    if doorbell is None:
        doorbell = made = _doorbell(settings)
        closers.insert(0, made.close)
    return Ingest(
        settings,
        database,
        doorbell,
        studio_of=studio_of,
        opener=opener or _opener(settings),
        now=now,
        closers=closers,
    )


class Ingest:
    """Dispatches by path and turns whatever goes wrong into a problem document."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        doorbell: Doorbell,
        *,
        studio_of: StudioOf | None,
        opener: Opener,
        now: Callable[[], float],
        closers: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._closers = closers
        self._database = database
        self._doorbell = doorbell
        self.intake = Intake(database, doorbell)
        self._metrics = Metrics()
        self._quiet_until = 0.0
        room = Room()
        self._pressure = Pressure(
            self.intake.backlog, settings.high_water, settings.high_water_total
        )
        house = House(settings, database, self.intake, doorbell, node_types())
        hooks = Hooks(database, house.types, opener)
        self._webhooks = Webhooks(Recall(hooks.read), self.intake, self._pressure, room, now)
        self.at_once = AtOnce(self._webhooks, self._metrics, self._problem, _SAFE)
        self._track = TrackApi(
            Recall(partial(self._key, "write")),
            self.intake,
            self._pressure,
            room,
            lambda: datetime.fromtimestamp(now(), UTC),
            settings.url,
        )
        self._management = Management(
            Recall(partial(self._key, "manage")),
            studio_of or _studio_of(house),
            database,
            self.intake,
            self._pressure,
            room,
            settings.url,
        )

    def _key(self, kind: keys.Kind, token: str) -> KeyRow | None:
        with self._database.read() as conn:
            return keys.verify(conn, token, kind)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self.close)
        await send({"type": "lifespan.shutdown.complete"})

    def close(self) -> None:
        """Commit what waits, end the threads, and let go of what was made here."""
        self.intake.close()
        self._management.close()
        for close in self._closers:
            close()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request = Request.of(scope, receive)
        area = _area(request.path)
        try:
            answer = await self._answer(area, request)
        except Gone:
            return
        except Exception as error:
            answer = self._problem(area, error)
        self._metrics.answered(area, answer.status, time.perf_counter() - began)
        await respond(send, answer, _OPEN if area == "/v1/" else _SAFE)

    def _problem(self, area: str, error: Exception) -> Answer:
        """What is said when there is no better answer."""
        if isinstance(error, Refusal):
            return refused(error)
        if isinstance(error, StoreFailed):  # the intake has told the log
            return refused(_unavailable())
        if away(error):
            if time.monotonic() >= self._quiet_until:
                self._quiet_until = time.monotonic() + QUIET
                _log.error("the database cannot be used: %s", code(error))
            return refused(_unavailable())
        _report(area, error)
        return refused(_failed())

    async def _answer(self, area: str, request: Request) -> Answer:
        if area == "/hooks/":
            if request.method != "POST":
                raise Refusal("wrong-method", "Send a POST here.", headers={"allow": "POST"})
            return await self._webhooks.post(request, request.path.removeprefix("/hooks/"))
        if area == "/v1/":
            return await self._track.answer(request)
        if area == "other" or "\x00" in request.path:  # PostgreSQL refuses to look for NUL
            raise Refusal("not-found", "There is nothing here.")
        if area == "/api/":
            return await self._management.answer(request)
        if request.method not in ("GET", "HEAD"):
            raise Refusal("wrong-method", "Send a GET here.", headers={"allow": "GET"})
        if area == "/healthz":
            return health.alive()
        if area == "/readyz":
            return await health.ready(self._database, self._doorbell.reachable)
        return Answer(200, self._metrics.page(self._pressure.backlog), TEXT)


def _area(path: str) -> str:
    for area in AREAS:
        if path.startswith(area) if area.endswith("/") else path == area:
            return area
    return "/api/" if path == "/api" else "other"


def _report(area: str, error: Exception) -> None:
    # neither the message nor the arguments: they may quote what was sent
    where = "".join(traceback.format_tb(error.__traceback__)[-4:])
    _log.error("%s failed with %s\n%s", area, type(error).__name__, where)


def _failed() -> Refusal:
    return Refusal(
        "failed", "The request failed for a reason on this side, which the log names: try again."
    )


def _unavailable() -> Refusal:
    return Refusal(
        "unavailable",
        "The database cannot store this now: send the same again in a moment.",
        headers={"retry-after": "2"},
    )


def _doorbell(settings: Settings) -> RedisDoorbell:
    from runtime.queue.doorbell import Doorbell as RedisDoorbell

    return RedisDoorbell(settings)


def _studio_of(house: House) -> StudioOf:
    """The facade of a key's workspace; what it does is audited under the key's name."""

    def studio(key: KeyRow) -> Studio:
        return Studio(Desk(house, key.workspace, f"key {key.name or key.id}", "owner"))

    return studio


def _opener(settings: Settings) -> Opener:
    """Opens credentials; one that cannot be opened gives no secret, so that its webhook stays
    closed."""
    from runtime.vault import Vault, VaultError

    held: list[Vault] = []

    def opened(workspace: str, credential: str, sealed: bytes) -> Mapping[str, Any]:
        try:
            if not held:
                held.append(Vault(settings))
            return held[0].open(workspace, credential, sealed)
        except VaultError as error:
            _log.error("a webhook's credential cannot be opened: %s", error)
            return {}

    return opened
