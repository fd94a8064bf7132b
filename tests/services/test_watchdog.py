"""A process that stops while it holds SQLite's write ticket is ended, so that the others can
write.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.settings import Settings
from runtime.store.database import Database
from runtime.watchdog import Watchdog
from tests.support.program import wait_until

pytestmark = pytest.mark.service

HOLDS = """
import os, signal, sys
from pathlib import Path
from runtime.settings import Settings
from runtime.store.database import Database
with Database.open(Settings(Path(sys.argv[1])), migrate=False).write():
    print("holds", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_a_writer_that_does_not_move_is_ended_at_the_second_look(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    database = Database.open(settings)
    stuck = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert stuck.stdout is not None
    assert stuck.stdout.readline() == "holds\n"
    watchdog = Watchdog(settings, patience=0.2)

    def ended() -> bool:
        watchdog()
        return stuck.poll() is not None

    wait_until(ended, 10)
    assert stuck.returncode == -9
    stuck.stdout.close()
    with database.write():
        pass
    database.close()


def test_a_writer_that_moves_is_left_alone(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    database = Database.open(settings)
    watchdog = Watchdog(settings, patience=0.0)
    with database.write():
        watchdog()
        watchdog()  # it is this very process
    database.close()
