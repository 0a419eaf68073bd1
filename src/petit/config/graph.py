"""All cycles in what depends on what, so that one reading of the diagnostics mends them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from petit.core.graph import dependents, find_cycle


def cycles(edges: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Return disjoint cycles, so many that nothing of the graph is left in a circle without them.

    Args:
        edges: From each thing to its dependencies. Dependencies that are no keys are ignored.

    Returns:
        Each closed: "a", "b", "a".
    """
    rest = _entangled(edges)
    found: list[tuple[str, ...]] = []
    while rest:
        cycle = find_cycle(rest)
        if cycle is None:
            break
        found.append(cycle)
        for each in cycle[1:]:
            del rest[each]
    return found


def _entangled(edges: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Return the part of a graph that leads to a cycle; mostly that is nothing."""
    waiting_for = {name: sum(each in edges for each in needs) for name, needs in edges.items()}
    free = [name for name, count in waiting_for.items() if not count]
    if len(free) == len(edges):
        return {}
    after = dependents(edges)
    gone = set(free)
    while free:
        for each in after[free.pop()]:
            waiting_for[each] -= 1
            if not waiting_for[each]:
                gone.add(each)
                free.append(each)
    return {name: needs for name, needs in edges.items() if name not in gone}
