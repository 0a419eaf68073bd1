"""The engine: reads the clock, asks the pure decisions, commits, acts, tells."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress

from petit.config.directory import JobDirectory
from petit.core.clock import Entropy, Millis
from petit.core.errors import StorageUnavailable
from petit.core.ids import JobId, RunId, RunIds, TaskId
from petit.events.bus import Bus
from petit.execution.base import Executor
from petit.scheduler.agenda import Agenda, Timers
from petit.scheduler.attempts import Launches
from petit.scheduler.background import Background
from petit.scheduler.chains import Chains
from petit.scheduler.commands import (
    CancelRun,
    Capacity,
    Check,
    EngineState,
    LiveJob,
    Pause,
    Preview,
    Reloaded,
    RerunRun,
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
from petit.scheduler.jobs import Jobs, known_jobs
from petit.scheduler.looking import capacity_of, state_view
from petit.scheduler.options import EngineOptions
from petit.scheduler.recovery import Recovery
from petit.scheduler.reloading import Reloading
from petit.scheduler.run import Surroundings
from petit.scheduler.runs import Runs
from petit.scheduler.self_watch import SelfWatch
from petit.scheduler.starts import Starts
from petit.scheduler.startup import Boot, Downtime, note_stop, take_stop
from petit.scheduler.stopping import StopWish
from petit.scheduler.timer import Timer
from petit.storage.base import Storage
from petit.storage.records import RunRow

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
        self._timer = clock
        self._bus = bus
        self._options = options
        self._state: EngineState = "starting"
        self._started_at: Millis | None = None
        self._stopped = asyncio.Event()
        self._sleeper: asyncio.Future[None] | None = None
        self._wakes_at: Millis = 0
        self._loop_task: asyncio.Task[None] | None = None
        self._stop_wish = StopWish()
        self._agenda = Agenda()
        self._jobs = Jobs()
        self._launches = Launches(options)
        self._self_watch = SelfWatch(storage, clock, self._wake)
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
            wake=self._wake,
        )
        fates = Fates(
            storage=storage, timer=clock, jobs=self._jobs, runs=self._runs, chains=self._chains, bus=bus
        )
        self._firing = Firing(jobs=self._jobs, agenda=self._agenda, fates=fates)
        self._reloading = Reloading(
            storage=storage,
            source=source,
            timer=clock,
            jobs=self._jobs,
            runs=self._runs,
            firing=self._firing,
            chains=self._chains,
            bus=bus,
            fire=options.fire,
        )
        self._control = Control(
            storage=storage,
            timer=clock,
            jobs=self._jobs,
            runs=self._runs,
            bus=bus,
            chains=self._chains,
            background=self._background,
        )
        self._starts = Starts(
            storage=storage,
            timer=clock,
            jobs=self._jobs,
            runs=self._runs,
            background=self._background,
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
        since = await take_stop(self._storage) if self._options.fire else None
        downtime = Downtime(registry, before, since=since, until=now)
        await self._reloading.first(before, downtime, now)
        self._commits.start()
        await self._recover(now)
        if self._stop_wish.mode is not None:
            self._background.add(self._stop())
            return
        self._state = "running"
        if self._options.fire:
            downtime.judge_standing(self._firing, self._jobs)
            await self._reboot(now)
            self._firing.arm(now)
        self._runs.queue.admit()
        self._loop_task = asyncio.get_running_loop().create_task(self._loop(), name="petit-engine")

    async def _recover(self, now: Millis) -> None:
        adopted = await self._executor.start(self._runs.on_reports)
        recovery = Recovery(
            storage=self._storage,
            executor=self._executor,
            runs=self._runs,
            around=self._around,
            adopted=adopted,
        )
        if taken := await recovery.take_up(now):
            _log.info("took up %d running run%s", taken, "" if taken == 1 else "s")
        self._runs.listen()

    async def _reboot(self, now: Millis) -> None:
        boot = Boot(self._storage, self._options.boot_id)
        due = await boot.due(now)
        if due is not None:
            self._firing.reboot(due)
            self._background.add(boot.dealt_with(self._chains))

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
                self._firing.fire(now)
                self._control.end_pauses(now)
            self._runs.queue.call_up(now)
            self._timers.run_due()
            await self._sleep()

    @property
    def _is_firing(self) -> bool:
        return self._is_running and not self._reloading.lock.locked()

    @property
    def _is_running(self) -> bool:
        return self._options.fire and self._state == "running"

    async def _sleep(self) -> None:
        """Sleep until something is due, or something new is due earlier."""
        self._wakes_at = self._timer.monotonic() + (wait := self._wait_ms())
        self._sleeper = asyncio.ensure_future(self._timer.sleep(wait))
        try:
            await asyncio.wait({self._sleeper})
        finally:
            self._sleeper.cancel()
            self._sleeper = None

    def _wait_ms(self) -> Millis:
        now = self._timer.now()
        waits = [self._options.tick_ms or LONGEST_SLEEP_MS]
        timer = self._timers.next_at()
        if timer is not None:
            waits.append(timer - self._timer.monotonic())
        if self._state == "running":
            time = self._runs.queue.later.next_time()
            if time is not None:
                waits.append(time - now)
        if self._is_firing:
            due = self._agenda.next_due()
            if due is not None:
                waits.append(due - now)
            end = self._jobs.first_pause_end
            if end is not None:
                # One that is over already is being ended, or could not be for now: the storage is in trouble.
                waits.append(end - now if end > now else PAUSE_RETRY_MS)
        return max(min(waits), 0)

    def _wake(self) -> None:
        if self._sleeper is not None:
            self._sleeper.cancel()

    # --- commands -----------------------------------------------------------------------------------------
    async def trigger(self, command: TriggerRun | RerunRun) -> Triggered:
        """Start a run by hand."""
        return await self._background.finish(self._starts.start(command))

    async def preview(self, command: TriggerRun | RerunRun) -> Preview:
        """Return what `trigger` would do."""
        return await self._starts.preview(command)

    async def expect(self, command: TriggerRun | RerunRun) -> None:
        """Raise what is in the way of a command, whatever its other members are."""
        await self._starts.expect(command)

    async def cancel(self, command: CancelRun) -> None:
        """End a run."""
        await self._background.finish(self._control.cancel(command))

    async def pause(self, command: Pause) -> None:
        """Stop scheduled triggers."""
        await self._background.finish(self._control.pause(command))
        self._wake()

    async def resume(self, command: Resume) -> None:
        """Let scheduled triggers go on; what was due in the pause has its fate when this returns."""
        await self._background.finish(self._resume(command))

    async def _resume(self, command: Resume) -> None:
        async with self._reloading.lock:
            if self._is_running:
                self._firing.fire(self._timer.now())
                await self._chains.settled()
            await self._control.resume(command)

    async def reload(self) -> Reloaded:
        """Read the job files again and put them in force, all at once; raises ReloadRefused."""
        try:
            return await self._background.finish(self._reloading.again(lambda: self._is_running))
        finally:
            self._wake()

    # --- stopping -----------------------------------------------------------------------------------------
    def request_stop(self, mode: StopMode, *, drain_ms: Millis = 0) -> None:
        """Stop firing and accepting; a later mode takes over from an earlier one, except from "cancel"."""
        is_first = self._stop_wish.ask(mode, now=self._timer.monotonic(), drain_ms=drain_ms)
        is_starting = self._state == "starting"
        self._state = "stopping"
        self._runs.freeze()
        if mode == "cancel":
            self._runs.cancel_all("the scheduler was stopped")
        if is_first and not is_starting:  # a start goes on to where it can be stopped
            self._background.add(self._stop())
        self._wake()

    async def _stop(self) -> None:
        try:
            with suppress(StorageUnavailable):  # what has no fate yet is judged at the next start
                await self._chains.settled()
            await self._runs.quiet(lambda: self._stop_wish.leave_at)
            if self._loop_task is not None:
                self._loop_task.cancel()
                await asyncio.gather(self._loop_task, return_exceptions=True)
            await self._chains.close()
            await self._commits.close()
            if self._options.fire:
                await note_stop(self._storage, self._timer.now())
            await self._executor.close(leave_running=self._stop_wish.mode == "leave")
        finally:
            self._state = "stopped"
            self._stopped.set()
            self._runs.release_waiters()

    async def stopped(self) -> None:
        """Return when the engine has stopped."""
        await self._stopped.wait()

    # --- looking ------------------------------------------------------------------------------------------
    def state(self) -> StateView:
        """Say how the scheduler is."""
        return state_view(
            self._state,
            started_at=self._started_at,
            now=self._timer.now(),
            jobs=self._jobs,
            runs=self._runs,
            options=self._options,
            keeper_pid=self._executor.keeper_pid,
            loop_lag_ms=self._self_watch.loop_lag_ms,
            waiting_writes=self._storage.backlog.waiting,
        )

    def capacity(self) -> Capacity:
        """Say what there is room for."""
        return capacity_of(self._runs, self._options, self._executor.name)

    def look(self, *, every_ms: Millis) -> tuple[Check, ...]:
        """Look after oneself, once every so often; return what is well then."""
        self._self_watch.look(every_ms=every_ms)
        return self.checks()

    def checks(self) -> tuple[Check, ...]:
        """Say what of the loop, the storage and the disk is well."""
        alive = self._loop_task is not None and not self._loop_task.done()
        overdue = max(0, self._timer.monotonic() - self._wakes_at)
        if self._starts.trouble is not None:
            self._starts.look_again()
        trouble = self._commits.trouble or self._chains.trouble or self._starts.trouble
        return (
            loop_check(alive=alive, overdue_ms=overdue, standstill=self._self_watch.standstill),
            storage_check(trouble or self._self_watch.stuck),
            disk_check(self._options.logs_dir),
        )

    @property
    def generation(self) -> int:
        """Grows whenever jobs or pauses change in memory."""
        return self._jobs.generation

    def jobs(self) -> Mapping[JobId, LiveJob]:
        """Return all present jobs by id, sorted."""
        return self._jobs.live

    def to_come(self) -> Sequence[RunRow]:
        """Return the runs that wait for their time."""
        return list(self._runs.queue.later)

    def removed(self, job_id: JobId) -> LiveJob | None:
        """Return a job that was removed and has history."""
        return self._jobs.removed(job_id)

    async def wait_for_run(self, run_id: RunId, timeout_ms: Millis) -> None:
        """Return when the run is over, or after the time."""
        await self._runs.wait_for(run_id, timeout_ms)

    def log_dir(self, run_id: RunId, task_id: TaskId, number: int) -> str:
        """Return the directory that holds an attempt's log files."""
        return self._launches.log_dir(run_id, task_id, number)
