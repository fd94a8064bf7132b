"""A wall clock that is wrong, for processes of a test's own, and that jumps while they run.

libfaketime, from a wheel, stands before the system's clock for everything in a process, whatever
language it is written in; monotonic clocks go on as they are. Where it cannot be loaded Python's
own `time.time` is replaced, which is all that Wayline's Python reads.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

# Python imports it before anything else
_PYTHON = """
import os, time
_file, _s, _ns = os.environ["WRONG_CLOCK"], time.time, time.time_ns
def _by():
    with open(_file) as file:
        return float(file.read())
time.time = lambda: _s() + _by()
time.time_ns = lambda: _ns() + int(_by() * 1e9)
"""


class Clock:
    """`env` is for the processes that it is for. `whole`: whether all of a process sees it, not
    only Python."""

    def __init__(self, folder: Path, by: float = 0.0) -> None:
        """`by`: seconds that it is ahead."""
        folder.mkdir(mode=0o755, parents=True)
        self._file = folder / "offset"
        self.set(by)
        found = library()
        self.whole = found is not None
        if found is not None:
            there = Path(shutil.copy(found, folder))  # whoever runs it may not see ours
            self.env = {
                "LD_PRELOAD": str(there),
                "FAKETIME_TIMESTAMP_FILE": str(self._file),
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        else:
            (folder / "sitecustomize.py").write_text(_PYTHON)
            self.env = {"PYTHONPATH": _with(folder), "WRONG_CLOCK": str(self._file)}

    def set(self, by: float) -> None:
        """It is so many seconds ahead from now on (or behind)."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{by:+.3f}")
        new.replace(self._file)
        self._by = by

    def put(self, instant: datetime) -> None:
        """It shows this instant now, and goes on."""
        self.set(instant.timestamp() - time.time())

    def now(self) -> datetime:
        """What it shows."""
        return datetime.now(UTC) + timedelta(seconds=self._by)


@cache
def library() -> Path | None:
    """libfaketime, if it can be loaded here."""
    spec = importlib.util.find_spec("libfaketime")
    if sys.platform != "linux" or spec is None or spec.origin is None:
        return None
    found = Path(spec.origin).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    asked = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"],
        env={**os.environ, "LD_PRELOAD": str(found), "FAKETIME": "+1000d"},
        capture_output=True,
        text=True,
        check=False,
    )
    shown = asked.stdout.strip()
    return found if shown and float(shown) > time.time() + 86_400 else None


def _with(folder: Path) -> str:
    return os.pathsep.join(one for one in (str(folder), os.environ.get("PYTHONPATH")) if one)
