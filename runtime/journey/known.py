"""What has been seen of a workspace's customers and events, so that a misspelt name is noticed.

Without it (`wayline validate` on a file) nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

ENOUGH = 10  # seen customers or events after which a name that none of them has is odd by itself
ALWAYS = frozenset(("id", "email"))
MOST_NAMES = 1_000  # among which the one that was meant is looked for

Near = Callable[[str, frozenset[str]], "str | None"]


@dataclass(frozen=True, slots=True)
class Known:
    """Names of the customers' attributes, and of each event's properties; how many were seen."""

    customer: frozenset[str] = frozenset()
    customers: int = 0
    events: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    counts: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def mark(self) -> int:
        """Tells two of them apart that would say different things."""
        events = [(n, p, self.counts.get(n, 0) >= ENOUGH) for n, p in sorted(self.events.items())]
        return hash((self.customer, self.customers >= ENOUGH, bool(self.customers), tuple(events)))

    def attribute(self, name: str, names: frozenset[str], near_to: Near) -> str | None:
        """A sentence when no customer has this attribute; `names`: all that there are, with those
        that the journey itself sets."""
        if name in names:
            return None
        near = near_to(name, names)
        if near:
            return f"No customer has “{name}”: did you mean “{near}”?"
        if self.customers < ENOUGH:
            return None
        return f"No customer has “{name}” yet, so it stays empty: check the name."

    def property(self, name: str, events: Iterable[str], near_to: Near) -> str | None:
        """A sentence when none of these events has had such a property."""
        names = list(events)
        if not names or any(not self.counts.get(event) for event in names):
            return None  # one of them has never come: nobody knows what it brings
        seen = frozenset[str]().union(*(self.events.get(event, frozenset()) for event in names))
        if name in seen:
            return None
        near = near_to(name, seen)
        if near:
            return f"No such event has had “{name}”: did you mean “{near}”?"
        if min(self.counts[event] for event in names) < ENOUGH:
            return None
        return f"No such event has had “{name}” yet, so it stays empty: check the name."


def nearest(name: str, among: Collection[str]) -> str | None:
    """The one that was meant, if one is near enough. Among very many nobody looks."""
    if len(among) > MOST_NAMES:
        return None
    found = get_close_matches(name[:60], sorted(set(among)), 1, cutoff=0.72)
    return found[0] if found else None
