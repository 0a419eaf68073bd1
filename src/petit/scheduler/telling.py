"""What a run has to tell: the facts of its tasks and of its end."""

from __future__ import annotations

from petit.core.clock import Millis
from petit.core.ids import TaskId
from petit.core.progress import Skip
from petit.core.states import RunStatus
from petit.events import facts
from petit.execution.base import Started
from petit.scheduler.attempts import Verdict
from petit.storage.records import RunRow


def run_queued(run: RunRow, at: Millis) -> facts.RunFact:
    """It was accepted and waits."""
    return facts.RunQueued(at=at, run_id=run.id, job_id=run.job_id, trigger=run.trigger, run_at=run.run_at)


def run_started(run: RunRow, at: Millis, queued_at: Millis | None) -> facts.RunFact:
    """It took its slot."""
    return facts.RunStarted(
        at=at,
        run_id=run.id,
        job_id=run.job_id,
        trigger=run.trigger,
        scheduled_for=run.scheduled_for,
        queued_at=queued_at,
    )


def run_ended(
    run: RunRow, at: Millis, status: RunStatus, error: str | None, reason: str | None
) -> facts.RunFact:
    """It is over; `reason` is why it was cancelled, if it was."""
    begun = run.started_at
    match status:
        case "completed":
            return facts.RunCompleted(at=at, run_id=run.id, job_id=run.job_id, started_at=begun)
        case "cancelled":
            return facts.RunCancelled(
                at=at, run_id=run.id, job_id=run.job_id, started_at=begun, reason=reason
            )
        case "interrupted":
            return facts.RunInterrupted(
                at=at, run_id=run.id, job_id=run.job_id, started_at=begun, error=error
            )
        case _:
            return facts.RunFailed(at=at, run_id=run.id, job_id=run.job_id, started_at=begun, error=error)


def task_started(run: RunRow, task_id: TaskId, attempt: int, report: Started) -> facts.RunFact:
    """The process of an attempt exists."""
    return facts.TaskStarted(
        at=report.started_at,
        run_id=run.id,
        job_id=run.job_id,
        task_id=task_id,
        attempt=attempt,
        pid=report.pid,
    )


def task_ended(run: RunRow, at: Millis, task_id: TaskId, attempt: int, verdict: Verdict) -> facts.RunFact:
    """A task is over, retries included."""
    match verdict.status:
        case "completed":
            return facts.TaskCompleted(
                at=at, run_id=run.id, job_id=run.job_id, task_id=task_id, attempt=attempt
            )
        case "cancelled":
            return task_cancelled(run, at, task_id, attempt)
        case _:
            kind = facts.TaskFailed if verdict.status == "failed" else facts.TaskInterrupted
            return kind(
                at=at,
                run_id=run.id,
                job_id=run.job_id,
                task_id=task_id,
                attempt=attempt,
                error=verdict.error,
            )


def task_retrying(
    run: RunRow, at: Millis, task_id: TaskId, attempt: int, verdict: Verdict, next_at: Millis
) -> facts.RunFact:
    """An attempt failed, and there will be another."""
    return facts.TaskRetrying(
        at=at,
        run_id=run.id,
        job_id=run.job_id,
        task_id=task_id,
        attempt=attempt,
        status=verdict.status,
        error=verdict.error,
        next_at=next_at,
    )


def task_cancelled(run: RunRow, at: Millis, task_id: TaskId, attempt: int | None = None) -> facts.RunFact:
    """A task ended with its run, before or while it ran."""
    return facts.TaskCancelled(at=at, run_id=run.id, job_id=run.job_id, task_id=task_id, attempt=attempt)


def task_skipped(run: RunRow, at: Millis, skip: Skip) -> facts.RunFact:
    """A task will not run."""
    return facts.TaskSkipped(
        at=at, run_id=run.id, job_id=run.job_id, task_id=skip.task_id, reason=skip.reason
    )
