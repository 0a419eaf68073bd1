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
        self.trouble: str | None = None

    def add(self, job_id: JobId, work: Callable[[], Awaitable[None]]) -> None:
        """Do this after what is queued for the job. It is begun again after StorageUnavailable."""
        task = asyncio.get_running_loop().create_task(self._after(self._last.get(job_id), work))
        self._last[job_id] = task
        task.add_done_callback(lambda done: self._done(job_id, done))

    async def _after(self, before: asyncio.Task[None] | None, work: Callable[[], Awaitable[None]]) -> None:
        if before is not None:
            await asyncio.wait({before})
        while True:
            try:
                await work()
            except StorageUnavailable as error:
                if self.trouble is None:
                    _log.error("cannot record what is due, trying again: %s", error)
                self.trouble = str(error)
                await self._timer.sleep(RETRY_MS)
            else:
                self.trouble = None
                return

    def _done(self, job_id: JobId, task: asyncio.Task[None]) -> None:
        if self._last.get(job_id) is task:
            del self._last[job_id]
        if not task.cancelled() and task.exception() is not None:
            _log.error("internal error while deciding for job '%s'", job_id, exc_info=task.exception())

    async def settled(self) -> None:
        """Return when all work is done, or the storage is in trouble."""
        while self._last and self.trouble is None:
            await asyncio.wait(set(self._last.values()), timeout=RETRY_MS / 1000)

    async def close(self) -> None:
        """Finish, unless the storage is in trouble: what is left is judged at the next start."""
        await self.settled()
        left = list(self._last.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
