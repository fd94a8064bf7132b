"""An AI service that speaks OpenAI's chat completions: OpenAI itself, Ollama, vLLM, llama.cpp, LM
Studio, …

Services differ in how they are asked for JSON, so there is a ladder: a schema, then any JSON
object, then plain words; which rung a service stands on is remembered. Whatever comes back is
checked here, asked for once more with what was wrong, and else is "not sure". What the customer
wrote is handed over as data, inside JSON.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, cast

import orjson

from runtime.ports.addresses import allowed, networks, own_network
from runtime.ports.connection import Answer
from runtime.ports.dialing import Lookup, system_lookup
from runtime.ports.http import pause
from runtime.ports.outgoing import TROUBLES, Outgoing, trouble
from runtime.ports.prompts import Unusable, Wanted, content_of, wanted
from runtime.ports.results import Done, Later, Refused, Result
from runtime.ports.urls import Url, UrlRefused, read_url

MOST_ANSWER = 1024 * 1024
RUNGS = ("json_schema", "json_object", "plain")
REMEMBERED = 3600.0  # seconds until a service is asked for the highest rung again
_DOWN = (400, 404, 415, 422, 500, 501)  # it may be the form that it does not know
_SHORTER = 3  # how often a text is cut in half when it is too long for the model


class _Stop(Exception):
    """The result is known."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


class OpenAI:
    """Asks services. The credential is {base_url, api_key?, model?}."""

    def __init__(
        self, allow_net: tuple[str, ...], within: float, lookup: Lookup = system_lookup
    ) -> None:
        opened = networks(allow_net)
        # the address comes from the workspace's owner, who may run the model in the own network
        self._out = Outgoing(lambda a: own_network(a) or allowed(a, opened), lookup)
        self._within = within
        self._rungs: dict[tuple[str, str], tuple[int, float]] = {}

    async def answer(
        self, body: Mapping[str, Any], *, key: str, credential: Mapping[str, Any]
    ) -> Result:
        """One answer, within the time of one attempt."""
        try:
            asking = _Asking(self, body, key, credential)
        except UrlRefused as error:
            return Refused("config", f"The address of the AI service cannot be used: {error}")
        except ValueError as error:
            return Refused("config", str(error))
        try:
            return await asking.run()
        except _Stop as stop:
            return stop.result

    async def close(self) -> None:
        """Close all connections."""
        await self._out.close()

    def rung(self, service: tuple[str, str]) -> int:
        """Where to begin with this service and model."""
        rung, at = self._rungs.get(service, (0, 0.0))
        return rung if time.monotonic() - at < REMEMBERED else 0

    def remember(self, service: tuple[str, str], rung: int) -> None:
        """This rung worked."""
        self._rungs[service] = (rung, time.monotonic())

    async def post(self, url: Url, headers: Mapping[str, str], body: Any, within: float) -> Answer:
        """One request."""
        return await self._out.call(
            "POST",
            url,
            headers=headers,
            content=orjson.dumps(body),
            within=within,
            most=MOST_ANSWER,
        )

    @property
    def within(self) -> float:
        """Seconds for an answer with all its tries."""
        return self._within


