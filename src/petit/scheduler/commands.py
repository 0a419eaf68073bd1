"""What can be asked of a running engine, and what it answers; `handle` asks, `engine` answers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from petit.core.clock import Millis
from petit.core.errors import JobNotFound
from petit.core.ids import JobId, RunId, TaskId
from petit.core.job import Definition
from petit.core.states import RunStatus
from petit.storage.base import IdempotencyKey
from petit.storage.records import RunRow

StopMode = Literal["leave", "wait", "cancel"]
EngineState = Literal["starting", "running", "paused", "stopping", "stopped"]


class TriggerRun(msgspec.Struct, frozen=True, kw_only=True):
    """Start a run of a job by hand.

    Attributes:
        queue: Wait for a slot instead of refusing.
        tasks: Run these tasks only; None for all.
        run_at: Begin at this moment; until then the run is pending and holds nothing.
        idempotency: Where the caller gave an Idempotency-Key.
    """

    job_id: JobId
    queue: bool = False
    tasks: tuple[TaskId, ...] | None = None
    run_at: Millis | None = None
    reason: str | None = None
    caller: str | None = None
    idempotency: IdempotencyKey | None = None


class RerunRun(msgspec.Struct, frozen=True, kw_only=True):
    """Run a run that is over once more, or a part of it; see `petit.core.outset.outset_of_rerun`.

    Attributes:
        run_id: The run that is repeated.
        job_id: Its job.
        start: Where to begin.
        queue, idempotency: As in `TriggerRun`.
    """

    run_id: RunId
    job_id: JobId
    start: str | None = None
    queue: bool = False
    reason: str | None = None
    caller: str | None = None
    idempotency: IdempotencyKey | None = None


class Triggered(msgspec.Struct, frozen=True, kw_only=True):
    """A run was accepted and is durable. `position` is its place in the queue where it waits."""

    run_id: RunId
    job_id: JobId
    status: RunStatus
    position: int | None = None
    replayed: bool = False


class PlannedTask(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of a task. "run": it starts if its condition holds when its dependencies are over."""

    task_id: TaskId
    will: Literal["run", "reuse", "skip"]
    reason: str | None = None
    reused_from: RunId | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would be that is not started. `definition` is the hash that it would be pinned to."""

    job_id: JobId
    status: RunStatus
    definition: str
    tasks: tuple[PlannedTask, ...]
    position: int | None = None
    run_at: Millis | None = None
    rerun_of: RunId | None = None


class CancelRun(msgspec.Struct, frozen=True, kw_only=True):
    """End a run: no further task starts, running ones get TERM, grace, KILL."""

    run_id: RunId
    reason: str | None = None
    caller: str | None = None


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Stop scheduled triggers, of the scheduler (`job_id` None) or of one job."""

    job_id: JobId | None = None
    reason: str | None = None
    until: Millis | None = None
    caller: str | None = None


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """End a pause; harmless where there is none."""

    job_id: JobId | None = None
    caller: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in a job file, or looks so. `text` is the whole of it for people, caret and all.

    Attributes:
        severity: An error keeps the file out of service: its job keeps the last good version, `stale`.
        hint: What may have been meant.
        job_id: The job that the file defines or defined, where that is known.
    """

    file: str
    line: int
    column: int
    severity: Literal["error", "warning"]
    message: str
    hint: str | None
    text: str
    job_id: JobId | None


class Reloaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a reload changed. Jobs of files with `problems` keep their last good version (`stale`)."""

    added: tuple[JobId, ...] = ()
    changed: tuple[JobId, ...] = ()
    removed: tuple[JobId, ...] = ()
    stale: tuple[JobId, ...] = ()
    problems: tuple[Problem, ...] = ()


class PauseView(msgspec.Struct, frozen=True, kw_only=True):
    """A pause in force."""

    since: Millis
    until: Millis | None = None
    reason: str | None = None
    by: str | None = None


class StateView(msgspec.Struct, frozen=True, kw_only=True):
    """How the scheduler is.

    Attributes:
        lag_ms: How late the latest scheduled run was decided after it was due; None before the first.
        keeper_pid: The process that keeps the tasks' processes, where there is one.
        loop_lag_ms: How late the event loop came to the last look at itself; None before the first.
        waiting_writes: Writes that the storage has not answered yet.
    """

    state: EngineState
    started_at: Millis | None = None
    pause: PauseView | None = None
    running_runs: int = 0
    queued_runs: int = 0
    running_tasks: int = 0
    max_jobs: int | None = None
    max_tasks: int = 4
    lag_ms: int | None = None
    jobs: int = 0
    problems: tuple[Problem, ...] = ()
    keeper_pid: int | None = None
    loop_lag_ms: Millis | None = None
    waiting_writes: int = 0


