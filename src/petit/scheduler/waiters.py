"""Those who wait for the end of a run."""

from __future__ import annotations

import asyncio

from petit.core.clock import Millis
from petit.core.ids import RunId
from petit.scheduler.timer import Timer


class Waiters:
    """Tells, once, everyone who asked."""

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self._waiting: dict[RunId, set[asyncio.Future[None]]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    async def wait(self, run_id: RunId, timeout_ms: Millis) -> None:
        """Return when the run is over, or after the time."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(run_id, set())
        waiting.add(waiter)
        limit = asyncio.ensure_future(self._timer.sleep(timeout_ms))
        try:
            await asyncio.wait({waiter, limit}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            limit.cancel()
            waiting.discard(waiter)
            if not waiting and self._waiting.get(run_id) is waiting:
                del self._waiting[run_id]

    def tell(self, run_id: RunId) -> None:
        """Let those go who wait for this run."""
        for waiter in self._waiting.pop(run_id, ()):
            if not waiter.done():
                waiter.set_result(None)

    def tell_all(self) -> None:
        """Let everyone go: nothing more will end here."""
        for run_id in list(self._waiting):
            self.tell(run_id)
