"""What a journey's configs say, made ready once: conditions as predicates, templates as functions.

A config's own objects are known by their identity, which holds as long as the journey does; what a
node makes up at run time is looked at as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import orjson

from runtime import templates
from runtime.journey import conditions, predicates, times
from runtime.journey.paths import MISSING, follow
from runtime.templates import plain

if TYPE_CHECKING:
    from runtime.engine.context import Scope, StepContext

Getter = Callable[["Scope"], Any]
Renderer = Callable[["StepContext"], Any]
Follow = Callable[[Any, tuple[str, ...]], Any]

MOST_WHERES = 256


class Ready:
    """The conditions and templates of a journey. Each is made ready when it is first used."""

    __slots__ = ("_kept", "_predicates", "_renderers", "_wheres")

    def __init__(self, configs: Iterable[Any]) -> None:
        self._kept: dict[int, Any] = {}
        self._predicates: dict[int, predicates.Predicate] = {}
        self._renderers: dict[int, Renderer | None] = {}
        self._wheres: dict[bytes, predicates.Predicate] = {}
        stack = list(configs)
        while stack:
            one: Any = stack.pop()
            if isinstance(one, str):
                if not _is_template(one):
                    continue
            elif isinstance(one, dict):
                stack += cast(dict[str, Any], one).values()
            elif isinstance(one, (list, tuple)):
                stack += cast(list[Any], one)
            else:
                continue
            self._kept[id(cast(object, one))] = one

    def predicate(self, condition: conditions.Condition) -> predicates.Predicate:
        """The condition as a function of a scope."""
        known = id(condition)
        found = self._predicates.get(known)
        if found is None:
            if known not in self._kept:
                return partial(conditions.holds, condition)
            found = self._predicates[known] = predicates.prepared(condition, _reading_condition)
        return found

    def where(self, condition: conditions.Condition) -> predicates.Predicate:
        """The same for a condition that came out of a stored state, and is known by its text."""
        text = orjson.dumps(condition)
        found = self._wheres.get(text)
        if found is None:
            if len(self._wheres) >= MOST_WHERES:
                self._wheres.clear()
            found = self._wheres[text] = predicates.prepared(condition, _reading_condition)
        return found

    def renderer(self, template: Any) -> Renderer | None:
        """The template, or the object or list of templates, as a function of a context, which
        raises `plain.NotPlain` when Liquid has to look at a value; None when it is not the
        journey's own or is Liquid's altogether."""
        known = id(template)
        found = self._renderers.get(known)
        if found is None and known in self._kept and known not in self._renderers:
            found = self._renderers[known] = _renderer(template)
        return found


def _is_template(text: str) -> bool:
    return "{{" in text or "{%" in text


# --- Templates --------------------------------------------------------------------------------


def _renderer(template: Any) -> Renderer | None:
    if isinstance(template, str):
        return _text(template)
    if isinstance(template, dict):
        return _table(cast(dict[str, Any], template))
    if isinstance(template, (list, tuple)):
        items = [_renderer(item) for item in cast(list[Any], template)]
        fills = [item for item in items if item is not None]
        return (lambda context: [f(context) for f in fills]) if len(fills) == len(items) else None
    return lambda context: template


def _text(template: str) -> Renderer | None:
    if not _is_template(template):
        return lambda context: template
    parts = templates.parts(template)
    return None if parts is None else plain.prepared(parts, _reading_template)


def _table(template: dict[str, Any]) -> Renderer | None:
    """What stays the same is copied; only what changes is rendered."""
    fills: list[tuple[str, Renderer]] = []
    for key, value in template.items():
        if isinstance(value, (dict, list, tuple)) or (
            isinstance(value, str) and _is_template(value)
        ):
            made = _renderer(value)
            if made is None:
                return None
            fills.append((key, made))

    def table(context: StepContext) -> dict[str, Any]:
        made = template.copy()
        for key, fill in fills:
            made[key] = fill(context)
        return made

    return table


# --- Paths ------------------------------------------------------------------------------------


def _in_condition(root: Any, keys: tuple[str, ...]) -> Any:
    found = follow(root, keys)
    return None if found is MISSING else found


def _reading_condition(path: str) -> Getter:
    root, _, rest = path.partition(".")
    if root == "now":
        return _nothing if rest else _now
    if root == "entry":
        return _beneath(_entry, rest, _in_condition)
    return _reading(root, rest, _in_condition)


def _reading_template(path: str) -> Getter:
    root, _, rest = path.partition(".")
    if root == "now":
        return _now
    return _reading(root, rest, plain.look)


def _reading(root: str, rest: str, slow: Follow) -> Getter:
    keys = tuple(rest.split("."))
    if root == "steps":
        return _of_step(keys[0], keys[1], slow) if len(keys) == 2 else _beneath(_steps, rest, slow)
    if root == "customer":
        return _beneath(_customer, rest, slow)
    if root != "event":
        return _nothing
    if len(keys) == 2 and keys[0] == "properties":
        return _of_event(keys[1], slow)
    return _beneath(_event, rest, slow)


def _nothing(scope: Scope) -> None:
    return None


def _now(scope: Scope) -> str:
    return times.rfc3339(scope.now)


def _entry(scope: Scope) -> Any:
    return scope.entry.seen


def _event(scope: Scope) -> Any:
    return scope.arriving.seen


def _customer(scope: Scope) -> Any:
    customer = scope.world.customer
    return None if customer is None else customer.seen


def _steps(scope: Scope) -> Any:
    return scope.outputs


def _beneath(base: Getter, rest: str, slow: Follow) -> Getter:
    """What stands under a root: objects at once, anything else as `slow` finds it."""
    if not rest:
        return base
    keys = tuple(rest.split("."))

    def get(scope: Scope) -> Any:
        root = base(scope)
        found = root
        for key in keys:
            if found.__class__ is not dict:
                return slow(root, keys)
            found = found.get(key)
        return found

    return get


def _of_event(key: str, slow: Follow) -> Getter:
    """`event.properties.KEY`, which most conditions and texts read."""

    def get(scope: Scope) -> Any:
        found: Any = scope.arriving.properties
        return found.get(key) if found.__class__ is dict else slow(found, (key,))

    return get


def _of_step(node: str, key: str, slow: Follow) -> Getter:
    """`steps.NODE.KEY`."""

    def get(scope: Scope) -> Any:
        found: Any = scope.outputs.get(node)
        return found.get(key) if found.__class__ is dict else slow(found, (key,))

    return get
