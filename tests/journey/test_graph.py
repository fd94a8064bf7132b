"""The graph's own walks, compared with networkx."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.journey.graph import MANY, Edge, Graph

NODES = [f"n{i}" for i in range(7)]
PAIRS = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=18)


def graph(pairs: list[tuple[str, str]], handle: str = "out", **more: object) -> Graph:
    return Graph(NODES, [Edge(a, handle, b, i) for i, (a, b) in enumerate(pairs)], **more)  # type: ignore[arg-type]


def oracle(pairs: list[tuple[str, str]]) -> networkx.DiGraph:
    found = networkx.DiGraph(pairs)
    found.add_nodes_from(NODES)
    return found


@given(PAIRS)
def test_what_is_reached_and_what_lies_before(pairs: list[tuple[str, str]]) -> None:
    own, other = graph(pairs), oracle(pairs)
    assert own.reached(["n0"]) == networkx.descendants(other, "n0") | {"n0"}
    on_cycle = other.has_edge("n0", "n0") or any(
        "n0" in networkx.descendants(other, n) for n in other["n0"]
    )
    before = networkx.ancestors(other, "n0") | ({"n0"} if on_cycle else set())
    assert own.upstream("n0") == before


@settings(deadline=None)
@given(PAIRS, st.permutations(NODES))
def test_what_comes_before_is_the_same_in_whatever_order_it_is_asked(
    pairs: list[tuple[str, str]], order: list[str]
) -> None:
    own = graph(pairs)
    found = {node: own.upstream(node) for node in order}
    for node in NODES:
        assert found[node] == graph(pairs).upstream(node)
        for one in NODES:
            assert own.comes_before(one, node) == (one in found[node])
    assert not own.comes_before("nobody", "n0")
    assert not own.comes_before("n0", "nobody")


class Counted(dict[str, list[str]]):
    """Counts how often it is looked into."""

    looks = 0

    def get(self, *asked: Any) -> Any:
        self.looks += 1
        return super().get(*asked)


def test_asking_for_every_node_walks_each_edge_once() -> None:
    names = [f"m{i}" for i in range(2_000)]
    own = Graph(names, [Edge(a, "out", b) for a, b in pairwise(names)], ["m0"])
    looked = own._before = Counted(own._before)
    assert all(own.comes_before("m0", name) for name in names[1:])
    assert looked.looks <= 2 * len(names)


@settings(deadline=None)
@given(PAIRS)
def test_each_knot_has_one_cycle_that_really_is_one(pairs: list[tuple[str, str]]) -> None:
    other = oracle(pairs)
    knots = [
        k
        for k in networkx.strongly_connected_components(other)
        if len(k) > 1 or other.has_edge(*(list(k) * 2))
    ]
    cycles = graph(pairs).restless_cycles()
    assert len(cycles) == len(knots)
    for cycle in cycles:
        assert len(set(cycle)) == len(cycle)
        for here, there in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert other.has_edge(here, there)


@given(PAIRS)
def test_a_wait_on_every_edge_leaves_no_restless_cycle(pairs: list[tuple[str, str]]) -> None:
    edges = [Edge(a, "out", b, i) for i, (a, b) in enumerate(pairs)]
    assert Graph(NODES, edges, waiting=frozenset(edges)).restless_cycles() == []


@given(PAIRS)
def test_arrivals_count_the_ways_of_a_graph_without_loops(pairs: list[tuple[str, str]]) -> None:
    forward = sorted({(min(p), max(p)) for p in pairs if p[0] != p[1]})
    own = graph(forward, triggers=["n0"])
    ways = len(list(networkx.all_simple_paths(oracle(forward), "n0", "n6")))
    assert own.arrivals("n6", 1) == ways


def test_a_node_takes_one_of_its_handles() -> None:
    edges = [Edge("n0", "yes", "n6"), Edge("n0", "no", "n6"), Edge("n0", "no", "n1")]
    edges.append(Edge("n1", "out", "n6"))
    assert Graph(NODES, edges, ["n0"]).arrivals("n6", 1) == 2


def test_a_loop_before_a_join_may_bring_any_number() -> None:
    assert (
        graph([("n0", "n1"), ("n1", "n1"), ("n1", "n6")], triggers=["n0"]).arrivals("n6", 9) == MANY
    )


def test_counting_stops_at_many() -> None:
    names = [f"m{i}" for i in range(60)]
    edges = [Edge(a, "out", b, k) for a, b in pairwise(names) for k in range(2)]
    assert Graph(names, edges, ["m0"]).arrivals("m59", 2) == MANY


@pytest.mark.parametrize("size", [5_000])
def test_long_chains_need_no_recursion(size: int) -> None:
    names = [f"m{i}" for i in range(size)]
    edges = [Edge(a, "out", b) for a, b in pairwise(names)]
    long = Graph(names, edges, ["m0"])
    assert len(long.reached(["m0"])) == size
    assert long.arrivals(names[-1], 1) == 1
    assert long.restless_cycles() == []