class _Asking:
    """One question with all that it takes to get an answer."""

    def __init__(
        self, house: OpenAI, body: Mapping[str, Any], key: str, credential: Mapping[str, Any]
    ) -> None:
        base = str(credential.get("base_url") or "").rstrip("/")
        tail = "/chat/completions"
        self._url = read_url(base if base.endswith(tail) else base + tail)
        self._secret = str(credential.get("api_key") or "")
        if not self._secret.isascii() or not self._secret.isprintable():
            raise ValueError("The key of the AI service holds a strange character: enter it again.")
        hosts = [str(h).lower() for h in credential.get("hosts") or ()]
        if hosts and self._url.host not in hosts:
            raise ValueError(f"The AI credential is not bound to {self._url.host}.")
        self._house = house
        self._model = str(credential.get("model") or "default")
        self._service = (str(self._url), self._model)
        self._key = key
        self._body = body
        self._deadline = time.monotonic() + house.within
        self._halves = 0
        self._began = time.monotonic()

    async def run(self) -> Result:
        """Ask; when the answer is no use, ask once more; else say that it is not sure."""
        want = wanted(self._body)
        correction: tuple[str, str] | None = None
        usage: dict[str, float] = {}
        for _ in range(2):
            reply = await self._ask(want, correction)
            _add_usage(usage, reply)
            said = content_of(reply)
            try:
                data = want.check(said)
            except Unusable as error:
                correction = (said, str(error))
                continue
            return Done({**data, "usage": self._used(usage)})
        problem = correction[1] if correction else ""
        return Done({**want.not_sure(problem), "usage": self._used(usage)})

    def _used(self, usage: Mapping[str, float]) -> dict[str, Any]:
        seconds = round(time.monotonic() - self._began, 3)
        return {"model": self._model, "seconds": seconds, **usage}

    async def _ask(self, want: Wanted, correction: tuple[str, str] | None) -> Any:
        """The service's reply, as JSON; climbs down the ladder and cuts what is too long."""
        rung = self._house.rung(self._service)
        while True:
            answer = await self._post(want, RUNGS[rung], correction)
            if 200 <= answer.status < 300:
                self._house.remember(self._service, rung)
                return _json(answer.body)
            if _too_long(answer) and self._halves < _SHORTER:
                self._halves += 1
            elif answer.status in _DOWN and not _too_long(answer) and rung + 1 < len(RUNGS):
                rung += 1
            else:
                raise _Stop(self._gave_up(answer))

    async def _post(self, want: Wanted, rung: str, correction: tuple[str, str] | None) -> Answer:
        headers = {
            "content-type": "application/json",
            "accept-encoding": "gzip, deflate",
            "user-agent": "Wayline/1",
            "idempotency-key": self._key,
        }
        if self._secret:
            headers["authorization"] = f"Bearer {self._secret}"
        body = {
            "model": self._model,
            "temperature": 0,
            **want.request(rung, correction, self._halves),
        }
        left = self._deadline - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            return await self._house.post(self._url, headers, body, left)
        except TROUBLES as error:
            kind, message, uncertain = trouble(error, self._url.host, self._house.within)
            if kind in ("forbidden", "config"):
                raise _Stop(Refused(kind, message)) from None
            raise _Stop(Later(kind, message, uncertain=uncertain)) from None

    def _gave_up(self, answer: Answer) -> Result:
        status, host = answer.status, self._url.host
        if status in (401, 403):
            return Refused(
                "credential", f"{host} did not accept the key ({status}): enter it again."
            )
        if _too_long(answer):
            return Refused("too_long", f"The text is too long for the model {self._model}.")
        said = self._reason(answer)
        if status in (408, 409, 425, 429) or status >= 500:
            after = pause(answer.headers.get("retry-after"))
            return Later("model", f"{host} answered {status}{said}", after=after)
        return Refused("model", f"{host} answered {status}{said}")

    def _reason(self, answer: Answer) -> str:
        """What the service says about it, in one line and without our key."""
        error: Any = _json(answer.body).get("error")
        if isinstance(error, dict):
            error = cast("dict[str, Any]", error).get("message")
        text: Any = error
        if not isinstance(text, str) or not text.strip():
            return "."
        line = " ".join(text.split())[:200]
        return f": {line.replace(self._secret, '…') if self._secret else line}"


def _json(raw: bytes) -> dict[str, Any]:
    try:
        found: Any = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _too_long(answer: Answer) -> bool:
    if answer.status not in (400, 413, 422):
        return False
    text = answer.body[:4000].decode("utf-8", "replace").lower()
    return "context" in text and ("length" in text or "window" in text or "exceed" in text)


def _add_usage(usage: dict[str, float], reply: Mapping[str, Any]) -> None:
    if not isinstance(reply.get("usage"), dict):
        return
    found = cast("dict[str, Any]", reply["usage"])
    for theirs, ours in (("prompt_tokens", "tokens_in"), ("completion_tokens", "tokens_out")):
        n = found.get(theirs)
        if isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 1e9:
            usage[ours] = usage.get(ours, 0) + n
