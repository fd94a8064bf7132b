"""The HTTP port: one call of a journey to another service."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson

from runtime.nesting import DEEPEST, deeper_than
from runtime.ports.addresses import allowed, networks
from runtime.ports.connection import Answer
from runtime.ports.dialing import Lookup, system_lookup
from runtime.ports.outgoing import TROUBLES, Outgoing, trouble
from runtime.ports.results import Done, Later, Refused, Result
from runtime.ports.urls import Url, UrlRefused, read_url, redirected

MOST_BODY = 256 * 1024  # bytes of an answer that are kept
MOST_REDIRECTS = 5
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LONGEST_PAUSE = 24 * 3600.0

# What frames the request, or is Wayline's to say.
_RESERVED = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "expect", "host", "idempotency-key"),
        *("keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer"),
        *("transfer-encoding", "upgrade"),
    }
)
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
_HARMLESS = ("accept", "accept-language", "content-type", "user-agent")  # cross to another origin
_AGAIN = (408, 425, 429)
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")  # as JSON writes it; no database keeps it in texts


class HttpPort:
    """Sends the effects of kind "http"."""

    def __init__(
        self, allow_net: tuple[str, ...], within: float, lookup: Lookup = system_lookup
    ) -> None:
        opened = networks(allow_net)
        self._out = Outgoing(lambda address: allowed(address, opened), lookup)
        self._within = within

    async def send(
        self, body: Mapping[str, Any], *, key: str, credential: Mapping[str, Any] | None
    ) -> Result:
        """One call. 2xx is Done; 5xx, 408, 425, 429 and a broken way are Later; the rest is
        Refused.
        """
        try:
            call = _Call(body, key, credential)
        except ValueError as error:  # UrlRefused is one
            return Refused("config", str(error))
        try:
            return await self._travel(call)
        except TROUBLES as error:
            kind, message, uncertain = trouble(error, call.url.host, self._within)
            if kind in ("forbidden", "config"):
                return Refused(kind, message)
            return Later(kind, message, uncertain=uncertain)

    async def _travel(self, call: _Call) -> Result:
        redirects = 0
        began = time.monotonic()
        left = self._within  # for all redirects together
        while True:
            answer = await self._out.call(
                call.method,
                call.url,
                headers=call.all_headers(),
                content=call.content,
                within=left,
                most=MOST_BODY,
            )
            location = answer.headers.get("location")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                return _result(answer)
            if redirects == MOST_REDIRECTS:
                return Refused("redirect", f"More than {redirects} redirects.", _data(answer))
            redirects += 1
            left = self._within - (time.monotonic() - began)
            try:
                call.follow(answer.status, location)
            except UrlRefused as error:
                return Refused("redirect", f"The redirect leads nowhere: {error}", _data(answer))

    async def close(self) -> None:
        """Close all connections."""
        await self._out.close()


class _Call:
    """A request as it stands, changed by redirects."""

    def __init__(
        self, body: Mapping[str, Any], key: str, credential: Mapping[str, Any] | None
    ) -> None:
        self.method = str(body.get("method") or "POST").upper()
        if self.method not in METHODS:
            raise ValueError(f"The method {self.method} is not one of {', '.join(METHODS)}.")
        self.url = read_url(str(body.get("url") or ""))
        self._headers = _own_headers(body.get("headers") or {})
        self._key = key
        self.content = _content(body.get("body"), self._headers)
        self._secret_for = self.url.origin
        self._secret = _secret_headers(credential, self.url)
        if clash := self._secret.keys() & self._headers.keys():
            raise ValueError(f"The header {clash.pop()} comes from the credential: remove it here.")

    def all_headers(self) -> dict[str, str]:
        found = {
            "user-agent": "Wayline/1",
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            **self._headers,
            "idempotency-key": self._key,
        }
        if self.url.origin == self._secret_for:
            found |= self._secret
        return found

    def follow(self, status: int, location: str) -> None:
        """Go where a redirect says; what is secret stays with the first origin."""
        self.url = redirected(self.url, location)
        if self.url.origin != self._secret_for:
            self._headers = {n: v for n, v in self._headers.items() if n in _HARMLESS}
        if (status == 303 and self.method != "HEAD") or (
            status in (301, 302) and self.method == "POST"
        ):
            self.method, self.content = "GET", None
            self._headers.pop("content-type", None)


def _own_headers(given: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in given.items():
        text = str(value).strip()
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header.")
        if name.lower() in _RESERVED:
            raise ValueError(f"The header {name} is set by Wayline: remove it.")
        if not _VALUE.fullmatch(text):
            raise ValueError(
                f"The header {name} holds a line break or a character it cannot carry."
            )
        found[name.lower()] = text
    return found


def _content(body: Any, headers: dict[str, str]) -> bytes | None:
    """The bytes of the body; adds the content type when none is given."""
    if body is None:
        return None
    try:
        if not isinstance(body, str):
            headers.setdefault("content-type", "application/json")
            return orjson.dumps(body)
        kind = "application/json" if _is_json(body) else "text/plain; charset=utf-8"
        headers.setdefault("content-type", kind)
        return body.encode()
    except (UnicodeEncodeError, orjson.JSONEncodeError):
        raise ValueError("The body holds a character that cannot be sent.") from None


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _secret_headers(credential: Mapping[str, Any] | None, url: Url) -> dict[str, str]:
    """The headers a credential adds: {"token"} → Bearer, {"username", "password"} → Basic,
    {"header", "value"} → that header. It goes only to the hosts it is bound to."""
    if credential is None:
        return {}
    hosts = [str(h).lower() for h in credential.get("hosts") or ()]
    scheme, host, port = url.origin
    bound = [h for h in hosts if _is_host(h.removeprefix("http://"), host, port)]
    if not bound:
        raise ValueError(
            f"The credential may not be sent to {host}: add the host to the credential in the "
            f"settings."
        )
    if scheme != "https" and not _is_local(host) and not any("://" in h for h in bound):
        raise ValueError(
            f"The credential is not sent without encryption: call https://{host}, or bind it to http://{host}."
        )
    if token := credential.get("token"):
        found = {"authorization": f"Bearer {token}"}
    elif "username" in credential:
        pair = f"{credential['username']}:{credential.get('password', '')}"
        found = {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    elif credential.get("header") and credential.get("value"):
        found = {str(credential["header"]).lower(): str(credential["value"])}
    else:
        raise ValueError(
            "The credential holds no token, no user name and no header: enter it again in the "
            "settings."
        )
    if not all(_NAME.fullmatch(n) and _VALUE.fullmatch(v) for n, v in found.items()):
        raise ValueError("The credential holds a line break: enter it again in the settings.")
    return found


def _is_host(pattern: str, host: str, port: int) -> bool:
    """`api.example.com`, `api.example.com:8443`, `*.example.com`; `http://…` also without
    encryption.
    """
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return pattern in (host, f"{host}:{port}", f"[{host}]:{port}")


def _is_local(host: str) -> bool:
    """This machine; such a call only passes where the operator opened it."""
    return host == "localhost" or host.startswith("127.") or host == "::1"


def _result(answer: Answer) -> Result:
    if 200 <= answer.status < 300:
        return Done(_data(answer))
    message = f"The server answered {answer.status}{_phrase(answer.status)}."
    if answer.status >= 500 or answer.status in _AGAIN:
        after = pause(answer.headers.get("retry-after"))
        return Later("http", message, after=after, data=_data(answer))
    return Refused("http", message, _data(answer))


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _data(answer: Answer) -> dict[str, Any]:
    parsed: Any = answer.body.decode("utf-8", "replace").replace("\x00", "�")
    if "json" in answer.headers.get("content-type", "") and not answer.truncated:
        parsed = _parsed(answer.body, parsed)
    headers = {n: v for n, v in answer.headers.items() if n != "set-cookie"}
    data: dict[str, Any] = {"status": answer.status, "headers": headers, "body": parsed}
    if answer.truncated:
        data["truncated"] = True
    return data


def _parsed(raw: bytes, text: str) -> Any:
    """The value of a JSON answer; its text when it is none, or one that nobody could keep."""
    try:
        value = orjson.loads(_NUL.sub(rb"\1\\ufffd", raw))
    except orjson.JSONDecodeError:
        return text
    deep = raw.count(b"[") + raw.count(b"{") > DEEPEST and deeper_than(raw, DEEPEST)
    return text if deep else value


def pause(text: str | None, now: datetime | None = None) -> float | None:
    """The seconds of a Retry-After header (a number or a date), at most a day; None when it says
    nothing.
    """
    if not text:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_PAUSE)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    seconds = (at - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), LONGEST_PAUSE)
