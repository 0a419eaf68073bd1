"""What is to come: due times by the wall clock, timers by the monotonic one. Work grows with what is due."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator

from petit.core.clock import Millis
from petit.core.ids import JobId

Slot = tuple[JobId, str]
"""A schedule of a job: (job id, schedule key)."""


class Agenda:
    """The next due time of each schedule, on a heap. A replaced entry stays on the heap until it comes up."""

    def __init__(self) -> None:
        self._heap: list[tuple[Millis, JobId, str]] = []
        self._next: dict[Slot, Millis] = {}

    def __contains__(self, slot: Slot) -> bool:
        return slot in self._next

    def put(self, slot: Slot, due: Millis | None) -> None:
        """Set the next due time of a schedule; None: it never comes again."""
        if due is None:
            self._next.pop(slot, None)
            return
        if self._next.get(slot) != due:
            self._next[slot] = due
            heapq.heappush(self._heap, (due, *slot))

    def drop(self, slot: Slot) -> None:
        """Forget a schedule."""
        self._next.pop(slot, None)

    def due_of(self, slot: Slot) -> Millis | None:
        """Return the next due time of a schedule."""
        return self._next.get(slot)

    def slots(self) -> list[Slot]:
        """Return all schedules that come again."""
        return list(self._next)

    def next_due(self) -> Millis | None:
        """Return the earliest due time of all."""
        while self._heap and not self._is_current(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, now: Millis) -> Iterator[tuple[Millis, Slot]]:
        """Take off, in order, what is due at `now` or before. The caller puts in what comes after."""
        while self._heap and self._heap[0][0] <= now:
            entry = heapq.heappop(self._heap)
            if self._is_current(entry):
                due, *slot = entry
                del self._next[slot[0], slot[1]]
                yield due, (slot[0], slot[1])

    def _is_current(self, entry: tuple[Millis, JobId, str]) -> bool:
        return self._next.get((entry[1], entry[2])) == entry[0]


class Timers:
    """Calls that are to be made at moments of the monotonic clock."""

    def __init__(self, monotonic: Callable[[], Millis], wake: Callable[[], None]) -> None:
        self._monotonic = monotonic
        self._wake = wake
        self._heap: list[tuple[Millis, int, Callable[[], None]]] = []
        self._count = itertools.count()

    def after(self, ms: Millis, call: Callable[[], None]) -> None:
        """Call once `ms` milliseconds have passed."""
        at = self._monotonic() + max(ms, 0)
        is_first = not self._heap or at < self._heap[0][0]
        heapq.heappush(self._heap, (at, next(self._count), call))
        if is_first:
            self._wake()

    def next_at(self) -> Millis | None:
        """Return the earliest moment, on the monotonic clock."""
        return self._heap[0][0] if self._heap else None

    def run_due(self) -> None:
        """Make the calls whose moment has come."""
        now = self._monotonic()
        while self._heap and self._heap[0][0] <= now:
            heapq.heappop(self._heap)[2]()
