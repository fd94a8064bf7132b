"""Checks and renders Liquid. Plain texts stay in `plain`; only others load the library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from runtime.templates import places, plain, shared
from runtime.templates.places import Wrong

if TYPE_CHECKING:
    from runtime.templates.liquid_engine import Parsed


class TemplateFailed(Exception):
    """The text could not be rendered; the message says why and what to do."""


def render(
    template: str,
    variables: Mapping[str, Any],
    *,
    html: bool = False,
    on_missing: Callable[[str], None] | None = None,
    zone: tzinfo = UTC,
) -> str:
    """The text with its variables filled in.

    `html` escapes every value. `on_missing` hears the path of each value that was to be printed
    and was not there. Dates are shown in `zone`; `now` is what `variables["now"]` says.
    Raises TemplateFailed.
    """
    try:
        found = _plain_parts(template)
        if found is not None:
            text = plain.Filling(variables, html, zone, on_missing).text(found)
            if not shared.spend(1 + len(text) // 64):
                raise TemplateFailed("The texts grow too long together: shorten them.")
            return text
    except plain.NotPlain:
        pass
    except plain.Malformed as problem:
        raise TemplateFailed(str(problem)) from None
    except ValueError as problem:
        raise TemplateFailed(f"A date could not be shown ({problem}): change its format.") from None
    from runtime.templates import liquid_engine

    try:
        return liquid_engine.render(_parsed(template, html), variables, on_missing, zone)
    except liquid_engine.Failed as problem:
        raise TemplateFailed(str(problem)) from None


def check(template: str) -> str | None:
    """What is wrong with the template, as a sentence; None when nothing is."""
    found = problems(template)
    return found[0].message if found else None


def problems(template: str) -> list[Wrong]:
    """What is wrong with the template, each with its place and, where there is one, the remedy."""
    try:
        if _plain_parts(template) is not None:
            return []
    except plain.Malformed as problem:
        return [places.malformed(problem, template)]
    from runtime.templates import liquid_engine

    try:
        found = liquid_engine.check(_parsed(template, html=False))
        return sorted(found, key=lambda one: one.start)
    except liquid_engine.Failed as problem:
        return liquid_engine.misread(template) or [Wrong(0, len(template), str(problem))]


def variables(template: str) -> list[str]:
    """The dotted paths that the template reads, in order, each once; none when it is malformed."""
    return list(_variables(template))


@lru_cache(maxsize=1024)
def _variables(template: str) -> tuple[str, ...]:
    try:
        found = _plain_parts(template)
    except plain.Malformed:
        return ()
    if found is not None:
        outputs = [p for p in found if isinstance(p, plain.Output)]
        return tuple(dict.fromkeys(path for o in outputs for path in o.paths()))
    from runtime.templates import liquid_engine

    try:
        return tuple(liquid_engine.variables(_parsed(template, html=False)))
    except liquid_engine.Failed:
        return ()


def parts(template: str) -> plain.Parts | None:
    """The parts of a plain template; None for one that is Liquid's, or malformed."""
    try:
        return _plain_parts(template)
    except plain.Malformed:
        return None


@lru_cache(maxsize=1024)
def _plain_parts(template: str) -> plain.Parts | None:
    try:
        return plain.split(template)
    except plain.NotPlain:
        return None


@lru_cache(maxsize=512)
def _parsed(template: str, html: bool) -> Parsed:
    from runtime.templates import liquid_engine

    return liquid_engine.parse(template, html)
