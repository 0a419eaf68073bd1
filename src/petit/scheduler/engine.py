"""The engine: reads the clock, asks the pure decisions, commits, acts, tells."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from petit.config.directory import JobDirectory
from petit.config.loader import Loaded
from petit.core.clock import Entropy, Millis
from petit.core.errors import (
    DependencyNotSatisfied,
    IdempotencyConflict,
    JobNotFound,
    MaxConcurrentRunsExceeded,
    ReloadRefused,
    SchedulerNotRunning,
    StorageUnavailable,
)
from petit.core.ids import JobId, RunId, RunIds, TaskId
from petit.core.schedule import Schedule
from petit.events.bus import Bus
from petit.events.facts import JobsReloaded, SchedulerPaused, SchedulerResumed
from petit.execution.base import Executor
from petit.scheduler.agenda import Agenda, Timers
from petit.scheduler.attempts import Launches
from petit.scheduler.commands import (
    CancelRun,
    Check,
    EngineState,
    LiveJob,
    Pause,
    Problem,
    Reloaded,
    Resume,
    StateView,
    StopMode,
    Triggered,
    TriggerRun,
    job_not_found,
)
from petit.scheduler.commits import Commits
from petit.scheduler.dependencies import unmet_dependencies
from petit.scheduler.firing import Firing, range_row
from petit.scheduler.health import disk_check, loop_check, storage_check
from petit.scheduler.jobs import Jobs, Known, Plan, known_jobs, pause_view, plan
from petit.scheduler.options import EngineOptions
from petit.scheduler.recovery import Recovery
from petit.scheduler.run import Surroundings
from petit.scheduler.runs import RunRequest, Runs
from petit.scheduler.timer import Timer
from petit.storage.base import Full, Registry, Replayed, Storage
from petit.storage.records import PauseRow, ScheduleRow

_log = logging.getLogger(__name__)

LONGEST_SLEEP_MS: Millis = 30_000
"""The loop looks at the clocks this often at least, so that a stepped wall clock or a suspend is noticed."""

STEP_BACK_MS: Millis = 1_000
"""A wall clock that falls behind the monotonic one by more than this was set back."""


class Engine:
    """Runs jobs on time. Others talk to it through `petit.scheduler.handle.SchedulerHandle`."""

    def __init__(
        self,
        *,
        storage: Storage,
        executor: Executor,
        source: JobDirectory,
        clock: Timer,
        entropy: Entropy,
        bus: Bus,
        options: EngineOptions,
    ) -> None:
        self._storage = storage
        self._executor = executor
        self._source = source
        self._timer = clock
        self._entropy = entropy
        self._bus = bus
        self._options = options
        self._state: EngineState = "starting"
        self._started_at: Millis | None = None
        self._stopped = asyncio.Event()
        self._sleeper: asyncio.Future[None] | None = None
        self._wakes_at: Millis = 0
        self._loop_task: asyncio.Task[None] | None = None
        self._stop_mode: StopMode | None = None
        self._reloading = asyncio.Lock()
        self._trouble: str | None = None
        self._agenda = Agenda()
        self._timers = Timers(clock.monotonic, self._wake)
        self._jobs = Jobs()
        self._launches = Launches(options)
        self._commits = Commits(storage, clock)
        self._runs: Runs
        self._firing: Firing

    # --- life -------------------------------------------------------------------------------------------------------
    async def start(self) -> None:
        """Read the jobs, take up what runs, judge what was missed, and begin. Raises ReloadRefused, StorageError."""
        around = Surroundings(
            launches=self._launches,
            entropy=self._entropy,
            executor=self._executor.name,
            host=self._options.host,
            max_tasks=self._options.max_tasks,
        )
        self._runs = Runs(
            storage=self._storage,
            executor=self._executor,
            timer=self._timer,
            timers=self._timers,
            commits=self._commits,
            ids=RunIds(self._timer, self._entropy, last_ms=await self._storage.last_run_ms()),
            bus=self._bus,
            around=around,
            max_jobs=self._options.max_jobs,
            current=self._jobs.definition,
        )
        self._firing = Firing(
            storage=self._storage,
            timer=self._timer,
            jobs=self._jobs,
            runs=self._runs,
            agenda=self._agenda,
            bus=self._bus,
        )
        registry = await self._storage.registry()
        now = self._timer.now()
        self._started_at = now
        before = known_jobs(registry)
        changes = plan(before, self._load(before), now)
        down_since = await self._down_since()
        await self._install(changes, registry, before, down_since, now)
        self._commits.start()
        adopted = await self._executor.start(self._runs.on_reports)
        recovery = Recovery(
            storage=self._storage, executor=self._executor, runs=self._runs, around=around, adopted=adopted
        )
        taken = await recovery.take_up(now)
        if taken:
            _log.info("took up %d running run%s", taken, "" if taken == 1 else "s")
        self._state = "running"
        if self._options.fire:
            self._judge_downtime(registry, before, down_since, now)
            await self._reboot(now)
            self._firing.arm(now)
        self._runs.admit_pending()
        self._loop_task = asyncio.get_running_loop().create_task(self._loop(), name="petit-engine")

    async def _down_since(self) -> Millis | None:
        """Return when the last engine stopped in order; None where it was killed or never was."""
        text = await self._storage.meta("stopped_at")
        if text is not None:
            await self._storage.set_meta("stopped_at", "")
        return int(text) if text else None

    async def _install(
        self, changes: Plan, registry: Registry, before: Mapping[JobId, Known], down_since: Millis | None, now: Millis
    ) -> None:
        """Put the first generation in force. Schedules edited away while Petit was down are judged in its transaction."""
        self._jobs.pauses = {pause.scope: pause for pause in registry.pauses}
        reload = changes.reload
        if not self._options.fire:
            # A one-shot run ends no schedule and removes no job: it has not judged what was due.
            reload = type(reload)(at=now, jobs=_present(reload.jobs), definitions=reload.definitions)
        else:
            rows = []
            for ended in reload.schedules_ended:
                known = before[ended.job_id]
                schedule = Schedule.from_key(ended.schedule)
                after = _decided(registry, ended)
                verdict = self._firing.judge(
                    known.definition.job, schedule, after=after, until=now, down_since=down_since, changed=True
                )
                rows.extend(range_row(known.definition, schedule, each, now) for each in verdict.ranges)
            reload = type(reload)(
                at=now,
                jobs=reload.jobs,
                definitions=reload.definitions,
                schedules_begun=reload.schedules_begun,
                schedules_ended=reload.schedules_ended,
                removed=reload.removed,
                occurrences=tuple(rows),
            )
        await self._storage.reload(reload)
        self._jobs.install(changes.known)

    def _judge_downtime(
        self, registry: Registry, before: Mapping[JobId, Known], down_since: Millis | None, now: Millis
    ) -> None:
        """Give every due time between the last decision and now its fate, by the definitions before (decision 7)."""
        for row in registry.schedules:
            known = before.get(row.job_id)
            live = self._jobs.live.get(row.job_id)
            if known is None or live is None or row.schedule not in _keys(live):
                continue
            schedule = Schedule.from_key(row.schedule)
            after = row.since if row.decided_until is None else max(row.since, row.decided_until)
            verdict = self._firing.judge(
                known.definition.job, schedule, after=after, until=now, down_since=down_since
            )
            self._firing.make_up(known.definition, schedule, verdict)

    async def _reboot(self, now: Millis) -> None:
        if self._options.boot_id and await self._storage.meta("boot_id") != self._options.boot_id:
            self._firing.reboot(now)
            await self._storage.set_meta("boot_id", self._options.boot_id)

    # --- the loop ---------------------------------------------------------------------------------------------------
    async def _loop(self) -> None:
        wall, steady = self._timer.now(), self._timer.monotonic()
        while True:
            now = self._timer.now()
            moved = (now - wall) - (self._timer.monotonic() - steady)
            wall, steady = now, self._timer.monotonic()
            if moved < -STEP_BACK_MS:
                _log.warning("the wall clock was set back by %d ms", -moved)
                self._firing.rearm(now)
            if self._options.fire and self._state != "stopping":
                await self._expire_pauses(now)
                self._firing.fire(now)
            self._timers.run_due()
            await self._sleep()

    async def _sleep(self) -> None:
        """Sleep until something is due, or something new is due earlier."""
        wait = self._options.tick_ms or LONGEST_SLEEP_MS
        due = self._agenda.next_due() if self._state != "stopping" else None
        if due is not None:
            wait = min(wait, due - self._timer.now())
        for pause in self._jobs.pauses.values():
            if pause.until is not None:
                wait = min(wait, pause.until - self._timer.now())
        timer = self._timers.next_at()
        if timer is not None:
            wait = min(wait, timer - self._timer.monotonic())
        wait = max(wait, 0)
        self._wakes_at = self._timer.monotonic() + wait
        self._sleeper = asyncio.ensure_future(self._timer.sleep(wait))
        try:
            await asyncio.wait({self._sleeper})
        finally:
            self._sleeper.cancel()
            self._sleeper = None

    def _wake(self) -> None:
        if self._sleeper is not None:
            self._sleeper.cancel()

    async def _expire_pauses(self, now: Millis) -> None:
        for scope, pause in list(self._jobs.pauses.items()):
            if pause.until is not None and pause.until <= now:
                try:
                    await self._end_pause(scope, by="its end")
                except StorageUnavailable as error:
                    self._trouble = str(error)

    # --- commands ---------------------------------------------------------------------------------------------------
    async def trigger(self, command: TriggerRun) -> Triggered:
        """Start a run by hand; raises what api.md's table of refusals names, in its order."""
        if command.idempotency is not None:
            replayed = await self._storage.replay(command.idempotency)
            if replayed is not None:
                return await self._replayed(command, replayed)
        live = self._jobs.live.get(command.job_id)
        if live is None:
            raise self._not_found(command.job_id)
        if self._state not in {"running", "paused"}:
            raise SchedulerNotRunning(self._state)
        job = live.definition.job
        if job.depends_on:
            unmet = await unmet_dependencies(self._storage, job, self._timer.now())
            if unmet:
                self._refuse_full(command)
                raise DependencyNotSatisfied(job.id, [each.as_evidence() for each in unmet])
        request = RunRequest(
            definition=live.definition,
            trigger="manual",
            when_full="queue" if command.queue else "refuse",
            reason=command.reason,
            caller=command.caller,
            idempotency=command.idempotency,
        )
        try:
            row, outcome = await self._runs.create(request)
        except StorageUnavailable as error:
            self._trouble = str(error)
            raise
        self._trouble = None
        if isinstance(outcome, Replayed):
            return await self._replayed(command, outcome)
        if isinstance(outcome, Full):
            raise MaxConcurrentRunsExceeded(
                job.id, scope=outcome.scope, limit=outcome.limit, holders=outcome.holders
            )
        position = getattr(outcome, "position", None)
        return Triggered(
            run_id=row.id, job_id=job.id, status="running" if position is None else "pending", position=position
        )

    async def _replayed(self, command: TriggerRun, found: Replayed) -> Triggered:
        if not found.same_body:
            assert command.idempotency is not None
            raise IdempotencyConflict(command.idempotency.key, found.run_id)
        row = await self._storage.run(found.run_id)
        status = "completed" if row is None else row.status
        return Triggered(run_id=found.run_id, job_id=command.job_id, status=status, replayed=True)

    def _refuse_full(self, command: TriggerRun) -> None:
        """Raise where a limit is reached: told before an unmet dependency."""
        if command.queue:
            return
        limit = self._jobs.live[command.job_id].definition.job.effective_max_concurrency
        for scope, most, holders in (
            ("job", limit, self._runs.holders(command.job_id)),
            ("total", self._options.max_jobs, self._runs.holders()),
        ):
            if most is not None and len(holders) >= most:
                raise MaxConcurrentRunsExceeded(command.job_id, scope=scope, limit=most, holders=holders)

    def _not_found(self, job_id: JobId) -> JobNotFound:
        removed = self._jobs.removed(job_id)
        if removed is not None:
            return JobNotFound(job_id, removed_at=removed.removed_at)
        return job_not_found(job_id, self._jobs.live)

    async def cancel(self, command: CancelRun) -> None:
        """End a run; durable when it returns. Raises RunNotFound, RunIsOver."""
        reason = command.reason or (f"cancelled by {command.caller}" if command.caller else None)
        await self._runs.cancel(command.run_id, reason)

    async def pause(self, command: Pause) -> None:
        """Stop scheduled triggers; a second pause replaces the reason and the end, not the beginning."""
        scope = self._scope(command.job_id)
        standing = self._jobs.pauses.get(scope)
        now = self._timer.now()
        pause = PauseRow(
            scope=scope,
            since=now if standing is None else standing.since,
            until=command.until,
            reason=command.reason,
            by=command.caller,
        )
        await self._storage.set_pause(pause)
        self._jobs.set_pause(scope, pause)
        self._wake()
        if scope == "" and standing is None:
            self._bus.publish([SchedulerPaused(at=now, reason=command.reason, by=command.caller)])

    async def resume(self, command: Resume) -> None:
        """Let scheduled triggers go on; what was due in the pause has its fate when this returns."""
        scope = self._scope(command.job_id)
        if scope in self._jobs.pauses:
            self._firing.fire(self._timer.now())
            await self._firing.settled()
            await self._end_pause(scope, by=command.caller)

    async def _end_pause(self, scope: str, *, by: str | None) -> None:
        await self._storage.end_pause(scope)
        self._jobs.set_pause(scope, None)
        if scope == "":
            self._bus.publish([SchedulerResumed(at=self._timer.now(), by=by)])

    def _scope(self, job_id: JobId | None) -> str:
        if job_id is None:
            return ""
        if job_id not in self._jobs.live:
            raise self._not_found(job_id)
        return job_id

    # --- jobs -------------------------------------------------------------------------------------------------------
    async def reload(self) -> Reloaded:
        """Read the job files again and put them in force, all at once; raises ReloadRefused."""
        async with self._reloading:
            loaded = self._load(self._jobs.known)
            now = self._timer.now()
            changes = plan(self._jobs.known, loaded, now)
            if not changes.changes_nothing:
                if self._options.fire:
                    self._firing.fire(now)
                    await self._firing.settled()
                cancelled = await self._storage.reload(changes.reload)
                self._jobs.install(changes.known)
                self._runs.forget_pending(tuple(cancelled))
                if self._options.fire:
                    self._firing.arm(self._timer.now())
                self._runs.admit_pending()
                self._wake()
            result = Reloaded(
                added=changes.added,
                changed=changes.changed,
                removed=changes.removed,
                stale=changes.stale,
                problems=self._jobs.problems,
            )
            self._bus.publish(
                [
                    JobsReloaded(
                        at=now,
                        added=result.added,
                        changed=result.changed,
                        removed=result.removed,
                        stale=result.stale,
                        problems=len(result.problems),
                    )
                ]
            )
            return result

    def _load(self, before: Mapping[JobId, Known]) -> Loaded:
        loaded = self._source.load(known_jobs=frozenset(before))
        present = [job_id for job_id, known in before.items() if known.row.removed_at is None]
        if present and not loaded.definitions and not loaded.broken:
            raise ReloadRefused(
                f"no job files in '{self._source.path}', where there were {len(present)} jobs: nothing was removed",
                jobs=len(present),
            )
        self._jobs.problems = tuple(
            Problem(file=each.file, line=each.line, column=each.column, message=each.message, text=each.render())
            for each in loaded.diagnostics
        )
        return loaded

    # --- stopping ---------------------------------------------------------------------------------------------------
    def request_stop(self, mode: StopMode, *, drain_ms: Millis = 0) -> None:
        """Stop firing and accepting; a later, harder mode takes over from a softer one."""
        first = self._stop_mode is None
        self._stop_mode = mode
        if first:
            self._state = "stopping"
            self._runs.freeze()
            self._runs.background(self._stop(drain_ms))
        if mode == "cancel":
            self._runs.cancel_all("the scheduler was stopped")
        self._wake()

    async def _stop(self, drain_ms: Millis) -> None:
        await self._firing.settled()
        limit = drain_ms if self._stop_mode == "leave" else None
        await self._runs.quiet(limit)
        if self._loop_task is not None:
            self._loop_task.cancel()
            await asyncio.gather(self._loop_task, return_exceptions=True)
        await self._firing.close()
        await self._commits.close()
        try:
            await self._storage.set_meta("stopped_at", str(self._timer.now()))
        except StorageUnavailable as error:
            _log.error("could not record the stop: %s", error)
        await self._executor.close(leave_running=self._stop_mode == "leave")
        self._state = "stopped"
        self._stopped.set()
        self._runs.release_waiters()

    async def stopped(self) -> None:
        """Return when the engine has stopped."""
        await self._stopped.wait()

    # --- looking ----------------------------------------------------------------------------------------------------
    def state(self) -> StateView:
        """Say how the scheduler is."""
        pause = self._jobs.pauses.get("")
        paused = pause is not None and (pause.until is None or self._timer.now() < pause.until)
        state = "paused" if paused and self._state == "running" else self._state
        return StateView(
            state=state,
            started_at=self._started_at,
            pause=pause_view(pause) if paused else None,
            running_runs=self._runs.running,
            queued_runs=self._runs.pending,
            running_tasks=self._runs.running_tasks,
            max_jobs=self._options.max_jobs,
            max_tasks=self._options.max_tasks,
            lag_ms=self._runs.lag_ms,
            jobs=len(self._jobs.live),
            problems=self._jobs.problems,
        )

    def checks(self) -> tuple[Check, ...]:
        """Say what of the loop, the storage and the disk is well."""
        alive = self._loop_task is not None and not self._loop_task.done()
        overdue = max(0, self._timer.monotonic() - self._wakes_at)
        return (
            loop_check(alive=alive, overdue_ms=overdue),
            storage_check(self._commits.trouble or self._firing.trouble or self._trouble),
            disk_check(self._options.logs_dir),
        )

    @property
    def generation(self) -> int:
        """Grows whenever jobs or pauses change in memory."""
        return self._jobs.generation

    def jobs(self) -> Mapping[JobId, LiveJob]:
        """Return all present jobs by id, sorted."""
        return self._jobs.live

    def removed(self, job_id: JobId) -> LiveJob | None:
        """Return a job that was removed and has history."""
        return self._jobs.removed(job_id)

    async def wait_for_run(self, run_id: RunId, timeout_ms: Millis) -> None:
        """Return when the run is over, or after the time."""
        await self._runs.wait_for(run_id, timeout_ms)

    def log_dir(self, run_id: RunId, task_id: TaskId, number: int) -> str:
        """Return the directory that holds an attempt's log files."""
        return self._launches.log_dir(run_id, task_id, number)


def _keys(live: LiveJob) -> set[str]:
    return {schedule.key for schedule in live.definition.job.schedules}


def _present(rows: tuple) -> tuple:
    return tuple(row for row in rows if row.removed_at is None)


def _decided(registry: Registry, ended: ScheduleRow) -> Millis:
    for row in registry.schedules:
        if (row.job_id, row.schedule) == (ended.job_id, ended.schedule):
            return row.since if row.decided_until is None else max(row.since, row.decided_until)
    return 0