class LimitView(msgspec.Struct, frozen=True, kw_only=True):
    """A limit on what goes on at a time.

    Attributes:
        limit: None where there is none.
        holders: The runs that hold what is used, those first that have held it longest; 100 at most.
    """

    name: str
    limit: int | None
    used: int
    holders: tuple[RunId, ...]


class ExecutorView(msgspec.Struct, frozen=True, kw_only=True):
    """What runs tasks, and how many attempts it runs now."""

    name: str
    running: int


class DiskView(msgspec.Struct, frozen=True, kw_only=True):
    """The disk that the logs are on; free is what an ordinary user may still write."""

    free_bytes: int
    total_bytes: int


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """What there is room for, and who takes it. `disk` is None where it cannot be looked at."""

    limits: tuple[LimitView, ...]
    executors: tuple[ExecutorView, ...]
    disk: DiskView | None


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One health check; `detail` says in a sentence what is wrong where `ok` is False."""

    name: str
    ok: bool
    detail: str | None = None


class LiveJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the engine holds it now.

    Attributes:
        next_run_at: The next due time by its schedules, None where none is to come or it is disabled.
        paused: The pause of this job, not that of the scheduler.
    """

    definition: Definition
    next_run_at: Millis | None = None
    stale: bool = False
    removed_at: Millis | None = None
    paused: PauseView | None = None


class EnginePort(Protocol):
    """The engine as the handle sees it: commands change something, the rest looks at what is in memory."""

    @property
    def generation(self) -> int:
        """Grows whenever jobs or pauses change in memory: part of what an ETag is made of."""
        ...

    async def trigger(self, command: TriggerRun | RerunRun) -> Triggered:
        """Start a run; raises what the reference's table of refusals names, in its order."""
        ...

    async def preview(self, command: TriggerRun | RerunRun) -> Preview:
        """Return what `trigger` would do, or raise what it would; nothing is written."""
        ...

    async def expect(self, command: TriggerRun | RerunRun) -> None:
        """Raise what is in the way of a command, whatever its other members are."""
        ...

    async def cancel(self, command: CancelRun) -> None:
        """End a run; raises RunNotFound, RunIsOver."""
        ...

    async def pause(self, command: Pause) -> None:
        """Pause; durable when it returns. Raises JobNotFound."""
        ...

    async def resume(self, command: Resume) -> None:
        """Resume; what the pause skipped is in the ledger when it returns. Raises JobNotFound."""
        ...

    async def reload(self) -> Reloaded:
        """Read the job files again; raises ReloadRefused."""
        ...

    def request_stop(self, mode: StopMode, *, drain_ms: Millis = 0) -> None:
        """Stop firing and accepting.

        Args:
            mode: "leave": tasks go on for the next start; "wait": until they are over; "cancel": end them.
            drain_ms: With "leave", how long to wait for running tasks first.
        """
        ...

    async def stopped(self) -> None:
        """Return when the engine has stopped."""
        ...

    def state(self) -> StateView:
        """Say how the scheduler is."""
        ...

    def capacity(self) -> Capacity:
        """Say what there is room for."""
        ...

    def look(self, *, every_ms: Millis) -> tuple[Check, ...]:
        """Look after itself, every so often; return the checks."""
        ...

    def checks(self) -> tuple[Check, ...]:
        """Say what of the engine, storage and disk is well. Cheap: the probing happens elsewhere."""
        ...

    def jobs(self) -> Mapping[JobId, LiveJob]:
        """Return all present jobs by id, sorted, not to be changed."""
        ...

    def to_come(self) -> Sequence[RunRow]:
        """Return the runs that wait for their time."""
        ...

    def removed(self, job_id: JobId) -> LiveJob | None:
        """Return a job that was removed and has history."""
        ...

    async def wait_for_run(self, run_id: RunId, timeout_ms: Millis) -> None:
        """Return when the run is over, or after the time."""
        ...

    def log_dir(self, run_id: RunId, task_id: TaskId, number: int) -> str:
        """Return the directory that holds an attempt's log files."""
        ...


def job_not_found(job_id: JobId, known: Iterable[JobId]) -> JobNotFound:
    """Make the error for an unknown job, with the nearest ids."""
    return JobNotFound(job_id, nearest=difflib.get_close_matches(job_id, list(known), n=3))
