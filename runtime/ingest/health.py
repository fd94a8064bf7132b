"""Whether this process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from runtime.ingest.wire import Answer, json_answer

if TYPE_CHECKING:
    from runtime.store.database import Database

_log = logging.getLogger(__name__)
PATIENCE = 2.0  # seconds for each look


def alive() -> Answer:
    """The process answers."""
    return json_answer({"status": "ok"})


async def ready(database: Database, redis: Callable[[], bool]) -> Answer:
    """503 when the database cannot be read. Without Redis events are still accepted and workers
    look for work by themselves, so that is 200 with the status "degraded"."""
    stored, rung = await asyncio.gather(
        _look("database", lambda: _reads(database)), _look("redis", redis)
    )
    checks = {"database": _word(stored), "redis": _word(rung)}
    status = "ok" if stored and rung else "degraded" if stored else "failed"
    return json_answer({"status": status, "checks": checks}, 200 if stored else 503)


async def _look(what: str, check: Callable[[], bool]) -> bool:
    try:
        return await asyncio.wait_for(asyncio.to_thread(check), PATIENCE)
    except Exception as error:
        _log.warning("%s cannot be reached: %s", what, type(error).__name__)
        return False


def _reads(database: Database) -> bool:
    with database.read() as conn:
        conn.exec_driver_sql("SELECT 1")
    return True


def _word(good: bool) -> str:
    return "ok" if good else "unreachable"
