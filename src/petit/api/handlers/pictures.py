"""What pictures of a job's past are drawn from."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import handle_of
from petit.api.errors import BadRequest
from petit.api.responses import encode, json_response, tagged
from petit.api.run_pages import links_of, read_page
from petit.core.zone_days import day_of
from petit.storage.base import RunFilter

_DEFAULT_RUNS = 50
_MOST_RUNS = 100
_DEFAULT_DAYS = 371  # a year, and the week that it begins in
_MOST_DAYS = 1_100
_DEFAULT_BUCKETS = 400
_MOST_BUCKETS = 1_000


async def show_grid(request: Request) -> Response:
    """Show how the tasks of the last runs of a job went: a character for each task of each run.

    Runs that are not over are there as they are now. `next_cursor` leads to older runs.
    """
    from petit.api.views_past import GridPage  # noqa: PLC0415 - only the dashboard asks

    job_id = request.path_params["job_id"]
    limit = query.at_most(request, "runs", _MOST_RUNS, default=_DEFAULT_RUNS)
    found = await read_page(request, RunFilter(job_id=job_id), limit)
    grid = await handle_of(request).past.grid(job_id, found.rows)
    page = GridPage.of(job_id, found.rows, grid, older=found.next_cursor, newer=found.prev_cursor)
    return tagged(request, encode(page), links_of(request, found))


async def list_days(request: Request) -> Response:
    """List what happened to a job on each day of a zone, from `from` to `to`, where something did.

    A run counts on the day on which it ended, an occurrence on that on which it was due. What was counted
    stays when its run goes. Medians are true to a sixteenth. Only with `to` does the answer have an ETag.
    """
    from petit.api.views_past import Days  # noqa: PLC0415 - only the dashboard asks

    job_id, handle = request.path_params["job_id"], handle_of(request)
    zone = query.zone(request, "zone") or "UTC"
    last = query.day(request, "to") or day_of(zone, handle.now())
    first = query.day(request, "from") or last - timedelta(days=_DEFAULT_DAYS - 1)
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise BadRequest(f"from {first} to {last} are not 1 to {_MOST_DAYS} days", parameter="from")
    found = await handle.past.days(job_id, zone, first, last)
    days = Days.of(job_id, zone, first, last, found)
    # What the clock decided may be another answer tomorrow though nothing has changed: it has no tag.
    return tagged(request, encode(days)) if "to" in request.query_params else json_response(days)


async def show_durations(request: Request) -> Response:
    """Show how long the runs of a job took: each of them, or in `buckets` where there are more than 2,000.

    Runs are those made at `since` or later and before `until`, buckets are of those that ended then; neither
    has runs that never began. Buckets go back three years, and none is shorter than an hour.
    """
    from petit.api.views_past import Durations  # noqa: PLC0415 - only the dashboard asks

    job_id = request.path_params["job_id"]
    found = await handle_of(request).past.durations(
        job_id,
        since=query.whole(request, "since"),
        until=query.whole(request, "until"),
        buckets=max(query.at_most(request, "buckets", _MOST_BUCKETS, default=_DEFAULT_BUCKETS), 1),
    )
    return tagged(request, encode(Durations.of(job_id, found)))
