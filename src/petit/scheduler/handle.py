"""The handle: everything outside the engine's house talks to the scheduler through it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from petit.core.clock import Millis
from petit.core.errors import JobNotFound, LogRemoved, RunNotFound, TaskNotFound
from petit.core.ids import JobId, RunId, TaskId, is_run_id
from petit.events.bus import Bus
from petit.events.feed import Feed
from petit.events.tally import Tally
from petit.execution.logs import LogFile
from petit.scheduler.access import Access
from petit.scheduler.commands import (
    CancelRun,
    Capacity,
    Check,
    EnginePort,
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
    job_not_found,
)
from petit.scheduler.job_files import Checked, JobFiles
from petit.scheduler.ledger import Occurrence, expand
from petit.scheduler.plans import Plan, plan_of
from petit.scheduler.timer import Timer
from petit.scheduler.upcoming import Outlook, Upcoming, upcoming, with_activity
from petit.storage.base import OccurrenceFilter, RunFilter, Storage
from petit.storage.figures import Ended, JobMarks
from petit.storage.records import AttemptRow, DefinitionRow, JobActivity, RunRow, TaskRow

if TYPE_CHECKING:
    from petit.core.log_search import Wanted
    from petit.scheduler.attention import Attention, Sight
    from petit.scheduler.log_searches import LogFinds, LogSearches
    from petit.scheduler.log_sights import LogSight, LogSights
    from petit.scheduler.past import Past


class JobView(msgspec.Struct, frozen=True):
    """A job with what its runs are doing."""

    live: LiveJob
    activity: JobActivity


DAY_MS: Millis = 24 * 3600 * 1000


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How much was written.

    Attributes:
        kind: What it is written to.
        name: Its file, without the directory; None where it lies on no disk.
        commits: Transactions since the start.
        changes: Changes since the database was made.
        size: Bytes on the disk; None where it lies on none.
    """

    kind: Literal["sqlite", "memory"]
    name: str | None
    commits: int
    changes: int
    size: int | None


