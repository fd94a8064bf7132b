"""Serves an ASGI app on a socket that is listening already."""

from __future__ import annotations

import socket
from typing import Any

GRACE = 2  # seconds that requests get to end


def serve(app: Any, sock: socket.socket) -> None:
    """Until SIGINT or SIGTERM."""
    import uvicorn

    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE,
    )
    uvicorn.Server(config).run(sockets=[sock])
