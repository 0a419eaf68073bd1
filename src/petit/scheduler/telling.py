"""What a run has to tell: the facts of its tasks and of its end, with its rows as they are from then on."""

from __future__ import annotations

from typing import Any

from petit.core.clock import Millis
from petit.events import facts
from petit.execution.base import Started
from petit.scheduler.attempts import Verdict
from petit.storage.records import RunRow, TaskRow


def run_queued(run: RunRow, at: Millis) -> facts.RunFact:
    """It was accepted and waits."""
    return facts.RunQueued(
        at=at, run_id=run.id, job_id=run.job_id, run=run, trigger=run.trigger, run_at=run.run_at
    )


def run_started(run: RunRow, at: Millis, queued_at: Millis | None) -> facts.RunFact:
    """It took its slot."""
    return facts.RunStarted(
        at=at,
        run_id=run.id,
        job_id=run.job_id,
        run=run,
        trigger=run.trigger,
        scheduled_for=run.scheduled_for,
        queued_at=queued_at,
    )


def run_cancel_requested(run: RunRow, at: Millis) -> facts.RunFact:
    """It is to end."""
    return facts.RunCancelRequested(at=at, run_id=run.id, job_id=run.job_id, run=run, reason=run.reason)


def run_ended(run: RunRow, at: Millis, reason: str | None) -> facts.RunFact:
    """It is over; `reason` is why it was cancelled, if it was."""
    begun = run.started_at
    match run.status:
        case "completed":
            return facts.RunCompleted(at=at, run_id=run.id, job_id=run.job_id, run=run, started_at=begun)
        case "cancelled":
            return facts.RunCancelled(
                at=at, run_id=run.id, job_id=run.job_id, run=run, started_at=begun, reason=reason
            )
        case "interrupted":
            return facts.RunInterrupted(
                at=at, run_id=run.id, job_id=run.job_id, run=run, started_at=begun, error=run.error
            )
        case _:
            return facts.RunFailed(
                at=at, run_id=run.id, job_id=run.job_id, run=run, started_at=begun, error=run.error
            )


class Teller:
    """Tells of the tasks of one run."""

    __slots__ = ("_executor", "_run")

    def __init__(self, run: RunRow, executor: str) -> None:
        """Make one; `executor` is what runs their attempts."""
        self._run = run
        self._executor = executor

    def _common(self, at: Millis, task: TaskRow) -> dict[str, Any]:
        return {
            "at": at,
            "run_id": self._run.id,
            "job_id": self._run.job_id,
            "task_id": task.task_id,
            "task": task,
            "executor": self._executor if task.attempts else None,
        }

    def started(self, task: TaskRow, attempt: int, report: Started) -> facts.TaskFact:
        """The process of an attempt exists."""
        return facts.TaskStarted(**self._common(report.started_at, task), attempt=attempt, pid=report.pid)

    def ended(self, at: Millis, task: TaskRow, attempt: int) -> facts.TaskFact:
        """A task is over, retries included."""
        common = self._common(at, task)
        match task.status:
            case "completed":
                return facts.TaskCompleted(**common, attempt=attempt)
            case "cancelled":
                return facts.TaskCancelled(**common, attempt=attempt)
            case "failed":
                return facts.TaskFailed(**common, attempt=attempt, error=task.error)
            case _:
                return facts.TaskInterrupted(**common, attempt=attempt, error=task.error)

    def retrying(
        self, at: Millis, task: TaskRow, attempt: int, verdict: Verdict, next_at: Millis
    ) -> facts.TaskFact:
        """An attempt failed, and there will be another."""
        return facts.TaskRetrying(
            **self._common(at, task),
            attempt=attempt,
            status=verdict.status,
            error=verdict.error,
            next_at=next_at,
        )

    def cancelled(self, at: Millis, task: TaskRow) -> facts.TaskFact:
        """A task that does not run ended with its run."""
        return facts.TaskCancelled(**self._common(at, task))

    def skipped(self, at: Millis, task: TaskRow) -> facts.TaskFact:
        """A task will not run."""
        return facts.TaskSkipped(**self._common(at, task), reason=task.reason or "")
