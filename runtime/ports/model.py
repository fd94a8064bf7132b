"""The model port: sorts and drafts, by the built-in model or by an AI service of the workspace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nodes.spec import Answered
from runtime.ports.results import Done, Refused, Result

if TYPE_CHECKING:
    from runtime.ports.openai import OpenAI


def embedded_answer(body: Mapping[str, Any], sender: str = "") -> Answered:
    """What the built-in model answers to this body; the same every time."""
    from runtime.ports.embedded import ModelMissing

    try:
        return Answered(True, _embedded(body, sender))
    except ModelMissing as error:
        return Answered(False, error={"kind": "model", "message": str(error)})


def _embedded(body: Mapping[str, Any], sender: str) -> Mapping[str, Any]:
    if body.get("task") == "classify":
        from runtime.ports.sorting import classify

        return classify(str(body.get("text") or ""), list(body.get("labels") or ()))
    from runtime.ports.drafting import draft

    return draft(body, sender)


class ModelPort:
    """Sends the effects of kind "model". Without a credential nothing leaves this machine."""

    def __init__(self, allow_net: tuple[str, ...], within: float) -> None:
        self._allow_net, self._within = allow_net, within
        self._services: OpenAI | None = None

    async def send(
        self,
        body: Mapping[str, Any],
        *,
        key: str,
        credential: Mapping[str, Any] | None,
        sender: Mapping[str, Any],
    ) -> Result:
        """One answer, checked: a label is one of the given ones, a text is a text."""
        if body.get("task") not in ("classify", "write"):
            return Refused("config", f"There is no model task {body.get('task')!r}.")
        if credential is None:
            name = str(sender.get("name") or "")
            answer = await asyncio.to_thread(embedded_answer, body, name)
            if answer.ok:
                return Done(answer.data)
            error = answer.error or {}
            return Refused(error.get("kind", "model"), error.get("message", ""))
        if self._services is None:
            from runtime.ports.openai import OpenAI

            self._services = OpenAI(self._allow_net, self._within)
        return await self._services.answer(body, key=key, credential=credential)

    async def close(self) -> None:
        """Close all connections."""
        if self._services is not None:
            await self._services.close()
            self._services = None