class SchedulerHandle:
    """Controls and observes one running engine. Reads come from storage, commands go to the engine."""

    def __init__(
        self,
        engine: EnginePort,
        storage: Storage,
        bus: Bus,
        clock: Timer,
        files: JobFiles | None = None,
    ) -> None:
        self._engine = engine
        self._storage = storage
        self._clock = clock
        self.bus = bus
        self.access = Access(storage, clock)
        self._files = files or JobFiles()
        self.feed = Feed(lambda: storage.change)
        bus.subscribe(self.feed.add)
        self.tally = Tally()
        bus.subscribe(self.tally.add)

    # --- the scheduler ------------------------------------------------------------------------------------
    @property
    def database(self) -> tuple[str, int]:
        """The database's uuid and the number of its last change: what an ETag is made of."""
        return self._storage.uuid, self._storage.change

    @property
    def generation(self) -> int:
        """Grows with what the engine holds in memory and shows: jobs, pauses, next due times."""
        return self._engine.generation

    def now(self) -> Millis:
        """Return the scheduler's time."""
        return self._clock.now()

    def state(self) -> StateView:
        """Say how the scheduler is."""
        return self._engine.state()

    def capacity(self) -> Capacity:
        """Say what there is room for, and who takes it."""
        return self._engine.capacity()

    @property
    def timezone(self) -> str:
        """The zone of schedules that name none."""
        return self._files.timezone

    async def last_day(self) -> Ended:
        """Count the runs that ended in the last 24 hours, to ten minutes."""
        now = self.now()
        return await self._storage.ended(since=now - DAY_MS, until=now)

    def look(self, *, every_ms: Millis) -> tuple[Check, ...]:
        """Have the scheduler look after itself, every so often; return what is well and what is not."""
        return self._engine.look(every_ms=every_ms)

    def checks(self) -> tuple[Check, ...]:
        """Say what is well and what is not."""
        return self._engine.checks()

    async def figures(self) -> Figures:
        """Say how much was written."""
        storage = self._storage
        return Figures(
            kind=storage.kind,
            name=storage.name,
            commits=storage.commits,
            changes=storage.change,
            size=await storage.size(),
        )

    async def pause(self, command: Pause) -> None:
        """Stop scheduled triggers."""
        await self._engine.pause(command)

    async def resume(self, command: Resume) -> None:
        """Let scheduled triggers go on."""
        await self._engine.resume(command)

    async def reload(self) -> Reloaded:
        """Read the job files again."""
        return await self._engine.reload()

    def request_stop(self, mode: StopMode, *, drain_ms: Millis = 0) -> None:
        """Begin to stop."""
        self._engine.request_stop(mode, drain_ms=drain_ms)

    async def stopped(self) -> None:
        """Return when the engine has stopped."""
        await self._engine.stopped()

    # --- jobs ---------------------------------------------------------------------------------------------
    async def jobs(self) -> list[JobView]:
        """Return all present jobs, sorted by id."""
        live = self._engine.jobs()
        activity = await self._storage.activity(list(live))
        idle = JobActivity()
        return [JobView(job, activity.get(job_id, idle)) for job_id, job in live.items()]

    async def job(self, job_id: JobId) -> JobView:
        """Return a job, present or removed; raises JobNotFound with the nearest ids."""
        live = self._engine.jobs().get(job_id) or self._engine.removed(job_id)
        if live is None:
            raise self.no_such_job(job_id)
        activity = await self._storage.activity([job_id])
        return JobView(live, activity.get(job_id, JobActivity()))

    def no_such_job(self, job_id: JobId) -> JobNotFound:
        """Make the error for an unknown job, with the nearest ids."""
        return job_not_found(job_id, self._engine.jobs())

    def _check_job(self, job_id: JobId | None) -> None:
        """Raise JobNotFound where a job is named that neither exists nor existed."""
        if job_id is None or job_id in self._engine.jobs() or self._engine.removed(job_id) is not None:
            return
        raise self.no_such_job(job_id)

    async def marks(self, *, limit: int, after: JobId = "") -> Sequence[JobMarks]:
        """Return how jobs did last, of those that ever ran, by id, greater than `after`."""
        return await self._storage.marks(limit=limit, after=after)

    async def trigger(self, command: TriggerRun | RerunRun) -> Triggered:
        """Start a run of a job, or one that is over once more."""
        return await self._engine.trigger(command)

    async def preview(self, command: TriggerRun | RerunRun) -> Preview:
        """Return what `trigger` would do, or raise what it would; nothing is written."""
        return await self._engine.preview(command)

    async def expect(self, command: TriggerRun | RerunRun) -> None:
        """Raise what is in the way of a command, whatever its other members are."""
        await self._engine.expect(command)

    # --- runs ---------------------------------------------------------------------------------------------
    async def run(self, run_id: str) -> RunRow:
        """Return a run; raises RunNotFound."""
        row = await self._storage.run(run_id.lower()) if is_run_id(run_id) else None
        if row is None:
            raise RunNotFound(run_id)
        return row

    async def runs(
        self, which: RunFilter, *, limit: int, before: RunId | None = None, after: RunId | None = None
    ) -> Sequence[RunRow]:
        """Return runs, newest first: those next below `before`, or next above `after`.

        A job that is named must exist or have existed.
        """
        self._check_job(which.job_id)
        return await self._storage.runs(which, limit=limit, before=before, after=after)

    async def tasks(self, run_id: str) -> Sequence[TaskRow]:
        """Return the tasks of a run in topological order."""
        run = await self.run(run_id)
        return await self._storage.tasks(run.id)

    async def attempts(self, run_id: str, task_id: TaskId) -> Sequence[AttemptRow]:
        """Return the attempts of a task, oldest first; of a reused one those of the run that ran it."""
        run = await self.run(run_id)
        rows = await self._storage.attempts(run.id, task_id)
        if rows:
            return rows
        task = next((row for row in await self._storage.tasks(run.id) if row.task_id == task_id), None)
        if task is None:
            raise TaskNotFound(f"run '{run.id}' has no task '{task_id}'", run_id=run.id, task_id=task_id)
        return [] if task.reused_from is None else await self._storage.attempts(task.reused_from, task_id)

    async def all_attempts(self, run_id: str) -> Sequence[AttemptRow]:
        """Return the attempts of all tasks of a run, by task in topological order, oldest first."""
        run = await self.run(run_id)
        return await self._storage.attempts(run.id)

    async def plan(self, run_id: str) -> Plan:
        """Return what a run is pinned to."""
        return await plan_of(self._storage, await self.run(run_id))

    async def executors(self, run_id: str) -> dict[TaskId, str]:
        """Return the executor of the newest attempt of each task that has one."""
        run = await self.run(run_id)
        return {row.task_id: row.executor for row in await self._storage.attempts(run.id)}

    async def cancel(self, command: CancelRun) -> None:
        """End a run."""
        await self._engine.cancel(command)

    async def wait_for_run(self, run_id: RunId, timeout_ms: Millis) -> RunRow:
        """Return the run when it is over, or as it is after the time."""
        await self._engine.wait_for_run(run_id, timeout_ms)
        return await self.run(run_id)

    async def attempt(self, run_id: str, task_id: TaskId, number: int | None = None) -> AttemptRow | None:
        """Return an attempt of a task, the newest by default; None where there is none yet."""
        rows = await self.attempts(run_id, task_id)
        if number is not None and not 1 <= number <= len(rows):
            raise TaskNotFound(f"task '{task_id}' has no attempt {number}", attempts=len(rows))
        return rows[(number or len(rows)) - 1] if rows else None

    async def log(
        self, run_id: str, task_id: TaskId, stream: str, attempt: int | None = None
    ) -> LogFile | None:
        """Open the log of an attempt, the newest by default; None where it wrote nothing yet."""
        row = await self.attempt(run_id, task_id, attempt)
        try:
            return None if row is None else LogFile(self._log_path(row, stream))
        except FileNotFoundError:
            await self._check_not_removed(row)
            return None

    async def _check_not_removed(self, attempt: AttemptRow | None) -> None:
        """Raise LogRemoved for an attempt whose log is not there because it was removed."""
        removed_at = None if attempt is None else await self._storage.retention.logs_removed(attempt.run_id)
        if attempt is not None and removed_at is not None:
            raise LogRemoved(attempt.run_id, removed_at)

    def _log_path(self, attempt: AttemptRow, stream: str) -> Path:
        return Path(self._engine.log_dir(attempt.run_id, attempt.task_id, attempt.number)) / stream

    @cached_property
    def _sights(self) -> LogSights:
        from petit.scheduler.log_sights import LogSights  # noqa: PLC0415 - only the dashboard asks

        return LogSights()

    async def log_sight(self, attempt: AttemptRow, stream: str, *, is_whole: bool) -> LogSight | None:
        """Return what there is to know of a log, None where nothing was written.

        What takes reading all of it is left out unless it is wanted whole.
        """
        try:
            return await self._sights.look(self._log_path(attempt, stream), attempt, is_whole=is_whole)
        except FileNotFoundError:
            await self._check_not_removed(attempt)
            return None

    @cached_property
    def _searches(self) -> LogSearches:
        from petit.scheduler.log_searches import LogSearches  # noqa: PLC0415 - only the dashboard asks

        return LogSearches()

    async def log_search(self, attempt: AttemptRow, stream: str, wanted: Wanted) -> LogFinds | None:
        """Begin to search a log as it is now; None where nothing was written. Raises BadPattern."""
        try:
            return await self._searches.begin(self._log_path(attempt, stream), wanted)
        except FileNotFoundError:
            await self._check_not_removed(attempt)
            return None

    @cached_property
    def past(self) -> Past:
        """What is asked of many runs at once."""
        from petit.scheduler.past import Past  # noqa: PLC0415 - only the dashboard asks

        return Past(self._engine, self._storage)

    # --- what needs somebody ------------------------------------------------------------------------------
    @cached_property
    def _attention(self) -> Attention:
        from petit.scheduler.attention import Attention  # noqa: PLC0415 - only the dashboard asks

        return Attention(self._storage, self._engine.log_dir)

    async def attention(self, *, limit: int) -> Sight:
        """Return what needs somebody, the newest first, and what recovered lately."""
        return await self._attention.look(self._engine.jobs(), now=self.now(), limit=limit)

    # --- ledger -------------------------------------------------------------------------------------------
    async def occurrences(
        self, which: OccurrenceFilter, *, limit: int, before: tuple[Millis, JobId, str] | None = None
    ) -> list[Occurrence]:
        """Return due times with their fates, newest first; ranges are expanded as far as the page needs."""
        self._check_job(which.job_id)
        return await expand(self._storage, which, limit=limit, before=before)

    async def definitions(self) -> Mapping[JobId, LiveJob]:
        """Return the present jobs as the engine holds them."""
        return self._engine.jobs()

    async def upcoming(
        self, *, limit: int, until: Millis | None = None, job_id: JobId | None = None
    ) -> list[Upcoming]:
        """Return the due times to come, the earliest first, and what will become of them as things stand."""
        jobs = dict(self._engine.jobs())
        if job_id is not None:
            self._check_job(job_id)
            jobs = {job_id: jobs[job_id]} if job_id in jobs else {}
        planned = [row for row in self._engine.to_come() if row.job_id in jobs]
        outlook = Outlook(jobs=jobs, planned=planned, pause=self._engine.state().pause, now=self.now())
        told = await asyncio.to_thread(upcoming, outlook, limit=limit, until=until)
        activity = await self._storage.activity(list({each.job_id: None for each in told}))
        return with_activity(told, jobs, activity)

    # --- job files ----------------------------------------------------------------------------------------
    async def versions(self, job_id: JobId) -> tuple[LiveJob, Sequence[DefinitionRow]]:
        """Return a job, present or removed, and all its stored definitions, newest first."""
        live = (await self.job(job_id)).live
        return live, await self._storage.definitions(job_id)

    async def check_file(self, file: str, text: bytes) -> Checked:
        """Check the text of a job file against the jobs that there are."""
        return await self._files.check(file, text, self._engine.jobs())

    async def masked_file(self, text: str) -> str:
        """Return the text of a job file for readers who may not see what its variables hold."""
        return await self._files.masked(text)

    def file_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of job files."""
        return self._files.schema()
