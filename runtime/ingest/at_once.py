"""The short way for webhooks: a request that has arrived whole is answered without an ASGI call or
a task of its own, which together cost more than everything else that is done for it.

The server (`runtime.serving`) hands it over; whatever needs waiting, or is anything but a plain
POST to a webhook, takes the usual way through the application.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from runtime.ingest.metrics import Metrics
from runtime.ingest.webhooks import Webhooks
from runtime.ingest.wire import Answer, Message, Request, head

AREA = "/hooks/"

Pair = tuple[bytes, bytes]
Reply = Callable[[int, bytes, bytes], None]  # status, header lines, body


class AtOnce:
    """Answers what begins with `prefix`."""

    prefix = AREA

    def __init__(
        self,
        webhooks: Webhooks,
        metrics: Metrics,
        problem_of: Callable[[str, Exception], Answer],
        safe: Sequence[Pair],
    ) -> None:
        self._webhooks = webhooks
        self._metrics = metrics
        self._problem_of = problem_of
        self._safe = safe
        plain = [pair for pair in head(Answer(202), safe) if pair[0] != b"content-length"]
        self._plain = _lines(plain) + b"content-length: "

    def __call__(
        self, path: str, query: str, headers: Mapping[str, str], body: bytes, reply: Reply
    ) -> bool:
        """Answer a POST by `reply`, now or later; False when it has to take the usual way. `path`
        begins with `prefix` and holds no escapes; the names of `headers` are in lower case."""
        began = time.perf_counter()

        def give(said: bytes | Exception) -> None:
            if isinstance(said, bytes):
                self._metrics.answered(AREA, 202, time.perf_counter() - began)
                reply(202, b"%b%d\r\n" % (self._plain, len(said)), said)
                return
            answer = self._problem_of(AREA, said)
            self._metrics.answered(AREA, answer.status, time.perf_counter() - began)
            reply(answer.status, _lines(head(answer, self._safe)), answer.body)

        request = Request("POST", path, query.encode(), headers, _nothing_more)
        try:
            return self._webhooks.at_once(path[len(AREA) :], request, body, give)
        except Exception as error:
            give(error)
            return True


async def _nothing_more() -> Message:
    raise AssertionError("the request is whole")


def _lines(pairs: Sequence[Pair]) -> bytes:
    return b"".join(b"%b: %b\r\n" % pair for pair in pairs)
