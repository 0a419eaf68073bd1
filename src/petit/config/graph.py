"""Cycles in what depends on what, found once and written so that one can follow them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def cycles(edges: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Return disjoint cycles so that every cycle of the graph shares a node with one of them.

    Args:
        edges: For each node those that it depends on; unknown ones are ignored.

    Returns:
        Each cycle as its nodes in the order of dependence, in the order of `edges`; empty where there is none.
    """
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in edges:
        if start not in done:
            _walk(start, edges, done, found)
    return found


def cycle_text(cycle: Sequence[str]) -> str:
    """Return a cycle for people: `a -> b -> a`."""
    return " -> ".join((*cycle, cycle[0]))


def _walk(
    start: str, edges: Mapping[str, Sequence[str]], done: set[str], found: list[tuple[str, ...]]
) -> None:
    """Go deep from `start` without recursion: a chain may be thousands of nodes long."""
    path: list[str] = [start]
    position = {start: 0}
    pending = [iter(edges[start])]
    while path:
        following = next(pending[-1], None)
        if following is None:
            node = path.pop()
            pending.pop()
            del position[node]
            done.add(node)
        elif following in position:
            cycle = tuple(path[position[following] :])
            if not any(node in each for each in found for node in cycle):
                found.append(cycle)
        elif following in edges and following not in done:
            position[following] = len(path)
            path.append(following)
            pending.append(iter(edges[following]))
