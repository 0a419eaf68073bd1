"""The last runs of many jobs, and what did not run between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from petit.core.clock import Millis
from petit.core.figures import quantile
from petit.core.ids import JobId
from petit.scheduler.ledger import Occurrence, expand
from petit.storage.base import OccurrenceFilter, RunFilter, Storage
from petit.storage.records import RunRow


class JobHistory(NamedTuple):
    """The last runs of a job.

    Attributes:
        runs: Newest first; those that are not over, too.
        gaps: Due times without a run, newest first; none is older than the oldest run.
        p5_ms: Duration that one of twenty of these runs takes at most, None where none is over.
        p95_ms: Duration that all but one of twenty take at most.
    """

    job_id: JobId
    runs: Sequence[RunRow]
    gaps: Sequence[Occurrence]
    p5_ms: Millis | None
    p95_ms: Millis | None


async def read_history(storage: Storage, job_id: JobId, limit: int) -> JobHistory:
    """Return the last runs of a job, and as many gaps at most."""
    runs = await storage.runs(RunFilter(job_id=job_id), limit=limit)
    since = runs[-1].created_at if runs else None
    which = OccurrenceFilter(job_id=job_id, without_run=True, since=since)
    gaps = await expand(storage, which, limit=limit, before=None)
    spans = sorted(
        run.ended_at - run.started_at
        for run in runs
        if run.started_at is not None and run.ended_at is not None
    )
    return JobHistory(job_id, runs, gaps, quantile(spans, 0.05), quantile(spans, 0.95))
