"""Commit, then act, then tell: the queue between a decision and its effects."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from petit.core.clock import Millis
from petit.core.errors import StorageUnavailable
from petit.scheduler.timer import Timer
from petit.storage.base import Step, Storage

_log = logging.getLogger(__name__)

RETRY_MS: Millis = 250
"""Steps that could not be written are tried again this often: nothing they decided may get lost."""

Effect = Callable[[], None]


class Commits:
    """Writes steps in order, all that have queued up at once, and runs the effects of each once durable.

    What is in memory runs ahead of the database by what is queued here. A write that fails is repeated
    until it succeeds: until then nothing is started, acknowledged or announced, and `trouble` says why.
    """

    def __init__(self, storage: Storage, timer: Timer) -> None:
        self._storage = storage
        self._timer = timer
        self._queue: list[tuple[Step, Effect | None, Effect | None]] = []
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self.trouble: str | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.get_running_loop().create_task(self._write_forever(), name="petit-commits")

    def add(self, step: Step, then: Effect | None = None, void: Effect | None = None) -> None:
        """Queue a step; `then` runs when it is durable, `void` when the database refused it as impossible."""
        self._queue.append((step, then, void))
        self._idle.clear()
        self._wake.set()

    async def settled(self) -> None:
        """Return when all that was queued is durable and its effects have run."""
        await self._idle.wait()

    async def close(self) -> None:
        """Write what is queued, unless the storage is in trouble, and stop."""
        if self._task is None:
            return
        while not self._idle.is_set() and self.trouble is None:
            await asyncio.wait({asyncio.ensure_future(self._idle.wait())}, timeout=RETRY_MS / 1000)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    async def _write_forever(self) -> None:
        while True:
            if not self._queue:
                self._idle.set()
                self._wake.clear()
                await self._wake.wait()
            batch, self._queue = self._queue, []
            written = await self._write([step for step, _, _ in batch])
            for (step, then, void), good in zip(batch, written, strict=True):
                self._effect(step, then if good else void, good=good)

    async def _write(self, steps: list[Step]) -> list[bool]:
        while True:
            try:
                written = list(await self._storage.advance(steps))
            except StorageUnavailable as error:
                if self.trouble is None:
                    _log.error("cannot write to the database, trying again: %s", error)
                self.trouble = str(error)
                await self._timer.sleep(RETRY_MS)
            else:
                if self.trouble is not None:
                    _log.warning("the database can be written again")
                self.trouble = None
                return written

    def _effect(self, step: Step, effect: Effect | None, *, good: bool) -> None:
        if not good and effect is None:
            _log.error("the database refused an impossible change of run %s: %s", step.run_id, step)
        if effect is not None:
            try:
                effect()
            except Exception:  # noqa: BLE001 - one run's effects must not keep those of others from happening
                _log.exception("an effect of a change of run %s failed", step.run_id)
