"""Runs that people and tools ask for: checked in the order of the reference, then made, or only shown."""

from __future__ import annotations

from collections.abc import Callable

from petit.core.errors import (
    CannotRerun,
    DependencyNotSatisfied,
    IdempotencyConflict,
    InvalidRequestError,
    MaxConcurrentRunsExceeded,
    RunNotFound,
    SchedulerNotRunning,
    StorageUnavailable,
)
from petit.core.ids import JobId
from petit.core.job import Definition, Job
from petit.core.outset import Past, outset_of_rerun, outset_of_selection, problems_of_selection
from petit.core.states import RUN_OVER
from petit.scheduler.background import Background
from petit.scheduler.commands import EngineState, Preview, RerunRun, Triggered, TriggerRun
from petit.scheduler.dependencies import unmet_dependencies
from petit.scheduler.jobs import Jobs
from petit.scheduler.preview import preview_of
from petit.scheduler.requests import RunRequest
from petit.scheduler.runs import Runs
from petit.scheduler.timer import Timer
from petit.storage.base import Created, Full, Replayed, Storage
from petit.storage.records import RunRow

Command = TriggerRun | RerunRun


class Starts:
    """Starts runs by hand.

    Attributes:
        trouble: Why the storage took none lately; None where it does.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        timer: Timer,
        jobs: Jobs,
        runs: Runs,
        background: Background,
        max_jobs: int | None,
        state: Callable[[], EngineState],
    ) -> None:
        self._storage = storage
        self._timer = timer
        self._jobs = jobs
        self._runs = runs
        self._background = background
        self._max_jobs = max_jobs
        self._state = state
        self._is_probing = False
        self.trouble: str | None = None

    # --- what is asked for ----------------------------------------------------------------------------------
    async def start(self, command: Command) -> Triggered:
        """Start a run, or return the one that the command's idempotency key made before."""
        if command.idempotency is not None:
            found = await self._storage.replay(command.idempotency, at=self._timer.now())
            if found is not None:
                return await self._replayed(command, found)
        return await self._create(command, await self._request(command))

    async def preview(self, command: Command) -> Preview:
        """Return what `start` would do now, or raise what it would; nothing is written."""
        request = await self._request(command)
        job = request.newest or request.job
        is_full = request.run_at is None and self._fullness(job) is not None
        if is_full:
            self._refuse_full(command, job)
        return preview_of(request, position=len(list(self._runs.queue.line(job.id))) + 1 if is_full else None)

    async def expect(self, command: Command) -> None:
        """Raise what is in the way of a command, whatever its other members are."""
        if isinstance(command, RerunRun):
            job = self._newest_of(await self._past_run(command)).job
        else:
            job = self._present(command.job_id).job
        await self._check_gates(command, job)
        self._refuse_full(command, job)

    # --- checks ---------------------------------------------------------------------------------------------
    async def _request(self, command: Command) -> RunRequest:
        """Check all but the limits, which the database knows best; they are told where they come first."""
        if isinstance(command, RerunRun):
            return await self._rerun_request(command)
        definition = self._present(command.job_id)
        await self._check_gates(command, definition.job)
        problems = [] if command.tasks is None else problems_of_selection(definition.job, command.tasks)
        if command.run_at is not None and command.run_at < self._timer.now():
            problems.append(("/run_at", "is in the past"))
        if problems:
            self._refuse_full(command, definition.job)
            raise InvalidRequestError(problems)
        return RunRequest(
            job=definition.job,
            definition=definition.hash,
            outset=None if command.tasks is None else outset_of_selection(definition.job, command.tasks),
            trigger="manual",
            when_full="queue" if command.queue else "refuse",
            reason=command.reason,
            caller=command.caller,
            run_at=command.run_at,
            idempotency=command.idempotency,
        )

    async def _rerun_request(self, command: RerunRun) -> RunRequest:
        row = await self._past_run(command)
        newest = self._newest_of(row)
        await self._check_gates(command, newest.job)
        try:
            job = await self._runs.queue.pinned(row)
            if job is None:
                raise CannotRerun(
                    f"the definition of run '{row.id}' is not in the database any more, or cannot be read",
                    row.id,
                    row.job_id,
                    definition=row.definition,
                )
            tasks = await self._storage.tasks(row.id)
            outset = outset_of_rerun(
                job,
                row.id,
                {task.task_id: Past(task.status, task.reason, task.reused_from) for task in tasks},
                start=command.start,
                selected=row.selected,
                has_completed=row.status == "completed",
            )
        except (CannotRerun, InvalidRequestError):
            self._refuse_full(command, newest.job)
            raise
        self._expect_running()
        return RunRequest(
            job=job,
            definition=row.definition,
            newest=newest.job,
            outset=outset,
            trigger="rerun",
            rerun_of=row.id,
            when_full="queue" if command.queue else "refuse",
            reason=command.reason,
            caller=command.caller,
            idempotency=command.idempotency,
        )

    def _present(self, job_id: JobId) -> Definition:
        live = self._jobs.live.get(job_id)
        if live is None:
            raise self._jobs.not_found(job_id)
        self._expect_running()
        return live.definition

    async def _past_run(self, command: RerunRun) -> RunRow:
        row = await self._storage.run(command.run_id)
        if row is None:
            raise RunNotFound(command.run_id)
        self._expect_running()
        return row

    def _newest_of(self, row: RunRow) -> Definition:
        """Return the newest definition of the job of a run that is over, or raise CannotRerun."""
        if row.status not in RUN_OVER:
            raise CannotRerun(
                f"run '{row.id}' is not over: {row.status}", row.id, row.job_id, status=row.status
            )
        live = self._jobs.live.get(row.job_id)
        if live is None:
            raise CannotRerun(f"job '{row.job_id}' of run '{row.id}' was removed", row.id, row.job_id)
        return live.definition

    def _expect_running(self) -> None:
        if self._state() != "running":
            raise SchedulerNotRunning(self._state())

    async def _check_gates(self, command: Command, job: Job) -> None:
        """Check the job's dependencies; those of a run that is to begin later are judged then."""
        if _begins_later(command):
            return
        unmet = await unmet_dependencies(self._storage, job, self._timer.now())
        self._expect_running()
        if unmet:
            self._refuse_full(command, job)
            raise DependencyNotSatisfied(job.id, [each.as_evidence() for each in unmet])

    def _refuse_full(self, command: Command, job: Job) -> None:
        """Raise where a limit is reached for who does not queue: that is told before what comes after it."""
        refusal = self._fullness(job)
        if refusal is not None and not command.queue and not _begins_later(command):
            raise refusal

    def _fullness(self, job: Job) -> MaxConcurrentRunsExceeded | None:
        for scope, limit, holders in (
            ("job", job.effective_max_concurrency, self._runs.holders(job.id)),
            ("total", self._max_jobs, self._runs.holders()),
        ):
            if limit is not None and len(holders) >= limit:
                return MaxConcurrentRunsExceeded(job.id, scope=scope, limit=limit, holders=holders)
        return None

    # --- the run --------------------------------------------------------------------------------------------
    async def _create(self, command: Command, request: RunRequest) -> Triggered:
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
                row.job_id, scope=outcome.scope, limit=outcome.limit, holders=outcome.holders
            )
        assert isinstance(outcome, Created)
        return Triggered(run_id=row.id, job_id=row.job_id, status=outcome.status, position=outcome.position)

    async def _replayed(self, command: Command, found: Replayed) -> Triggered:
        if not found.same_body:
            assert command.idempotency is not None
            raise IdempotencyConflict(command.idempotency.key, found.run_id)
        row = await self._storage.run(found.run_id)
        status = "completed" if row is None else row.status
        return Triggered(run_id=found.run_id, job_id=command.job_id, status=status, replayed=True)

    # --- storage --------------------------------------------------------------------------------------------
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


def _begins_later(command: Command) -> bool:
    return isinstance(command, TriggerRun) and command.run_at is not None
