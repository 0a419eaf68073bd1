"""One tree of errors; each carries the facts that a person or a client needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from petit.core.clock import Millis
from petit.core.ids import JobId, RunId


class PetitError(Exception):
    """Something that Petit can explain. `str()` is a sentence for people, `evidence` facts for clients."""

    def __init__(self, message: str, **evidence: Any) -> None:
        super().__init__(message)
        self.evidence = evidence


class NotFoundError(PetitError):
    """What was named does not exist."""


class JobNotFound(NotFoundError):
    """No job has this id."""

    def __init__(
        self, job_id: JobId, *, nearest: Sequence[JobId] = (), removed_at: Millis | None = None
    ) -> None:
        message = f"job '{job_id}' was removed" if removed_at is not None else f"no job '{job_id}'"
        if nearest:
            message += f"; did you mean {', '.join(repr(near) for near in nearest)}?"
        super().__init__(message, job_id=job_id, nearest=list(nearest))


class RunNotFound(NotFoundError):
    """No run has this id."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"no run '{run_id}'", run_id=run_id)


class DefinitionNotFound(NotFoundError):
    """The job has no such version."""


class TaskNotFound(NotFoundError):
    """The run has no such task, or the task no such attempt."""

    def __init__(self, message: str, **evidence: Any) -> None:
        super().__init__(message, **evidence)


class LogRemoved(PetitError):
    """The run is kept, but its logs were removed to make room; `removed_at` says when."""

    def __init__(self, run_id: RunId, removed_at: Millis) -> None:
        day = f"{datetime.fromtimestamp(removed_at / 1000, UTC):%Y-%m-%d}"
        super().__init__(
            f"the logs of run '{run_id}' were removed by retention on {day}",
            run_id=run_id,
            removed_at=removed_at,
        )


class DependencyNotSatisfied(PetitError):
    """A job dependency does not hold.

    `evidence["dependencies"]` holds an object for each unmet one: job, condition, reason and last_run.
    """

    def __init__(self, job_id: JobId, unmet: Sequence[dict[str, Any]]) -> None:
        names = ", ".join(f"{each['job']} ({each['reason']})" for each in unmet)
        super().__init__(f"job '{job_id}' waits for: {names}", job_id=job_id, dependencies=list(unmet))


class MaxConcurrentRunsExceeded(PetitError):
    """The job's `max_concurrency` or the scheduler's `max_jobs` is reached; `holders` have the slots."""

    def __init__(self, job_id: JobId, *, scope: str, limit: int, holders: Sequence[RunId]) -> None:
        what = f"max_concurrency of job '{job_id}'" if scope == "job" else "max_jobs of the scheduler"
        super().__init__(
            f"{what} is reached: {len(holders)} of {limit} running",
            job_id=job_id, scope=scope, limit=limit, holders=list(holders),
        )  # fmt: skip


class SchedulerNotRunning(PetitError):
    """The scheduler is stopping or stopped, and accepts nothing new."""

    def __init__(self, state: str, *, retry_after_s: int = 5) -> None:
        super().__init__(f"the scheduler is {state}", state=state, retry_after_s=retry_after_s)


class RunIsOver(PetitError):
    """The run has ended already; there is nothing to cancel."""

    def __init__(self, run_id: RunId, status: str) -> None:
        super().__init__(f"run '{run_id}' is over: {status}", run_id=run_id, status=status)


class CannotRerun(PetitError):
    """The run is not over, its job is gone, or there is nothing in it that could be run again as asked.

    `evidence["tasks"]` holds, where it is about one task, those that stand in its way with their status.
    """

    def __init__(self, message: str, run_id: RunId, job_id: JobId, **evidence: Any) -> None:
        super().__init__(message, run_id=run_id, job_id=job_id, **evidence)


class IdempotencyConflict(PetitError):
    """The same Idempotency-Key came with another body."""

    def __init__(self, key: str, run_id: RunId) -> None:
        super().__init__(
            f"Idempotency-Key '{key}' was used for run '{run_id}' with another body", key=key, run_id=run_id
        )


class InvalidRequestError(PetitError):
    """A request is well-formed but wrong; `problems` are objects of a JSON pointer and a message."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        text = "; ".join(f"{pointer or '/'}: {message}" for pointer, message in problems)
        super().__init__(
            text, errors=[{"pointer": pointer, "message": message} for pointer, message in problems]
        )


class StorageError(PetitError):
    """The database cannot do what was asked."""


class StorageUnavailable(StorageError):
    """For now: `cause` is "disk_full", "io_error", "locked", or "damaged" (the file, found while running)."""

    def __init__(self, message: str, *, cause: str) -> None:
        super().__init__(message, cause=cause)


class NoKeeper(PetitError):
    """No keeper of the task processes can be had for now; trying again may help."""


class DatabaseRefused(StorageError):
    """The file is not ours, newer than we are, damaged, or in use; it was left untouched."""


class SchedulerAlreadyRunning(DatabaseRefused):
    """Another scheduler works on this database. What is not known of it is None.

    `evidence` holds pid, started_at and address (where its API listens).
    """

    def __init__(
        self, state_dir: str, *, pid: int | None, started_at: Millis | None = None, address: str | None = None
    ) -> None:
        who = "of another machine or container" if pid is None else f"(pid {pid})"
        where = "" if address is None else f", its API is at {address}"
        super().__init__(
            f"another scheduler {who} is running on '{state_dir}'{where}",
            pid=pid, started_at=started_at, address=address,
        )  # fmt: skip


class SettingsError(PetitError):
    """A setting is wrong: names the source, the key and the allowed values."""


class ReloadRefused(PetitError):
    """A reload was not carried out; the last good jobs stay."""
