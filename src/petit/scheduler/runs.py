"""All runs that are not over: created, admitted, driven, cancelled, and seen to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from petit.core.clock import Millis
from petit.core.errors import RunIsOver, RunNotFound
from petit.core.ids import JobId, RunId, RunIds, TaskId
from petit.core.job import Definition
from petit.core.progress import Progress
from petit.core.states import RUN_OVER
from petit.events.bus import Bus
from petit.execution.base import Executor, Report, Started
from petit.scheduler import telling
from petit.scheduler.agenda import Timers
from petit.scheduler.background import Background
from petit.scheduler.commits import Commits
from petit.scheduler.queue import Queue
from petit.scheduler.requests import RunRequest
from petit.scheduler.roster import Roster, UnderWay
from petit.scheduler.run import RunDriver, Surroundings
from petit.scheduler.timer import Timer
from petit.scheduler.turn import Turn
from petit.scheduler.waiters import Waiters
from petit.storage.base import (
    Created,
    CreateOutcome,
    Slots,
    Storage,
)
from petit.storage.records import RunRow

STARTED_FLUSH_MS: Millis = 20
"""How long a process's start may wait for company, or for its own end, before it is written."""

QUIET_POLL_MS: Millis = 20


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
        wake: Callable[[], None],
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
        self._roster = Roster()
        self._under_way = UnderWay()
        self._dirty: dict[RunId, RunDriver] = {}
        self._waiters = Waiters(timer)
        self._early: list[Report] | None = []
        self._last_word: str | None = None
        self.queue = Queue(
            storage=storage,
            timer=timer,
            timers=timers,
            bus=bus,
            around=around,
            background=background,
            roster=self._roster,
            under_way=self._under_way,
            max_jobs=max_jobs,
            current=current,
            wake=wake,
            on_admitted=self._begin,
            on_over=self._over,
        )
        self.is_frozen = False
        self.lag_ms: Millis | None = None

    # --- looking ------------------------------------------------------------------------------------------
    @property
    def running(self) -> int:
        """Runs that hold a slot."""
        return len(self._roster)

    @property
    def running_tasks(self) -> int:
        """Attempts that are under way."""
        return sum(len(driver.running) for driver in self._roster)

    def holders(self, job_id: JobId | None = None) -> list[RunId]:
        """Return the runs that hold slots, of one job or of all, oldest first."""
        return self._roster.ids() if job_id is None else self._roster.of_job(job_id)

    # --- creating -----------------------------------------------------------------------------------------
    async def create(self, request: RunRequest) -> tuple[RunRow, CreateOutcome]:
        """Create a run, and start it where it gets a slot. The outcome says what the database decided."""
        job = request.job
        now = self._timer.now()
        row = request.row(self._ids.next(), now)
        outset, max_tasks = request.outset, job.max_tasks or self._around.max_tasks
        progress = None if outset is None else Progress.begin(job, max_tasks, outset)
        driver = RunDriver(row, job, self._around, progress=progress)
        turn = Turn(row.id, now)
        if request.may_begin_at_once and not self.is_frozen:
            driver.admit(turn)
        new = request.new(
            driver.row,
            driver.task_rows(turn, outset),
            tuple(turn.opened),
            Slots(request.job_limit, self._max_jobs),
        )
        with self._under_way.of(row.id):
            outcome = await self._storage.create_run(new)
            if isinstance(outcome, Created):
                self._created(driver, turn, row, outcome)
        return driver.row, outcome

    def _created(self, driver: RunDriver, turn: Turn, row: RunRow, outcome: Created) -> None:
        if outcome.status == "running":
            self._begin(driver, turn)
            return
        self._bus.publish([telling.run_queued(row, turn.at)])
        self.queue.add(row)
        self.queue.admit()

    def _begin(self, driver: RunDriver, turn: Turn) -> None:
        """Go on with a run whose admission is durable."""
        self._roster.add(driver)
        if self.is_frozen:
            driver.progress.freeze()
        if driver.row.scheduled_for is not None and not driver.row.catchup:
            self.lag_ms = turn.at - driver.row.scheduled_for
        self._watch_timeout(driver)
        if driver.is_over:
            # Its tasks were all skipped: the end is a transaction of its own, as it moves on from "running".
            ended = Turn(driver.row.id, turn.at)
            ended.run, turn.run = turn.run, None
            ended.facts = [turn.facts.pop()]
            self._commit(driver, ended)
        self._after(driver, turn, over=False)
        if self._last_word is not None:
            self._cancel(driver, self._last_word)

    def _watch_timeout(self, driver: RunDriver) -> None:
        if driver.deadline is not None:
            left = min(driver.deadline - self._timer.now(), driver.job.timeout_ms or 0)
            driver.release_timeout = self._timers.after(left, partial(self._time_out, driver))

    def _time_out(self, driver: RunDriver) -> None:
        if not driver.is_over and not driver.is_cancelled:
            turn = Turn(driver.row.id, self._timer.now())
            driver.time_out(turn)
            self._commit(driver, turn)

    # --- driving ------------------------------------------------------------------------------------------
    def on_reports(self, reports: list[Report]) -> None:
        """Take what the executor reports: all of one run's reports make one turn."""
        if self._early is not None:
            self._early.extend(reports)
            return
        turns: dict[RunId, tuple[RunDriver, Turn]] = {}
        now = self._timer.now()
        for report in reports:
            run_id = report.attempt.partition("/")[0]
            driver = self._roster.get(run_id)
            if driver is None:
                if not isinstance(report, Started):
                    self._executor.acknowledge([report.attempt])
            elif isinstance(report, Started):
                driver.started(report)
                self._flush_soon(driver)
            else:
                if run_id not in turns:
                    turns[run_id] = (driver, Turn(run_id, now))
                driver.ended(turns[run_id][1], report)
        for driver, turn in turns.values():
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
        then = partial(self._after, driver, turn, over=driver.is_over and turn.run is not None)
        if turn.is_empty:
            # An end that is told twice may be on its way to the disk still: what it is true of comes first.
            self._commits.after_all(then)
        else:
            self._commits.add(turn.step(), then)

    def _after(self, driver: RunDriver, turn: Turn, *, over: bool) -> None:
        """Act and tell: what a turn decided is durable."""
        if turn.specs:
            self._executor.submit(turn.specs)
        if turn.acknowledge:
            self._executor.acknowledge(turn.acknowledge)
        for attempt in turn.cancel:
            self._executor.cancel(attempt)
        for task_id, delay in turn.retries:
            self._timers.after(delay, partial(self._retry, driver.row.id, task_id))
        if turn.unlaunchable:
            asyncio.get_running_loop().call_soon(self.on_reports, [*turn.unlaunchable])
        if turn.facts:
            self._bus.publish(turn.facts)
        if over:
            self._over(driver.row.id)

    def _retry(self, run_id: RunId, task_id: TaskId) -> None:
        driver = self._roster.get(run_id)
        if driver is None or driver.is_over or self.is_frozen:
            return
        turn = Turn(run_id, self._timer.now())
        driver.retry_due(turn, task_id)
        if not turn.is_empty:
            self._commit(driver, turn)

    def _over(self, run_id: RunId) -> None:
        driver = self._roster.remove(run_id)
        if driver is not None:
            driver.release_timeout()
        self._waiters.tell(run_id)
        self.queue.admit()

    # --- taking up ----------------------------------------------------------------------------------------
    def take_up(self, driver: RunDriver) -> None:
        """Take over a running run of an earlier engine."""
        self._roster.add(driver)
        if self.is_frozen:
            driver.progress.freeze()

    def go_on(self, driver: RunDriver, due: list[tuple[TaskId, Millis]], reports: list[Report]) -> None:
        """Let a run that was taken up go on: what became of its attempts, its end, its retries."""
        now = self._timer.now()
        turn = Turn(driver.row.id, now)
        for report in reports:
            if isinstance(report, Started):
                driver.started(report)
            else:
                driver.ended(turn, report)
        driver.write_started(turn)
        if driver.is_cancelled or driver.is_timed_out:
            driver.stop_again(turn)
        else:
            driver.relaunch(turn)
            driver.proceed(turn)
        self._commit(driver, turn)
        self._watch_timeout(driver)
        for task_id, at in due:
            self._timers.after(at - now, partial(self._retry, driver.row.id, task_id))

    def listen(self) -> None:
        """Take reports as they come, and those that came while runs were taken up."""
        early, self._early = self._early or [], None
        self.on_reports(early)

    # --- ending -------------------------------------------------------------------------------------------
    async def cancel(self, run_id: RunId, reason: str | None) -> None:
        """Cancel a run; durable when it returns.

        Raises:
            RunNotFound, RunIsOver: There is nothing to be cancelled.
            StorageUnavailable: It is not durable; a run that has its slot is cancelled as soon as it can be.
        """
        await self._under_way.known(run_id)
        if run_id in self.queue:
            await self.queue.cancel(run_id, reason)
            return
        driver = self._roster.get(run_id)
        if driver is None or driver.is_over:
            row = await self._storage.run(run_id)
            if row is None:
                raise RunNotFound(run_id)
            raise RunIsOver(run_id, row.status)
        self._cancel(driver, reason)
        await self._commits.settled()

    def _cancel(self, driver: RunDriver, reason: str | None) -> None:
        if not driver.is_over and not driver.is_cancelled:
            turn = Turn(driver.row.id, self._timer.now())
            driver.cancel(turn, reason)
            self._commit(driver, turn)

    async def forget(self, run_ids: Iterable[RunId], reason: str) -> None:
        """Drop waiting runs that a reload cancelled."""
        for run_id in run_ids:
            await self._under_way.known(run_id)
            await self.queue.forget(run_id, reason)

    def freeze(self) -> None:
        """Start nothing more; what runs goes on."""
        self.is_frozen = self.queue.is_frozen = True
        for driver in self._roster:
            driver.progress.freeze()

    def cancel_all(self, reason: str) -> None:
        """End everything that runs, and what gets its slot from now on."""
        self._last_word = reason
        for driver in list(self._roster):
            self._cancel(driver, reason)

    # --- waiting ------------------------------------------------------------------------------------------
    async def wait_for(self, run_id: RunId, timeout_ms: Millis) -> None:
        """Return when a run is over, or after the time."""
        if run_id not in self._roster and run_id not in self.queue:
            row = await self._storage.run(run_id)
            if row is None or row.status in RUN_OVER:
                return
        await self._waiters.wait(run_id, timeout_ms)

    def release_waiters(self) -> None:
        """Let go of those who wait: nothing more will end here."""
        self._waiters.tell_all()

    async def quiet(self, leave_at: Callable[[], Millis | None]) -> None:
        """Return when nothing is under way, or at a monotonic time, which may change; None: never."""
        await self._under_way.all_known()
        while self.running_tasks:
            until = leave_at()
            if until is not None and self._timer.monotonic() >= until:
                return
            await self._timer.sleep(QUIET_POLL_MS)
