"""The soak (`make soak`), short: that it runs, and that nothing is lost in it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_short_soak_loses_nothing(database: str) -> None:
    """3,000 webhooks and 25 kills of every kind of process; the soak itself says what is wrong."""
    command = [sys.executable, "-m", "tests.soak", "--events", "3000", "--kills", "25"]
    done = subprocess.run(
        [*command, "--database", database], capture_output=True, text=True, timeout=850, check=False
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert "Nothing was lost." in done.stdout
