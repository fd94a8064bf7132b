"""A server that answers "hello" and gives callers so many seconds for their headers.

Run as `python -m tests.services.hasty_server SECONDS`; prints its port.
"""

from __future__ import annotations

import sys
from typing import Any

from runtime.holding import bind
from runtime.serving import Patient, serve


class Hasty(Patient):
    within = float(sys.argv[1])


async def hello(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


if __name__ == "__main__":
    sock = bind("127.0.0.1", 0)
    print(sock.getsockname()[1], flush=True)
    serve(hello, sock, protocol=Hasty)
