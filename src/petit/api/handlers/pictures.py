"""What pictures of a job's past are drawn from."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from petit.api import query
from petit.api.context import handle_of
from petit.api.responses import encode, tagged
from petit.api.run_pages import links_of, read_page
from petit.storage.base import RunFilter

_DEFAULT_RUNS = 50
_MOST_RUNS = 100


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
