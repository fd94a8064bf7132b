"""What the editor asks about the texts of a draft: their problems, how they read, a test send."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request

from builder.editor_request import Malformed, dear, read_json
from builder.editor_request import optional as _text

SHOWN = 8  # customers in the list to choose from


async def liquid(studio: Any, request: Request) -> Any:
    """{template, node, slug} → {problems: [{from, to, message, severity, fix?}]}."""
    body = await read_json(request)
    text, slug, node = (_text(body, name) for name in ("template", "slug", "node"))
    return {"problems": await asyncio.to_thread(studio.liquid, slug, node, text)}


async def preview(studio: Any, request: Request) -> Any:
    """{slug, node, config?, customer?, nameless?} → how the node reads for that customer."""
    body = await read_json(request)
    config = body.get("config")
    if config is not None and not isinstance(config, dict):
        raise Malformed("config must be an object.")
    return await dear(
        request,
        studio.preview_step,
        _text(body, "slug"),
        _text(body, "node"),
        config,
        customer=_text(body, "customer") or None,
        nameless=body.get("nameless") is True,
    )


async def readers(studio: Any, request: Request) -> Any:
    """{search} → {customers: [{id, name, email}]}; without a search those who came last."""
    body = await read_json(request)
    page = await asyncio.to_thread(studio.customers, _text(body, "search")[:200], 0)
    rows = page["customers"][:SHOWN]
    return {
        "customers": [{name: row[name] for name in ("id", "name", "email")} for row in rows],
        "more": max(0, page["total"] - len(rows)),
    }


async def people(studio: Any, request: Request) -> Any:
    """Whom a test can be sent to: {people: [{name, email}], own, anyone}."""
    return await asyncio.to_thread(studio.testers)


async def test_send(studio: Any, request: Request) -> Any:
    """{slug, node, to, customer?, nameless?} → {ok, text}."""
    body = await read_json(request)
    return await dear(
        request,
        studio.send_test_of,
        _text(body, "slug"),
        _text(body, "node"),
        to=_text(body, "to"),
        customer=_text(body, "customer") or None,
        nameless=body.get("nameless") is True,
    )
