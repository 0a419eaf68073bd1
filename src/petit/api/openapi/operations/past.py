"""Many runs at once: what pictures are drawn from."""

from __future__ import annotations

from typing import Annotated

import msgspec

from petit.api.openapi.operation import CURSOR_BOTH_WAYS, Answer, Operation, Parameter, Whole, list_of
from petit.api.views_past import GridPage, History
from petit.core.errors import JobNotFound

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
}
