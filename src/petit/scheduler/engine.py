"""The engine: reads the clock, asks the pure decisions, commits, acts, tells."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from petit.config.directory import JobDirectory
from petit.config.loader import Loaded
from petit.core.clock import Entropy, Millis
from petit.core.errors import ReloadRefused, StorageUnavailable
from petit.core.ids import JobId, RunId, RunIds, TaskId
from petit.events.bus import Bus
from petit.events.facts import JobsReloaded
from petit.execution.base import Executor
from petit.scheduler.agenda import Agenda, Timers
from petit.scheduler.attempts import Launches
from petit.scheduler.background import Background
from petit.scheduler.chains import Chains
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
)
from petit.scheduler.commits import Commits
from petit.scheduler.control import Control
from petit.scheduler.fates import Fates
from petit.scheduler.firing import Firing
from petit.scheduler.health import disk_check, loop_check, storage_check
from petit.scheduler.jobs import Jobs, Known, known_jobs, pause_view, plan
from petit.scheduler.options import EngineOptions
from petit.scheduler.recovery import Recovery
from petit.scheduler.run import Surroundings
from petit.scheduler.runs import Runs
from petit.scheduler.startup import Downtime, install_first
from petit.scheduler.timer import Timer
from petit.storage.base import Storage

_log = logging.getLogger(__name__)

LONGEST_SLEEP_MS: Millis = 30_000
"""The loop looks at the clocks this often at least, so that a stepped wall clock or a suspend is noticed."""

STEP_BACK_MS: Millis = 1_000
"""A wall clock that falls behind the monotonic one by more than this was set back."""

PAUSE_RETRY_MS: Millis = 250


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
        self._bus = bus
        self._options = options
        self._state: EngineState = "starting"
        self._started_at: Millis | None = None
        self._stopped = asyncio.Event()
        self._sleeper: asyncio.Future[None] | None = None
        self._wakes_at: Millis = 0
        self._loop_task: asyncio.Task[None] | None = None
        self._stop_mode: StopMode | None = None
        self._leave_at: Millis | None = None
        self._reloading = asyncio.Lock()
        self._is_probing = False
        self._agenda = Agenda()
        self._jobs = Jobs()
        self._launches = Launches(options)
        self._commits = Commits(storage, clock)
        self._chains = Chains(clock)
        self._background = Background()
        self._around = Surroundings(
            launches=self._launches,
            entropy=entropy,
            executor=executor.name,
            host=options.host,
            max_tasks=options.max_tasks,
        )
        self._timers = Timers(clock.monotonic, self._wake)
        self._ids = RunIds(clock, entropy)
        self._runs = Runs(
            storage=storage,
            executor=executor,
            timer=clock,
            timers=self._timers,
            commits=self._commits,
            ids=self._ids,
            bus=bus,
            around=self._around,
            background=self._background,
            max_jobs=options.max_jobs,
            current=self._jobs.definition,
        )
        fates = Fates(
            storage=storage, timer=clock, jobs=self._jobs, runs=self._runs, chains=self._chains, bus=bus
        )
        self._firing = Firing(jobs=self._jobs, agenda=self._agenda, fates=fates)
        self._control = Control(
            storage=storage,
            timer=clock,
            jobs=self._jobs,
            runs=self._runs,
            bus=bus,
            max_jobs=options.max_jobs,
            state=lambda: self._state,
        )

    # --- life ---------------------------------------------------------------------------------------------
    async def start(self) -> None:
        """Read the jobs, take up what runs, judge what was missed. Raises ReloadRefused, StorageError."""
        self._ids.not_before(await self._storage.last_run_ms())
        registry = await self._storage.registry()
        now = self._started_at = self._timer.now()
        before = known_jobs(registry)
        self._jobs.pauses = {pause.scope: pause for pause in registry.pauses}
        changes = plan(before, self._load(before), now)
        downtime = Downtime(registry, before, since=await self._down_since(), until=now)
        fire = self._options.fire
        await install_first(self._storage, self._jobs, changes, downtime, self._firing, fire=fire)
        self._commits.start()
        await self._recover(now)
        self._state = "running"
        if fire:
            downtime.judge_standing(self._firing, self._jobs)
            await self._reboot(now)
            self._firing.arm(now)
        self._runs.queue.admit()
        self._loop_task = asyncio.get_running_loop().create_task(self._loop(), name="petit-engine")

    async def _down_since(self) -> Millis | None:
        """Return when the last engine stopped in order; None where it was killed or never was."""
        text = await self._storage.meta("stopped_at")
        if text and self._options.fire:
            await self._storage.set_meta("stopped_at", "")
        return int(text) if text else None

    async def _recover(self, now: Millis) -> None:
        adopted = await self._executor.start(self._runs.on_reports)
        recovery = Recovery(
            storage=self._storage,
            executor=self._executor,
            runs=self._runs,
            around=self._around,
            adopted=adopted,
        )
        taken = await recovery.take_up(now)
        if taken:
            _log.info("took up %d running run%s", taken, "" if taken == 1 else "s")

    async def _reboot(self, now: Millis) -> None:
        boot_id = self._options.boot_id
        if boot_id and await self._storage.meta("boot_id") != boot_id:
            self._firing.reboot(now)
            await self._storage.set_meta("boot_id", boot_id)

    # --- the loop -----------------------------------------------------------------------------------------
    async def _loop(self) -> None:
        wall, steady = self._timer.now(), self._timer.monotonic()
        while True:
            now = self._timer.now()
            moved = (now - wall) - (self._timer.monotonic() - steady)
            wall, steady = now, self._timer.monotonic()
            if moved < -STEP_BACK_MS:
                _log.warning("the wall clock was set back by %d ms", -moved)
                self._firing.rearm(now)
            if self._is_firing:
                await self._expire_pauses(now)
                self._firing.fire(now)
            self._timers.run_due()
            await self._sleep()

    @property
    def _is_firing(self) -> bool:
        return self._options.fire and self._state == "running"

    async def _sleep(self) -> None:
        """Sleep until something is due, or something new is due earlier."""
        wait = self._wait_ms()
        self._wakes_at = self._timer.monotonic() + wait
        self._sleeper = asyncio.ensure_future(self._timer.sleep(wait))
        try:
            await asyncio.wait({self._sleeper})
        finally:
            self._sleeper.cancel()
            self._sleeper = None

    def _wait_ms(self) -> Millis:
        now = self._timer.now()
        waits = [self._options.tick_ms or LONGEST_SLEEP_MS]
        due = self._agenda.next_due()
        if due is not None and self._is_firing:
            waits.append(due - now)
        timer = self._timers.next_at()
        if timer is not None:
            waits.append(timer - self._timer.monotonic())
        ends = [each.until for each in self._jobs.pauses.values() if each.until is not None]
        if ends:
            end = min(ends)
            # One that is over already could not be ended for now: the storage is in trouble.
            waits.append(end - now if end > now else PAUSE_RETRY_MS)
        return max(min(waits), 0)

    def _wake(self) -> None:
        if self._sleeper is not None:
            self._sleeper.cancel()

    async def _expire_pauses(self, now: Millis) -> None:
        for scope, pause in list(self._jobs.pauses.items()):
            if pause.until is not None and pause.until <= now:
                try:
                    await self._control.end_pause(scope, by="its end")
                except StorageUnavailable as error:
                    _log.error("cannot record the end of a pause: %s", error)

    # --- commands -----------------------------------------------------------------------------------------
    async def trigger(self, command: TriggerRun) -> Triggered:
        """Start a run by hand."""
        return await self._control.trigger(command)

    async def cancel(self, command: CancelRun) -> None:
        """End a run."""
        await self._control.cancel(command)

    async def pause(self, command: Pause) -> None:
        """Stop scheduled triggers."""
        await self._control.pause(command)
        self._wake()

    async def resume(self, command: Resume) -> None:
        """Let scheduled triggers go on; what was due in the pause has its fate when this returns."""
        if self._is_firing:
            self._firing.fire(self._timer.now())
            await self._chains.settled()
        await self._control.resume(command)

    async def reload(self) -> Reloaded:
        """Read the job files again and put them in force, all at once; raises ReloadRefused."""
        async with self._reloading:
            loaded = self._load(self._jobs.known)
            if self._is_firing:
                self._firing.fire(self._timer.now())
                await self._chains.settled()
            now = self._timer.now()
            changes = plan(self._jobs.known, loaded, now)
            if not changes.changes_nothing:
                cancelled = await self._storage.reload(changes.reload)
                self._jobs.install(changes.known)
                self._runs.queue.forget(cancelled, "job removed")
                if self._options.fire:
                    self._firing.arm(now)
                self._runs.queue.admit()
                self._wake()
        result = Reloaded(
            added=changes.added,
            changed=changes.changed,
            removed=changes.removed,
            stale=changes.stale,
            problems=self._jobs.problems,
        )
        fact = JobsReloaded(
            at=now,
            added=result.added,
            changed=result.changed,
            removed=result.removed,
            stale=result.stale,
            problems=len(result.problems),
        )
        self._bus.publish([fact])
        return result

    def _load(self, before: Mapping[JobId, Known]) -> Loaded:
        loaded = self._source.load(known_jobs=frozenset(before))
        present = [job_id for job_id, known in before.items() if known.row.removed_at is None]
        if present and not loaded.definitions and not loaded.broken:
            raise ReloadRefused(
                f"no job files in '{self._source.path}', where {len(present)} jobs were: nothing was removed",
                jobs=len(present),
            )
        self._jobs.problems = tuple(
            Problem(
                file=each.file, line=each.line, column=each.column, message=each.message, text=each.render()
            )
            for each in loaded.diagnostics
        )
        return loaded

    # --- stopping -----------------------------------------------------------------------------------------
    def request_stop(self, mode: StopMode, *, drain_ms: Millis = 0) -> None:
        """Stop firing and accepting; a later mode takes over from an earlier one, except from "cancel"."""
        is_first = self._stop_mode is None
        if self._stop_mode != "cancel":
            leave_at = self._timer.monotonic() + drain_ms
            if self._stop_mode == "leave" and self._leave_at is not None:
                leave_at = min(leave_at, self._leave_at)
            self._leave_at = leave_at if mode == "leave" else None
            self._stop_mode = mode
        self._state = "stopping"
        self._runs.freeze()
        if mode == "cancel":
            self._runs.cancel_all("the scheduler was stopped")
        if is_first:
            self._background.add(self._stop())
        self._wake()

    async def _stop(self) -> None:
        await self._chains.settled()
        await self._runs.quiet(lambda: self._leave_at)
        if self._loop_task is not None:
            self._loop_task.cancel()
            await asyncio.gather(self._loop_task, return_exceptions=True)
        await self._chains.close()
        await self._commits.close()
        if self._options.fire:
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

    # --- looking ------------------------------------------------------------------------------------------
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
            queued_runs=len(self._runs.queue),
            running_tasks=self._runs.running_tasks,
            max_jobs=self._options.max_jobs,
            max_tasks=self._options.max_tasks,
            lag_ms=self._runs.lag_ms,
            jobs=len(self._jobs.live),
            problems=self._jobs.problems,
        )

    def checks(self) -> tuple[Check, ...]:
        """Say what of the loop, the storage and the disk is well."""
        if self._control.trouble is not None and not self._is_probing:
            self._is_probing = True
            self._background.add(self._probe())
        alive = self._loop_task is not None and not self._loop_task.done()
        overdue = max(0, self._timer.monotonic() - self._wakes_at)
        return (
            loop_check(alive=alive, overdue_ms=overdue),
            storage_check(self._commits.trouble or self._chains.trouble or self._control.trouble),
            disk_check(self._options.logs_dir),
        )

    async def _probe(self) -> None:
        """Find out whether the storage has recovered: when somebody asks how things are."""
        try:
            await self._storage.probe()
            self._control.trouble = None
        except StorageUnavailable as error:
            self._control.trouble = str(error)
        finally:
            self._is_probing = False

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
