"""The fate of an occurrence that is due now: why it does not run, or how it does (decisions 2, 3 and 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from petit.core.clock import Millis
from petit.core.ids import RunId
from petit.core.job import Job
from petit.core.occurrence import Fate, Pause, Reason, pause_cause

MAX_PENDING = 100
"""Scheduled runs of one job that may wait at a time."""


class Run(msgspec.Struct, frozen=True):
    """Create a run: the job has a slot for it, or it waits for one ("queued"). `max_jobs` comes after."""

    status: Literal["admitted", "queued"]


class CancelOldest(msgspec.Struct, frozen=True):
    """Create a run that waits, and cancel `run_id`, the oldest active run of the job."""

    run_id: RunId


class Skip(msgspec.Struct, frozen=True):
    """Create no run. `evidence` is a JSON-able object with the facts."""

    reason: Reason
    evidence: dict[str, Any] | None = None


Verdict = Run | CancelOldest | Skip


class InstantFate(msgspec.Struct, frozen=True, kw_only=True):
    """The fate of one schedule's occurrence, for its row in the ledger."""

    schedule: str
    fate: Fate
    reason: Reason | None = None
    evidence: dict[str, Any] | None = None
    run_id: RunId | None = None


def live_refusal(
    job: Job,
    *,
    due: Millis,
    pause: Pause | None = None,
    job_pause: Pause | None = None,
    unmet: Sequence[Mapping[str, Any]] = (),
    running: Sequence[RunId] = (),
    waiting: Sequence[RunId] = (),
    pending: int = 0,
) -> Verdict:
    """Decide on one occurrence of a job that is due now. The first reason that holds is told.

    Args:
        job: Its newest definition.
        due: When it is due, in milliseconds since the Unix epoch.
        pause: Pause of the scheduler in force, or ended since `due`.
        job_pause: Pause of the job, likewise.
        unmet: A JSON-able object for each job dependency that does not hold, as in `DependencyNotSatisfied`.
        running: Runs of the job that hold a slot, the oldest first, whoever triggered them.
        waiting: Scheduled runs of the job that wait for a slot of `max_jobs`, without those that catch up.
        pending: All scheduled runs of the job that wait.
    """
    if not job.enabled:
        return Skip("disabled")
    if pause is not None and _forbids(pause, due):
        return Skip("paused", pause_cause("paused", pause).evidence)
    if job_pause is not None and _forbids(job_pause, due):
        return Skip("job_paused", pause_cause("job_paused", job_pause).evidence)
    if unmet:
        return Skip("dependency", {"dependencies": [dict(each) for each in unmet]})
    return _overlap(job, running, waiting, pending)


def _forbids(pause: Pause, due: Millis) -> bool:
    """Say whether a pause holds back what is decided now: also what was due just before someone paused."""
    return pause[1] is None or due < pause[1]


def _overlap(job: Job, running: Sequence[RunId], waiting: Sequence[RunId], pending: int) -> Verdict:
    """Apply `overlap`. A job that limits its runs but says nothing skips (decision 2).

    To skip, a run that waits for `max_jobs` is as good as one that runs: else they would pile up behind it.
    """
    limit = job.effective_max_concurrency
    is_full = limit is not None and len(running) >= limit
    policy = job.overlap or "skip"
    if policy == "skip" and limit is not None and len(running) + len(waiting) >= limit:
        evidence: dict[str, Any] = {"max_concurrency": limit, "running": list(running)}
        return Skip("overlap", {**evidence, "waiting": list(waiting)} if waiting else evidence)
    if pending >= MAX_PENDING:
        return Skip("queue_full", {"limit": MAX_PENDING, "pending": pending})
    if is_full and policy == "cancel_running":
        return CancelOldest(running[0])
    return Run("queued" if is_full else "admitted")


def same_instant(schedules: Sequence[str], verdict: Verdict, run_id: RunId) -> tuple[InstantFate, ...]:
    """Give the schedules of a job that are due at one instant their fates (decision 5).

    Args:
        schedules: Their keys, in the order of the file, at least one.
        verdict: On the job at that instant; a reason not to run is every schedule's reason.
        run_id: The run that is created if it runs: the first schedule's; the others name it.
    """
    if isinstance(verdict, Skip):
        return tuple(
            InstantFate(schedule=key, fate="skipped", reason=verdict.reason, evidence=verdict.evidence)
            for key in schedules
        )
    first, *others = schedules
    evidence = {"run_id": run_id, "schedule": first}
    return (
        InstantFate(schedule=first, fate="ran", run_id=run_id),
        *(
            InstantFate(schedule=key, fate="skipped", reason="same_instant", evidence=evidence)
            for key in others
        ),
    )
