"""The Liquid library within limits: no files, no clock, a budget for work, memory and output."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from difflib import get_close_matches
from functools import partial
from typing import Any, cast

from liquid import BoundTemplate, Environment, RenderContext, Undefined
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression
from liquid.builtin.expressions.arguments import KeywordArgument
from liquid.exceptions import LiquidError
from liquid.undefined import UNDEFINED

from runtime.journey.times import parse_instant
from runtime.templates import shared
from runtime.templates.dates import date_text
from runtime.templates.places import Remedy, Tag, Wrong, blocks, inside, tags

MOST_OUTPUT = 1_000_000  # characters of the result and of any text on the way to it
MOST_ITEMS = 10_000  # of a list or a range
MOST_WORK = 200_000  # look-ups, filters and turns of loops; long texts count more
MOST_BITS = 4_096  # of a whole number
_WITHOUT_TAGS = ("include", "render", "doc")
_WITHOUT_FILTERS = ("safe",)
_INNER_TAGS = frozenset(("#", "content", "illegal", "output"))  # the library's own, no words

Parsed = BoundTemplate


class Failed(Exception):
    """The template is wrong or cannot be rendered; the message is a sentence, `at` the place."""

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at


class _Gap(Undefined):
    """Nothing at this path; tells when it is printed."""

    __slots__ = ("path", "tell")

    def __init__(self, path: str, tell: Callable[[str], None]) -> None:
        super().__init__(path, token=None)
        self.path = path
        self.tell = tell

    def __str__(self) -> str:
        self.tell(self.path)
        return ""


class _Object(dict[str, Any]):
    """An object; printed whole, it is JSON."""

    def __str__(self) -> str:
        return json.dumps(self, ensure_ascii=False, default=str)


class _Context(RenderContext):
    """A render context with a budget, the run's zone and the run's `now`."""

    def __init__(self, template: BoundTemplate, **more: Any) -> None:
        super().__init__(template, **more)
        self.left = MOST_WORK
        self.kept = 0
        self.zone: tzinfo = UTC
        self.tell: Callable[[str], None] = _ignore

    def spend(self, cost: int) -> None:
        self.left -= cost
        if self.left < 0 or not shared.spend(cost):
            raise Failed("The text takes too long to render: use fewer and shorter loops.")

    def get(self, path: list[object], *, token: Any, default: object = UNDEFINED) -> object:
        found = super().get(path, token=token, default=default)
        self.spend(1 + _length(found) // 64)
        if found is None or isinstance(found, Undefined):
            return _Gap(".".join(map(str, path)), self.tell)
        if type(found) is dict:
            return _Object(cast(dict[str, Any], found))
        return found

    def filter(self, name: str, token: Any) -> Callable[..., object]:
        return partial(_guarded, self, name, super().filter(name, token))

    def assign(self, key: str, val: Any) -> None:
        self.spend(1)
        self.kept += _size(val)
        if self.kept > 10 * MOST_OUTPUT:
            raise Failed("The text keeps too much in its variables: assign shorter values.")
        self.locals[key] = val

    def raise_for_loop_limit(self, length: int = 1) -> None:
        if length > MOST_ITEMS:
            raise Failed(f"A loop runs over more than {MOST_ITEMS:,} items: give it a limit.")
        self.spend(length)


class _Template(BoundTemplate):
    context_class = _Context


class _Environment(Environment):
    template_class = _Template
    output_stream_limit = MOST_OUTPUT * 4  # bytes

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=False)
        for tag in _WITHOUT_TAGS:
            self.tags.pop(tag, None)
        for name in _WITHOUT_FILTERS:
            self.filters.pop(name, None)
        self.add_filter("date", _date)
        self.add_filter("json", _json)


def _ignore(_: str) -> None:
    return None


# --- Filters ----------------------------------------------------------------------------------


def _guarded(context: _Context, name: str, function: Any, value: Any, *args: Any, **named: Any):
    """Calls a filter with the work charged and the size of its result bounded."""
    given = [value, *args, *named.values()]
    context.spend(1 + sum(_size(g) for g in given) // 64)
    if name.startswith("replace") and len(args) == 2:
        text, old, new = str(value), str(args[0]), str(args[1])
        _bound(len(text) + (text.count(old) if name == "replace" else 1) * len(new))
    elif name == "join" and isinstance(value, Sequence):
        _bound(len(cast(Sequence[Any], value)) * len(str(args[0]) if args else " "))
    result = function(value, *args, **named)
    _size(result)
    return result


def _size(value: Any) -> int:
    if isinstance(value, str):
        _bound(len(value))
        return len(value)
    if isinstance(value, bool):
        return 1
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise Failed("A number in the text grows too large: compute with smaller numbers.")
    if isinstance(value, (list, tuple, range)):
        count = _length(value)
        if count > MOST_ITEMS:
            raise Failed(f"A list in the text has more than {MOST_ITEMS:,} items: shorten it.")
        if isinstance(value, range):
            return count
    return _weight(value) if isinstance(value, (dict, list, tuple)) else 1


def _length(value: Any) -> int:
    """The characters of a text, the items of a list; 0 for everything else."""
    if not isinstance(value, (str, list, tuple, range)):
        return 0
    try:
        return len(cast(Sequence[Any], value))
    except OverflowError:  # a range beyond all counting
        return MOST_ITEMS + 1


def _weight(value: Any) -> int:
    """The characters in a list or object, were it printed: what stands in it many times counts
    each time. Without recursion."""
    weight = 1
    left: list[Any] = [value]
    while left:
        item = left.pop()
        if isinstance(item, (str, dict, list, tuple)):
            weight += len(cast(Sequence[Any], item))
            _bound(weight)
        if isinstance(item, dict):
            table = cast(dict[Any, Any], item)
            left += table.keys()
            left += table.values()
        elif isinstance(item, (list, tuple)):
            left += cast(Sequence[Any], item)
    return weight


def _bound(characters: int) -> None:
    if characters > MOST_OUTPUT:
        raise Failed(f"The text grows beyond {MOST_OUTPUT:,} characters: shorten it.")


def _date(value: Any, style: Any = "%Y-%m-%d", *, context: _Context) -> str:
    if isinstance(value, Undefined):
        return str(value)
    return date_text(value, str(style), context.zone, context.resolve("now"))


_date.with_context = True  # type: ignore[attr-defined]


def _json(value: Any) -> str:
    """The value as JSON."""
    if isinstance(value, Undefined):
        value = None
    return json.dumps(value, ensure_ascii=False, default=str)


_ENVIRONMENTS = {
    False: _Environment(autoescape=False),
    True: _Environment(autoescape=True),
}

# --- The three uses ---------------------------------------------------------------------------


def parse(template: str, html: bool) -> Parsed:
    """Raises Failed with a sentence."""
    try:
        return _ENVIRONMENTS[html].from_string(template)
    except LiquidError as problem:
        at = problem.token.start_index if problem.token is not None else -1
        raise Failed(_sentence("The Liquid text is malformed", problem), at) from None


def render(
    template: Parsed,
    variables: Mapping[str, Any],
    on_missing: Callable[[str], None] | None,
    zone: tzinfo,
) -> str:
    """Raises Failed with a sentence."""
    now = variables.get("now")
    instant = parse_instant(now, zone) if isinstance(now, str) else None
    today = instant.astimezone(zone).date().isoformat() if instant else None
    # The library's own `now` and `today` read the clock: these stand before them.
    context = _Context(template, globals={"today": today, **variables, "now": now})
    context.zone = zone
    context.tell = on_missing or _ignore
    buffer = context.get_buffer()
    try:
        template.render_with_context(context, buffer)
        return buffer.getvalue()
    except Failed:
        raise
    except LiquidError as problem:
        raise Failed(_sentence("The text could not be rendered", problem)) from None
    except Exception as problem:  # a filter met a value that it was not made for
        raise Failed(f"The text could not be rendered ({problem}): check its filters.") from None


def known_tags() -> frozenset[str]:
    """The names of the tags that a text may use."""
    return frozenset(_ENVIRONMENTS[False].tags) - _INNER_TAGS


def known_filters() -> frozenset[str]:
    """The names of the filters that a text may use."""
    return frozenset(_ENVIRONMENTS[False].filters)


def check(template: Parsed) -> Iterator[Wrong]:
    """Filters that are unknown, or are given the wrong number of values."""
    known = template.env.filters
    for used in _filters(template):
        name, start = str(used.name), max(0, used.token.start_index)
        end = start + len(name)
        function = known.get(name)
        if function is None:
            near = get_close_matches(name, list[str](known), 1, cutoff=0.5)
            do = f"did you mean “{near[0]}”?" if near else "remove it."
            remedy = Remedy(f"Use “{near[0]}”", start, end, near[0]) if near else None
            yield Wrong(start, end, f"There is no Liquid filter “{name[:60]}”: {do}", remedy)
            continue
        names = [a.name for a in used.args if isinstance(a, KeywordArgument)]
        try:
            _signature(function).bind(
                None, *[None] * (len(used.args) - len(names)), **dict.fromkeys(names)
            )
        except TypeError:
            message = (
                f"The Liquid filter “{name[:60]}” is given the wrong values: check what stands "
                "after its colon."
            )
            yield Wrong(start, end, message)


def misread(template: str) -> list[Wrong]:
    """Why `parse` fails, each with its place; the library's own words only when nothing of what
    people often mistype is found."""
    found = list(tags(template))
    told: list[Wrong] = []
    for tag in found:
        wrong = inside(tag)
        if wrong is None and tag.text.startswith("{{"):
            wrong = _alone(tag)
        if wrong is not None:
            told.append(wrong)
    told += blocks(found, known_tags(), len(template))
    if told:
        return sorted(told, key=lambda one: one.start)
    try:
        parse(template, html=False)
    except Failed as problem:
        return [_whole(template, found, problem)]
    return []


def _alone(tag: Tag) -> Wrong | None:
    try:
        parse(tag.text, html=False)
    except Failed as problem:
        return Wrong(tag.start, tag.end, str(problem))
    return None


def _whole(template: str, found: list[Tag], problem: Failed) -> Wrong:
    for tag in found:
        if problem.at is not None and tag.start <= problem.at < tag.end:
            return Wrong(tag.start, tag.end, str(problem))
    return Wrong(0, len(template), str(problem))


def _signature(function: Any) -> inspect.Signature:
    """The filter's own arguments, without those that the library passes."""
    full = inspect.signature(function)
    kept = [p for p in full.parameters.values() if p.name not in ("environment", "context")]
    return full.replace(parameters=kept)


def _filters(template: Parsed) -> Iterator[Any]:
    context = _Context(template)
    nodes: list[Node] = list(template.nodes)
    while nodes:
        node = nodes.pop()
        nodes.extend(node.children(context, include_partials=False))
        expressions = list(node.expressions())
        while expressions:
            expression = expressions.pop()
            expressions.extend(expression.children())
            if isinstance(expression, FilteredExpression):
                yield from expression.filters or ()


def variables(template: Parsed) -> list[str]:
    """Dotted paths; an index or a computed part ends one."""
    found: dict[str, None] = {}
    for uses in template.analyze(include_partials=False).globals.values():
        for use in uses:
            path: list[str] = []
            for segment in use.segments:
                if not isinstance(segment, str) or "." in segment:
                    break
                path.append(segment)
            if path:
                found[".".join(path)] = None
    return list(found)


def _sentence(start: str, problem: LiquidError) -> str:
    said = " ".join(str(problem.message or "").split())[:200] or "it cannot be read"
    context = problem.context() if problem.token is not None else None
    place = f" in line {context[0]}" if context else ""
    return f"{start}{place}: {said}. Check the braces, tags and filters there."
