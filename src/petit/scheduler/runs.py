"""All runs that are not over: created, admitted, driven, cancelled, and seen to their end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import msgspec

from petit.core.admission import Waiting, next_admissions
from petit.core.clock import Millis
from petit.core.errors import RunIsOver, RunNotFound, StorageUnavailable
from petit.core.ids import JobId, RunId, RunIds
from petit.core.job import Definition, Job, decode_job
from petit.core.states import RUN_OVER, Trigger
from petit.events.bus import Bus
from petit.events.facts import RunCancelled, RunQueued
from petit.execution.base import Executor, Report, Started
from petit.scheduler.agenda import Timers
from petit.scheduler.commits import Commits
from petit.scheduler.run import RunDriver, Surroundings
from petit.scheduler.timer import Timer
from petit.scheduler.turn import Turn
from petit.storage.base import (
    CancelIntent,
    Created,
    CreateOutcome,
    IdempotencyKey,
    NewRun,
    RunChange,
    Slots,
    Storage,
    TaskChange,
)
from petit.storage.records import OccurrenceRow, RunRow, TaskRow

_log = logging.getLogger(__name__)

STARTED_FLUSH_MS: Millis = 20
"""How long a process's start may wait for company, or for its own end, before it is written."""

ADMISSION_RETRY_MS: Millis = 1_000
QUIET_POLL_MS: Millis = 20


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A run to be made of a definition; see `petit.storage.base.NewRun` for the rest."""

    definition: Definition
    trigger: Trigger
    when_full: str = "refuse"
    reason: str | None = None
    caller: str | None = None
    scheduled_for: Millis | None = None
    schedule: str | None = None
    catchup: bool = False
    occurrences: tuple[OccurrenceRow, ...] = ()
    idempotency: IdempotencyKey | None = None
    max_pending: int | None = None
    run_at_once: bool = True


class Runs:
    """The runs that are pending or running, mirrored in memory; the database decides who gets a slot."""

    def __init__(
        self,
        *,
        storage: Storage,
        executor: Executor,
        timer: Timer,
        timers: Timers,
        commits: Commits,
        ids: RunIds,
        bus: Bus,
        around: Surroundings,
        max_jobs: int | None,
        current: Callable[[JobId], Definition | None],
    ) -> None:
        self._storage = storage
        self._executor = executor
        self._timer = timer
        self._timers = timers
        self._commits = commits
        self._ids = ids
        self._bus = bus
        self._around = around
        self._max_jobs = max_jobs
        self._current = current
        self._drivers: dict[RunId, RunDriver] = {}
        self._pending: dict[RunId, RunRow] = {}
        self._dirty: dict[RunId, RunDriver] = {}
        self._waiters: dict[RunId, list[asyncio.Future[None]]] = {}
        self._background: set[asyncio.Task[Any]] = set()
        self._admitting = False
        self._admit_again = False
        self.is_frozen = False
        self.lag_ms: Millis | None = None

    # --- looking ----------------------------------------------------------------------------------------------------
    @property
    def running(self) -> int:
        """Runs that hold a slot."""
        return len(self._drivers)

    @property
    def pending(self) -> int:
        """Runs that wait for a slot."""
        return len(self._pending)

    @property
    def running_tasks(self) -> int:
        """Attempts that are under way."""
        return sum(len(driver.running) for driver in self._drivers.values())

    def holders(self, job_id: JobId | None = None) -> list[RunId]:
        """Return the runs that hold slots, of one job or of all, oldest first."""
        return [
            run_id for run_id, driver in self._drivers.items() if job_id is None or driver.row.job_id == job_id
        ]

    def active_of(self, job_id: JobId) -> list[RunId]:
        """Return a job's running runs and then its pending ones, oldest first."""
        return [*self.holders(job_id), *(each.id for each in self._pending.values() if each.job_id == job_id)]

    # --- creating ---------------------------------------------------------------------------------------------------
    async def create(self, request: RunRequest) -> tuple[RunRow, CreateOutcome]:
        """Create a run, and start it where it gets a slot. The outcome says what the database decided."""
        job = request.definition.job
        now = self._timer.now()
        row = RunRow(
            id=self._ids.next(),
            job_id=job.id,
            status="pending",
            trigger=request.trigger,
            created_at=now,
            definition=request.definition.hash,
            scheduled_for=request.scheduled_for,
            schedule=request.schedule,
            reason=request.reason,
            caller=request.caller,
            catchup=request.catchup,
        )
        driver = RunDriver(row, job, self._around)
        turn = Turn(row.id, now)
        tasks = driver.task_rows()
        if request.run_at_once and not self.is_frozen:
            driver.admit(turn)
            tasks = _apply(tasks, turn)
        outcome = await self._storage.create_run(
            NewRun(
                run=driver.row,
                tasks=tasks,
                attempts=tuple(turn.opened),
                slots=Slots(job.effective_max_concurrency, self._max_jobs),
                when_full=request.when_full,
                occurrences=request.occurrences,
                idempotency=request.idempotency,
                max_pending=request.max_pending,
            )
        )
        if isinstance(outcome, Created):
            if outcome.status == "running":
                self._begin(driver, turn)
            else:
                self._queue(row, request.trigger, now)
        return driver.row, outcome

    def _queue(self, row: RunRow, trigger: Trigger, now: Millis) -> None:
        self._pending[row.id] = row
        self._bus.publish([RunQueued(at=now, run_id=row.id, job_id=row.job_id, trigger=trigger)])
        self.admit_pending()

    def _begin(self, driver: RunDriver, turn: Turn) -> None:
        """Go on with a run whose admission is durable."""
        self._drivers[driver.row.id] = driver
        if driver.row.scheduled_for is not None and not driver.row.catchup:
            self.lag_ms = turn.at - driver.row.scheduled_for
        self._watch_timeout(driver)
        if driver.is_over:
            # Its tasks were all skipped: the end is a transaction of its own, as it moves on from "running".
            ended = Turn(driver.row.id, turn.at)
            ended.run, turn.run = turn.run, None
            self._commit(driver, ended)
        self._after(driver, turn, over=False)

    def _watch_timeout(self, driver: RunDriver) -> None:
        if driver.job.timeout_ms is not None:
            gone = self._timer.now() - (driver.row.started_at or driver.row.created_at)
            self._timers.after(driver.job.timeout_ms - max(gone, 0), partial(self._time_out, driver))

    def _time_out(self, driver: RunDriver) -> None:
        if not driver.is_over and not driver.is_cancelled:
            turn = Turn(driver.row.id, self._timer.now())
            driver.time_out(turn)
            self._commit(driver, turn)

    # --- driving ----------------------------------------------------------------------------------------------------
    def on_reports(self, reports: list[Report]) -> None:
        """Take what the executor reports: all of one run's reports make one turn."""
        turns: dict[RunId, Turn] = {}
        now = self._timer.now()
        for report in reports:
            run_id = report.attempt.partition("/")[0]
            driver = self._drivers.get(run_id)
            if driver is None:
                if not isinstance(report, Started):
                    self._executor.acknowledge([report.attempt])
            elif isinstance(report, Started):
                driver.started(report)
                self._flush_soon(driver)
            else:
                driver.ended(turns.setdefault(run_id, Turn(run_id, now)), report)
        for run_id, turn in turns.items():
            driver = self._drivers[run_id]
            driver.proceed(turn)
            self._commit(driver, turn)

    def _flush_soon(self, driver: RunDriver) -> None:
        if not self._dirty:
            self._timers.after(STARTED_FLUSH_MS, self._flush)
        self._dirty[driver.row.id] = driver

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        for driver in dirty.values():
            turn = Turn(driver.row.id, self._timer.now())
            driver.write_started(turn)
            if not turn.is_empty:
                self._commit(driver, turn)

    def _commit(self, driver: RunDriver, turn: Turn) -> None:
        over = driver.is_over and turn.run is not None
        if turn.is_empty:
            self._after(driver, turn, over=over)
            return
        self._commits.add(turn.step(), partial(self._after, driver, turn, over=over))

    def _after(self, driver: RunDriver, turn: Turn, *, over: bool) -> None:
        """Act and tell: what a turn decided is durable."""
        if turn.specs:
            self._executor.submit(turn.specs)
        if turn.acknowledge:
            self._executor.acknowledge(turn.acknowledge)
        for attempt in turn.cancel:
            self._executor.cancel(attempt)
        for task_id, delay in turn.retries:
            self._timers.after(delay, partial(self._retry, driver, task_id))
        if turn.unlaunchable:
            asyncio.get_running_loop().call_soon(self.on_reports, list(turn.unlaunchable))
        if turn.facts:
            self._bus.publish(turn.facts)
        if over:
            self._over(driver.row.id)

    def _retry(self, driver: RunDriver, task_id: str) -> None:
        if self.is_frozen or driver.is_over:
            return
        turn = Turn(driver.row.id, self._timer.now())
        driver.retry_due(turn, task_id)
        if not turn.is_empty:
            self._commit(driver, turn)

    def _over(self, run_id: RunId) -> None:
        self._drivers.pop(run_id, None)
        self._pending.pop(run_id, None)
        for waiter in self._waiters.pop(run_id, ()):
            if not waiter.done():
                waiter.set_result(None)
        self.admit_pending()

    # --- taking up --------------------------------------------------------------------------------------------------
    def take_up(self, driver: RunDriver) -> None:
        """Take over a running run of an earlier engine."""
        self._drivers[driver.row.id] = driver
        self._watch_timeout(driver)

    def take_up_pending(self, row: RunRow) -> None:
        """Take over a waiting run of an earlier engine."""
        self._pending[row.id] = row

    def go_on(self, driver: RunDriver, due: list[tuple[str, Millis]], lost: list[Report]) -> None:
        """Let a run that was taken up go on: its retries, its cancel, the attempts that never came to be."""
        now = self._timer.now()
        turn = Turn(driver.row.id, now)
        if driver.is_cancelled:
            driver.stop_again(turn)
        else:
            driver.relaunch(turn)
            driver.proceed(turn)
        self._commit(driver, turn)
        for task_id, at in due:
            self._timers.after(at - now, partial(self._retry, driver, task_id))
        if lost:
            self.on_reports(lost)

    # --- admitting --------------------------------------------------------------------------------------------------
    def admit_pending(self) -> None:
        """Give free slots to waiting runs, oldest first."""
        self._admit_again = True
        if self._pending and not self._admitting and not self.is_frozen:
            self._admitting = True
            self.background(self._admit_all())

    async def _admit_all(self) -> None:
        try:
            while self._admit_again and not self.is_frozen:
                self._admit_again = False
                for run_id in self._admissible():
                    await self._admit(run_id)
        except StorageUnavailable:
            self._timers.after(ADMISSION_RETRY_MS, self.admit_pending)
        finally:
            self._admitting = False

    def _admissible(self) -> list[RunId]:
        by_job: dict[JobId, int] = {}
        for driver in self._drivers.values():
            by_job[driver.row.job_id] = by_job.get(driver.row.job_id, 0) + 1
        catching_up = {driver.row.job_id for driver in self._drivers.values() if driver.row.catchup}
        waiting: list[Waiting] = []
        for row in self._pending.values():
            if row.catchup and row.job_id in catching_up:
                continue
            if row.catchup:
                catching_up.add(row.job_id)
            waiting.append(Waiting(row.id, row.job_id, self._job_limit(row.job_id)))
        return next_admissions(
            waiting, running_by_job=by_job, running_total=len(self._drivers), max_jobs=self._max_jobs
        )

    def _job_limit(self, job_id: JobId) -> int | None:
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
        turn.slots = Slots(self._job_limit(row.job_id), self._max_jobs)
        ended = turn.run if driver.is_over else None
        if ended is not None:
            turn.run = RunChange(status="running", started_at=turn.at)
        (admitted,) = await self._storage.advance([turn.step()])
        if admitted:
            self._pending.pop(run_id, None)
            turn.run = ended
            self._begin(driver, turn)

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

    # --- ending -----------------------------------------------------------------------------------------------------
    async def cancel(self, run_id: RunId, reason: str | None) -> None:
        """Cancel a run; durable when it returns. Raises RunNotFound, RunIsOver."""
        driver = self._drivers.get(run_id)
        if driver is None and run_id in self._pending:
            await self._cancel_pending(run_id, reason)
            return
        if driver is None or driver.is_over:
            row = await self._storage.run(run_id)
            if row is None:
                raise RunNotFound(run_id)
            raise RunIsOver(run_id, row.status)
        if not driver.is_cancelled:
            turn = Turn(run_id, self._timer.now())
            driver.cancel(turn, reason)
            self._commit(driver, turn)
        await self._commits.settled()

    async def _cancel_pending(self, run_id: RunId, reason: str | None) -> None:
        row = self._pending.pop(run_id)
        now = self._timer.now()
        turn = Turn(run_id, now)
        turn.intent = CancelIntent(at=now, reason=reason)
        turn.run = RunChange(status="cancelled", ended_at=now, reason=reason)
        tasks = await self._storage.tasks(run_id)
        turn.tasks = [TaskChange(task_id=task.task_id, status="cancelled", ended_at=now) for task in tasks]
        turn.facts.append(RunCancelled(at=now, run_id=run_id, job_id=row.job_id, reason=reason))
        try:
            (done,) = await self._storage.advance([turn.step()])
        except StorageUnavailable:
            self._pending[run_id] = row
            raise
        if done:
            self._bus.publish(turn.facts)
        self._over(run_id)

    def forget_pending(self, run_ids: tuple[RunId, ...]) -> None:
        """Drop waiting runs that a reload cancelled."""
        for run_id in run_ids:
            row = self._pending.get(run_id)
            if row is not None:
                fact = RunCancelled(
                    at=self._timer.now(), run_id=run_id, job_id=row.job_id, reason="job removed"
                )
                self._bus.publish([fact])
                self._over(run_id)

    def freeze(self) -> None:
        """Start nothing more; what runs goes on."""
        self.is_frozen = True
        for driver in self._drivers.values():
            driver.progress.freeze()

    def cancel_all(self, reason: str) -> None:
        """End everything that runs."""
        for driver in list(self._drivers.values()):
            if not driver.is_over and not driver.is_cancelled:
                turn = Turn(driver.row.id, self._timer.now())
                driver.cancel(turn, reason)
                self._commit(driver, turn)

    # --- waiting ----------------------------------------------------------------------------------------------------
    async def wait_for(self, run_id: RunId, timeout_ms: Millis) -> None:
        """Return when a run is over, or after the time."""
        if run_id not in self._drivers and run_id not in self._pending:
            row = await self._storage.run(run_id)
            if row is None or row.status in RUN_OVER:
                return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiters = self._waiters.setdefault(run_id, [])
        waiters.append(waiter)
        limit = asyncio.ensure_future(self._timer.sleep(timeout_ms))
        try:
            await asyncio.wait({waiter, limit}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            limit.cancel()
            if waiter in waiters:
                waiters.remove(waiter)

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the loop, seeing to it that its errors are told."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background_done)

    def _background_done(self, task: asyncio.Task[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("internal error", exc_info=task.exception())

    def release_waiters(self) -> None:
        """Let go of those who wait: nothing more will end here."""
        for waiters in self._waiters.values():
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
        self._waiters.clear()

    async def quiet(self, limit_ms: Millis | None) -> None:
        """Return when no attempt runs and all that ended is durable, or after the time."""
        until = None if limit_ms is None else self._timer.monotonic() + limit_ms
        while self.running_tasks:
            if until is not None and self._timer.monotonic() >= until:
                return
            await self._timer.sleep(QUIET_POLL_MS)
        await self._commits.settled()


def _apply(rows: tuple[TaskRow, ...], turn: Turn) -> tuple[TaskRow, ...]:
    """Return the task rows as a first turn leaves them."""
    changes = {change.task_id: change for change in turn.tasks}
    applied = []
    for row in rows:
        change = changes.get(row.task_id)
        if change is None:
            applied.append(row)
            continue
        fields = {
            name: value
            for name, value in msgspec.structs.asdict(change).items()
            if value is not msgspec.UNSET
        }
        applied.append(msgspec.structs.replace(row, **fields))
    return tuple(applied)
