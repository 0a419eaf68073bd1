from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petit.core.graph import CycleError, dependents, find_cycle, topological_order

Edges = dict[str, list[str]]
NAMES = "abcdefgh"


@st.composite
def any_edges(draw: st.DrawFn) -> Edges:
    """Draw a graph with or without cycles, with unknown and repeated dependencies."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(0, len(NAMES)))]
    return {name: draw(st.lists(st.sampled_from([*NAMES, "ghost"]), max_size=3)) for name in names}


@st.composite
def acyclic_edges(draw: st.DrawFn) -> Edges:
    ranks = draw(st.permutations(NAMES))
    chosen = draw(st.permutations(NAMES))[: draw(st.integers(0, len(NAMES)))]
    return {
        name: draw(st.lists(st.sampled_from(ranks[: ranks.index(name)] or ["ghost"]), max_size=3))
        for name in chosen
    }


def has_cycle(edges: Edges) -> bool:
    """Say whether leaving out again and again what depends on nothing leaves something."""
    left = dict(edges)
    while True:
        free = [name for name, needs in left.items() if not any(each in left for each in needs)]
        if not free:
            return bool(left)
        for name in free:
            del left[name]


def respects(order: tuple[str, ...], edges: Edges) -> bool:
    place = {name: number for number, name in enumerate(order)}
    return all(place[each] < place[name] for name, needs in edges.items() for each in needs if each in edges)


@given(any_edges())
def test_a_cycle_is_found_exactly_when_there_is_one_and_it_is_one(edges: Edges) -> None:
    cycle = find_cycle(edges)
    assert (cycle is not None) == has_cycle(edges)
    if cycle is not None:
        assert cycle[0] == cycle[-1]
        assert len(set(cycle)) == len(cycle) - 1
        assert all(after in edges[name] for name, after in itertools.pairwise(cycle))


@given(any_edges())
def test_an_order_exists_exactly_when_no_cycle_does(edges: Edges) -> None:
    cycle = find_cycle(edges)
    if cycle is not None:
        with pytest.raises(CycleError) as refused:
            topological_order(edges)
        assert refused.value.cycle == cycle
    else:
        order = topological_order(edges)
        assert sorted(order) == sorted(edges)
        assert respects(order, edges)


@given(acyclic_edges())
def test_the_order_is_the_earliest_in_the_file_of_all_that_are_allowed(edges: Edges) -> None:
    expected: list[str] = []
    while len(expected) < len(edges):
        expected.append(
            next(
                name
                for name, needs in edges.items()
                if name not in expected and all(each in expected for each in needs if each in edges)
            )
        )
    assert topological_order(edges) == tuple(expected)


@given(any_edges())
def test_dependents_holds_each_edge_the_other_way_round(edges: Edges) -> None:
    there = sorted((name, each) for name, needs in edges.items() for each in needs if each in edges)
    back = sorted((name, each) for each, names in dependents(edges).items() for name in names)
    assert back == there
