"""A TCP address that leads somewhere else when a test says so: for fail-overs and cut wires."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading


class Gateway:
    """Listens on `port` and passes bytes to and fro. Use it as a context."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._wires = selectors.DefaultSelector()
        self._wires.register(self._listener, selectors.EVENT_READ)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Gateway:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Cut everything, and listen no more."""
        self._over.set()
        self._thread.join(10)
        self.cut()
        self._wires.close()
        self._listener.close()

    def lead_to(self, target: int) -> None:
        """Cut what there is; new connections go to this port."""
        self._target = target
        self.cut()

    def cut(self) -> None:
        """Cut all connections."""
        with self._lock:
            for one in list(self._pairs):
                self._close(one)

    def _serve(self) -> None:
        while not self._over.is_set():
            for key, _ in self._wires.select(0.1):
                with self._lock, contextlib.suppress(KeyError):
                    if key.fileobj is self._listener:
                        self._accept()
                    elif isinstance(key.fileobj, socket.socket):
                        self._pass_on(key.fileobj)

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self._target), timeout=2)
        except OSError:
            near.close()
            return
        self._pairs |= {near: far, far: near}
        for one in (near, far):
            one.settimeout(5)
            self._wires.register(one, selectors.EVENT_READ)

    def _pass_on(self, one: socket.socket) -> None:
        try:
            data = one.recv(65536)
            if data:
                self._pairs[one].sendall(data)
                return
        except OSError:
            pass
        self._close(one)

    def _close(self, one: socket.socket) -> None:
        other = self._pairs.pop(one, None)
        for end in (one, other):
            if end is not None:
                self._pairs.pop(end, None)
                with contextlib.suppress(KeyError, ValueError):
                    self._wires.unregister(end)
                end.close()
