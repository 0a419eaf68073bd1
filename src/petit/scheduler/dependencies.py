"""Job dependencies: a gate that looks at what upstream jobs last did (decision 4)."""

from __future__ import annotations

from petit.core.admission import LastRun, Unmet, dependency_verdict
from petit.core.clock import Millis
from petit.core.job import Job
from petit.storage.base import Storage


async def unmet_dependencies(storage: Storage, job: Job, now: Millis) -> list[Unmet]:
    """Return the dependencies of a job that do not hold now."""
    unmet: list[Unmet] = []
    for dependency in job.depends_on:
        last = await storage.last_ended(dependency.job)
        completed = await storage.last_completed(dependency.job)
        verdict = dependency_verdict(
            dependency,
            last_ended=None if last is None else LastRun(last.id, last.status, last.ended_at or 0),
            last_completed_at=None if completed is None else completed.ended_at,
            now=now,
        )
        if verdict is not None:
            unmet.append(verdict)
    return unmet
