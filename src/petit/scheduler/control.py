"""Commands from outside: trigger, cancel, pause, resume, with their checks in order."""

from __future__ import annotations

import logging
from collections.abc import Callable

from petit.core.clock import Millis
from petit.core.errors import (
    DependencyNotSatisfied,
    IdempotencyConflict,
    JobNotFound,
    MaxConcurrentRunsExceeded,
    SchedulerNotRunning,
    StorageUnavailable,
)
from petit.core.ids import JobId
from petit.core.job import Job
from petit.events.bus import Bus
from petit.events.facts import Fact, JobPaused, JobResumed, SchedulerPaused, SchedulerResumed
from petit.scheduler.background import Background
from petit.scheduler.chains import Chains
from petit.scheduler.commands import (
    CancelRun,
    EngineState,
    Pause,
    Resume,
    Triggered,
    TriggerRun,
    job_not_found,
)
from petit.scheduler.dependencies import unmet_dependencies
from petit.scheduler.jobs import Jobs
from petit.scheduler.requests import RunRequest
from petit.scheduler.runs import Runs
from petit.scheduler.timer import Timer
from petit.storage.base import Created, Full, Replayed, Storage
from petit.storage.records import PauseRow

_log = logging.getLogger(__name__)


class Control:
    """Carries out what people and tools ask for."""

    def __init__(
        self,
        *,
        storage: Storage,
        timer: Timer,
        jobs: Jobs,
        runs: Runs,
        bus: Bus,
        chains: Chains,
        background: Background,
        max_jobs: int | None,
        state: Callable[[], EngineState],
    ) -> None:
        self._storage = storage
        self._timer = timer
        self._jobs = jobs
        self._runs = runs
        self._bus = bus
        self._chains = chains
        self._background = background
        self._max_jobs = max_jobs
        self._state = state
        self._is_probing = False
        self._is_ending_pauses = False
        self.trouble: str | None = None

    # --- runs ---------------------------------------------------------------------------------------------
    async def trigger(self, command: TriggerRun) -> Triggered:
        """Start a run by hand."""
        if command.idempotency is not None:
            found = await self._storage.replay(command.idempotency, at=self._timer.now())
            if found is not None:
                return await self._replayed(command, found)
        live = self._jobs.live.get(command.job_id)
        if live is None:
            raise self.not_found(command.job_id)
        if self._state() != "running":
            raise SchedulerNotRunning(self._state())
        await self._check_dependencies(command, live.definition.job)
        if self._state() != "running":
            raise SchedulerNotRunning(self._state())
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
            self.trouble = str(error)
            raise
        self.trouble = None
        if isinstance(outcome, Replayed):
            return await self._replayed(command, outcome)
        if isinstance(outcome, Full):
            raise MaxConcurrentRunsExceeded(
                command.job_id, scope=outcome.scope, limit=outcome.limit, holders=outcome.holders
            )
        assert isinstance(outcome, Created)
        return Triggered(
            run_id=row.id, job_id=command.job_id, status=outcome.status, position=outcome.position
        )

    async def _replayed(self, command: TriggerRun, found: Replayed) -> Triggered:
        if not found.same_body:
            assert command.idempotency is not None
            raise IdempotencyConflict(command.idempotency.key, found.run_id)
        row = await self._storage.run(found.run_id)
        status = "completed" if row is None else row.status
        return Triggered(run_id=found.run_id, job_id=command.job_id, status=status, replayed=True)

    async def _check_dependencies(self, command: TriggerRun, job: Job) -> None:
        unmet = await unmet_dependencies(self._storage, job, self._timer.now())
        if not unmet:
            return
        if not command.queue:
            self._refuse_full(job)
        raise DependencyNotSatisfied(job.id, [each.as_evidence() for each in unmet])

    def _refuse_full(self, job: Job) -> None:
        """Raise where a limit is reached: that is told before an unmet dependency is."""
        for scope, limit, holders in (
            ("job", job.effective_max_concurrency, self._runs.holders(job.id)),
            ("total", self._max_jobs, self._runs.holders()),
        ):
            if limit is not None and len(holders) >= limit:
                raise MaxConcurrentRunsExceeded(job.id, scope=scope, limit=limit, holders=holders)

    async def cancel(self, command: CancelRun) -> None:
        """End a run; the intent is durable when this returns."""
        reason = command.reason or (f"cancelled by {command.caller}" if command.caller else None)
        await self._runs.cancel(command.run_id, reason)

    # --- pauses -------------------------------------------------------------------------------------------
    async def pause(self, command: Pause) -> None:
        """Stop scheduled triggers; a second pause changes the reason and the end, not the beginning."""
        scope = self._scope(command.job_id)
        now = self._timer.now()
        standing = self._jobs.pauses.get(scope)
        if standing is not None and standing.until is not None and standing.until <= now:
            standing = None
        pause = PauseRow(
            scope=scope,
            since=now if standing is None else standing.since,
            until=command.until,
            reason=command.reason,
            by=command.caller,
        )
        await self._storage.set_pause(pause)
        self._jobs.set_pause(scope, pause)
        if standing is None:
            self._bus.publish([_paused(now, command)])

    async def resume(self, command: Resume) -> None:
        """Let scheduled triggers go on."""
        scope = self._scope(command.job_id)
        if scope in self._jobs.pauses:
            await self.end_pause(scope, by=command.caller)

    async def end_pause(self, scope: str, *, by: str | None) -> None:
        """End a pause that is in force."""
        await self._storage.end_pause(scope)
        self._jobs.set_pause(scope, None)
        now = self._timer.now()
        self._bus.publish(
            [JobResumed(at=now, job_id=scope, by=by) if scope else SchedulerResumed(at=now, by=by)]
        )

    def end_pauses(self, now: Millis) -> None:
        """Begin to end the pauses whose time is over."""
        end = self._jobs.first_pause_end
        if end is not None and end <= now and not self._is_ending_pauses:
            self._is_ending_pauses = True
            self._background.add(self._end_pauses(now))

    async def _end_pauses(self, now: Millis) -> None:
        """End pauses once what was due in them has its fate."""
        try:
            await self._chains.settled()
            for scope in self._jobs.pauses_over(now):
                await self.end_pause(scope, by="its end")
        except StorageUnavailable as error:
            _log.error("cannot record the end of a pause: %s", error)
        finally:
            self._is_ending_pauses = False

    def _scope(self, job_id: JobId | None) -> str:
        if job_id is None:
            return ""
        if job_id not in self._jobs.live:
            raise self.not_found(job_id)
        return job_id

    def not_found(self, job_id: JobId) -> JobNotFound:
        """Make the error for a job that is not there, or not any more."""
        removed = self._jobs.removed(job_id)
        if removed is not None:
            return JobNotFound(job_id, removed_at=removed.removed_at)
        return job_not_found(job_id, self._jobs.live)

    # --- storage ------------------------------------------------------------------------------------------
    def look_again(self) -> None:
        """Begin to find out whether the storage has recovered: when somebody asks how things are."""
        if not self._is_probing:
            self._is_probing = True
            self._background.add(self._probe())

    async def _probe(self) -> None:
        try:
            await self._storage.probe()
            self.trouble = None
        except StorageUnavailable as error:
            self.trouble = str(error)
        finally:
            self._is_probing = False


def _paused(now: Millis, command: Pause) -> Fact:
    if command.job_id is None:
        return SchedulerPaused(at=now, reason=command.reason, by=command.caller)
    return JobPaused(at=now, job_id=command.job_id, reason=command.reason, by=command.caller)
