"""What is said of all the routes, put together."""

from __future__ import annotations

from collections.abc import Mapping

from petit.api.openapi.operation import Operation
from petit.api.openapi.operations import (
    about,
    access,
    coming,
    definitions,
    events,
    health,
    jobs,
    occurrences,
    past,
    runs,
    scheduler,
)

_GROUPS = (health, scheduler, jobs, definitions, runs, coming, past, occurrences, events, access, about)

OPERATIONS: Mapping[str, Operation] = {key: said for each in _GROUPS for key, said in each.OPERATIONS.items()}
"""By method and path, as they stand in `petit.api.routes`: "GET /api/jobs/{job_id}"."""
