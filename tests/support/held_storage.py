"""Storage whose answers can be held back: what is written is durable before the engine hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from petit.core.ids import RunId
from petit.storage.base import CreateOutcome, NewRun, Reload, Step
from petit.storage.memory import MemoryStorage
from petit.storage.records import OccurrenceRow, RunRow
from petit.testing.clock import settle


class HeldStorage(MemoryStorage):
    """Memory that writes at once, and answers only after `let_go` where a method is held."""

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[str, int] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def hold(self, method: str, *, after: int = 0) -> None:
        """Hold the answers of a method, from the next one on or after some more."""
        self._held[method] = after

    async def let_go(self) -> None:
        """Give all answers that are held, and hold none from now on."""
        self._held.clear()
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()
        await settle()

    async def _hold(self, method: str) -> None:
        if method not in self._held:
            return
        if self._held[method]:
            self._held[method] -= 1
        else:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    async def create_run(self, new: NewRun) -> CreateOutcome:
        outcome = await super().create_run(new)
        await self._hold("create_run")
        return outcome

    async def advance(self, steps: Sequence[Step]) -> Sequence[bool]:
        written = await super().advance(steps)
        await self._hold("advance")
        return written

    async def record(self, rows: Sequence[OccurrenceRow]) -> Sequence[bool]:
        written = await super().record(rows)
        await self._hold("record")
        return written

    async def reload(self, reload: Reload) -> tuple[RunId, ...]:
        cancelled = await super().reload(reload)
        await self._hold("reload")
        return cancelled

    async def active_runs(self) -> Sequence[RunRow]:
        rows = await super().active_runs()
        await self._hold("active_runs")
        return rows

    async def last_ended(self, job_id: str) -> RunRow | None:
        row = await super().last_ended(job_id)
        await self._hold("last_ended")
        return row
