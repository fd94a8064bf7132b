"""A draft as a file: to keep, and to read in again."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse

from builder.editor_request import MOST, Malformed, read
from runtime.facade import DocumentRefused, Refused, read_document


async def document(studio: Any, request: Request) -> Any:
    """The draft as a file to keep."""
    slug = request.path_params["slug"]
    found = await asyncio.to_thread(studio.export, slug)
    name = "".join(c for c in slug if c.isalnum() or c == "-") or "journey"
    return JSONResponse(
        found, headers={"content-disposition": f'attachment; filename="{name}.json"'}
    )


async def import_file(studio: Any, request: Request) -> Any:
    """A plain form with a file: makes a draft of it and opens it. With `replace` it becomes the
    draft of the journey of that name, if there is one."""
    raw, replace = await _uploaded(request)
    try:
        found = await asyncio.to_thread(read_document, raw)
    except DocumentRefused as problem:
        raise Refused(str(problem)) from problem
    if replace:
        slug = await asyncio.to_thread(studio.save_draft, None, found)
    else:
        slug = await asyncio.to_thread(studio.new_journey, "", found)
    if request.headers.get("accept", "").startswith("application/json"):
        return {"slug": slug}
    return RedirectResponse(f"/journeys/{slug}", 303)


async def _uploaded(request: Request) -> tuple[bytes, bool]:
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return await read(request), request.query_params.get("replace") == "1"
    if not kind.startswith("multipart/form-data"):
        raise Malformed("Choose a journey file, a .json that Wayline exported.")
    if int(request.headers.get("content-length") or MOST + 1) > MOST:
        raise Malformed("This file is too large: a journey has at most 4 MiB.")
    try:
        async with request.form(max_files=1, max_fields=2) as form:
            part = form.get("file")
            if part is None or isinstance(part, str) or not part.size:
                raise Malformed("Choose a journey file first.")
            return await part.read(), form.get("replace") == "on"
    except HTTPException as problem:
        raise Malformed("The form with the file is broken: choose the file again.") from problem
