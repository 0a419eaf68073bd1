"""What signals mean to a running scheduler (P13, decision 12)."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from petit.bootstrap.assembly import reload
from petit.bootstrap.notify import ServiceManager
from petit.bootstrap.serving import Serving
from petit.core.clock import Clock, Millis
from petit.core.duration import format_duration
from petit.scheduler.handle import SchedulerHandle
from petit.storage.base import RunFilter

_log = logging.getLogger("petit")

_MOST_NAMED = 5
ECHO_MS: Millis = 150
"""The same signal within this time is the same wish: `timeout` and its like send it on a second time."""


class Signals:
    """SIGTERM leaves tasks running, Ctrl+C waits and at the second press ends them, SIGHUP reloads.

    Attributes:
        exit_code: What the process is to end with.
    """

    def __init__(
        self,
        handle: SchedulerHandle,
        api: Serving,
        service: ServiceManager,
        clock: Clock,
        *,
        drain_ms: Millis,
    ) -> None:
        self.exit_code = 0
        self._handle = handle
        self._api = api
        self._service = service
        self._clock = clock
        self._drain_ms = drain_ms
        self._presses = 0
        self._heeded_at: dict[signal.Signals, Millis] = {}
        self._background: set[asyncio.Task[None]] = set()

    def install(self) -> None:
        """Handle the signals of this process from now on."""
        loop = asyncio.get_running_loop()
        actions: dict[signal.Signals, Callable[[], None]] = {
            signal.SIGTERM: self.terminate,
            signal.SIGINT: self.interrupt,
            signal.SIGHUP: self.hang_up,
        }
        for number, action in actions.items():
            loop.add_signal_handler(number, action)

    def terminate(self) -> None:
        """Stop soon, after waiting as `--drain` says, and leave the tasks running for the next start."""
        if self._is_echo(signal.SIGTERM):
            return
        self._service.stopping("stopping")
        self._handle.request_stop("leave", drain_ms=self._drain_ms)
        self._spawn(self._tell(", to be taken up by the next start"))

    def interrupt(self) -> None:
        """Stop once the running tasks are over; at the second time, end them."""
        if self._is_echo(signal.SIGINT):
            return
        self._presses += 1
        if sys.stderr.isatty():
            sys.stderr.write("\n")  # the terminal has just written ^C
        if self._presses == 1:
            self._handle.request_stop("wait")
            self._spawn(self._tell(": waiting; Ctrl+C again cancels"))
        elif self._presses == 2:
            self.exit_code = 130
            _log.warning("cancelling what still runs")
            self._handle.request_stop("cancel")

    def _is_echo(self, number: signal.Signals) -> bool:
        now, heeded_at = self._clock.monotonic(), self._heeded_at.get(number)
        if heeded_at is not None and now - heeded_at < ECHO_MS:
            return True
        self._heeded_at[number] = now
        return False

    def hang_up(self) -> None:
        """Read the job files again, and the certificate."""
        self._spawn(self._reload())

    async def _reload(self) -> None:
        self._service.reloading()
        await reload(self._handle)
        self._api.renew_certificate()
        self._service.ready("reloaded")

    async def _tell(self, words: str) -> None:
        running = await self._running_tasks()
        if not running:
            _log.info("stopping")
            return
        named = ", ".join(running[:_MOST_NAMED])
        more = f" and {len(running) - _MOST_NAMED} more" if len(running) > _MOST_NAMED else ""
        runs = "1 task still runs" if len(running) == 1 else f"{len(running)} tasks still run"
        _log.warning("stopping; %s (%s%s)%s", runs, named, more, words)

    async def _running_tasks(self) -> list[str]:
        """Name the tasks that run, with their time so far."""
        now = self._clock.now()
        names: list[str] = []
        for run in await self._handle.runs(RunFilter(statuses=("running",)), limit=1000):
            names.extend(
                f"{run.job_id}/{task.task_id} {format_duration(now - (task.started_at or now))}"
                for task in await self._handle.tasks(run.id)
                if task.status == "running"
            )
        return names

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
