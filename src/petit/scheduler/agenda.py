"""What is to come: due times by the wall clock, timers by the monotonic one. Work grows with what is due."""

from __future__ import annotations

import heapq
import itertools
import logging
from collections.abc import Callable, Iterator
from functools import partial

from petit.core.clock import Millis
from petit.core.ids import JobId

_log = logging.getLogger(__name__)

Slot = tuple[JobId, str]
"""A schedule of a job: (job id, schedule key)."""

SLACK = 64
"""Dead entries that a heap may hold; it is made anew when there are more, and more than live ones."""


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
            if len(self._heap) > 2 * len(self._next) + SLACK:
                self._heap = [(due, *slot) for slot, due in self._next.items()]
                heapq.heapify(self._heap)

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


class _Alarm:
    """A call to be made; `call` is None once it was made or taken back."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call


class Timers:
    """Calls that are to be made at moments of the monotonic clock."""

    def __init__(self, monotonic: Callable[[], Millis], wake: Callable[[], None]) -> None:
        self._monotonic = monotonic
        self._wake = wake
        self._heap: list[tuple[Millis, int, _Alarm]] = []
        self._count = itertools.count()
        self._taken_back = 0

    def __len__(self) -> int:
        return len(self._heap)

    def after(self, ms: Millis, call: Callable[[], None]) -> Callable[[], None]:
        """Call once `ms` milliseconds have passed. The answer takes that back."""
        at = self._monotonic() + max(ms, 0)
        first = self.next_at()
        alarm = _Alarm(call)
        heapq.heappush(self._heap, (at, next(self._count), alarm))
        if first is None or at < first:
            self._wake()
        return partial(self._take_back, alarm)

    def _take_back(self, alarm: _Alarm) -> None:
        """Forget a call, and with it all that it holds on to; its place on the heap goes when many have."""
        if alarm.call is None:
            return
        alarm.call = None
        self._taken_back += 1
        if self._taken_back > SLACK and self._taken_back * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].call is not None]
            heapq.heapify(self._heap)
            self._taken_back = 0

    def next_at(self) -> Millis | None:
        """Return the earliest moment, on the monotonic clock."""
        while self._heap and self._heap[0][2].call is None:
            heapq.heappop(self._heap)
            self._taken_back -= 1
        return self._heap[0][0] if self._heap else None

    def run_due(self) -> None:
        """Make the calls whose moment has come. One that raises keeps no other from being made."""
        now = self._monotonic()
        while (at := self.next_at()) is not None and at <= now:
            alarm = heapq.heappop(self._heap)[2]
            call, alarm.call = alarm.call, None
            assert call is not None
            try:
                call()
            except Exception:  # noqa: BLE001 - the loop must go on for all others
                _log.exception("internal error in a timer")
