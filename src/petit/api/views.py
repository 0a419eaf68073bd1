"""The shapes of the answers: Run, TaskRun, Attempt, Occurrence. Times and durations are milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from petit.core.clock import Millis
from petit.core.ids import AttemptId, JobId, RunId, TaskId, attempt_id
from petit.core.states import AttemptStatus, RunStatus, TaskStatus, Trigger
from petit.scheduler.ledger import Occurrence
from petit.storage.records import AttemptRow, Fate, RunRow, TaskRow, Wait

_LOCAL = "local"  # the only executor so far, for runs that have not chosen one


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a job. `duration_ms` is null until it is over, `lag_ms` how late it started.

    `run_at` is when it is to begin, where that was asked for; `selected` names the tasks that it is limited
    to, and is null for all.
    """

    id: RunId
    job_id: JobId
    status: RunStatus
    created_at: Millis
    started_at: Millis | None
    ended_at: Millis | None
    duration_ms: Millis | None
    error: str | None
    reason: str | None
    trigger: Trigger
    caller: str | None
    schedule: str | None
    scheduled_for: Millis | None
    lag_ms: Millis | None
    catchup: bool
    cancel_requested_at: Millis | None
    params: dict[str, Any]
    definition: str
    rerun_of: RunId | None
    run_at: Millis | None
    selected: tuple[TaskId, ...] | None
    executor: str

    @classmethod
    def of(cls, row: RunRow) -> Run:
        """Show a stored run."""
        return cls(
            id=row.id,
            job_id=row.job_id,
            status=row.status,
            created_at=row.created_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            duration_ms=span(row.started_at, row.ended_at),
            error=row.error,
            reason=row.reason,
            trigger=row.trigger,
            caller=row.caller,
            schedule=row.schedule,
            scheduled_for=row.scheduled_for,
            lag_ms=span(row.scheduled_for, row.started_at),
            catchup=row.catchup,
            cancel_requested_at=row.cancel_requested_at,
            params={},
            definition=row.definition,
            rerun_of=row.rerun_of,
            run_at=row.run_at,
            selected=row.selected,
            executor=_LOCAL,
        )


class TaskRun(msgspec.Struct, frozen=True, kw_only=True):
    """One task of a run. `reason` says why it was skipped; `log` is where its output is.

    `reused_from` is the run that really ran it, where it was over before this run began.
    """

    task_id: TaskId
    run_id: RunId
    status: TaskStatus
    attempts: int
    started_at: Millis | None
    ended_at: Millis | None
    duration_ms: Millis | None
    error: str | None
    reason: str | None
    exit_code: int | None
    signal: int | None
    executor: str | None
    outputs: dict[str, Any] | None
    reused_from: RunId | None
    log: str | None

    @classmethod
    def of(cls, row: TaskRow, executors: Mapping[TaskId, str]) -> TaskRun:
        """Show a stored task run; `executors` names those of its newest attempts."""
        return cls(
            task_id=row.task_id,
            run_id=row.run_id,
            status=row.status,
            attempts=row.attempts,
            started_at=row.started_at,
            ended_at=row.ended_at,
            duration_ms=span(row.started_at, row.ended_at),
            error=row.error,
            reason=row.reason,
            exit_code=row.exit_code,
            signal=row.signal,
            executor=executors.get(row.task_id),
            outputs=None,
            reused_from=row.reused_from,
            log=_log_of(row),
        )


class WaitView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an attempt waited for before it started; `until` is null while it still waits."""

    kind: Literal["dependency", "slot", "retry"]
    since: Millis
    until: Millis | None
    on: str | None

    @classmethod
    def of(cls, wait: Wait) -> WaitView:
        """Show a wait."""
        return cls(kind=wait.kind, since=wait.since, until=wait.until, on=wait.on)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try of a task. `cause` says what ended it other than by itself."""

    id: AttemptId
    task_id: TaskId
    number: int
    status: AttemptStatus
    opened_at: Millis
    ready_at: Millis | None
    started_at: Millis | None
    ended_at: Millis | None
    duration_ms: Millis | None
    error: str | None
    cause: str | None
    exit_code: int | None
    signal: int | None
    executor: str
    host: str | None
    pid: int | None
    waits: tuple[WaitView, ...]
    log: str

    @classmethod
    def of(cls, row: AttemptRow) -> Attempt:
        """Show a stored attempt."""
        return cls(
            id=attempt_id(row.run_id, row.task_id, row.number),
            task_id=row.task_id,
            number=row.number,
            status=row.status,
            opened_at=row.opened_at,
            ready_at=row.ready_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            duration_ms=span(row.started_at, row.ended_at),
            error=row.error,
            cause=row.cause,
            exit_code=row.exit_code,
            signal=row.signal,
            executor=row.executor,
            host=row.host,
            pid=row.pid,
            waits=tuple(WaitView.of(wait) for wait in row.waits),
            log=f"{log_path(row.run_id, row.task_id)}?attempt={row.number}",
        )


class OccurrenceView(msgspec.Struct, frozen=True, kw_only=True):
    """One due time of a schedule and what became of it."""

    job_id: JobId
    schedule: str
    due_at: Millis
    fate: Fate
    reason: str | None
    evidence: dict[str, Any] | None
    run_id: RunId | None

    @classmethod
    def of(cls, occurrence: Occurrence) -> OccurrenceView:
        """Show a row of the ledger."""
        return cls(
            job_id=occurrence.job_id,
            schedule=occurrence.schedule,
            due_at=occurrence.due_at,
            fate=occurrence.fate,
            reason=occurrence.reason,
            evidence=occurrence.evidence,
            run_id=occurrence.run_id,
        )


def log_path(run_id: RunId, task_id: TaskId) -> str:
    """Return the path that a task's output is served at."""
    return f"/api/runs/{run_id}/tasks/{task_id}/logs"


def _log_of(row: TaskRow) -> str | None:
    if not row.attempts and row.reused_from is None:
        return None
    return log_path(row.reused_from or row.run_id, row.task_id)


def span(since: Millis | None, until: Millis | None) -> Millis | None:
    """Return what lies between two times; None where one of them is not known."""
    return None if since is None or until is None else until - since
