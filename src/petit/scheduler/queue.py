"""Runs that wait for a slot, and who gets one next."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping

from petit.core.admission import Waiting, next_admissions
from petit.core.clock import Millis
from petit.core.errors import StorageUnavailable
from petit.core.ids import JobId, RunId
from petit.core.job import Definition, Job, decode_job
from petit.events.bus import Bus
from petit.events.facts import RunCancelled
from petit.scheduler.agenda import Timers
from petit.scheduler.background import Background
from petit.scheduler.run import RunDriver, Surroundings
from petit.scheduler.timer import Timer
from petit.scheduler.turn import Turn
from petit.storage.base import CancelIntent, RunChange, Slots, Storage, TaskChange
from petit.storage.records import RunRow

_log = logging.getLogger(__name__)

RETRY_MS: Millis = 1_000
"""How soon admission is tried again when the storage did not take it."""


class Queue:
    """The pending runs, oldest first. The database has the last word on slots; this only proposes."""

    def __init__(
        self,
        *,
        storage: Storage,
        timer: Timer,
        timers: Timers,
        bus: Bus,
        around: Surroundings,
        background: Background,
        drivers: Mapping[RunId, RunDriver],
        max_jobs: int | None,
        current: Callable[[JobId], Definition | None],
        on_admitted: Callable[[RunDriver, Turn], None],
        on_over: Callable[[RunId], None],
    ) -> None:
        self._storage = storage
        self._timer = timer
        self._timers = timers
        self._bus = bus
        self._around = around
        self._background = background
        self._drivers = drivers
        self._max_jobs = max_jobs
        self._current = current
        self._on_admitted = on_admitted
        self._on_over = on_over
        self._pending: dict[RunId, RunRow] = {}
        self._is_admitting = False
        self._again = False
        self.is_frozen = False

    def __contains__(self, run_id: RunId) -> bool:
        return run_id in self._pending

    def __len__(self) -> int:
        return len(self._pending)

    def scheduled_of(self, job_id: JobId) -> int:
        """Count the waiting runs of a job that a schedule created."""
        return sum(1 for row in self._pending.values() if row.job_id == job_id and row.trigger == "schedule")

    def add(self, row: RunRow) -> None:
        """Take in a pending run."""
        self._pending[row.id] = row

    # --- admitting ----------------------------------------------------------------------------------------
    def admit(self) -> None:
        """Begin to give free slots to waiting runs, oldest first."""
        self._again = True
        if self._pending and not self._is_admitting and not self.is_frozen:
            self._is_admitting = True
            self._background.add(self._admit_all())

    async def _admit_all(self) -> None:
        try:
            while self._again and not self.is_frozen:
                self._again = False
                for run_id in self._next():
                    await self._admit(run_id)
        except StorageUnavailable:
            self._timers.after(RETRY_MS, self.admit)
        finally:
            self._is_admitting = False

    def _next(self) -> list[RunId]:
        running: dict[JobId, int] = {}
        for driver in self._drivers.values():
            running[driver.row.job_id] = running.get(driver.row.job_id, 0) + 1
        waiting = [Waiting(row.id, row.job_id, self._limit(row.job_id)) for row in self._candidates()]
        return next_admissions(
            waiting, running_by_job=running, running_total=len(self._drivers), max_jobs=self._max_jobs
        )

    def _candidates(self) -> Iterable[RunRow]:
        """Walk the pending runs, of those that catch up only one for each job at a time (decision 7)."""
        catching_up = {driver.row.job_id for driver in self._drivers.values() if driver.row.catchup}
        for row in self._pending.values():
            if row.catchup and row.job_id in catching_up:
                continue
            if row.catchup:
                catching_up.add(row.job_id)
            yield row

    def _limit(self, job_id: JobId) -> int | None:
        """Limits follow the newest definition (decision 15)."""
        definition = self._current(job_id)
        return None if definition is None else definition.job.effective_max_concurrency

    async def _admit(self, run_id: RunId) -> None:
        row = self._pending.get(run_id)
        job = None if row is None else await self.pinned(row)
        if row is None or job is None or run_id not in self._pending:
            return
        driver = RunDriver(row, job, self._around)
        turn = Turn(run_id, self._timer.now())
        driver.admit(turn)
        turn.slots = Slots(self._limit(row.job_id), self._max_jobs)
        end = turn.run if driver.is_over else None
        if end is not None:
            turn.run = RunChange(status="running", started_at=turn.at)
        (is_admitted,) = await self._storage.advance([turn.step()])
        if is_admitted:
            self._pending.pop(run_id, None)
            turn.run = end
            self._on_admitted(driver, turn)

    async def pinned(self, row: RunRow) -> Job | None:
        """Return the definition that a run is pinned to."""
        current = self._current(row.job_id)
        if current is not None and current.hash == row.definition:
            return current.job
        stored = await self._storage.definition(row.definition)
        if stored is None:
            _log.error("run %s: its definition %s is not in the database", row.id, row.definition[:12])
            return None
        return decode_job(stored.body)

    # --- ending -------------------------------------------------------------------------------------------
    async def cancel(self, run_id: RunId, reason: str | None) -> None:
        """Cancel a run that waits; durable when this returns."""
        row = self._pending.pop(run_id)
        now = self._timer.now()
        turn = Turn(run_id, now)
        turn.intent = CancelIntent(at=now, reason=reason)
        turn.run = RunChange(status="cancelled", ended_at=now, reason=reason)
        try:
            tasks = await self._storage.tasks(run_id)
            turn.tasks = [
                TaskChange(task_id=each.task_id, status="cancelled", ended_at=now) for each in tasks
            ]
            (is_done,) = await self._storage.advance([turn.step()])
        except StorageUnavailable:
            self._pending[run_id] = row
            raise
        if is_done:
            self._tell_cancelled(row, reason)
        self._on_over(run_id)

    def forget(self, run_ids: Iterable[RunId], reason: str) -> None:
        """Drop waiting runs that a reload cancelled."""
        for run_id in run_ids:
            row = self._pending.pop(run_id, None)
            if row is not None:
                self._tell_cancelled(row, reason)
                self._on_over(run_id)

    def _tell_cancelled(self, row: RunRow, reason: str | None) -> None:
        fact = RunCancelled(at=self._timer.now(), run_id=row.id, job_id=row.job_id, reason=reason)
        self._bus.publish([fact])
