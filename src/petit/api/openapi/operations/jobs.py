"""Jobs, and starting one."""

from __future__ import annotations

from petit.api.handlers.trigger import TriggerBody
from petit.api.openapi.operation import (
    CURSOR,
    IDEMPOTENCY_KEY,
    PAGE_BOTH_WAYS,
    WAIT,
    Answer,
    Operation,
    Parameter,
    Whole,
    page_both_ways,
    page_of,
)
from petit.api.openapi.shapes import PreviewResult, TriggerResult
from petit.api.views import Run
from petit.api.views_job import JobDetail, JobSummary
from petit.core.errors import (
    DependencyNotSatisfied,
    IdempotencyConflict,
    JobNotFound,
    MaxConcurrentRunsExceeded,
    SchedulerNotRunning,
)

OPERATIONS = {
    "GET /api/jobs": Operation(
        "List the jobs",
        "jobs",
        (
            Answer(
                page_of("jobs", JobSummary, is_always_paged=False),
                "Jobs, sorted by id. Without `limit` and `cursor` all of them, and no `next_cursor`.",
                headers=("Link",),
            ),
        ),
        (Parameter("limit", Whole, "Jobs of a page, at most 1000; all of them unless given."), CURSOR),
    ),
    "GET /api/jobs/{job_id}": Operation(
        "Show a job", "jobs", (Answer(JobDetail, "The job."),), errors=(JobNotFound,)
    ),
    "POST /api/jobs/{job_id}/trigger": Operation(
        "Start a run",
        "jobs",
        (
            Answer(
                TriggerResult,
                "The run is stored: it will be carried out whatever happens.",
                headers=("Location", "Idempotency-Replayed"),
            ),
            Answer(PreviewResult, "With `dry_run`: what would be, and nothing was started."),
        ),
        (
            WAIT,
            IDEMPOTENCY_KEY,
        ),
        body=TriggerBody,
        errors=(
            JobNotFound,
            DependencyNotSatisfied,
            IdempotencyConflict,
            MaxConcurrentRunsExceeded,
            SchedulerNotRunning,
        ),
    ),
    "GET /api/jobs/{job_id}/runs": Operation(
        "List the runs of a job",
        "jobs",
        (Answer(page_both_ways("runs", Run), "Runs, newest first.", headers=("Link",)),),
        PAGE_BOTH_WAYS,
        errors=(JobNotFound,),
    ),
}
