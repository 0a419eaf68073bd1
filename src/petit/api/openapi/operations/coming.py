"""What comes: due times, the pause of a job; the runs that came of it all, and what of it needs somebody."""

from __future__ import annotations

from petit.api.handlers.scheduler import PauseBody, ResumeBody
from petit.api.openapi.operation import (
    LIMIT,
    PAGE_BOTH_WAYS,
    Answer,
    Operation,
    Parameter,
    Whole,
    list_of,
    page_both_ways,
)
from petit.api.openapi.shapes import JobMessage
from petit.api.views import Run
from petit.api.views_attention import AttentionList
from petit.core.errors import JobNotFound
from petit.core.states import RunStatus, Trigger
from petit.scheduler.upcoming import Upcoming

_UNTIL = Parameter("until", Whole, "Only those before this time: milliseconds since the epoch.")

OPERATIONS = {
    "GET /api/runs": Operation(
        "List all runs",
        "runs",
        (Answer(page_both_ways("runs", Run), "Runs, newest first.", headers=("Link",)),),
        (
            Parameter("job", str, "Only those of this job."),
            Parameter(
                "status", RunStatus, "Only those with this status. Several may be given.", is_repeatable=True
            ),
            Parameter("trigger", Trigger, "Only those with this trigger."),
            Parameter("since", Whole, "Only those created at this time or later."),
            Parameter("until", Whole, "Only those created before this time."),
            Parameter("q", str, "Only those whose id begins like this."),
            *PAGE_BOTH_WAYS,
        ),
        errors=(JobNotFound,),
    ),
    "GET /api/attention": Operation(
        "List what needs somebody",
        "runs",
        (Answer(AttentionList, "What is wrong now, the newest first, and what is well again."),),
        (LIMIT,),
    ),
    "GET /api/upcoming": Operation(
        "List what is to come",
        "occurrences",
        (Answer(list_of("upcoming", Upcoming), "Due times, the earliest first."),),
        (Parameter("job", str, "Only those of this job."), _UNTIL, LIMIT),
        errors=(JobNotFound,),
    ),
    "POST /api/jobs/{job_id}/pause": Operation(
        "Pause a job",
        "jobs",
        (Answer(JobMessage, "It is paused, and that is stored."),),
        body=PauseBody,
        errors=(JobNotFound,),
    ),
    "POST /api/jobs/{job_id}/resume": Operation(
        "Resume a job",
        "jobs",
        (Answer(JobMessage, "It is not paused, and that is stored."),),
        body=ResumeBody,
        errors=(JobNotFound,),
    ),
}
