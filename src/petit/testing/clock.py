"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable

from petit.core.clock import Millis

MORNING: Millis = 1_767_225_600_000
"""2026-01-01T00:00:00Z, where a manual clock begins unless it is told otherwise."""

_MOST_ROUNDS = 100_000
"""Turns of the event loop after which something is taken to be waiting busily."""


async def settle() -> None:
    """Return when nothing on the event loop is ready to run any more.

    Raises:
        RuntimeError: Something keeps scheduling itself without ever waiting.
    """
    # asyncio tells nobody how much is ready; its own deque is exact where it can be seen, else many turns
    # must do.
    ready = getattr(asyncio.get_running_loop(), "_ready", None)
    for turn in range(_MOST_ROUNDS):
        await asyncio.sleep(0)
        if (turn >= 200) if ready is None else not ready:
            return
    raise RuntimeError("the event loop does not come to rest")


class ManualClock:
    """Implements `petit.scheduler.timer.Timer` in virtual time, which moves only when `advance` says so.

    Both clocks move together, except in `jump`, which steps the wall clock alone as a person or NTP would.
    """

    def __init__(self, now: Millis = MORNING, *, monotonic: Millis = 1_000_000) -> None:
        self._now = now
        self._monotonic = monotonic
        self._alarms: list[tuple[Millis, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def now(self) -> Millis:
        """Return the wall time in milliseconds since the Unix epoch (UTC)."""
        return self._now

    def monotonic(self) -> Millis:
        """Return the boot-time clock in milliseconds."""
        return self._monotonic

    def call_later(self, ms: Millis, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` when `ms` milliseconds have been advanced; the answer takes that back."""
        cancelled = False

        def cancel() -> None:
            nonlocal cancelled
            cancelled = True

        def fire() -> None:
            if not cancelled:
                callback()

        heapq.heappush(self._alarms, (self._monotonic + max(ms, 0), next(self._order), fire))
        return cancel

    async def sleep(self, ms: Millis) -> None:
        """Suspend the caller until `ms` milliseconds have been advanced; at once for none."""
        if ms <= 0:
            await asyncio.sleep(0)
            return
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        cancel = self.call_later(ms, lambda: None if waking.done() else waking.set_result(None))
        try:
            await waking
        finally:
            cancel()

    async def advance(self, ms: Millis) -> None:
        """Move both clocks on by `ms`, from deadline to deadline, letting the loop settle at each."""
        await settle()
        target = self._monotonic + ms
        while self._alarms and self._alarms[0][0] <= target:
            self._move(max(self._alarms[0][0] - self._monotonic, 0))
            self._ring()
            await settle()
        self._move(target - self._monotonic)
        await settle()

    async def advance_to(self, now: Millis) -> None:
        """Move on to a wall time; no move at all where it is past."""
        await self.advance(max(now - self._now, 0))

    async def advance_until(self, condition: Callable[[], bool], *, within_ms: Millis = 3_600_000) -> None:
        """Move on, deadline by deadline, until `condition` holds.

        Raises:
            TimeoutError: It did not within `within_ms`, or nothing is left that could make it true.
        """
        await settle()
        limit = self._monotonic + within_ms
        while not condition():
            if not self._alarms or self._alarms[0][0] > limit:
                raise TimeoutError(f"not within {within_ms} ms of virtual time")
            await self.advance(max(self._alarms[0][0] - self._monotonic, 0))

    def jump(self, ms: Millis) -> None:
        """Step the wall clock alone, forward or (negative) back. Nobody is woken by it."""
        self._now += ms

    async def suspend(self, ms: Millis) -> None:
        """Let `ms` pass at once, as for a machine that was suspended: all who are overdue then wake."""
        await settle()
        self._move(ms)
        self._ring()
        await settle()

    def _move(self, ms: Millis) -> None:
        self._now += ms
        self._monotonic += ms

    def _ring(self) -> None:
        while self._alarms and self._alarms[0][0] <= self._monotonic:
            _, _, fire = heapq.heappop(self._alarms)
            fire()
