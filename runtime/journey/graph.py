"""What the checks ask of a journey's graph, in time linear in its size.

The library networkx is loaded only to name the cycles of a graph that has a wrong one: importing
it takes longer than a command has to start.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

MANY = 1_000_000  # where counting tokens stops
_MOST_OTHERS = 20  # joins before a join that are looked at


@dataclass(frozen=True, slots=True)
class Edge:
    """`index` is its place in the document."""

    start: str
    handle: str
    end: str
    index: int = -1


@dataclass(slots=True)
class Graph:
    """Nodes in the order of the document, edges between them, and what the node types say."""

    nodes: Sequence[str]
    edges: Sequence[Edge]
    triggers: Sequence[str] = ()
    joins: frozenset[str] = frozenset()
    waiting: frozenset[Edge] = frozenset()  # edges that leave by a wait
    _next: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    _before: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    # A set of nodes is a number here, with a bit for each: in a long journey every node has
    # hundreds before it.
    _bits: dict[str, int] = field(default_factory=dict[str, int])
    _upstream: dict[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        self._next = _neighbours((e.start, e.end) for e in self.edges)
        self._before = _neighbours((e.end, e.start) for e in self.edges)

    def reached(self, starts: Iterable[str], without: str | None = None) -> set[str]:
        """The starts and all that edges lead to from them, as if `without` were not there."""
        return _walk(starts, self._next, without)

    def upstream(self, node: str) -> frozenset[str]:
        """All nodes that can run before this one (itself only in a loop)."""
        found = self._earlier(node)
        return frozenset(name for name, bit in self._bits.items() if found & bit)

    def comes_before(self, one: str, node: str) -> bool:
        """Whether it is among those that can run before this node."""
        return bool(self._earlier(node) & self._bits.get(one, 0))

    def _earlier(self, node: str) -> int:
        known = self._upstream.get(node)
        if known is not None:
            return known
        found, left = 0, list(self._before.get(node, ()))
        while left:
            one = left.pop()
            bit = self._bits.get(one)
            if bit is None:
                bit = self._bits[one] = 1 << len(self._bits)
            if found & bit:
                continue
            known = self._upstream.get(one)
            if known is None:
                found |= bit
                left += self._before.get(one, ())
            else:  # what was asked for before is not walked again
                found |= bit | known
        self._upstream[node] = found
        return found

    def restless_cycles(self) -> list[list[str]]:
        """One cycle of each knot of nodes that can run round without a wait, in running order."""
        edges = [(e.start, e.end) for e in self.edges if e not in self.waiting]
        knotted = _peel(self.nodes, edges)
        if not knotted:
            return []
        import networkx

        graph = networkx.DiGraph([(a, b) for a, b in edges if a in knotted and b in knotted])
        place = {n: i for i, n in enumerate(self.nodes)}
        found: list[list[str]] = []
        for knot in networkx.strongly_connected_components(graph):
            first = min(knot, key=place.__getitem__)
            if len(knot) > 1 or graph.has_edge(first, first):
                found.append(_round(first, graph.subgraph(knot).adj))
        return sorted(found, key=lambda cycle: place[cycle[0]])

    def arrivals(self, join: str, enough: int) -> int:
        """The most tokens of one run that can come to this node, or a number of at least `enough`
        where that many seem to; MANY with a loop before it."""
        before = self.upstream(join)
        inside = [(e.start, e.end) for e in self.edges if e.start in before and e.end in before]
        if join in before or _peel(list(before), inside):
            return MANY
        counts = self._counts(join, before)
        most = max((counts.get(t, 0) for t in self.triggers), default=0)
        for other in sorted(self.joins & before)[:_MOST_OTHERS]:
            if most < enough:
                break
            if join not in self.reached(self.triggers, without=other):
                most = min(most, counts.get(other, 0))  # all pass that join, which lets one out
        return most

    def _counts(self, join: str, before: frozenset[str]) -> dict[str, int]:
        """How many tokens come to `join` for one at each node: all edges of its best handle."""
        ways: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        left: dict[str, int] = defaultdict(int)
        inside = before | {join}
        for edge in self.edges:
            if edge.start in before and edge.end in inside:
                ways[edge.start][edge.handle].append(edge.end)
                left[edge.start] += 1
        counts = {join: 1}
        ready = deque([join])
        while ready:
            node = ready.popleft()
            for start in self._before.get(node, ()):
                left[start] -= 1
                if left[start] == 0:
                    sums = (sum(counts[e] for e in ends) for ends in ways[start].values())
                    counts[start] = min(max(sums), MANY)
                    ready.append(start)
        return counts


def _neighbours(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for start, end in pairs:
        found[start].append(end)
    return dict(found)


def _walk(
    starts: Iterable[str], onward: Mapping[str, Sequence[str]], without: str | None
) -> set[str]:
    found = {s for s in starts if s != without}
    left = list(found)
    while left:
        for node in onward.get(left.pop(), ()):
            if node not in found and node != without:
                found.add(node)
                left.append(node)
    return found


def _peel(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> set[str]:
    """What is left when nodes without a way in are taken away again and again: none, without a
    cycle."""
    onward = _neighbours(edges)
    ways_in: dict[str, int] = defaultdict(int)
    for _, end in edges:
        ways_in[end] += 1
    left = set(nodes)
    free = [n for n in nodes if not ways_in[n]]
    while free:
        node = free.pop()
        left.discard(node)
        for end in onward.get(node, ()):
            ways_in[end] -= 1
            if not ways_in[end]:
                free.append(end)
    return left


def _round(first: str, onward: Mapping[str, Iterable[str]]) -> list[str]:
    """The shortest way from `first` back to itself."""
    came: dict[str, str] = {}
    left = deque([first])
    while True:  # in a knot there is always a way back
        node = left.popleft()
        for end in onward[node]:
            if end == first:
                return list(reversed([*_back(came, node, first)]))
            if end not in came:
                came[end] = node
                left.append(end)


def _back(came: Mapping[str, str], node: str, first: str) -> Iterator[str]:
    while node != first:
        yield node
        node = came[node]
    yield first
