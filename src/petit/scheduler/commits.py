"""Commit, then act, then tell: the queue between a decision and its effects."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial

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
        self._queue: list[tuple[Step | None, Effect]] = []
        self._is_writing = False
        self._wake = asyncio.Event()
        self._waiters: set[asyncio.Future[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._error: StorageUnavailable | None = None

    @property
    def trouble(self) -> str | None:
        """Why nothing can be written at present; None where all is well."""
        return None if self._error is None else str(self._error)

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.get_running_loop().create_task(self._write_forever(), name="petit-commits")

    @property
    def is_idle(self) -> bool:
        """Whether all that was queued is durable and its effects have run."""
        return not self._queue and not self._is_writing

    def add(self, step: Step, then: Effect) -> None:
        """Queue a step; `then` runs when it is durable."""
        self._queue.append((step, then))
        self._wake.set()

    def after_all(self, then: Effect) -> None:
        """Run `then` when all that is queued now is durable: at once where nothing is."""
        if self.is_idle:
            then()
        else:
            self._queue.append((None, then))
            self._wake.set()

    async def settled(self) -> None:
        """Return when all that is queued now is durable and its effects have run.

        Raises:
            StorageUnavailable: It could not be written so far. It stays queued all the same.
        """
        if self._error is not None:
            raise _copy(self._error)
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        self.after_all(partial(_release, waiter))
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    async def close(self) -> None:
        """Write what is queued, unless the storage is in trouble, and stop."""
        if self._task is None:
            return
        with suppress(StorageUnavailable):
            while not self.is_idle:  # an effect may queue more steps
                await self.settled()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    async def _write_forever(self) -> None:
        while True:
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
            batch, self._queue = self._queue, []
            self._is_writing = True
            written = iter(await self._write([step for step, _ in batch if step is not None]))
            self._is_writing = False
            for step, then in batch:
                if step is None or next(written):
                    self._effect(step, then)
                else:
                    _log.error("the database refused an impossible change of run %s: %s", step.run_id, step)

    async def _write(self, steps: list[Step]) -> list[bool]:
        while steps:
            try:
                written = list(await self._storage.advance(steps))
            except StorageUnavailable as error:
                await self._in_trouble(error)
            except Exception:  # noqa: BLE001 - whatever it is, the writing must go on for others
                if len(steps) > 1:  # one of them is bad: the others must not suffer for it
                    return [good for step in steps for good in await self._write([step])]
                _log.exception("a change of run %s cannot be written", steps[0].run_id)
                return [False]
            else:
                if self._error is not None:
                    _log.warning("the database can be written again")
                self._error = None
                return written
        return []

    async def _in_trouble(self, error: StorageUnavailable) -> None:
        if self._error is None:
            _log.error("cannot write to the database, trying again: %s", error)
        self._error = error
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(_copy(error))
        await self._timer.sleep(RETRY_MS)

    @staticmethod
    def _effect(step: Step | None, effect: Effect) -> None:
        try:
            effect()
        except Exception:  # noqa: BLE001 - one run's effects must not keep those of others from happening
            _log.exception("an effect of a change of run %s failed", step.run_id if step else "(any)")


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _copy(error: StorageUnavailable) -> StorageUnavailable:
    """Return an error of one's own for each caller: a raised one collects the traces of all who raise it."""
    return StorageUnavailable(str(error), cause=error.evidence["cause"])
