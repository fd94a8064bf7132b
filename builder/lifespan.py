"""Starting and stopping several ASGI apps in one process, one of them slow to load."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from builder import gate

log = logging.getLogger("wayline.web")

PATIENCE = 30.0  # seconds that a request waits for an app which is still being made
AFTER = 0.05  # seconds until its making begins: the process answers others first


class Failed(Exception):
    """An app cannot be made; the message says what to do."""


class Loading:
    """An app that is made in a thread while the process serves already. Requests wait for it, for
    `patience` seconds; when it cannot be made, they get the sentence."""

    def __init__(self, make: Callable[[], ASGIApp], patience: float = PATIENCE) -> None:
        self.make = make
        self.patience = patience
        self.app: ASGIApp | None = None
        self.problem = ""
        self.ready = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if not self.ready.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ready.wait(), self.patience)
        if self.app is None:
            problem = self.problem or "The studio is still starting. Try again in a moment."
            await gate.refuse(scope, receive, send, 503, problem)
        else:
            await self.app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        stack = AsyncExitStack()
        task = asyncio.create_task(self._load(stack))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _load(self, stack: AsyncExitStack) -> None:
        try:
            await asyncio.sleep(AFTER)
            app = await asyncio.to_thread(self.make)
            await stack.enter_async_context(running(app))
            self.app = app
        except Failed as problem:
            self.problem = str(problem)
            log.warning(self.problem)
        except Exception:
            self.problem = "The studio could not be loaded. What stopped it is in the log."
            log.exception(self.problem)
        finally:
            self.ready.set()


async def run(
    apps: list[ASGIApp],
    receive: Receive,
    send: Send,
    *,
    at_end: Callable[[], Awaitable[None]],
) -> None:
    """Start the parts in order and stop them in reverse; `at_end` comes before they stop."""
    await receive()
    stack = AsyncExitStack()
    try:
        for app in apps:
            await stack.enter_async_context(running(app))
        stack.push_async_callback(at_end)
    except Exception as problem:
        log.exception("The web process could not start.")
        await stack.aclose()
        await send({"type": "lifespan.startup.failed", "message": str(problem)})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await stack.aclose()
    await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[None]:
    """One part's lifespan; a part that has none is fine."""
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    started: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    stopped = asyncio.Event()

    async def send(message: Message) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete" and not started.done():
            started.set_result(None)
        elif kind == "lifespan.startup.failed" and not started.done():
            started.set_result(message.get("message") or "A part did not start.")
        elif kind.startswith("lifespan.shutdown"):
            stopped.set()

    async def serve() -> None:
        try:
            await app({"type": "lifespan", "asgi": {"version": "3.0"}}, to_app.get, send)
        finally:
            if not started.done():
                started.set_result(None)
            stopped.set()

    task = asyncio.create_task(serve())
    to_app.put_nowait({"type": "lifespan.startup"})
    failure = await started
    if failure:
        await task
        raise RuntimeError(failure)
    try:
        yield
    finally:
        to_app.put_nowait({"type": "lifespan.shutdown"})
        await stopped.wait()
        await asyncio.gather(task, return_exceptions=True)
