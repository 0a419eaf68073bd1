"""All runs that are not over: created, admitted, driven, cancelled, and seen to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec

from petit.core.clock import Millis
from petit.core.errors import RunIsOver, RunNotFound
from petit.core.ids import JobId, RunId, RunIds
from petit.core.job import Definition
from petit.core.states import RUN_OVER, Trigger
from petit.events.bus import Bus
from petit.events.facts import RunQueued
from petit.execution.base import Executor, Report, Started
from petit.scheduler.agenda import Timers
from petit.scheduler.background import Background
from petit.scheduler.commits import Commits
from petit.scheduler.queue import Queue
from petit.scheduler.run import RunDriver, Surroundings
from petit.scheduler.timer import Timer
from petit.scheduler.turn import Turn
from petit.storage.base import (
    Created,
    CreateOutcome,
    IdempotencyKey,
    NewRun,
    Slots,
    Storage,
)
from petit.storage.records import OccurrenceRow, RunRow, TaskRow

STARTED_FLUSH_MS: Millis = 20
"""How long a process's start may wait for company, or for its own end, before it is written."""

QUIET_POLL_MS: Millis = 20


def no_occurrences(_: RunId) -> tuple[OccurrenceRow, ...]:
    """Return the ledger rows of a run that no schedule asked for: none."""
    return ()


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
    occurrences: Callable[[RunId], tuple[OccurrenceRow, ...]] = no_occurrences
    idempotency: IdempotencyKey | None = None
    max_pending: int | None = None


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
        background: Background,
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
        self._drivers: dict[RunId, RunDriver] = {}
        self._dirty: dict[RunId, RunDriver] = {}
        self._waiters: dict[RunId, list[asyncio.Future[None]]] = {}
        self.queue = Queue(
            storage=storage,
            timer=timer,
            timers=timers,
            bus=bus,
            around=around,
            background=background,
            drivers=self._drivers,
            max_jobs=max_jobs,
            current=current,
            on_admitted=self._begin,
            on_over=self._over,
        )
        self.is_frozen = False
        self.lag_ms: Millis | None = None

    # --- looking ------------------------------------------------------------------------------------------
    @property
    def running(self) -> int:
        """Runs that hold a slot."""
        return len(self._drivers)

    @property
    def running_tasks(self) -> int:
        """Attempts that are under way."""
        return sum(len(driver.running) for driver in self._drivers.values())

    def holders(self, job_id: JobId | None = None) -> list[RunId]:
        """Return the runs that hold slots, of one job or of all, oldest first."""
        return [
            run_id
            for run_id, driver in self._drivers.items()
            if job_id is None or driver.row.job_id == job_id
        ]

    # --- creating -----------------------------------------------------------------------------------------
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
        if not request.catchup and not self.is_frozen:
            driver.admit(turn)
            tasks = _apply(tasks, turn)
        outcome = await self._storage.create_run(
            NewRun(
                run=driver.row,
                tasks=tasks,
                attempts=tuple(turn.opened),
                slots=Slots(job.effective_max_concurrency, self._max_jobs),
                when_full=request.when_full,
                occurrences=request.occurrences(row.id),
                idempotency=request.idempotency,
                max_pending=request.max_pending,
            )
        )
        if isinstance(outcome, Created):
            if outcome.status == "running":
                self._begin(driver, turn)
            else:
                self._bus.publish([RunQueued(at=now, run_id=row.id, job_id=job.id, trigger=request.trigger)])
                self.queue.add(row)
                self.queue.admit()
        return driver.row, outcome

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

    # --- driving ------------------------------------------------------------------------------------------
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
            asyncio.get_running_loop().call_soon(self.on_reports, [*turn.unlaunchable])
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
        for waiter in self._waiters.pop(run_id, ()):
            if not waiter.done():
                waiter.set_result(None)
        self.queue.admit()

    # --- taking up ----------------------------------------------------------------------------------------
    def take_up(self, driver: RunDriver) -> None:
        """Take over a running run of an earlier engine."""
        self._drivers[driver.row.id] = driver
        self._watch_timeout(driver)

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

    # --- ending -------------------------------------------------------------------------------------------
    async def cancel(self, run_id: RunId, reason: str | None) -> None:
        """Cancel a run; durable when it returns. Raises RunNotFound, RunIsOver."""
        driver = self._drivers.get(run_id)
        if run_id in self.queue:
            await self.queue.cancel(run_id, reason)
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

    def freeze(self) -> None:
        """Start nothing more; what runs goes on."""
        self.is_frozen = self.queue.is_frozen = True
        for driver in self._drivers.values():
            driver.progress.freeze()

    def cancel_all(self, reason: str) -> None:
        """End everything that runs."""
        for driver in list(self._drivers.values()):
            if not driver.is_over and not driver.is_cancelled:
                turn = Turn(driver.row.id, self._timer.now())
                driver.cancel(turn, reason)
                self._commit(driver, turn)

    # --- waiting ------------------------------------------------------------------------------------------
    async def wait_for(self, run_id: RunId, timeout_ms: Millis) -> None:
        """Return when a run is over, or after the time."""
        if run_id not in self._drivers and run_id not in self.queue:
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

    def release_waiters(self) -> None:
        """Let go of those who wait: nothing more will end here."""
        for waiters in self._waiters.values():
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
        self._waiters.clear()

    async def quiet(self, leave_at: Callable[[], Millis | None]) -> None:
        """Return when no attempt runs, or at a monotonic time, which may change meanwhile; None: never."""
        while self.running_tasks:
            until = leave_at()
            if until is not None and self._timer.monotonic() >= until:
                return
            await self._timer.sleep(QUIET_POLL_MS)


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
