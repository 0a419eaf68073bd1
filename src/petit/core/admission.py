"""Admission: whether a run may begin. Job dependencies are a gate, limits are a queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from petit.core.clock import Millis
from petit.core.duration import format_duration
from petit.core.ids import JobId, RunId
from petit.core.job import DependencyCondition, JobDependency
from petit.core.states import RunStatus


class LastRun(msgspec.Struct, frozen=True):
    """The run of an upstream job that ended last."""

    id: RunId
    status: RunStatus
    ended_at: Millis


class Unmet(msgspec.Struct, frozen=True):
    """A job dependency that does not hold.

    Attributes:
        job: The upstream job.
        condition: What is asked of it.
        reason: Why that does not hold, for people: "its last run failed".
        last_run: Its run that ended last; None if none has.
        last_status: How that run ended.
    """

    job: JobId
    condition: DependencyCondition
    reason: str
    last_run: RunId | None = None
    last_status: RunStatus | None = None

    def as_evidence(self) -> dict[str, Any]:
        """Return the members that the ledger and the API show."""
        return {
            "job": self.job,
            "condition": self.condition,
            "reason": self.reason,
            "last_run": self.last_run,
            "last_status": self.last_status,
        }


def dependency_verdict(
    dep: JobDependency, *, last_ended: LastRun | None, last_completed_at: Millis | None, now: Millis
) -> Unmet | None:
    """Return why a job dependency does not hold, or None: it does (decision 4).

    `last_success` and `last_complete` look at the run that ended last; runs still active are ignored.
    `within_window` holds if some run completed at most `window_ms` ago, even if a later one failed.

    Args:
        dep: The dependency.
        last_ended: The upstream's run that ended last.
        last_completed_at: When a run of the upstream completed last.
        now: The moment of judgement.
    """
    reason = _fault(dep, last_ended, last_completed_at, now)
    if reason is None:
        return None
    if last_ended is None:
        return Unmet(dep.job, dep.condition, reason)
    return Unmet(dep.job, dep.condition, reason, last_ended.id, last_ended.status)


def _fault(
    dep: JobDependency, last_ended: LastRun | None, last_completed_at: Millis | None, now: Millis
) -> str | None:
    if dep.condition == "within_window":
        return _window_fault(dep.window_ms or 0, last_completed_at, now)
    if last_ended is None:
        return "no run of it has ended"
    if dep.condition == "last_success" and last_ended.status != "completed":
        was = "" if last_ended.status == "failed" else "was "
        return f"its last run {was}{last_ended.status}"
    return None


def _window_fault(window_ms: Millis, last_completed_at: Millis | None, now: Millis) -> str | None:
    if last_completed_at is None:
        return "no run of it has completed"
    ago = now - last_completed_at
    if ago <= window_ms:
        return None
    return f"its last completed run ended {format_duration(ago)} ago, more than {format_duration(window_ms)}"


class Waiting(msgspec.Struct, frozen=True):
    """A pending run; `job_limit` is how many runs of its job there may be at a time, None for no limit."""

    run_id: RunId
    job_id: JobId
    job_limit: int | None = None


def next_admissions(
    pending: Iterable[Waiting],
    *,
    running_by_job: Mapping[JobId, int],
    running_total: int,
    max_jobs: int | None,
) -> list[RunId]:
    """Return the pending runs that take a slot now, in order.

    A job at its limit does not hold up others.

    Args:
        pending: Waiting runs, oldest first.
        running_by_job: Runs that hold a slot, for each job that has some.
        running_total: Runs that hold a slot, of all jobs.
        max_jobs: How many runs may hold one, None for no limit.
    """
    admitted: list[RunId] = []
    taken: dict[JobId, int] = {}
    free = None if max_jobs is None else max_jobs - running_total
    for run in pending:
        if free is not None and len(admitted) >= free:
            break
        running = running_by_job.get(run.job_id, 0) + taken.get(run.job_id, 0)
        if run.job_limit is None or running < run.job_limit:
            taken[run.job_id] = taken.get(run.job_id, 0) + 1
            admitted.append(run.run_id)
    return admitted
