"""Many runs at once: what pictures are drawn from."""

from __future__ import annotations

from typing import Annotated

import msgspec

from petit.api.openapi.operation import CURSOR_BOTH_WAYS, Answer, Operation, Parameter, Whole, list_of
from petit.api.views_past import Days, Durations, GridPage, History
from petit.core.errors import JobNotFound

_DAY = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
_JOBS = Annotated[str, msgspec.Meta(min_length=1)]

OPERATIONS = {
    "GET /api/history": Operation(
        "List the last runs of jobs",
        "runs",
        (Answer(list_of("history", History), "Jobs in the order in which they were named."),),
        (
            Parameter("jobs", _JOBS, "Ids of at most 100 jobs, with commas between them.", is_required=True),
            Parameter("runs", Whole, "Runs of each job: 30 unless given; what is above 100 counts as 100."),
        ),
    ),
    "GET /api/jobs/{job_id}/grid": Operation(
        "Show the runs of a job task by task",
        "jobs",
        (Answer(GridPage, "Tasks, and how each went in each run.", headers=("Link",)),),
        (
            Parameter("runs", Whole, "Runs of a page: 50 unless given; what is above 100 counts as 100."),
            CURSOR_BOTH_WAYS,
        ),
        errors=(JobNotFound,),
    ),
    "GET /api/jobs/{job_id}/days": Operation(
        "List the days of a job",
        "jobs",
        (Answer(Days, "Days, oldest first; those on which nothing happened are left out."),),
        (
            Parameter("zone", str, "Whose days: the IANA name of a time zone. UTC unless given."),
            Parameter("from", _DAY, "The first day: the 370th before the last one unless given."),
            Parameter("to", _DAY, "The last day: today in this zone unless given. 1,100 days at most."),
        ),
        errors=(JobNotFound,),
    ),
    "GET /api/jobs/{job_id}/durations": Operation(
        "Show the durations of the runs of a job",
        "jobs",
        (Answer(Durations, "Runs or buckets, oldest first."),),
        (
            Parameter("buckets", Whole, "How many at most: 400 unless given, 1 to 1,000."),
            Parameter("since", Whole, "Only runs of this time or later: milliseconds since the epoch."),
            Parameter("until", Whole, "Only runs before this time: milliseconds since the epoch."),
        ),
        errors=(JobNotFound,),
    ),
}
