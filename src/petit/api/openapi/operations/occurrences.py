"""The ledger."""

from __future__ import annotations

from petit.api.openapi.operation import PAGE, Answer, Operation, Parameter, Whole, page_of
from petit.api.views import OccurrenceView
from petit.core.errors import JobNotFound
from petit.storage.records import Fate

_PAGE = (Answer(page_of("occurrences", OccurrenceView), "Due times, newest first.", headers=("Link",)),)
_WHICH = (
    Parameter("fate", Fate, "Only those with this fate."),
    Parameter("reason", str, "Only those with this reason: `paused`, `overlap`, `down` ..."),
    Parameter("since", Whole, "Only those due at this time or later: milliseconds since the epoch."),
    Parameter("until", Whole, "Only those due before this time: milliseconds since the epoch."),
    *PAGE,
)

OPERATIONS = {
    "GET /api/occurrences": Operation(
        "List the occurrences",
        "occurrences",
        _PAGE,
        (Parameter("job", str, "Only those of this job."), *_WHICH),
        errors=(JobNotFound,),
    ),
    "GET /api/jobs/{job_id}/occurrences": Operation(
        "List the occurrences of a job", "occurrences", _PAGE, _WHICH, errors=(JobNotFound,)
    ),
}
