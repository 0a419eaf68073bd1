"""Having old things removed while a scheduler runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from petit.bootstrap.state import State
from petit.config.settings import RetentionSettings
from petit.core.clock import Millis
from petit.core.retention import Policy
from petit.scheduler.timer import Timer

FIRST_MS: Millis = 60_000
"""The first look comes this long after the start at the latest: a start has better things to do."""


@asynccontextmanager
async def retaining(state: State, wanted: RetentionSettings, clock: Timer) -> AsyncIterator[None]:
    """Have old things removed while the block lasts."""
    task = asyncio.create_task(_keep_on(state, wanted, clock), name="petit-retention")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_on(state: State, wanted: RetentionSettings, clock: Timer) -> None:
    await clock.sleep(min(FIRST_MS, wanted.every_ms))
    from petit.execution.log_shelf import LogShelves  # noqa: PLC0415 - not at the start of a scheduler
    from petit.scheduler.retention import Retention  # noqa: PLC0415 - the same

    policy = Policy(
        max_age_ms=wanted.max_age_ms, max_runs=wanted.max_runs, max_log_bytes=wanted.max_log_bytes
    )
    retention = Retention(state.storage, LogShelves(str(state.places.logs)), clock, policy)
    await retention.keep_on(every_ms=wanted.every_ms)
