"""Watching the scheduler run: what turns bad or well again is told, to the log and to the service manager."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from petit.bootstrap.notify import ServiceManager
from petit.core.clock import Millis
from petit.core.duration import format_duration
from petit.core.pulse import EVERY_MS
from petit.scheduler.commands import Check
from petit.scheduler.handle import SchedulerHandle
from petit.scheduler.timer import Timer

_log = logging.getLogger(__name__)


class Watching:
    """Looks once, and tells what is another matter than the last time."""

    def __init__(self, handle: SchedulerHandle, service: ServiceManager, clock: Timer) -> None:
        self._handle = handle
        self._service = service
        self._clock = clock
        self._bad_since: dict[str, Millis] = {}
        wanted = service.watchdog_ms
        self.every_ms = EVERY_MS if wanted is None else max(1, min(EVERY_MS, wanted // 3))

    def look(self) -> None:
        """Look, tell, and let the service manager's watchdog know where the loop turns."""
        checks = self._handle.look(every_ms=self.every_ms)
        turns = all(check.ok for check in checks if check.name == "loop")
        # The loop of a scheduler that stops ends, as it should; the service manager has a limit for that too.
        is_stopping = not turns and self._handle.state().state in {"stopping", "stopped"}
        if (turns or is_stopping) and self._service.watchdog_ms is not None:
            self._service.alive()
        if not is_stopping:
            self._tell(checks)

    def _tell(self, checks: Iterable[Check]) -> None:
        for check in checks:
            if not check.ok and check.name not in self._bad_since:
                self._bad_since[check.name] = self._clock.monotonic()
                _log.error("not well: %s: %s", check.name, check.detail)
                self._service.status(f"not well: {check.detail}")
            elif check.ok and check.name in self._bad_since:
                lasted = self._clock.monotonic() - self._bad_since.pop(check.name)
                _log.warning("well again after %s: %s", format_duration(lasted), check.name)
                if not self._bad_since:
                    self._service.status("well again")


@asynccontextmanager
async def watched(handle: SchedulerHandle, service: ServiceManager, clock: Timer) -> AsyncIterator[None]:
    """Have a scheduler look after itself while the block lasts."""
    task = asyncio.create_task(_watch(Watching(handle, service, clock), clock), name="petit-self-watch")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(watching: Watching, clock: Timer) -> None:
    while True:
        try:
            watching.look()
        except Exception:  # noqa: BLE001 - who watches must not stop at the first thing amiss
            _log.exception("the scheduler could not look after itself")
        await clock.sleep(watching.every_ms)
