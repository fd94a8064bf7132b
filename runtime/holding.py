"""What a program holds alone before it starts anything: the data folder, and the port."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import IO


class CannotStart(Exception):
    """Wayline cannot start here; the message says the remedy."""


def prepare_data(data: Path) -> IO[str]:
    """Make the data folder and hold it for this supervisor alone."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = data / f".probe-{os.getpid()}"
        try:
            probe.write_bytes(b"x" * 65536)
        finally:
            probe.unlink(missing_ok=True)
        held = (data / "up.lock").open("a+")
    except OSError as error:
        raise CannotStart(about_data(data, error)) from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.seek(0)
        pid = held.read(20).strip()
        held.close()
        raise CannotStart(
            f"Wayline already runs on {data}{f' (process {pid})' if pid.isdigit() else ''}: "
            "stop it first, or choose another folder by --data."
        ) from None
    held.truncate(0)
    held.write(str(os.getpid()))
    held.flush()
    return held


def about_data(data: Path, error: OSError) -> str:
    """What is wrong with the data folder, with the remedy."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {data} is full: make room, then start again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"The folder {data} cannot be written: make it writable, or choose another by --data."
        )
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return f"{data} is not a folder: choose another by --data."
    return f"The folder {data} cannot be used ({error.strerror}): choose another by --data."


def bind(host: str, port: int, command: str = "up") -> socket.socket:
    """The listening socket; raises CannotStart."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError, OverflowError):
        raise CannotStart(f"There is no address {host}: correct WAYLINE_HOST or --host.") from None
    family, kind, proto, _, address = found[0]
    sock = socket.socket(family, kind, proto)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(2048)
    except OSError as error:
        sock.close()
        raise CannotStart(_about_port(host, port, command, error)) from None
    return sock


def _about_port(host: str, port: int, command: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken by another program: stop that one, or start "
            f"`wayline {command} --port {port + 1 if port < 65535 else 8000}`."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} needs more rights than this user has: choose one above 1023 by --port."
    return f"{host}:{port} cannot be used ({error.strerror}): correct --host or --port."
