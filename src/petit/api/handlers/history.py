"""The last runs of many jobs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import handle_of
from petit.api.errors import BadRequest
from petit.api.responses import encode, tagged

MOST_JOBS = 100
MOST_RUNS = 100
_DEFAULT_RUNS = 30


async def list_history(request: Request) -> Response:
    """List the last runs of some jobs, each job's newest first, in the order in which the jobs are named.

    What is no job is left out. With each come its due times at which nothing ran, as far back as its runs.
    """
    from petit.api.views_past import History  # noqa: PLC0415 - only the dashboard asks

    named = query.single(request, "jobs")
    job_ids = list(dict.fromkeys(named.split(","))) if named else []
    if not 1 <= len(job_ids) <= MOST_JOBS:
        raise BadRequest(
            f"'jobs' must name 1 to {MOST_JOBS} jobs, with commas between them", parameter="jobs"
        )
    limit = query.at_most(request, "runs", MOST_RUNS, default=_DEFAULT_RUNS)
    history = [History.of(each) for each in await handle_of(request).past.history(job_ids, limit=limit)]
    return tagged(request, encode({"history": history, "count": len(history)}))
