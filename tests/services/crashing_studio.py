"""A supervisor whose studio dies at once, and whose other parts are the real ones.

Run as `python -m tests.services.crashing_studio DATA PORT`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from runtime.settings import Settings
from runtime.supervisor import Supervisor


def command(part: str, *args: str) -> Sequence[str]:
    if part == "web":
        return [sys.executable, "-c", "raise SystemExit(7)"]
    return [sys.executable, "-m", "runtime.cli", part, *args]


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    settings = Settings(Path(sys.argv[1]), port=int(sys.argv[2]), workers=1)
    sys.exit(Supervisor(settings, command=command).run())
