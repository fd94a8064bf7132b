"""Sending limits: how many calls a second a provider gets, and which ones are held back now."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, cast

from runtime.facade.desk import Desk, dump, mapping
from runtime.facade.errors import NotFound, Refused
from runtime.facade.shapes import HeldBack, Limit
from runtime.store import buckets
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows, run
from runtime.work.providers import host_of

MOST = 200
HIGHEST = 10_000.0
LOWEST = 0.001  # a call in about a quarter of an hour
KINDS = {"smtp": ("Your mail server", "Mail server"), "ai": ("Your AI model", "AI model")}
_HOST = re.compile(r"(?:[\w-]+(?:\.[\w-]+)*\.?|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}))?")


def limits(desk: Desk) -> list[Limit]:
    """Each provider that has a rate, or is held back now."""
    with desk.read() as conn:
        now = desk.house.database.now_us(conn)
        rates = _rates(mapping(_settings(conn, desk.workspace)))
        held = {one.provider: one for one in buckets.held(conn, now, desk.workspace)}
    return [
        {
            "provider": provider,
            "label": label(provider),
            "rate": rates.get(provider),
            "held": None if provider not in held else _held(held[provider]),
        }
        for provider in sorted({*rates, *held})
    ]


def _held(one: buckets.Held) -> HeldBack:
    return {"until": rfc3339(one.until), "failures": one.failures}


def _rates(kept: Mapping[str, Any]) -> dict[str, float]:
    given = kept.get("rates")
    table = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    return {name: float(n) for name, n in table.items() if isinstance(n, int | float) and n > 0}


def _settings(conn: Connection, workspace: str, *, lock: bool = False) -> str:
    sql = "SELECT settings_json FROM workspace WHERE id = ?"
    if lock and conn.dialect.name != "sqlite":
        sql += " FOR UPDATE"
    return rows(conn, sql, (workspace,))[0][0]


def label(provider: str) -> str:
    """What a person calls it."""
    kind, _, name = provider.partition(":")
    if kind not in KINDS:
        return provider
    own, other = KINDS[kind]
    return f"{other} {name}" if name else own


def set_limit(desk: Desk, provider: str, rate: float) -> Limit:
    """From now on so many calls a second go to this provider, from all workers together."""
    if not math.isfinite(rate) or not LOWEST <= rate <= HIGHEST:
        raise Refused(
            f"The calls a second are a number from {LOWEST} (one in about a quarter of an hour) to "
            f"{HIGHEST:,.0f}. For more, leave the provider without a limit.",
            field="rate",
        )

    def work(conn: Connection, now: int) -> str:
        name = _named(conn, desk.workspace, provider)
        kept = mapping(_settings(conn, desk.workspace, lock=True))
        rates = _rates(kept)
        if name not in rates and len(rates) >= MOST:
            raise Refused(f"There are {MOST} limits already. Remove one that is not needed.")
        _keep(conn, desk, kept | {"rates": rates | {name: rate}})
        desk.audit(conn, now, "limit.set", name, {"rate": rate})
        return name

    name = desk.write("own", work)
    return next(one for one in limits(desk) if one["provider"] == name)


def remove_limit(desk: Desk, provider: str) -> None:
    """As many calls as there are go to this provider again."""

    def work(conn: Connection, now: int) -> None:
        kept = mapping(_settings(conn, desk.workspace, lock=True))
        rates = _rates(kept)
        if rates.pop(provider, None) is None:
            raise NotFound(f"There is no limit for {provider[:100]}.")
        _keep(conn, desk, kept | {"rates": rates})
        desk.audit(conn, now, "limit.removed", provider)

    desk.write("own", work)


def _keep(conn: Connection, desk: Desk, kept: Mapping[str, Any]) -> None:
    sql = "UPDATE workspace SET settings_json = ?, live_rev = live_rev + 1 WHERE id = ?"
    run(conn, sql, (dump(kept), desk.workspace))


def _named(conn: Connection, workspace: str, given: str) -> str:
    """The provider as the workers call it (see `runtime.work.providers.name_of`)."""
    text = given.strip()
    kind, _, name = text.partition(":")
    if kind in KINDS and not name.isdigit():
        if name and not _is_there(conn, workspace, name, kind):
            raise NotFound(
                f"There is no credential {name[:100]} of the kind {kind}. Add it first, or use "
                f"{kind} alone for your own.",
                field="provider",
            )
        return text if name else kind
    if "://" in text:
        text = host_of(text)
    host = text.lower()
    if not (found := _HOST.fullmatch(host)) or len(host) > 255:
        raise Refused(
            "A provider is a host like api.example.com (with its port, if it has one of its own), "
            "or smtp for your mail server, or ai for your AI model.",
            field="provider",
        )
    return host.removesuffix(f":{found['port']}") if found["port"] in ("80", "443") else host


def _is_there(conn: Connection, workspace: str, name: str, kind: str) -> bool:
    sql = "SELECT 1 FROM credential WHERE workspace = ? AND name = ? AND kind = ?"
    return bool(rows(conn, sql, (workspace, name, kind)))
