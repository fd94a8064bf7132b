"""Where the embedded server's socket is. Imports no Redis library: the supervisor stays small."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

_LONGEST = 100  # bytes of a socket's path that every system takes


def socket_path(data: Path) -> Path:
    """The embedded server's socket: in the data folder, or in a private folder when that path is
    too long for a socket.
    """
    near = data.absolute() / "redis" / "redis.sock"
    if len(os.fsencode(near)) <= _LONGEST:
        return near
    name = hashlib.sha256(os.fsencode(data.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"wayline-{os.getuid()}-{name}" / "redis.sock"


def private_folder(folder: Path) -> Path:
    """Make this folder ours alone; raises PermissionError when it is another's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user: remove it and start again.")
    folder.chmod(0o700)
    return folder
