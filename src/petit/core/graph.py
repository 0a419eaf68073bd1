"""Graphs of what depends on what: an order to work in, or the cycle that forbids one."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

from petit.core.errors import PetitError
from petit.core.ids import TaskId

_NAMES_SHOWN = 12


class CycleError(PetitError):
    """Things depend on one another in a circle.

    Attributes:
        cycle: Each depends on the next; the last is the first again.
    """

    def __init__(self, cycle: tuple[str, ...]) -> None:
        super().__init__(f"cycle: {cycle_text(cycle)}", cycle=list(cycle))
        self.cycle = cycle


def cycle_text(cycle: Sequence[str]) -> str:
    """Write a cycle for people: "a -> b -> a"; the middle of a very long one is left out."""
    left_out = len(cycle) - _NAMES_SHOWN
    if left_out <= 1:
        return " -> ".join(cycle)
    half = _NAMES_SHOWN // 2
    return " -> ".join([*cycle[:half], f"({left_out} more)", *cycle[-half:]])


def topological_order(edges: Mapping[TaskId, Sequence[TaskId]]) -> tuple[TaskId, ...]:
    """Return the keys of `edges`, each after all that it depends on, otherwise in the order they stand in.

    Args:
        edges: From each task to its dependencies. Dependencies that are no keys are ignored.

    Raises:
        CycleError: There is no such order.
    """
    if _is_ordered(edges):
        return tuple(edges)
    names = tuple(edges)
    position = {name: place for place, name in enumerate(names)}
    unmet = {name: sum(each in edges for each in needs) for name, needs in edges.items()}
    after = dependents(edges)
    # A heap by place in the file, so that among all that could come next the first in the file does.
    free = [place for place, name in enumerate(names) if not unmet[name]]
    order: list[TaskId] = []
    while free:
        name = names[heapq.heappop(free)]
        order.append(name)
        for each in after[name]:
            unmet[each] -= 1
            if not unmet[each]:
                heapq.heappush(free, position[each])
    if len(order) < len(names):
        cycle = find_cycle(edges)
        assert cycle is not None
        raise CycleError(cycle)
    return tuple(order)


def _is_ordered(edges: Mapping[TaskId, Sequence[TaskId]]) -> bool:
    """Say whether the file's own order will do, as it mostly does."""
    seen: set[TaskId] = set()
    for name, needs in edges.items():
        if not all(each in seen or each not in edges for each in needs):
            return False
        seen.add(name)
    return True


def find_cycle(edges: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
    """Return the first cycle that the order of `edges` leads to, closed ("a", "b", "a"), or None.

    Args:
        edges: From each thing to its dependencies. Dependencies that are no keys are ignored.
    """
    done: set[str] = set()
    for start in edges:
        if start in done:
            continue
        path = {
            start: iter(edges[start])
        }  # a dict keeps its order: the path from `start` to where the walk stands
        while path:
            name, rest = next(reversed(path.items()))
            step = next((each for each in rest if each in edges and each not in done), None)
            if step is None:
                done.add(name)
                del path[name]
            elif step in path:
                names = list(path)
                return (*names[names.index(step) :], step)
            else:
                path[step] = iter(edges[step])
    return None


def dependents(edges: Mapping[TaskId, Sequence[TaskId]]) -> dict[TaskId, list[TaskId]]:
    """Turn the edges round: from each task to those that depend on it, in the order in which they stand."""
    after: dict[TaskId, list[TaskId]] = {name: [] for name in edges}
    for name, needs in edges.items():
        for each in needs:
            if each in after:
                after[each].append(name)
    return after


def downstream(edges: Mapping[TaskId, Sequence[TaskId]], roots: Iterable[TaskId]) -> set[TaskId]:
    """Return these tasks and all that depend on them, directly or by others.

    Args:
        edges: From each task to its dependencies.
        roots: Keys of `edges`.
    """
    after = dependents(edges)
    found = set(roots)
    left = list(found)
    while left:
        for each in after[left.pop()]:
            if each not in found:
                found.add(each)
                left.append(each)
    return found
