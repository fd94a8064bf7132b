"""Places where the fault tests let this process die as if by kill -9.

`WAYLINE_FAILPOINT=accept.before_commit` kills at the first passing, `effect.after_send:3` at the
third. With `WAYLINE_FAILPOINT_ONCE=FILE` only the process that creates FILE dies, so that its
successor lives. With `WAYLINE_FAILPOINT_SIGNAL=SIGSTOP` it is held up there instead.
"""

from __future__ import annotations

import os
import signal

_wanted, _, _nth = os.environ.get("WAYLINE_FAILPOINT", "").partition(":")
_left = int(_nth or 1)
_signal = signal.Signals[os.environ.get("WAYLINE_FAILPOINT_SIGNAL") or "SIGKILL"]


def failpoint(name: str) -> None:
    """Die here when the environment says so."""
    global _left
    if not _wanted or name != _wanted:
        return
    _left -= 1
    if _left != 0:
        return
    once = os.environ.get("WAYLINE_FAILPOINT_ONCE")
    if once:
        try:
            os.close(os.open(once, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return
    os.kill(os.getpid(), _signal)
