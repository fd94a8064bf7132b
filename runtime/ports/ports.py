"""One object for all that a worker does to the outside."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runtime.ports.results import Refused, Result
from runtime.settings import Settings

if TYPE_CHECKING:
    from runtime.ports.email import EmailPort
    from runtime.ports.http import HttpPort
    from runtime.ports.model import ModelPort


def new_loop() -> asyncio.AbstractEventLoop:
    """The event loop for a worker: uvloop's, which many small calls cost least."""
    import uvloop

    return uvloop.new_event_loop()


class Ports:
    """Sends effects. Lives as long as its worker's event loop; `send` never raises for what the
    outside does.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._within = min(
            20.0, settings.lease_seconds * 0.5
        )  # an attempt ends well before its lease
        self._email: EmailPort | None = None
        self._http: HttpPort | None = None
        self._model: ModelPort | None = None

    async def send(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        key: str,
        credential: Mapping[str, Any] | None,
        sender: Mapping[str, Any],
    ) -> Result:
        """Try one effect once.

        `credential` is the opened secret; for HTTP it also holds `hosts`, the only hosts it may be
        sent to.
        `sender` is the workspace's {name, email}, for email.
        """
        if kind == "http":
            return await self._http_port().send(body, key=key, credential=credential)
        if kind == "email":
            return await self._email_port().send(
                body, key=key, credential=credential, sender=sender
            )
        if kind == "model":
            return await self._model_port().send(
                body, key=key, credential=credential, sender=sender
            )
        return Refused("unknown", f"Wayline knows no effect of the kind {kind}: update the worker.")

    def prepare(self) -> None:
        """Load now what the first effect would have to wait for. Costs little."""
        self._http_port()

    async def close(self) -> None:
        """Let go of all connections."""
        for port in (self._http, self._model):
            if port is not None:
                await port.close()
        self._email = self._http = self._model = None

    def _http_port(self) -> HttpPort:
        if self._http is None:
            from runtime.ports.http import HttpPort

            self._http = HttpPort(self._settings.allow_net, self._within)
        return self._http

    def _email_port(self) -> EmailPort:
        if self._email is None:
            from runtime.ports.email import EmailPort

            self._email = EmailPort(self._within)
        return self._email

    def _model_port(self) -> ModelPort:
        if self._model is None:
            from runtime.ports.model import ModelPort

            self._model = ModelPort(self._settings.allow_net, self._within)
        return self._model
