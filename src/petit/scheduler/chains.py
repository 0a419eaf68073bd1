"""Work that belongs to one job: done one piece after the other, and insisted on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from petit.core.clock import Millis
from petit.core.errors import StorageUnavailable
from petit.core.ids import JobId
from petit.scheduler.timer import Timer

_log = logging.getLogger(__name__)

RETRY_MS: Millis = 250
"""How soon what the storage did not take is tried again."""


class Chains:
    """A queue of work for each job. The work of several jobs goes on at once, so that it shares commits."""

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self._last: dict[JobId, asyncio.Task[None]] = {}
        self._failing: dict[JobId, str] = {}
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def trouble(self) -> str | None:
        """What keeps the work of some job from being done; None where all is well."""
        return next(iter(self._failing.values()), None)

    def add(self, job_id: JobId, work: Callable[[], Awaitable[None]]) -> None:
        """Do this after what is queued for the job. It is begun again after StorageUnavailable."""
        task = asyncio.get_running_loop().create_task(self._after(job_id, self._last.get(job_id), work))
        self._last[job_id] = task
        task.add_done_callback(lambda done: self._done(job_id, done))

    async def _after(
        self, job_id: JobId, before: asyncio.Task[None] | None, work: Callable[[], Awaitable[None]]
    ) -> None:
        if before is not None:
            await asyncio.wait({before})
        try:
            while True:
                try:
                    await work()
                except StorageUnavailable as error:
                    self._in_trouble(job_id, error)
                    await self._timer.sleep(RETRY_MS)
                else:
                    return
        finally:
            self._failing.pop(job_id, None)

    def _in_trouble(self, job_id: JobId, error: StorageUnavailable) -> None:
        if not self._failing:
            _log.error("cannot record what is due, trying again: %s", error)
        self._failing[job_id] = str(error)
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(StorageUnavailable(str(error), cause=error.evidence["cause"]))

    def _done(self, job_id: JobId, task: asyncio.Task[None]) -> None:
        if self._last.get(job_id) is task:
            del self._last[job_id]
        if not task.cancelled() and task.exception() is not None:
            _log.error("internal error while deciding for job '%s'", job_id, exc_info=task.exception())

    async def settled(self) -> None:
        """Return when all work that is queued now is done; raises StorageUnavailable in trouble."""
        if self.trouble is not None:
            raise StorageUnavailable(self.trouble, cause="io_error")
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        left = set(self._last.values())

        def done(task: asyncio.Task[None]) -> None:
            left.discard(task)
            if not left and not waiter.done():
                waiter.set_result(None)

        if not left:
            return
        for task in tuple(left):
            task.add_done_callback(done)
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    async def close(self) -> None:
        """Drop what is left: it is judged at the next start."""
        left = list(self._last.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
