from __future__ import annotations

import pytest

from petit.core.errors import PetitError
from petit.core.graph import (
    CycleError,
    cycle_text,
    dependents,
    downstream,
    find_cycle,
    topological_order,
)

Edges = dict[str, list[str]]


def edges(text: str) -> Edges:
    """Read "a<b,c d" as: a depends on b and c, d on nothing."""
    pairs = (item.partition("<") for item in text.split())
    return {name: needs.split(",") if needs else [] for name, _, needs in pairs}


def chain(length: int) -> Edges:
    return {f"t{place}": [f"t{place - 1}"] if place else [] for place in range(length)}


@pytest.mark.parametrize(
    ("graph", "order"),
    [
        pytest.param("", "", id="nothing has an empty order"),
        pytest.param("a", "a", id="one task is its own order"),
        pytest.param("b a c", "b a c", id="independent tasks keep the order of the file"),
        pytest.param("a b<a c<b", "a b c", id="a file already in order is left as it is"),
        pytest.param("c<b b<a a", "a b c", id="a file written backwards is turned round"),
        pytest.param("d<a c b a", "c b a d", id="a late dependency moves only those that need it"),
        pytest.param("d<b,c b<a c<a a", "a b c d", id="equals in a diamond keep the order of the file"),
        pytest.param("z<y y x", "y z x", id="a task freed comes before later ones of the file"),
        pytest.param("a<ghost b", "a b", id="an unknown dependency is ignored"),
        pytest.param("b<a,ghost a", "a b", id="an unknown dependency is ignored out of order too"),
        pytest.param("b<a,a a", "a b", id="a dependency named twice counts as often as it is named"),
    ],
)
def test_topological_order(graph: str, order: str) -> None:
    assert topological_order(edges(graph)) == tuple(order.split())


@pytest.mark.parametrize(
    ("graph", "cycle"),
    [
        pytest.param("a b<a c<a,b", None, id="a graph without cycles has none"),
        pytest.param("a<a", "a a", id="a task that depends on itself"),
        pytest.param("a<b b<a", "a b a", id="two tasks that depend on each other"),
        pytest.param("x a<x,b b<c c<a", "a b c a", id="what leads to a cycle from outside is no part of it"),
        pytest.param("a<b b<c c<b", "b c b", id="the way to the cycle is left out"),
        pytest.param("a<d,b d b<a", "a b a", id="a dead end beside the cycle is left"),
        pytest.param("a<b,c b<d c<d d", None, id="a diamond is no cycle"),
        pytest.param("a<ghost ghost2<a", None, id="unknown dependencies lead nowhere"),
    ],
)
def test_find_cycle(graph: str, cycle: str | None) -> None:
    assert find_cycle(edges(graph)) == (None if cycle is None else tuple(cycle.split()))


def test_an_order_of_a_cycle_is_refused_with_the_cycle() -> None:
    with pytest.raises(CycleError, match=r"^cycle: b -> c -> b$") as refused:
        topological_order(edges("a b<a,c c<b d<c"))
    assert refused.value.cycle == ("b", "c", "b")
    assert refused.value.evidence == {"cycle": ["b", "c", "b"]}
    assert isinstance(refused.value, PetitError)


def test_a_long_cycle_is_written_with_its_middle_left_out() -> None:
    assert cycle_text("abcdefghijkla") == "a -> b -> c -> d -> e -> f -> g -> h -> i -> j -> k -> l -> a"
    assert (
        cycle_text("abcdefghijklma") == "a -> b -> c -> d -> e -> f -> (2 more) -> i -> j -> k -> l -> m -> a"
    )


@pytest.mark.parametrize("length", [5_000, 20_000])
def test_long_chains_need_no_deep_stack(length: int) -> None:
    forward = chain(length)
    backward = dict(reversed(forward.items()))
    assert topological_order(backward) == tuple(forward)
    assert find_cycle(backward) is None
    forward["t0"] = [f"t{length - 1}"]
    found = find_cycle(forward)
    assert found is not None
    assert len(found) == length + 1


def test_dependents_turns_edges_round_in_the_order_of_the_file() -> None:
    assert dependents(edges("d<b,c b<a c<a,ghost a")) == {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}


def test_downstream_is_all_that_depends_on_something() -> None:
    graph = edges("a b<a c<b d e<d,a")
    assert downstream(graph, ["b"]) == {"b", "c"}
    assert downstream(graph, ["a", "d"]) == {"a", "b", "c", "d", "e"}
    assert downstream(graph, []) == set()
